"""The first account of an installation: whoever holds the key administers the platform."""

from __future__ import annotations

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from jalon import accounts
from jalon.errors import DomainError
from jalon.i18n import _l
from jalon.models import User


class SomebodyIsThere(DomainError):
    """The installation has an account already."""

    message = _l("Somebody already has an account here: sign in.")


def nobody_yet(session: Session) -> bool:
    """Whether nobody has, or ever had, an account here."""
    return session.scalar(select(User.id).limit(1)) is None


def open_account(session: Session, *, name: str, email: str, password: str) -> User:
    """Open the first account, a platform administrator's. Raises SomebodyIsThere, BadEmail, BadName, WeakPassword."""
    if session.get_bind().dialect.name == "postgresql":  # two who open the first at once; SQLite holds its lock
        session.execute(text("LOCK TABLE jalon_user IN SHARE ROW EXCLUSIVE MODE"))
    if not nobody_yet(session):
        raise SomebodyIsThere
    user = User(name=accounts.name_of(name), email=accounts.email_of(email), is_platform_admin=True)
    accounts.set_password(user, password)
    session.add(user)
    session.flush()
    return user
