"""Phone numbers: typed in any way, stored in E.164, shown the French way."""

from __future__ import annotations

import re

import phonenumbers

from jalon.errors import DomainError
from jalon.i18n import _l

_ALL_ALIKE = re.compile(r"\+33[1-9](\d)\1{7}")


class BadPhone(DomainError):
    """What was typed is no number that can be called."""

    field = "phone"
    message = _l("This is not a phone number: 10 digits in France, or + and the country's code.")


def normal_phone(text: str) -> str:
    """`06 12 34 56 78`, `0033612345678` or `+33 6.12…` as +33612345678. Raises BadPhone.

    A French number whose last eight digits are all the same is what people type to get past a form.
    """
    try:
        number = phonenumbers.parse(text, "FR")
    except phonenumbers.NumberParseException:
        raise BadPhone from None
    found = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if not phonenumbers.is_valid_number(number) or _ALL_ALIKE.fullmatch(found):
        raise BadPhone
    return found


def shown(text: str) -> str:
    """A stored number as it is read aloud: 06 12 34 56 78, a foreign one with its country's code."""
    try:
        number = phonenumbers.parse(text, "FR")
    except phonenumbers.NumberParseException:
        return text
    kind = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(number, kind.NATIONAL if number.country_code == 33 else kind.INTERNATIONAL)
