"""Settings of a structure, its logo, and the days on which nobody is there."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import CheckConstraint, Date, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from jalon.clock import now
from jalon.db import Base, Owned, Platform, UtcDateTime


class Setting(Owned, Base):
    """The value of one setting from a day on, as JSON; a later day's replaces it."""

    __tablename__ = "jalon_setting"
    __table_args__ = (UniqueConstraint("structure_id", "module", "key", "valid_from"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    module: Mapped[str] = mapped_column(String(30))
    key: Mapped[str] = mapped_column(String(60))
    value: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[date] = mapped_column(Date)


class Logo(Owned, Base):
    """A structure's logo, drawn again as PNG when it came in."""

    __tablename__ = "jalon_logo"
    __table_args__ = (UniqueConstraint("structure_id"),)
    __unrecorded__: ClassVar[str] = "a picture is not compared field by field"

    id: Mapped[int] = mapped_column(primary_key=True)
    png: Mapped[bytes] = mapped_column(LargeBinary)
    width: Mapped[int]
    height: Mapped[int]
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class Closure(Owned, Base):
    """Days on which a structure is closed by its own decision, both included."""

    __tablename__ = "jalon_closure"
    __table_args__ = (CheckConstraint("first_day <= last_day", name="period"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    def __str__(self) -> str:
        return self.name


class SchoolHoliday(Platform, Base):
    """School holidays of a zone (A, B, C, …), both days included."""

    __tablename__ = "jalon_school_holiday"
    __table_args__ = (
        UniqueConstraint("zone", "first_day"),
        CheckConstraint("first_day <= last_day", name="period"),
    )
    __write_permission__: ClassVar[str] = "jalon.holidays.write"

    id: Mapped[int] = mapped_column(primary_key=True)
    zone: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(80))
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
