"""What was signed: the facts of a rental as they were when its contract was made."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import CheckConstraint, Date, ForeignKeyConstraint, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jalon.clock import now
from jalon.db import Base, NamesPerson, Owned, UtcDateTime
from jalon.db.types import choice, one_of
from jalon.named import Named
from jalon_rental.i18n import _l
from jalon_rental.models.booking import Booking

SIGNED = {"personal": "stands in a contract"}


class Ending(Named):
    """Why a contract is no longer the one in force."""

    REPLACED = "replaced", _l("Replaced")
    CANCELLED = "cancelled", _l("Cancelled")


class Contract(NamesPerson, Owned, Base):
    """The contract of a booking. Its facts are copied, never read again: what was signed does not change.

    It holds as long as the booking's vehicle, person and period are its own; another one then replaces it.
    """

    __tablename__ = "rental_contract"
    __recorded_in__: ClassVar[tuple[str, str]] = ("rental_booking", "booking_id")
    __read_permission__: ClassVar[str] = "rental.read"
    __table_args__ = (
        UniqueConstraint("structure_id", "id"),
        UniqueConstraint("structure_id", "number"),
        ForeignKeyConstraint(["booking_id", "structure_id"], ["rental_booking.id", "rental_booking.structure_id"]),
        ForeignKeyConstraint(["vehicle_id", "structure_id"], ["fleet_vehicle.id", "fleet_vehicle.structure_id"]),
        ForeignKeyConstraint(
            ["beneficiary_id", "structure_id"],
            ["jalon_beneficiary_structure.beneficiary_id", "jalon_beneficiary_structure.structure_id"],
        ),
        one_of("ending", Ending),
        CheckConstraint("starts_at < ends_at", name="period"),
        CheckConstraint("(ending IS NULL) = (ended_at IS NULL)", name="ending_at"),
        Index(
            "ix_rental_contract_in_force",
            "booking_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_rental_contract_booking", "booking_id", "id"),
        Index("ix_rental_contract_beneficiary", "beneficiary_id", "structure_id"),
        Index("ix_rental_contract_vehicle", "vehicle_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40))
    booking_id: Mapped[int] = mapped_column()
    beneficiary_id: Mapped[int] = mapped_column()
    vehicle_id: Mapped[int] = mapped_column()
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    lessor: Mapped[str] = mapped_column(Text)  # the structure's name, and its letterhead below
    renter: Mapped[str] = mapped_column(String(260), info={**SIGNED, "erased_as": "text:—"})
    born_on: Mapped[date | None] = mapped_column(Date, info=SIGNED)
    address: Mapped[str | None] = mapped_column(String(500), info=SIGNED)
    phone: Mapped[str | None] = mapped_column(String(20), info=SIGNED)
    licence: Mapped[str | None] = mapped_column(String(300), info=SIGNED)
    cosigned: Mapped[bool] = mapped_column(default=False)  # a legal representative signs beside the person
    vehicle_kind: Mapped[str] = mapped_column(String(120))
    vehicle_name: Mapped[str] = mapped_column(String(120))
    vehicle_mark: Mapped[str] = mapped_column(String(60))  # plate, or number of the frame
    conditions: Mapped[str] = mapped_column(
        Text, deferred=True, info={"unrecorded": "the history of the setting tells it"}
    )
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    made_by: Mapped[str] = mapped_column(String(120))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ending: Mapped[Ending | None] = mapped_column(choice(Ending))
    version: Mapped[int] = mapped_column(default=1)

    booking: Mapped[Booking] = relationship(foreign_keys=[booking_id])

    __mapper_args__ = {"version_id_col": version}

    def fits(self, booking: Booking) -> bool:
        """Whether the booking is still what was written."""
        mine = (self.vehicle_id, self.beneficiary_id, self.starts_at, self.ends_at)
        return mine == (booking.vehicle_id, booking.beneficiary_id, booking.starts_at, booking.ends_at)

    def __str__(self) -> str:
        return self.number
