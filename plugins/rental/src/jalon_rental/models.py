"""The bookings."""

from __future__ import annotations

import enum
from datetime import datetime

from sqlalchemy import CheckConstraint, Enum, ForeignKeyConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jalon.db import Base, Owned, UtcDateTime
from jalon.i18n import Text as Sentence
from jalon.models import Member, Occupation
from jalon_fleet.models import Vehicle
from jalon_rental.i18n import _l


class State(enum.Enum):
    """Where a booking stands. *Late* is derived, never stored."""

    BOOKED = "booked"
    OUT = "out"
    RETURNED = "returned"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"

    @classmethod
    def labels(cls) -> dict[State, Sentence]:
        return _LABELS


TRANSITIONS = {
    (State.BOOKED, State.OUT),
    (State.BOOKED, State.CANCELLED),
    (State.BOOKED, State.NO_SHOW),
    (State.OUT, State.RETURNED),
}
PROMISING = frozenset({State.BOOKED, State.OUT})
_LABELS = {
    State.BOOKED: _l("Booked"),
    State.OUT: _l("Out"),
    State.RETURNED: _l("Returned"),
    State.CANCELLED: _l("Cancelled"),
    State.NO_SHOW: _l("Did not come"),
}


class Booking(Owned, Base):
    """A vehicle promised to somebody; the promise itself is the occupation it points at."""

    __tablename__ = "rental_booking"
    __table_args__ = (
        UniqueConstraint("structure_id", "id"),
        ForeignKeyConstraint(["vehicle_id", "structure_id"], ["fleet_vehicle.id", "fleet_vehicle.structure_id"]),
        ForeignKeyConstraint(
            ["occupation_id", "structure_id"], ["jalon_occupation.id", "jalon_occupation.structure_id"]
        ),
        ForeignKeyConstraint(["member_id", "structure_id"], ["jalon_member.id", "jalon_member.structure_id"]),
        CheckConstraint("state IN ('booked', 'out', 'returned', 'cancelled', 'no_show')", name="state"),
        CheckConstraint("occupation_id IS NOT NULL OR state NOT IN ('booked', 'out')", name="promise"),
        CheckConstraint("starts_at < ends_at", name="period"),
        CheckConstraint("trim(renter_name) <> ''", name="renter"),
        Index("ix_rental_booking_starts_at", "structure_id", "starts_at", "id"),
        Index("ix_rental_booking_state", "structure_id", "state", "starts_at"),
        Index("ix_rental_booking_member", "member_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    vehicle_id: Mapped[int] = mapped_column(index=True)
    occupation_id: Mapped[int | None] = mapped_column(unique=True)
    member_id: Mapped[int | None] = mapped_column()  # who follows it
    state: Mapped[State] = mapped_column(
        Enum(
            State, native_enum=False, create_constraint=False, length=12, values_callable=lambda e: [s.value for s in e]
        ),
        default=State.BOOKED,
    )
    renter_name: Mapped[str | None] = mapped_column(String(120), info={"personal": "who rents"})
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    note: Mapped[str | None] = mapped_column(Text, info={"personal": "free text about who rents"})
    version: Mapped[int] = mapped_column(default=1)

    vehicle: Mapped[Vehicle] = relationship(foreign_keys=[vehicle_id])
    member: Mapped[Member | None] = relationship(foreign_keys=[member_id])
    occupation: Mapped[Occupation | None] = relationship(foreign_keys=[occupation_id])

    __mapper_args__ = {"version_id_col": version}

    def __str__(self) -> str:
        return f"{self.renter_name or '—'} · {self.vehicle}"
