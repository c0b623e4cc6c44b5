"""Who signs in, who works where, with which roles."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import ForeignKey, ForeignKeyConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jalon.clock import now
from jalon.db import Base, Owned, Platform, UtcDateTime


class User(Platform, Base):
    """An account. `external_id` is the host's name for it, when a host identifies people itself."""

    __tablename__ = "jalon_user"
    __write_permission__: ClassVar[str] = "jalon.users.write"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str | None] = mapped_column(String(254), unique=True)
    external_id: Mapped[str | None] = mapped_column(String(200), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    password_hash: Mapped[str | None] = mapped_column(String(200))
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
    user_id: Mapped[int | None] = mapped_column(ForeignKey("jalon_user.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    roles: Mapped[list[MemberRole]] = relationship(back_populates="member", cascade="all, delete-orphan")

    def __str__(self) -> str:
        return self.name


class MemberRole(Owned, Base):
    """A role of a member; what a role may do is declared by the modules."""

    __tablename__ = "jalon_member_role"
    __table_args__ = (
        ForeignKeyConstraint(["member_id", "structure_id"], ["jalon_member.id", "jalon_member.structure_id"]),
    )

    member_id: Mapped[int] = mapped_column(primary_key=True)
    role: Mapped[str] = mapped_column(String(40), primary_key=True)

    member: Mapped[Member] = relationship(back_populates="roles", foreign_keys=[member_id])
