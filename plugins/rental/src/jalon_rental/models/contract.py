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

    It holds as long as the booking's vehicle, person, period and the person's name are its own; another one then
    replaces it.
    """

    __tablename__ = "rental_contract"
    __recorded_in__: ClassVar[tuple[str, str]] = ("rental_booking", "booking_id")
    __read_permission__: ClassVar[str] = "rental.read"
    __record_title__: ClassVar = _l("Rental contract")
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
    number: Mapped[str] = mapped_column(String(40), info={"label": _l("Contract number")})
    booking_id: Mapped[int] = mapped_column()
    beneficiary_id: Mapped[int] = mapped_column()
    vehicle_id: Mapped[int] = mapped_column()
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime, info={"label": _l("Departure")})
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime, info={"label": _l("Return")})
    lessor: Mapped[str] = mapped_column(
        Text, info={"label": _l("Who lends")}
    )  # the structure's name, and its letterhead below
    renter: Mapped[str] = mapped_column(String(260), info={"label": _l("Who rents"), **SIGNED, "erased_as": "text:—"})
    born_on: Mapped[date | None] = mapped_column(Date, info={**SIGNED, "label": _l("Born on")})
    address: Mapped[str | None] = mapped_column(String(500), info={**SIGNED, "label": _l("Address")})
    phone: Mapped[str | None] = mapped_column(String(20), info={**SIGNED, "label": _l("Telephone")})
    licence: Mapped[str | None] = mapped_column(String(300), info={**SIGNED, "label": _l("Licence")})
    cosigned: Mapped[bool] = mapped_column(
        default=False, info={"label": _l("Signed by a legal representative too")}
    )  # a legal representative signs beside the person
    vehicle_kind: Mapped[str] = mapped_column(String(120), info={"label": _l("Kind of vehicle")})
    vehicle_name: Mapped[str] = mapped_column(String(120), info={"label": _l("Vehicle")})
    vehicle_mark: Mapped[str] = mapped_column(
        String(60), info={"label": _l("Plate or number")}
    )  # plate, or number of the frame
    conditions: Mapped[str] = mapped_column(
        Text, deferred=True, info={"label": _l("Conditions"), "unrecorded": "the history of the setting tells it"}
    )
    made_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, info={"label": _l("Made on")})
    made_by: Mapped[str] = mapped_column(String(120), info={"label": _l("Made by")})
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime, info={"label": _l("No longer in force since")})
    ending: Mapped[Ending | None] = mapped_column(choice(Ending), info={"label": _l("Why no longer in force")})
    version: Mapped[int] = mapped_column(default=1)

    booking: Mapped[Booking] = relationship(foreign_keys=[booking_id])

    __mapper_args__ = {"version_id_col": version}

    def covers(self, booking: Booking) -> bool:
        """Whether vehicle, person and period of the booking are still those that were written."""
        mine = (self.vehicle_id, self.beneficiary_id, self.starts_at, self.ends_at)
        return mine == (booking.vehicle_id, booking.beneficiary_id, booking.starts_at, booking.ends_at)

    def __str__(self) -> str:
        return self.number
