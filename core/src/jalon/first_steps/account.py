"""The first account of an installation: whoever holds the key administers the platform."""

from __future__ import annotations

import re

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from jalon import accounts
from jalon.errors import DomainError
from jalon.i18n import _l
from jalon.models import User

SHORTEST_PASSWORD = 12  # characters
ADDRESS = re.compile(r"\s*[^@\s\0]+@[^@\s\0]+\.[^@\s\0]+\s*$")


class SomebodyIsThere(DomainError):
    """The installation has an account already."""

    message = _l("Somebody already has an account here: sign in.")


class BadAddress(DomainError):
    """No e-mail address."""

    field = "email"
    message = _l("This is not an e-mail address.")


class PasswordTooShort(DomainError):
    """Shorter than the first administrator's password may be."""

    field = "password"
    message = _l("At least %(n)s characters: a sentence of your own is easy to remember.")


def nobody_yet(session: Session) -> bool:
    """Whether nobody has, or ever had, an account here."""
    return session.scalar(select(User.id).limit(1)) is None


def open_account(session: Session, *, name: str, email: str, password: str) -> User:
    """Open the first account, a platform administrator's. Raises SomebodyIsThere, BadAddress, PasswordTooShort."""
    if session.get_bind().dialect.name == "postgresql":  # two who open the first at once; SQLite holds its lock
        session.execute(text("LOCK TABLE jalon_user IN SHARE ROW EXCLUSIVE MODE"))
    if not nobody_yet(session):
        raise SomebodyIsThere
    address = email.strip().lower()
    if not ADDRESS.match(address):
        raise BadAddress
    if len(password) < SHORTEST_PASSWORD:
        raise PasswordTooShort(n=SHORTEST_PASSWORD)
    user = User(name=name.replace("\0", "").strip(), email=address, is_platform_admin=True)
    accounts.set_password(user, password)
    session.add(user)
    session.flush()
    return user
