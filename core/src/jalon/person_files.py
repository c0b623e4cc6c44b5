"""A person's file: the rules for how to reach somebody and where they live."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jalon import sensitive
from jalon.emails import normal_email
from jalon.errors import DomainError
from jalon.i18n import _l
from jalon.phones import BadPhone, normal_phone

PHONES = ("phone", "second_phone", "emergency_phone")


class BadPhoneHere(BadPhone):
    """The number of one field among several cannot be called."""

    def __init__(self, field: str) -> None:
        super().__init__()
        self.field = field  # type: ignore[misc]


class PhoneNeeded(DomainError):
    """Somebody without telephone is rare, and must be known as such."""

    field = "phone"
    message = _l("Type a telephone number, or tick “No telephone”.")


class PhoneDenied(DomainError):
    """A number and its absence contradict each other."""

    field = "no_phone"
    message = _l("A number is typed: untick “No telephone”, or empty the number.")


class ReasonWithoutNeed(DomainError):
    """A person lives in one place."""

    field = "out_of_territory_reason"
    message = _l("A commune of the territory is chosen: empty this line, or the commune.")


def checked(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a File, ready to be stored: numbers in E.164, the e-mail's domain in lower case.

    An e-mail address is not unique: families share one. Raises BadPhone, PhoneNeeded, PhoneDenied, BadEmail,
    ReasonWithoutNeed, and what `sensitive.check` raises.
    """
    found: dict[str, Any] = {
        name: (value.strip() or None) if isinstance(value, str) else value for name, value in values.items()
    }
    for field, value in found.items():
        if field in PHONES and value:
            found[field] = _number(value, field)
        elif isinstance(value, str):
            sensitive.check(value, field=field)
    if not found.get("phone") and not found.get("no_phone"):
        raise PhoneNeeded
    if found.get("no_phone") and (found.get("phone") or found.get("second_phone")):
        raise PhoneDenied
    if found.get("email"):
        found["email"] = normal_email(found["email"])
    if found.get("commune") is not None and found.get("out_of_territory_reason"):
        raise ReasonWithoutNeed
    return found


def _number(typed: str, field: str) -> str:
    try:
        return normal_phone(typed)
    except BadPhone:
        raise BadPhoneHere(field) from None
