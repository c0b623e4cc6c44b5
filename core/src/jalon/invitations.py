"""Links sent by mail with which somebody chooses a password: of an invitation, or of one forgotten."""

from __future__ import annotations

import hashlib
import os
import secrets
from datetime import timedelta
from typing import Literal

from flask import current_app
from sqlalchemy import delete, inspect, select, update
from sqlalchemy.orm import Session

from jalon import account_events, mail
from jalon.clock import real_now
from jalon.db import open_session
from jalon.errors import DomainError
from jalon.i18n import _, _l
from jalon.models import AccountLink, User
from jalon.scope import Scope, scope_of

GOOD_FOR = timedelta(minutes=30)
REMEMBERED = timedelta(days=90)  # the page of a link that is over sends a new one
MAILING = Scope(across="an account belongs to no structure")
Purpose = Literal["invitation", "reset"]


class LinkOver(DomainError):
    """The link was used, or its half hour is over, or it never was one."""

    message = _l("This link is no longer good: each one opens once, within half an hour.")


def issue(session: Session, user: User, purpose: Purpose) -> str:
    """A new token for somebody's link; it is stored nowhere and the caller sends it, after the commit.

    `session` works over all structures.
    """
    token, present = secrets.token_urlsafe(32), real_now()
    link = AccountLink(
        digest=digest_of(token),
        user_id=user.id,
        purpose=purpose,
        created_at=present,
        expires_at=present + GOOD_FOR,
    )
    session.add(link)
    actor = scope_of(session).actor
    by = "" if actor.user_id in (None, user.id) else actor.name
    account_events.record(session, user.id, "link_sent", by_name=by)
    return token


def address(token: str) -> str:
    """The link as it is written in a message, from the public address of the settings: a request's own may be
    forged. A demo without one answers on this machine."""
    public = current_app.config.get("JALON_PUBLIC_URL") or f"http://127.0.0.1:{os.environ.get('JALON_PORT', '8000')}"
    return f"{str(public).rstrip('/')}/account/link/{token}"


def send(user: User, token: str, purpose: Purpose) -> None:
    """Mail somebody their link. Raises MailFailed, and MailNotConfigured when there is no server to send through."""
    email, name = _addressee(user)
    subject, text = _invitation(name) if purpose == "invitation" else _reset(name)
    end = _("If you did not expect this message, ignore it: nothing changes without you.")
    mail.send(email, subject, f"{text}\n\n{address(token)}\n\n{_only_once()}\n{end}\n")


def _addressee(user: User) -> tuple[str, str]:
    """Address and name, read in a session that ends here: the caller's, which the commit made forget them, would
    hold the database for as long as the mail server thinks."""
    (user_id,) = inspect(user).identity or (None,)
    with open_session(current_app.extensions["jalon"].db, MAILING, read_only=True) as reading:
        found = reading.get_one(User, user_id)
        if not found.email:
            raise mail.MailFailed
        return found.email, found.name


def _invitation(name: str) -> tuple[str, str]:
    text = _(
        "Good morning %(name)s,\n\nan account was opened for you on Jalon. Open this link to choose your password:",
        name=name,
    )
    return _("Your access to Jalon"), text


def _reset(name: str) -> tuple[str, str]:
    text = _(
        "Good morning %(name)s,\n\nsomebody, you most likely, asked for a new password on Jalon. "
        "Open this link to choose it:",
        name=name,
    )
    return _("Your Jalon password"), text


def _only_once() -> str:
    return _("The link opens once, within half an hour. Later, its page sends you a new one.")


def find(session: Session, token: str) -> tuple[AccountLink, User] | None:
    """The link of a token and whose it is, used and expired ones too; None when it never was one."""
    found = session.execute(
        select(AccountLink, User)
        .join(User, User.id == AccountLink.user_id)
        .where(AccountLink.digest == digest_of(token), User.closed_at.is_(None))
    ).first()
    return (found[0], found[1]) if found else None


def is_good(link: AccountLink) -> bool:
    return link.used_at is None and link.expires_at > real_now()


def use(session: Session, token: str) -> User:
    """Use a link up, and with it all others of that account. Raises LinkOver; of two requests one is served."""
    present, found = real_now(), find(session, token)
    if found is None:
        raise LinkOver
    link, user = found
    session.execute(select(User.id).where(User.id == user.id).with_for_update())  # two links of one account, at once
    taken = session.execute(
        update(AccountLink)
        .where(AccountLink.id == link.id, AccountLink.used_at.is_(None), AccountLink.expires_at > present)
        .values(used_at=present)
    )
    if not taken.rowcount:  # type: ignore[attr-defined]  # of an UPDATE there is one
        raise LinkOver
    revoke(session, user.id)
    return user


def revoke(session: Session, user_id: int) -> None:
    """Make every link sent to somebody so far open nothing: the password was chosen otherwise."""
    open_still = update(AccountLink).where(AccountLink.user_id == user_id, AccountLink.used_at.is_(None))
    session.execute(open_still.values(used_at=real_now()))


def forget(session: Session) -> int:
    """Remove links that were over 90 days ago; `session` works across structures. Returns how many."""
    gone = session.execute(delete(AccountLink).where(AccountLink.expires_at < real_now() - REMEMBERED))
    return int(gone.rowcount)  # type: ignore[attr-defined]  # of a DELETE there is one


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
