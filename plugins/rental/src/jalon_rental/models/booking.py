"""A vehicle asked for, promised, lent to a person."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from sqlalchemy import (
    CheckConstraint,
    Enum,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jalon.db import Affair, Base, Owned, UtcDateTime
from jalon.db.types import choice, one_of
from jalon.models import Beneficiary, Commune, Member, Occupation
from jalon.named import Named
from jalon_fleet.models import Category, Vehicle
from jalon_rental.i18n import _, _l

if TYPE_CHECKING:
    from jalon_rental.models.guard import Waiver


class State(Named):
    """Where a booking stands. *Late*, and an option that has *expired*, are derived, never stored."""

    REQUESTED = "requested", _l("Request")
    OPTIONED = "optioned", _l("Option")
    BOOKED = "booked", _l("Booked")
    OUT = "out", _l("Out")
    RETURNED = "returned", _l("Returned")
    REFUSED = "refused", _l("Refused")
    CANCELLED = "cancelled", _l("Cancelled")
    NO_SHOW = "no_show", _l("Did not come")


TRANSITIONS = {
    (State.REQUESTED, State.OPTIONED),
    (State.REQUESTED, State.BOOKED),
    (State.REQUESTED, State.REFUSED),
    (State.REQUESTED, State.CANCELLED),
    (State.OPTIONED, State.REQUESTED),
    (State.OPTIONED, State.BOOKED),
    (State.OPTIONED, State.REFUSED),
    (State.OPTIONED, State.CANCELLED),
    (State.BOOKED, State.OUT),
    (State.BOOKED, State.CANCELLED),
    (State.BOOKED, State.NO_SHOW),
    (State.OUT, State.RETURNED),
}
PROMISING = frozenset({State.OPTIONED, State.BOOKED, State.OUT})  # a vehicle is kept for it; an option until it expires
OPEN = PROMISING | {State.REQUESTED}  # not over


class Reason(Named):
    """Why a request was not met. Source: domain model 3.1, unmet requests by reason."""

    NO_VEHICLE = "no_vehicle", _l("No vehicle available")
    LICENCE = "licence", _l("No suitable licence")
    NOT_ELIGIBLE = "not_eligible", _l("Does not meet the conditions")
    UNPAID = "unpaid", _l("Unpaid balance")
    NEED_GONE = "need_gone", _l("No longer needed")
    OTHER = "other", _l("Another reason")


class Side(Named):
    """Who gave a booking up."""

    RENTER = "renter", _l("The person")
    STRUCTURE = "structure", _l("Us")


class Booking(Owned, Base):
    """A vehicle asked for, promised, lent to a person; the promise itself is the occupation it points at.

    Bookings made before persons were known have a `renter_name` and no person.
    """

    __tablename__ = "rental_booking"
    __affair__: ClassVar[Affair] = Affair(at="ends_at", state="state", open=frozenset({"requested"}))
    __table_args__ = (
        UniqueConstraint("structure_id", "id"),
        ForeignKeyConstraint(["vehicle_id", "structure_id"], ["fleet_vehicle.id", "fleet_vehicle.structure_id"]),
        ForeignKeyConstraint(
            ["occupation_id", "structure_id"], ["jalon_occupation.id", "jalon_occupation.structure_id"]
        ),
        ForeignKeyConstraint(["member_id", "structure_id"], ["jalon_member.id", "jalon_member.structure_id"]),
        ForeignKeyConstraint(
            ["beneficiary_id", "structure_id"],
            ["jalon_beneficiary_structure.beneficiary_id", "jalon_beneficiary_structure.structure_id"],
        ),
        one_of("state", State),
        one_of("category", Category),
        one_of("reason", Reason),
        one_of("given_up_by", Side),
        CheckConstraint("occupation_id IS NOT NULL OR state NOT IN ('optioned', 'booked', 'out')", name="promise"),
        CheckConstraint("vehicle_id IS NOT NULL OR state IN ('requested', 'refused', 'cancelled')", name="vehicle"),
        CheckConstraint("vehicle_id IS NOT NULL OR category IS NOT NULL", name="wish"),
        CheckConstraint("option_until IS NOT NULL OR state <> 'optioned'", name="option"),
        CheckConstraint("reason IS NOT NULL OR state <> 'refused'", name="refusal"),
        CheckConstraint(
            "beneficiary_id IS NOT NULL OR renter_name IS NOT NULL"
            " OR state NOT IN ('requested', 'optioned', 'booked', 'out')",
            name="person",
        ),
        CheckConstraint("starts_at < ends_at", name="period"),
        CheckConstraint("trim(renter_name) <> ''", name="renter"),
        Index("ix_rental_booking_starts_at", "structure_id", "starts_at", "id"),
        Index("ix_rental_booking_ends_at", "structure_id", "ends_at", "id"),
        Index("ix_rental_booking_state", "structure_id", "state", "starts_at"),
        Index("ix_rental_booking_member", "member_id", "state"),
        Index("ix_rental_booking_beneficiary", "beneficiary_id", "structure_id", "starts_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    vehicle_id: Mapped[int | None] = mapped_column(index=True)
    occupation_id: Mapped[int | None] = mapped_column(unique=True)
    member_id: Mapped[int | None] = mapped_column()  # who follows it
    beneficiary_id: Mapped[int | None] = mapped_column()
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
    category: Mapped[Category | None] = mapped_column(choice(Category))  # wished for, while there is no vehicle
    commune_insee: Mapped[str | None] = mapped_column(ForeignKey("jalon_commune.insee"))  # where it was asked from
    option_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[Reason | None] = mapped_column(choice(Reason))  # of a refusal
    given_up_by: Mapped[Side | None] = mapped_column(choice(Side))  # who cancelled it
    version: Mapped[int] = mapped_column(default=1)

    vehicle: Mapped[Vehicle | None] = relationship(foreign_keys=[vehicle_id])
    member: Mapped[Member | None] = relationship(foreign_keys=[member_id])
    occupation: Mapped[Occupation | None] = relationship(foreign_keys=[occupation_id])
    commune: Mapped[Commune | None] = relationship(foreign_keys=[commune_insee])
    beneficiary: Mapped[Beneficiary | None] = relationship(
        primaryjoin="foreign(Booking.beneficiary_id) == Beneficiary.id"
    )
    waivers: Mapped[list[Waiver]] = relationship(back_populates="booking", order_by="Waiver.id")

    __mapper_args__ = {"version_id_col": version}

    @property
    def renter(self) -> str:
        """Who rents, as the reader may know it."""
        return str(self.beneficiary) if self.beneficiary is not None else self.renter_name or "—"

    @property
    def wanted(self) -> str:
        """The vehicle, or the kind that is wished for."""
        if self.vehicle is not None:
            return str(self.vehicle)
        label = Category.labels()[self.category] if self.category else "—"
        return _("%(category)s, no vehicle yet", category=label)

    def __str__(self) -> str:
        return f"{self.renter} · {self.wanted}"
