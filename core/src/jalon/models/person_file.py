"""A person's file: how to reach and receive somebody, where they live, who protects them."""

from __future__ import annotations

import enum
from datetime import date
from typing import TYPE_CHECKING, ClassVar

from sqlalchemy import Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jalon.db import Base, PersonFile
from jalon.db.types import choice, one_of
from jalon.i18n import Text as Sentence
from jalon.i18n import _l
from jalon.models.commune import Commune
from jalon.models.identity import REACHES_THE_PERSON, Channel

if TYPE_CHECKING:
    from jalon.models.beneficiary import Beneficiary

LIVES = {"personal": "says how the person lives"}
SOCIAL = {"permission": "jalon.social.read"}  # the right that reads a field, in its history too


class Housing(enum.Enum):
    """Where a person lives. Source: the list of Mon Suivi Social."""

    SOCIAL_TENANT = "social_tenant"
    PRIVATE_TENANT = "private_tenant"
    OWNER = "owner"
    WITH_PARENTS = "with_parents"
    WITH_OTHERS = "with_others"
    HOSTEL = "hostel"
    HOMELESS = "homeless"
    OTHER = "other"

    @classmethod
    def labels(cls) -> dict[Housing, Sentence]:
        return _HOUSING


_HOUSING = {
    Housing.SOCIAL_TENANT: _l("Tenant of social housing"),
    Housing.PRIVATE_TENANT: _l("Private tenant"),
    Housing.OWNER: _l("Owner"),
    Housing.WITH_PARENTS: _l("With parents"),
    Housing.WITH_OTHERS: _l("With somebody else"),
    Housing.HOSTEL: _l("Hostel (foyer, FJT, CHRS)"),
    Housing.HOMELESS: _l("Homeless"),
    Housing.OTHER: _l("Other"),
}


class LegalProtection(enum.Enum):
    """Who signs beside the person."""

    NONE = "none"
    GUARDIANSHIP = "guardianship"
    SIMPLE_CURATORSHIP = "simple_curatorship"
    STRICT_CURATORSHIP = "strict_curatorship"
    OTHER = "other"

    @classmethod
    def labels(cls) -> dict[LegalProtection, Sentence]:
        return _PROTECTION


_PROTECTION = {
    LegalProtection.NONE: _l("None"),
    LegalProtection.GUARDIANSHIP: _l("Tutelle"),
    LegalProtection.SIMPLE_CURATORSHIP: _l("Curatelle simple"),
    LegalProtection.STRICT_CURATORSHIP: _l("Curatelle renforcée"),
    LegalProtection.OTHER: _l("Other"),
}


class PriorityDistrict(enum.Enum):
    """Whether the address lies in a quartier prioritaire."""

    YES = "yes"
    NO = "no"
    TO_CHECK = "to_check"

    @classmethod
    def labels(cls) -> dict[PriorityDistrict, Sentence]:
        return _DISTRICT


_DISTRICT = {
    PriorityDistrict.YES: _l("Yes"),
    PriorityDistrict.NO: _l("No"),
    PriorityDistrict.TO_CHECK: _l("To be checked"),
}


class NationalityGroup(enum.Enum):
    """The only three answers that a funder may need. Source: the CNIL's advice on minimisation."""

    FRENCH = "french"
    EUROPEAN = "european"
    OTHER = "other"

    @classmethod
    def labels(cls) -> dict[NationalityGroup, Sentence]:
        return _NATIONALITY


_NATIONALITY = {
    NationalityGroup.FRENCH: _l("French"),
    NationalityGroup.EUROPEAN: _l("European Union"),
    NationalityGroup.OTHER: _l("Outside the European Union"),
}


