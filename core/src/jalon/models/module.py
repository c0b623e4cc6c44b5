"""What is known of modules: by the installation, and by each structure."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from jalon.clock import now
from jalon.db import Base, Owned, Platform, UtcDateTime


class InstalledModule(Platform, Base):
    """A module whose tables were made here. It stays when its code is gone."""

    __tablename__ = "jalon_module"
    __write_permission__: ClassVar[str] = "jalon.modules.install"

    slug: Mapped[str] = mapped_column(String(30), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    version: Mapped[str] = mapped_column(String(40))
    requires: Mapped[str] = mapped_column(String(300), default="")
    trouble: Mapped[str | None] = mapped_column(Text)  # a sentence; on a second line, what the database said
    first_seen: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class EnabledModule(Owned, Base):
    """A module switched on for a structure."""

    __tablename__ = "jalon_enabled_module"
    __table_args__ = (UniqueConstraint("structure_id", "slug"),)
    __unrecorded__: ClassVar[str] = "ModuleEvent tells it"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(30))
    since: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class ModuleEvent(Owned, Base):
    """A module was switched on or off, by whom and when."""

    __tablename__ = "jalon_module_event"
    __table_args__ = (
        CheckConstraint("action IN ('enabled', 'disabled')", name="action"),
        Index("ix_jalon_module_event_at", "structure_id", "at", "id"),
    )
    __unrecorded__: ClassVar[str] = "it is a record"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(30))
    action: Mapped[str] = mapped_column(String(10))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("jalon_user.id"))
    actor_name: Mapped[str] = mapped_column(String(120), info={"personal": "a person's name", "erased_as": "kept"})


class OpenDuty(Owned, Base):
    """A duty towards the persons of a structure that a module could not do, its code being absent."""

    __tablename__ = "jalon_open_duty"
    __table_args__ = (UniqueConstraint("structure_id", "slug", "duty"),)
    __unrecorded__: ClassVar[str] = "it is written and removed by the duty itself, nobody decides it"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(30))
    duty: Mapped[str] = mapped_column(String(60))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
