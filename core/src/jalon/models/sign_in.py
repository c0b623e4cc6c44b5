"""What sign-in leaves behind: attempts, open sessions, links sent by mail, recovery codes, events of an account."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from jalon.clock import now
from jalon.db import Base, Platform, UtcDateTime


class Attempt(Platform, Base):
    """Somebody tried something that may not be tried without end; `key` is a digest of what and by whom."""

    __tablename__ = "jalon_attempt"
    __table_args__ = (Index("ix_jalon_attempt_key", "key", "at"),)
    __write_permission__: ClassVar[str] = "jalon.users.write"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class OpenSession(Platform, Base):
    """A browser somebody is signed in with. Only the token's digest is kept; an ended one stays for the trace."""

    __tablename__ = "jalon_session"
    __write_permission__: ClassVar[str] = "jalon.users.write"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("jalon_user.id"), index=True)
    device: Mapped[str] = mapped_column(String(120))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    unlocked_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    second_factor: Mapped[bool] = mapped_column(default=False)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AccountLink(Platform, Base):
    """An invitation or a password reset sent by mail: used once, within its time; only its digest is kept."""

    __tablename__ = "jalon_account_link"
    __table_args__ = (CheckConstraint("purpose IN ('invitation', 'reset')", name="purpose"),)
    __write_permission__: ClassVar[str] = "jalon.users.write"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("jalon_user.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(12))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RecoveryCode(Platform, Base):
    """A code kept on paper, good once in place of the second factor."""

    __tablename__ = "jalon_recovery_code"
    __write_permission__: ClassVar[str] = "jalon.users.write"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("jalon_user.id"), index=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AccountEvent(Platform, Base):
    """Something happened to an account: a sign-in, a password, a second factor. Its owner reads it."""

    __tablename__ = "jalon_account_event"
    __table_args__ = (Index("ix_jalon_account_event_at", "user_id", "at", "id"),)
    __write_permission__: ClassVar[str] = "jalon.users.write"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("jalon_user.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    kind: Mapped[str] = mapped_column(String(30))
    device: Mapped[str] = mapped_column(String(120), default="")
    by_name: Mapped[str] = mapped_column(
        String(120), default="", info={"personal": "a person's name", "erased_as": "kept"}
    )