class File(PersonFile, Base):
    """Contacts, address and social facts of a person. None means that nobody said."""

    __tablename__ = "jalon_person_file"
    __recorded_in__: ClassVar[tuple[str, str]] = ("jalon_beneficiary", "beneficiary_id")
    __table_args__ = (
        UniqueConstraint("beneficiary_id"),
        one_of("channel", Channel),
        one_of("priority_district", PriorityDistrict),
        one_of("housing", Housing),
        one_of("legal_protection", LegalProtection),
        one_of("nationality_group", NationalityGroup),
        Index("ix_jalon_person_file_phone", "phone"),
        Index("ix_jalon_person_file_email", "email"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    phone: Mapped[str | None] = mapped_column(String(20), info=REACHES_THE_PERSON)
    second_phone: Mapped[str | None] = mapped_column(String(20), info=REACHES_THE_PERSON)
    no_phone: Mapped[bool] = mapped_column(default=False)
    email: Mapped[str | None] = mapped_column(String(254), info=REACHES_THE_PERSON)
    channel: Mapped[Channel | None] = mapped_column(choice(Channel))
    language: Mapped[str | None] = mapped_column(String(40), info={**LIVES, **SOCIAL})
    needs_interpreter: Mapped[bool | None] = mapped_column(info=SOCIAL)
    reading_difficulty: Mapped[bool | None] = mapped_column(info=SOCIAL)
    street: Mapped[str | None] = mapped_column(String(120), info=REACHES_THE_PERSON)
    address_extra: Mapped[str | None] = mapped_column(String(120), info=REACHES_THE_PERSON)
    hamlet: Mapped[str | None] = mapped_column(String(80), info=REACHES_THE_PERSON)
    postal_only: Mapped[bool] = mapped_column(default=False)  # domiciliation at a CCAS: no place to drive to
    commune_insee: Mapped[str | None] = mapped_column(ForeignKey("jalon_commune.insee"), index=True)
    out_of_territory_reason: Mapped[str | None] = mapped_column(String(200), info=LIVES)
    priority_district: Mapped[PriorityDistrict | None] = mapped_column(choice(PriorityDistrict))
    district_code: Mapped[str | None] = mapped_column(String(12))
    district_checked_on: Mapped[date | None] = mapped_column(Date)
    housing: Mapped[Housing | None] = mapped_column(choice(Housing), info=SOCIAL)
    landlord: Mapped[str | None] = mapped_column(String(80), info={**LIVES, **SOCIAL})
    legal_protection: Mapped[LegalProtection | None] = mapped_column(choice(LegalProtection), info=SOCIAL)
    legal_contact: Mapped[str | None] = mapped_column(String(200), info={**REACHES_THE_PERSON, **SOCIAL})
    nationality_group: Mapped[NationalityGroup | None] = mapped_column(choice(NationalityGroup), info=SOCIAL)
    emergency_name: Mapped[str | None] = mapped_column(String(120), info=REACHES_THE_PERSON)
    emergency_phone: Mapped[str | None] = mapped_column(String(20), info=REACHES_THE_PERSON)
    version: Mapped[int] = mapped_column(default=1)

    beneficiary: Mapped[Beneficiary] = relationship(back_populates="file")
    commune: Mapped[Commune | None] = relationship()

    __mapper_args__ = {"version_id_col": version}


class DisabledWorker(PersonFile, Base):
    """RQTH, apart from the file: it is read with a right of its own (GDPR, article 9)."""

    __tablename__ = "jalon_disabled_worker"
    __recorded_in__: ClassVar[tuple[str, str]] = ("jalon_beneficiary", "beneficiary_id")
    __table_args__ = (UniqueConstraint("beneficiary_id"),)
    __read_permission__: ClassVar[str] = "jalon.health.read"

    id: Mapped[int] = mapped_column(primary_key=True)
    recognised: Mapped[bool | None] = mapped_column(info={"personal": "is about health"})
    seen_on: Mapped[date | None] = mapped_column(Date, info={"personal": "is about health"})
    version: Mapped[int] = mapped_column(default=1)

    beneficiary: Mapped[Beneficiary] = relationship(foreign_keys="DisabledWorker.beneficiary_id")

    __mapper_args__ = {"version_id_col": version}
