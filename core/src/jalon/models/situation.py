"""A person's situation on a day, and what the person agreed to."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, ClassVar

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jalon.clock import now
from jalon.db import Base, PersonFile, UtcDateTime
from jalon.db.types import choice, one_of
from jalon.i18n import _l
from jalon.named import Named

if TYPE_CHECKING:
    from jalon.models.beneficiary import Beneficiary


class Moment(Named):
    """When in the accompaniment a situation is noted."""

    ENTRY = "entry", _l("On entry")
    YEARLY = "yearly", _l("Yearly")
    EXIT = "exit", _l("On exit")


class Employment(Named):
    """Status towards work. Source: domain words of the FSE+ and of France Travail."""

    SEEKER_UNDER_12 = "seeker_under_12", _l("Looking for work for less than 12 months")
    SEEKER_OVER_12 = "seeker_over_12", _l("Looking for work for 12 months or more")
    INACTIVE = "inactive", _l("Inactive (not studying)")
    STUDYING = "studying", _l("Studying or in training")
    PERMANENT = "permanent", _l("Permanent contract (CDI)")
    FIXED_6_MONTHS = "fixed_6_months", _l("Fixed-term contract of 6 months or more")
    SHORT = "short", _l("Fixed-term contract under 6 months, temporary work")
    INSERTION = "insertion", _l("Employee in integration (IAE)")
    APPRENTICE = "apprentice", _l("Alternating training")
    SELF_EMPLOYED = "self_employed", _l("Self-employed")


class Diploma(Named):
    """Level of the highest diploma, by ISCED band (CITE)."""

    BELOW_3 = "below_3", _l("Below level 3 (none, brevet)")
    LEVEL_3 = "level_3", _l("Level 3 (CAP, BEP)")
    LEVEL_4 = "level_4", _l("Level 4 (baccalauréat)")
    LEVEL_5 = "level_5", _l("Level 5 and above")


class OwnVehicle(Named):
    """What the person has to drive or ride."""

    NONE = "none", _l("No vehicle")
    CAR = "car", _l("A car that can be used")
    CAR_OFF_ROAD = "car_off_road", _l("A car off the road (breakdown, MOT, insurance)")
    POWERED_TWO_WHEELER = "powered_two_wheeler", _l("A powered two-wheeler")
    BIKE = "bike", _l("A bicycle")
    EBIKE = "ebike", _l("An electric bicycle")
    LIGHT_CAR = "light_car", _l("A car without licence")


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


class Purpose(Named):
    """What a person is asked to agree to, or informed of."""

    ACCOMPANIMENT = "accompaniment", _l("Accompaniment (information only)")
    SHARE_WITH_REFERRER = "share_with_referrer", _l("Sharing with who referred the person")
    SHARE_WITH_STRUCTURES = "share_with_structures", _l("Sharing between the structures that help")
    SMS = "sms", _l("Messages by SMS")
    NEWSLETTER = "newsletter", _l("The Flash letter")
    PHOTO = "photo", _l("Photographs")
    SURVEY = "survey", _l("Survey after six months")
    TESTIMONY = "testimony", _l("Testimony")


class Agreement(Named):
    """What the person answered."""

    GIVEN = "given", _l("Given")
    REFUSED = "refused", _l("Refused")
    WITHDRAWN = "withdrawn", _l("Withdrawn")
    NOT_APPLICABLE = "not_applicable", _l("Not applicable")


class Proof(Named):
    """How it is known."""

    PAPER = "paper", _l("Signed paper")
    TICK = "tick", _l("Ticked on screen")
    ORAL = "oral", _l("Said, and noted")


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
