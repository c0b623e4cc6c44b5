"""E-mail addresses of people and organisations: as they are typed, and as they are kept."""

from __future__ import annotations

from jalon.errors import DomainError
from jalon.i18n import _l
from jalon.texts import EMAIL

LONGEST = 254  # characters. Source: RFC 5321, 4.5.3.1.3, without its angle brackets


class BadEmail(DomainError):
    """No message could be sent there."""

    field = "email"
    message = _l("This is not an e-mail address.")


def normal_email(typed: str) -> str:
    """The address with its domain in lower case; what stands before the @ is its owner's. Raises BadEmail."""
    local, _, domain = typed.strip().rpartition("@")
    address = f"{local}@{domain.lower()}"
    if len(address) > LONGEST or not EMAIL.fullmatch(address):
        raise BadEmail
    return address
