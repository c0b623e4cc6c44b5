"""The directory of organisations: read by all structures, written with a right; a structure's own words are its own."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jalon.db import Base, Owned, Platform
from jalon.db.types import choice, one_of
from jalon.i18n import _l
from jalon.models.commune import Commune
from jalon.named import Named


class OrganisationKind(Named):
    """What an organisation is. Source: the typologies of data·inclusion, in the field's words."""

    FRANCE_TRAVAIL = "france_travail", _l("France Travail")
    MISSION_LOCALE = "mission_locale", _l("Mission locale")
    DEPARTMENT = "department", _l("MDS, Département")
    CCAS = "ccas", _l("CCAS, CIAS")
    TOWN_HALL = "town_hall", _l("Town hall, employment service")
    EPCI = "epci", _l("EPCI")
    CAP_EMPLOI = "cap_emploi", _l("Cap emploi")
    PLIE = "plie", _l("PLIE")
    SIAE = "siae", _l("SIAE (ACI, AI, EI, ETTI)")
    TRAINING = "training", _l("Training organisation")
    SECOND_CHANCE = "second_chance", _l("E2C, Épide")
    SOCIAL_LANDLORD = "social_landlord", _l("Social landlord")
    CAF = "caf", _l("CAF")
    EMPLOYER = "employer", _l("Employer")
    DRIVING_SCHOOL = "driving_school", _l("Driving school")
    SOCIAL_DRIVING_SCHOOL = "social_driving_school", _l("Non-profit driving school")
    SOLIDARITY_GARAGE = "solidarity_garage", _l("Solidarity garage or rental")
    TRANSPORT = "transport", _l("AOM, transport company")
    JUSTICE = "justice", _l("SPIP, PJJ")
    HEALTH = "health", _l("Health")
    CHARITY = "charity", _l("Charity")
    FUNDER = "funder", _l("Funder")
    OTHER = "other", _l("Other")


class Organisation(Platform, Base):
    """A partner of the platform. Never deleted: inactive."""

    __tablename__ = "jalon_organisation"
    __table_args__ = (
        one_of("kind", OrganisationKind),
        Index("ix_jalon_organisation_folded", "folded"),
        Index("ix_jalon_organisation_kind", "kind", "name", "id"),
        Index("ix_jalon_organisation_active", "active", "folded", "id"),
        Index("ix_jalon_organisation_first_contact_on", "first_contact_on", "id"),
    )
    __write_permission__: ClassVar[str] = "jalon.organisations.write"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    acronym: Mapped[str | None] = mapped_column(String(20))
    kind: Mapped[OrganisationKind] = mapped_column(choice(OrganisationKind))
    siret: Mapped[str | None] = mapped_column(String(14), unique=True)
    rna: Mapped[str | None] = mapped_column(String(10), unique=True)
    street: Mapped[str | None] = mapped_column(String(120))
    commune_insee: Mapped[str | None] = mapped_column(ForeignKey("jalon_commune.insee"), index=True)
    phone: Mapped[str | None] = mapped_column(String(20))
    email: Mapped[str | None] = mapped_column(String(254))
    website: Mapped[str | None] = mapped_column(String(200))
    first_contact_on: Mapped[date | None] = mapped_column(Date)
    source: Mapped[str | None] = mapped_column(String(60))
    active: Mapped[bool] = mapped_column(default=True)
    folded: Mapped[str] = mapped_column(String(160))
    is_demo: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)

    commune: Mapped[Commune | None] = relationship()
    territory: Mapped[list[Commune]] = relationship(secondary="jalon_territory", order_by="Commune.name")

    __mapper_args__ = {"version_id_col": version}

    def __str__(self) -> str:
        return f"{self.name} ({self.acronym})" if self.acronym else self.name


class Territory(Platform, Base):
    """A commune where an organisation receives people."""

    __tablename__ = "jalon_territory"
    __write_permission__: ClassVar[str] = "jalon.organisations.write"

    organisation_id: Mapped[int] = mapped_column(ForeignKey("jalon_organisation.id"), primary_key=True)
    insee: Mapped[str] = mapped_column(ForeignKey("jalon_commune.insee"), primary_key=True, index=True)


class OrganisationRemark(Owned, Base):
    """What a structure keeps for itself about an organisation, and who follows it there."""

    __tablename__ = "jalon_organisation_remark"
    __table_args__ = (
        UniqueConstraint("structure_id", "organisation_id"),
        ForeignKeyConstraint(["member_id", "structure_id"], ["jalon_member.id", "jalon_member.structure_id"]),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("jalon_organisation.id"), index=True)
    member_id: Mapped[int | None] = mapped_column()
    text: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1)

    organisation: Mapped[Organisation] = relationship()

    __mapper_args__ = {"version_id_col": version}


class PartnerConvention(Owned, Base):
    """A convention between a structure and an organisation, both days included."""

    __tablename__ = "jalon_partner_convention"
    __table_args__ = (CheckConstraint("first_day <= last_day", name="period"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("jalon_organisation.id"), index=True)
    reference: Mapped[str] = mapped_column(String(60))
    signed_on: Mapped[date | None] = mapped_column(Date)
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date | None] = mapped_column(Date)
    version: Mapped[int] = mapped_column(default=1)

    organisation: Mapped[Organisation] = relationship()

    __mapper_args__ = {"version_id_col": version}

    def __str__(self) -> str:
        return self.reference
