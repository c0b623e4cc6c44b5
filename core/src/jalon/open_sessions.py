"""Browsers that somebody is signed in with: opened, locked when nobody is there, ended."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from jalon.clock import real_now
from jalon.models import OpenSession, User

FRESH_FOR = timedelta(minutes=10)
LIFE = timedelta(hours=12)  # of what was proved when it was opened; then everything is asked again
FORGOTTEN = timedelta(days=7)  # not seen for so long, it is no longer a browser somebody works with
SEEN_EVERY = timedelta(minutes=1)
TRACE_KEPT = timedelta(days=365)  # as long as the access log


@dataclass(frozen=True)
class Presence:
    """Somebody's browser as one request finds it. `idle` is the time after which it locks."""

    session_id: int
    user_id: int
    name: str
    email: str
    is_platform_admin: bool
    enrolled: bool
    seen_at: datetime
    unlocked_at: datetime
    idle: timedelta

    @property
    def locked(self) -> bool:
        return self.left <= timedelta(0)

    @property
    def expired(self) -> bool:
        """Open for so long that the second factor is asked again too."""
        return real_now() - self.unlocked_at > LIFE

    @property
    def fresh(self) -> bool:
        """Whether the password was given just now."""
        return real_now() - self.unlocked_at < FRESH_FOR

    @property
    def left(self) -> timedelta:
        """Time left until it locks, if nobody does anything."""
        return min(self.seen_at + self.idle, self.unlocked_at + LIFE) - real_now()

    @property
    def needs_code(self) -> bool:
        return self.enrolled and self.expired

    @property
    def stale(self) -> bool:
        """Whether it is time to note that it was seen: once a minute, not at each request."""
        return real_now() - self.seen_at > min(SEEN_EVERY, self.idle / 4)


def open_for(session: Session, user: User, *, device: str, second_factor: bool) -> str:
    """A new session of somebody who proved who they are; its token is known to the caller only."""
    token, present = secrets.token_urlsafe(32), real_now()
    session.add(
        OpenSession(
            digest=digest_of(token),
            user_id=user.id,
            device=device[:120],
            second_factor=second_factor,
            opened_at=present,
            seen_at=present,
            unlocked_at=present,
        )
    )
    session.flush()
    return token


def find(session: Session, token: str, *, idle: timedelta) -> Presence | None:
    """The open session of a token; None when unknown, ended, forgotten, of a closed account, or when it was
    opened without the second factor that its account has by now."""
    found = session.execute(
        select(OpenSession, User)
        .join(User, User.id == OpenSession.user_id)
        .where(OpenSession.digest == digest_of(token), OpenSession.ended_at.is_(None), User.closed_at.is_(None))
    ).first()
    if found is None:
        return None
    opened, user = found
    enrolled = user.totp_since is not None
    if real_now() - opened.seen_at > FORGOTTEN or (enrolled and not opened.second_factor):
        return None
    return Presence(
        session_id=opened.id,
        user_id=user.id,
        name=user.name,
        email=user.email or "",
        is_platform_admin=user.is_platform_admin,
        enrolled=enrolled,
        seen_at=opened.seen_at,
        unlocked_at=opened.unlocked_at,
        idle=idle,
    )


def touch(session: Session, presence: Presence) -> None:
    """Note that somebody is there."""
    session.execute(update(OpenSession).where(OpenSession.id == presence.session_id).values(seen_at=real_now()))


def unlock(session: Session, presence: Presence) -> None:
    """Open a locked session again; its life begins anew when everything that its account has was asked."""
    present = real_now()
    values = {"seen_at": present}
    if presence.expired or not presence.enrolled:
        values["unlocked_at"] = present
    session.execute(update(OpenSession).where(OpenSession.id == presence.session_id).values(values))


def strengthen(session: Session, presence: Presence) -> None:
    """A second factor was just proved in this session."""
    values = {"second_factor": True, "unlocked_at": real_now()}
    session.execute(update(OpenSession).where(OpenSession.id == presence.session_id).values(values))


def end(session: Session, session_id: int, *, user_id: int) -> bool:
    """End one session of somebody; False when it is not theirs or had ended."""
    ended = session.execute(
        update(OpenSession)
        .where(OpenSession.id == session_id, OpenSession.user_id == user_id, OpenSession.ended_at.is_(None))
        .values(ended_at=real_now())
    )
    return bool(ended.rowcount)  # type: ignore[attr-defined]  # of an UPDATE there is one


def end_all(session: Session, user_id: int, *, but: int | None = None) -> None:
    """End every session of somebody, all `but` the one they are using."""
    query = update(OpenSession).where(OpenSession.user_id == user_id, OpenSession.ended_at.is_(None))
    if but is not None:
        query = query.where(OpenSession.id != but)
    session.execute(query.values(ended_at=real_now()))


def of(session: Session, user_id: int) -> list[OpenSession]:
    """The open sessions of somebody, the last seen first."""
    query = select(OpenSession).where(
        OpenSession.user_id == user_id, OpenSession.ended_at.is_(None), OpenSession.seen_at > real_now() - FORGOTTEN
    )
    return list(session.scalars(query.order_by(OpenSession.seen_at.desc(), OpenSession.id.desc())))


def forget(session: Session) -> int:
    """Remove sessions that nobody was seen in for a year; `session` works across structures. Returns how many."""
    gone = session.execute(delete(OpenSession).where(OpenSession.seen_at < real_now() - TRACE_KEPT))
    return int(gone.rowcount)  # type: ignore[attr-defined]  # of a DELETE there is one


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
