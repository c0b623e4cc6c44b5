"""Structures: the tenants, and the addresses they used to have."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from jalon.clock import now
from jalon.db import Base, Platform, UtcDateTime


class Structure(Platform, Base):
    """An association of the collective. Never deleted: closed."""

    __tablename__ = "jalon_structure"
    __write_permission__: ClassVar[str] = "jalon.structures.write"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(31), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    phone: Mapped[str | None] = mapped_column(String(32))
    zone: Mapped[str] = mapped_column(String(64), default="Europe/Paris")
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    is_demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __mapper_args__ = {"version_id_col": version}

    def __str__(self) -> str:
        return self.name


class StructureAlias(Platform, Base):
    """A slug a structure no longer uses; its links redirect for ever."""

    __tablename__ = "jalon_structure_alias"
    __write_permission__: ClassVar[str] = "jalon.structures.write"

    slug: Mapped[str] = mapped_column(String(31), primary_key=True)
    structure_id: Mapped[int] = mapped_column(ForeignKey("jalon_structure.id"), index=True)
