"""A person's situation on a day, and what the person agreed to."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import TYPE_CHECKING, ClassVar

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jalon.clock import now
from jalon.db import Base, PersonFile, UtcDateTime
from jalon.db.types import choice, one_of
from jalon.i18n import Text as Sentence
from jalon.i18n import _l

if TYPE_CHECKING:
    from jalon.models.beneficiary import Beneficiary


class Moment(enum.Enum):
    """When in the accompaniment a situation is noted."""

    ENTRY = "entry"
    YEARLY = "yearly"
    EXIT = "exit"

    @classmethod
    def labels(cls) -> dict[Moment, Sentence]:
        return {Moment.ENTRY: _l("On entry"), Moment.YEARLY: _l("Yearly"), Moment.EXIT: _l("On exit")}


class Employment(enum.Enum):
    """Status towards work. Source: domain words of the FSE+ and of France Travail."""

    SEEKER_UNDER_12 = "seeker_under_12"
    SEEKER_OVER_12 = "seeker_over_12"
    INACTIVE = "inactive"
    STUDYING = "studying"
    PERMANENT = "permanent"
    FIXED_6_MONTHS = "fixed_6_months"
    SHORT = "short"
    INSERTION = "insertion"
    APPRENTICE = "apprentice"
    SELF_EMPLOYED = "self_employed"

    @classmethod
    def labels(cls) -> dict[Employment, Sentence]:
        return _EMPLOYMENT


_EMPLOYMENT = {
    Employment.SEEKER_UNDER_12: _l("Looking for work for less than 12 months"),
    Employment.SEEKER_OVER_12: _l("Looking for work for 12 months or more"),
    Employment.INACTIVE: _l("Inactive (not studying)"),
    Employment.STUDYING: _l("Studying or in training"),
    Employment.PERMANENT: _l("Permanent contract (CDI)"),
    Employment.FIXED_6_MONTHS: _l("Fixed-term contract of 6 months or more"),
    Employment.SHORT: _l("Fixed-term contract under 6 months, temporary work"),
    Employment.INSERTION: _l("Employee in integration (IAE)"),
    Employment.APPRENTICE: _l("Alternating training"),
    Employment.SELF_EMPLOYED: _l("Self-employed"),
}


class Diploma(enum.Enum):
    """Level of the highest diploma, by ISCED band (CITE)."""

    BELOW_3 = "below_3"
    LEVEL_3 = "level_3"
    LEVEL_4 = "level_4"
    LEVEL_5 = "level_5"

    @classmethod
    def labels(cls) -> dict[Diploma, Sentence]:
        return _DIPLOMA


_DIPLOMA = {
    Diploma.BELOW_3: _l("Below level 3 (none, brevet)"),
    Diploma.LEVEL_3: _l("Level 3 (CAP, BEP)"),
    Diploma.LEVEL_4: _l("Level 4 (baccalauréat)"),
    Diploma.LEVEL_5: _l("Level 5 and above"),
}


class OwnVehicle(enum.Enum):
    """What the person has to drive or ride."""

    NONE = "none"
    CAR = "car"
    CAR_OFF_ROAD = "car_off_road"
    POWERED_TWO_WHEELER = "powered_two_wheeler"
    BIKE = "bike"
    EBIKE = "ebike"
    LIGHT_CAR = "light_car"

    @classmethod
    def labels(cls) -> dict[OwnVehicle, Sentence]:
        return _OWN_VEHICLE


_OWN_VEHICLE = {
    OwnVehicle.NONE: _l("No vehicle"),
    OwnVehicle.CAR: _l("A car that can be used"),
    OwnVehicle.CAR_OFF_ROAD: _l("A car off the road (breakdown, MOT, insurance)"),
    OwnVehicle.POWERED_TWO_WHEELER: _l("A powered two-wheeler"),
    OwnVehicle.BIKE: _l("A bicycle"),
    OwnVehicle.EBIKE: _l("An electric bicycle"),
    OwnVehicle.LIGHT_CAR: _l("A car without licence"),
}


class Situation(PersonFile, Base):
    """What was true of a person on a day. Locked once validated: a correction is another version with its reason."""

    __tablename__ = "jalon_situation"
    __read_permission__: ClassVar[str] = "jalon.social.read"
    __table_args__ = (
        one_of("moment", Moment),
        one_of("employment", Employment),
        one_of("diploma", Diploma),
        one_of("vehicle", OwnVehicle),
        CheckConstraint("children BETWEEN 0 AND 15", name="children"),
        CheckConstraint("registered_on <= on_day", name="registered_on"),
        CheckConstraint("replaces_id IS NULL OR correction_reason IS NOT NULL", name="correction"),
        Index("ix_jalon_situation_on_day", "beneficiary_id", "on_day", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    structure_id: Mapped[int] = mapped_column(ForeignKey("jalon_structure.id"), index=True)
    moment: Mapped[Moment] = mapped_column(choice(Moment))
    on_day: Mapped[date] = mapped_column(Date)
    employment: Mapped[Employment | None] = mapped_column(choice(Employment))
    registered: Mapped[bool | None]  # at France Travail
    registered_on: Mapped[date | None] = mapped_column(Date)
    income_band: Mapped[str | None] = mapped_column(String(20))
    diploma: Mapped[Diploma | None] = mapped_column(choice(Diploma))
    vehicle: Mapped[OwnVehicle | None] = mapped_column(choice(OwnVehicle))
    children: Mapped[int | None]
    single_parent: Mapped[bool | None]
    rural_area: Mapped[bool | None]
    precarious_housing: Mapped[bool | None]
    jobless_household: Mapped[bool | None]
    locked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("jalon_situation.id"), unique=True)
    correction_reason: Mapped[str | None] = mapped_column(
        String(200), info={"personal": "written about a person", "erased_as": "text:—"}
    )
    version: Mapped[int] = mapped_column(default=1)

    beneficiary: Mapped[Beneficiary] = relationship(foreign_keys="Situation.beneficiary_id")
    items: Mapped[list[SituationItem]] = relationship(back_populates="situation", order_by="SituationItem.id")

    __mapper_args__ = {"version_id_col": version}


class SituationItem(PersonFile, Base):
    """One of several answers of a situation: a resource (RSA, ASS, …) or a licence with its state."""

    __tablename__ = "jalon_situation_item"
    __read_permission__: ClassVar[str] = "jalon.social.read"
    __recorded_in__: ClassVar[tuple[str, str]] = ("jalon_situation", "situation_id")
    __table_args__ = (
        UniqueConstraint("situation_id", "kind", "value"),
        CheckConstraint("kind IN ('resource', 'licence')", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    situation_id: Mapped[int] = mapped_column(ForeignKey("jalon_situation.id"))
    kind: Mapped[str] = mapped_column(String(10), info={"unrecorded": "the value says it"})
    value: Mapped[str] = mapped_column(String(30))
    detail: Mapped[str | None] = mapped_column(String(80), info={"personal": "written about a person"})

    situation: Mapped[Situation] = relationship(back_populates="items")
    beneficiary: Mapped[Beneficiary] = relationship(foreign_keys="SituationItem.beneficiary_id")


class Purpose(enum.Enum):
    """What a person is asked to agree to, or informed of."""

    ACCOMPANIMENT = "accompaniment"
    SHARE_WITH_REFERRER = "share_with_referrer"
    SHARE_WITH_STRUCTURES = "share_with_structures"
    SMS = "sms"
    NEWSLETTER = "newsletter"
    PHOTO = "photo"
    SURVEY = "survey"
    TESTIMONY = "testimony"

    @classmethod
    def labels(cls) -> dict[Purpose, Sentence]:
        return _PURPOSES


_PURPOSES = {
    Purpose.ACCOMPANIMENT: _l("Accompaniment (information only)"),
    Purpose.SHARE_WITH_REFERRER: _l("Sharing with who referred the person"),
    Purpose.SHARE_WITH_STRUCTURES: _l("Sharing between the structures that help"),
    Purpose.SMS: _l("Messages by SMS"),
    Purpose.NEWSLETTER: _l("The Flash letter"),
    Purpose.PHOTO: _l("Photographs"),
    Purpose.SURVEY: _l("Survey after six months"),
    Purpose.TESTIMONY: _l("Testimony"),
}


class Agreement(enum.Enum):
    """What the person answered."""

    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    NOT_APPLICABLE = "not_applicable"

    @classmethod
    def labels(cls) -> dict[Agreement, Sentence]:
        return _AGREEMENTS


_AGREEMENTS = {
    Agreement.GIVEN: _l("Given"),
    Agreement.REFUSED: _l("Refused"),
    Agreement.WITHDRAWN: _l("Withdrawn"),
    Agreement.NOT_APPLICABLE: _l("Not applicable"),
}


class Proof(enum.Enum):
    """How it is known."""

    PAPER = "paper"
    TICK = "tick"
    ORAL = "oral"

    @classmethod
    def labels(cls) -> dict[Proof, Sentence]:
        return {Proof.PAPER: _l("Signed paper"), Proof.TICK: _l("Ticked on screen"), Proof.ORAL: _l("Said, and noted")}


class Consent(PersonFile, Base):
    """One answer of a person to one purpose. The latest holds; none is ever changed."""

    __tablename__ = "jalon_consent"
    __table_args__ = (
        one_of("purpose", Purpose),
        one_of("agreement", Agreement),
        one_of("proof", Proof),
        Index("ix_jalon_consent_latest", "beneficiary_id", "purpose", "at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    structure_id: Mapped[int] = mapped_column(ForeignKey("jalon_structure.id"), index=True)
    purpose: Mapped[Purpose] = mapped_column(choice(Purpose))
    agreement: Mapped[Agreement] = mapped_column(choice(Agreement))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    collected_by: Mapped[str] = mapped_column(String(120))
    proof: Mapped[Proof] = mapped_column(choice(Proof))
    text_version: Mapped[str] = mapped_column(String(20), default="1")

    beneficiary: Mapped[Beneficiary] = relationship(foreign_keys="Consent.beneficiary_id")
