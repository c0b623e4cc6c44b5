"""What must not be written in free text nor in a file's name: numbers that open somebody's rights or money.

Source: domain model 2.6; data-protection duties of the field, domain model 5.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from stdnum import iban, luhn
from stdnum.exceptions import ValidationError
from stdnum.fr import nir

from jalon.errors import DomainError
from jalon.i18n import _l

_BETWEEN = r"[\s.\-_/]{0,3}"  # how people space out a number; no-break spaces are \s too
_WRITTEN_NIR = re.compile(
    rf"(?<![0-9A-Za-z])[1-478]{_BETWEEN}\d\d{_BETWEEN}\d\d{_BETWEEN}(?:\d\d|2[AaBb])"
    rf"{_BETWEEN}\d{{3}}{_BETWEEN}\d{{3}}(?![0-9])"
)
_SPELT_NIR = re.compile(
    rf"(?<![0-9A-Za-z])[1-478](?:{_BETWEEN}\d){{5}}{_BETWEEN}[\dAaBb](?:{_BETWEEN}\d){{8}}(?![0-9])"
)
_IBAN = re.compile(rf"(?<![0-9A-Za-z])[A-Za-z]{{2}}\d{{2}}(?:{_BETWEEN}[0-9A-Za-z]){{11,30}}")
_DIGITS = re.compile(rf"(?<!\d)[2-6](?:{_BETWEEN}\d){{12,18}}(?!\d)")
_CARD = re.compile(
    r"4\d{12}(?:\d{3}){0,2}|5[0-8]\d{14}|2[2-7]\d{14}|6\d{15}(?:\d{3})?|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}"
)
_MONTHS = frozenset([*range(1, 13), *range(20, 43), *range(50, 100)])  # beyond 12: a month that is not known
_NOISE = re.compile(r"[\s.\-_/]")


class NirFound(DomainError):
    """A French social security number."""

    message = _l("This text looks like it holds a social security number: it must not be recorded here.")


class IbanFound(DomainError):
    """A bank account."""

    message = _l("This text looks like it holds a bank account number (IBAN): it must not be recorded here.")


class CardFound(DomainError):
    """A payment card."""

    message = _l("This text looks like it holds a payment card number: it must not be recorded here.")


def check(text: str, *, field: str) -> None:
    """Refuse a text that holds such a number. Raises NirFound, IbanFound, CardFound, about `field`."""
    for refusal, holds in _DETECTORS:
        if holds(text):
            found = refusal()
            found.field = field  # type: ignore[misc]
            raise found


def _holds_nir(text: str) -> bool:
    """13 digits grouped as on a card or not at all, whatever follows; 15 digits in any grouping, with their key."""
    written = any(int(number[3:5]) in _MONTHS for number in _numbers(_WRITTEN_NIR, text))
    return written or any(nir.is_valid(number) for number in _numbers(_SPELT_NIR, text))


def _holds_iban(text: str) -> bool:
    """Words that follow a number stick to it: every length from the shortest that a country has."""
    return any(
        _passes(lambda typed: iban.validate(typed, check_country=False), number[:length])
        for number in _numbers(_IBAN, text)
        for length in range(15, len(number) + 1)
    )


def _holds_card(text: str) -> bool:
    """The lengths and first digits of payment cards, so that a SIRET is none."""
    return any(_CARD.fullmatch(number) and _passes(luhn.validate, number) for number in _numbers(_DIGITS, text))


def _numbers(pattern: re.Pattern[str], text: str) -> Iterator[str]:
    return (_NOISE.sub("", found[0]) for found in pattern.finditer(text))


def _passes(validate: Callable[[str], str], number: str) -> bool:
    try:
        validate(number)
    except ValidationError:
        return False
    return True


_DETECTORS: tuple[tuple[type[DomainError], Callable[[str], bool]], ...] = (
    (NirFound, _holds_nir),
    (IbanFound, _holds_iban),
    (CardFound, _holds_card),
)
