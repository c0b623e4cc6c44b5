"""Telephone numbers: typed in any way, stored as E.164, shown the French way. Source: the library phonenumbers."""

from __future__ import annotations

import re

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, PhoneNumberType

from jalon.errors import DomainError
from jalon.i18n import _l

FRANCE = 33
_WRITTEN = re.compile(r"^\+?[0-9\s().\-/]+$")
_FICTION = re.compile(r"^63998[0-9]{4}$")  # mobile numbers that Arcep keeps for works of fiction, hence for demos


class BadPhone(DomainError):
    """No such number can be called."""

    field = "phone"
    message = _l("This is not a telephone number: type ten digits, or begin with + and the country's code.")


def normal_phone(text: str) -> str:
    """The number in E.164, `+33612345678`. Raises BadPhone, also for 06 00 00 00 00 and its kind."""
    number = _parsed(text)
    national = str(number.national_number)
    in_fiction = number.country_code == FRANCE and _FICTION.match(national)
    if not (in_fiction or phonenumbers.is_valid_number(number)) or len(set(national[1:])) == 1:
        raise BadPhone
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _parsed(text: str) -> PhoneNumber:
    """French unless it says otherwise; letters on a telephone's keys are not meant here."""
    typed = " ".join(text.replace("(0)", "").split())
    if not _WRITTEN.match(typed):
        raise BadPhone
    try:
        return phonenumbers.parse(typed, "FR")
    except NumberParseException:
        raise BadPhone from None


def shown(stored: str | None) -> str:
    """`06 12 34 56 78` for a French number, `+44 7911 123456` for another; what is no number as it is."""
    if not stored:
        return ""
    try:
        number = phonenumbers.parse(stored, None)
    except NumberParseException:
        return stored
    french = number.country_code == FRANCE
    return phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL if french else PhoneNumberFormat.INTERNATIONAL)


def is_mobile(stored: str) -> bool:
    """Whether messages can be sent to a stored number; in France those in 06 and 07."""
    number = phonenumbers.parse(stored, None)
    if number.country_code == FRANCE:
        return str(number.national_number)[0] in "67"
    return phonenumbers.number_type(number) in (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
