"""The directory of organisations: read by all structures, written with a right; a structure's own words are its own."""

from __future__ import annotations

import enum
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
from jalon.i18n import Text as Sentence
from jalon.i18n import _l
from jalon.models.commune import Commune


class OrganisationKind(enum.Enum):
    """What an organisation is. Source: the typologies of data·inclusion, in the field's words."""

    FRANCE_TRAVAIL = "france_travail"
    MISSION_LOCALE = "mission_locale"
    DEPARTMENT = "department"
    CCAS = "ccas"
    TOWN_HALL = "town_hall"
    EPCI = "epci"
    CAP_EMPLOI = "cap_emploi"
    PLIE = "plie"
    SIAE = "siae"
    TRAINING = "training"
    SECOND_CHANCE = "second_chance"
    SOCIAL_LANDLORD = "social_landlord"
    CAF = "caf"
    EMPLOYER = "employer"
    DRIVING_SCHOOL = "driving_school"
    SOCIAL_DRIVING_SCHOOL = "social_driving_school"
    SOLIDARITY_GARAGE = "solidarity_garage"
    TRANSPORT = "transport"
    JUSTICE = "justice"
    HEALTH = "health"
    CHARITY = "charity"
    FUNDER = "funder"
    OTHER = "other"

    @classmethod
    def labels(cls) -> dict[OrganisationKind, Sentence]:
        return _KINDS


_KINDS = {
    OrganisationKind.FRANCE_TRAVAIL: _l("France Travail"),
    OrganisationKind.MISSION_LOCALE: _l("Mission locale"),
    OrganisationKind.DEPARTMENT: _l("MDS, Département"),
    OrganisationKind.CCAS: _l("CCAS, CIAS"),
    OrganisationKind.TOWN_HALL: _l("Town hall, employment service"),
    OrganisationKind.EPCI: _l("EPCI"),
    OrganisationKind.CAP_EMPLOI: _l("Cap emploi"),
    OrganisationKind.PLIE: _l("PLIE"),
    OrganisationKind.SIAE: _l("SIAE (ACI, AI, EI, ETTI)"),
    OrganisationKind.TRAINING: _l("Training organisation"),
    OrganisationKind.SECOND_CHANCE: _l("E2C, Épide"),
    OrganisationKind.SOCIAL_LANDLORD: _l("Social landlord"),
    OrganisationKind.CAF: _l("CAF"),
    OrganisationKind.EMPLOYER: _l("Employer"),
    OrganisationKind.DRIVING_SCHOOL: _l("Driving school"),
    OrganisationKind.SOCIAL_DRIVING_SCHOOL: _l("Non-profit driving school"),
    OrganisationKind.SOLIDARITY_GARAGE: _l("Solidarity garage or rental"),
    OrganisationKind.TRANSPORT: _l("AOM, transport company"),
    OrganisationKind.JUSTICE: _l("SPIP, PJJ"),
    OrganisationKind.HEALTH: _l("Health"),
    OrganisationKind.CHARITY: _l("Charity"),
    OrganisationKind.FUNDER: _l("Funder"),
    OrganisationKind.OTHER: _l("Other"),
}


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
