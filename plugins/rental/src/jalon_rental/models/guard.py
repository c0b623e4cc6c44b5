"""What a booking is held to, and the exceptions that were made."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jalon.clock import now
from jalon.db import Base, Owned, UtcDateTime
from jalon.db.types import choice
from jalon.named import Named
from jalon_rental.i18n import _l
from jalon_rental.models.booking import Booking


class Guard(Named):
    """What a booking is held to before a vehicle is promised or handed over; its value is stored with exceptions."""

    INSPECTION = "inspection", _l("MOT (contrôle technique)")
    INSURANCE = "insurance", _l("Insurance")
    LICENCE = "licence", _l("Licence")
    CHECK = "check", _l("Check of the licence")
    AGE = "age", _l("Minimum age")
    SENIORITY = "seniority", _l("Years of licence")
    LENGTH = "length", _l("Longest rental")
    CONTRACT = "contract", _l("Contract")


# the structure's own rules; what the law or an insurance says is nobody's to waive: docs/decisions/0025
WAIVABLE = frozenset({Guard.AGE, Guard.SENIORITY, Guard.LENGTH})


class Waiver(Owned, Base):
    """That somebody entitled let a booking pass one of the structure's own rules, and why."""

    __tablename__ = "rental_waiver"
    __recorded_in__: ClassVar[tuple[str, str]] = ("rental_booking", "booking_id")
    __table_args__ = (
        UniqueConstraint("structure_id", "id"),
        UniqueConstraint("booking_id", "guard"),
        ForeignKeyConstraint(["booking_id", "structure_id"], ["rental_booking.id", "rental_booking.structure_id"]),
        CheckConstraint("guard IN ('age', 'seniority', 'length')", name="guard"),
        CheckConstraint("trim(reason) <> ''", name="reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    booking_id: Mapped[int] = mapped_column()
    guard: Mapped[Guard] = mapped_column(choice(Guard))
    reason: Mapped[str] = mapped_column(
        String(200), info={"personal": "may say why of a person", "erased_as": "text:—"}
    )
    granted_by: Mapped[str] = mapped_column(String(120))
    granted_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    version: Mapped[int] = mapped_column(default=1)

    booking: Mapped[Booking] = relationship(back_populates="waivers", foreign_keys=[booking_id])

    __mapper_args__ = {"version_id_col": version}
