"""Who signs in, who works where, with which roles."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    String,
    UniqueConstraint,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jalon.clock import now
from jalon.db import Base, Owned, Platform, UtcDateTime, alphabetical
from jalon.names import fold


class User(Platform, Base):
    """An account. `external_id` is the host's name for it, when a host identifies people itself."""

    __tablename__ = "jalon_user"
    __write_permission__: ClassVar[str] = "jalon.users.write"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str | None] = mapped_column(String(254), unique=True, info={"personal": "an address of a person"})
    external_id: Mapped[str | None] = mapped_column(
        String(200), unique=True, info={"personal": "a host's name for a person"}
    )
    name: Mapped[str] = mapped_column(String(120), info={"personal": "a person's name", "erased_as": "text:—"})
    password_hash: Mapped[str | None] = mapped_column(String(200))
    totp_nonce: Mapped[str | None] = mapped_column(String(64))  # the secret is made of it and the server's key
    totp_since: Mapped[datetime | None] = mapped_column(UtcDateTime)  # None: begun, never confirmed
    totp_last_step: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    is_platform_admin: Mapped[bool] = mapped_column(default=False)
    is_demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    def __str__(self) -> str:
        return self.name


class Member(Owned, Base):
    """Somebody who works for a structure, with or without an account."""

    __tablename__ = "jalon_member"
    __table_args__ = (UniqueConstraint("structure_id", "id"), UniqueConstraint("structure_id", "user_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int | None] = mapped_column(
        ForeignKey("jalon_user.id"), index=True, info={"personal": "it reads as a person's name"}
    )
    name: Mapped[str] = mapped_column(String(120), info={"personal": "a person's name", "erased_as": "text:—"})
    work_email: Mapped[str | None] = mapped_column(String(254), info={"personal": "an address of a person"})
    phone: Mapped[str | None] = mapped_column(String(32), info={"personal": "a person's telephone"})
    joined_on: Mapped[date | None] = mapped_column(Date)
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    user: Mapped[User | None] = relationship(foreign_keys=[user_id])
    roles: Mapped[list[MemberRole]] = relationship(back_populates="member", cascade="all, delete-orphan")

    __mapper_args__ = {"version_id_col": version}

    @hybrid_property
    def in_order(self) -> str:
        """What lists are sorted by."""
        return fold(self.name)

    @in_order.inplace.expression
    @classmethod
    def _in_order(cls) -> ColumnElement[str]:
        return alphabetical(cls.name)

    def __str__(self) -> str:
        return self.name


class MemberRole(Owned, Base):
    """A role of a member, from its first day to its last, both included; None is open-ended.

    What a role may do is declared by the modules.
    """

    __tablename__ = "jalon_member_role"
    __table_args__ = (
        ForeignKeyConstraint(["member_id", "structure_id"], ["jalon_member.id", "jalon_member.structure_id"]),
        CheckConstraint("first_day <= last_day", name="period"),
    )
    __recorded_in__: ClassVar[tuple[str, str]] = ("jalon_member", "member_id")

    member_id: Mapped[int] = mapped_column(primary_key=True)
    role: Mapped[str] = mapped_column(String(40), primary_key=True)
    first_day: Mapped[date | None] = mapped_column(Date)
    last_day: Mapped[date | None] = mapped_column(Date)

    member: Mapped[Member] = relationship(back_populates="roles", foreign_keys=[member_id])
