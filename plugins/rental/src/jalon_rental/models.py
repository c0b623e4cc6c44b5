"""The bookings, the licences that were checked for them, and the exceptions that were made."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import (
    CheckConstraint,
    Date,
    Enum,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jalon.clock import now
from jalon.db import AboutPerson, Base, Owned, UtcDateTime
from jalon.db.types import choice, one_of
from jalon.i18n import Text as Sentence
from jalon.models import Beneficiary, Commune, Member, Occupation
from jalon_fleet.models import Category, Vehicle
from jalon_rental.i18n import _, _l


class State(enum.Enum):
    """Where a booking stands. *Late*, and an option that has *expired*, are derived, never stored."""

    REQUESTED = "requested"
    OPTIONED = "optioned"
    BOOKED = "booked"
    OUT = "out"
    RETURNED = "returned"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"

    @classmethod
    def labels(cls) -> dict[State, Sentence]:
        return _LABELS


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
_LABELS = {
    State.REQUESTED: _l("Request"),
    State.OPTIONED: _l("Option"),
    State.BOOKED: _l("Booked"),
    State.OUT: _l("Out"),
    State.RETURNED: _l("Returned"),
    State.REFUSED: _l("Refused"),
    State.CANCELLED: _l("Cancelled"),
    State.NO_SHOW: _l("Did not come"),
}


class Reason(enum.Enum):
    """Why a request was not met. Source: domain model 3.1, unmet requests by reason."""

    NO_VEHICLE = "no_vehicle"
    LICENCE = "licence"
    NOT_ELIGIBLE = "not_eligible"
    UNPAID = "unpaid"
    NEED_GONE = "need_gone"
    OTHER = "other"

    @classmethod
    def labels(cls) -> dict[Reason, Sentence]:
        return _REASONS


_REASONS = {
    Reason.NO_VEHICLE: _l("No vehicle available"),
    Reason.LICENCE: _l("No suitable licence"),
    Reason.NOT_ELIGIBLE: _l("Does not meet the conditions"),
    Reason.UNPAID: _l("Unpaid balance"),
    Reason.NEED_GONE: _l("No longer needed"),
    Reason.OTHER: _l("Another reason"),
}


class Side(enum.Enum):
    """Who gave a booking up."""

    RENTER = "renter"
    STRUCTURE = "structure"

    @classmethod
    def labels(cls) -> dict[Side, Sentence]:
        return {Side.RENTER: _l("The person"), Side.STRUCTURE: _l("Us")}


class Guard(enum.Enum):
    """What a booking is held to before a vehicle is promised or handed over; its value is stored with exceptions."""

    INSPECTION = "inspection"
    INSURANCE = "insurance"
    LICENCE = "licence"
    CHECK = "check"
    AGE = "age"
    SENIORITY = "seniority"
    LENGTH = "length"

    @classmethod
    def labels(cls) -> dict[Guard, Sentence]:
        return _GUARDS


_GUARDS = {
    Guard.INSPECTION: _l("MOT (contrôle technique)"),
    Guard.INSURANCE: _l("Insurance"),
    Guard.LICENCE: _l("Licence"),
    Guard.CHECK: _l("Check of the licence"),
    Guard.AGE: _l("Minimum age"),
    Guard.SENIORITY: _l("Years of licence"),
    Guard.LENGTH: _l("Longest rental"),
}
# the structure's own rules; what the law or an insurance says is nobody's to waive: docs/decisions/0025
WAIVABLE = frozenset({Guard.AGE, Guard.SENIORITY, Guard.LENGTH})


class Booking(Owned, Base):
    """A vehicle asked for, promised, lent to a person; the promise itself is the occupation it points at.

    Bookings made before persons were known have a `renter_name` and no person.
    """

    __tablename__ = "rental_booking"
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


class CheckMode(enum.Enum):
    """How the right to drive was verified. Source: domain model 3.1, → En cours."""

    ADCS = "adcs"
    ORIGINAL = "original"

    @classmethod
    def labels(cls) -> dict[CheckMode, Sentence]:
        return {
            CheckMode.ADCS: _l("Certificate of driving rights (ADCS)"),
            CheckMode.ORIGINAL: _l("Original seen (foreign licence, no certificate)"),
        }


class LicenceState(enum.Enum):
    """What the certificate says."""

    VALID = "valid"
    SUSPENDED = "suspended"

    @classmethod
    def labels(cls) -> dict[LicenceState, Sentence]:
        return {LicenceState.VALID: _l("Valid"), LicenceState.SUSPENDED: _l("Suspended, cancelled or invalid")}


class LicenceCheck(AboutPerson, Owned, Base):
    """That somebody verified a person's right to drive: when and how, never a copy. Seen as the person's file is."""

    __tablename__ = "rental_licence_check"
    __recorded_in__: ClassVar[tuple[str, str]] = ("jalon_beneficiary", "beneficiary_id")
    __read_permission__: ClassVar[str] = "rental.read"
    __table_args__ = (
        UniqueConstraint("structure_id", "id"),
        ForeignKeyConstraint(
            ["beneficiary_id", "structure_id"],
            ["jalon_beneficiary_structure.beneficiary_id", "jalon_beneficiary_structure.structure_id"],
        ),
        one_of("mode", CheckMode),
        one_of("licence_state", LicenceState),
        CheckConstraint("adcs_number IS NOT NULL OR mode <> 'adcs'", name="adcs_number"),
        CheckConstraint("obtained_on <= verified_on", name="obtained_on"),
        Index("ix_rental_licence_check_latest", "beneficiary_id", "structure_id", "verified_on", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    beneficiary_id: Mapped[int] = mapped_column()
    verified_on: Mapped[date] = mapped_column(Date, info={"personal": "of a licence", "erased_as": "year"})
    mode: Mapped[CheckMode] = mapped_column(choice(CheckMode))
    adcs_number: Mapped[str | None] = mapped_column(
        String(40), info={"personal": "of a licence", "erased_as": "text:—"}
    )
    licence_state: Mapped[LicenceState] = mapped_column(
        choice(LicenceState), info={"personal": "of a licence", "erased_as": "text:valid"}
    )
    categories: Mapped[str] = mapped_column(
        String(60), info={"personal": "of a licence", "erased_as": "text:"}
    )  # `b a1`, by value
    obtained_on: Mapped[date | None] = mapped_column(Date, info={"personal": "of a licence"})
    valid_until: Mapped[date | None] = mapped_column(Date, info={"personal": "of a licence"})
    verified_by: Mapped[str] = mapped_column(String(120))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


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
