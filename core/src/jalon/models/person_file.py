"""A person's file: how to reach and receive somebody, where they live, who protects them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, ClassVar

from sqlalchemy import Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jalon.db import Base, PersonFile
from jalon.db.types import choice, one_of
from jalon.i18n import _l
from jalon.models.commune import Commune
from jalon.models.identity import REACHES_THE_PERSON, Channel
from jalon.named import Named

if TYPE_CHECKING:
    from jalon.models.beneficiary import Beneficiary

LIVES = {"personal": "says how the person lives"}
SOCIAL = {"permission": "jalon.social.read"}  # the right that reads a field, in its history too


class Housing(Named):
    """Where a person lives. Source: the list of Mon Suivi Social."""

    SOCIAL_TENANT = "social_tenant", _l("Tenant of social housing")
    PRIVATE_TENANT = "private_tenant", _l("Private tenant")
    OWNER = "owner", _l("Owner")
    WITH_PARENTS = "with_parents", _l("With parents")
    WITH_OTHERS = "with_others", _l("With somebody else")
    HOSTEL = "hostel", _l("Hostel (foyer, FJT, CHRS)")
    HOMELESS = "homeless", _l("Homeless")
    OTHER = "other", _l("Other")


class LegalProtection(Named):
    """Who signs beside the person."""

    NONE = "none", _l("None")
    GUARDIANSHIP = "guardianship", _l("Tutelle")
    SIMPLE_CURATORSHIP = "simple_curatorship", _l("Curatelle simple")
    STRICT_CURATORSHIP = "strict_curatorship", _l("Curatelle renforcée")
    OTHER = "other", _l("Other")


class PriorityDistrict(Named):
    """Whether the address lies in a quartier prioritaire."""

    YES = "yes", _l("Yes")
    NO = "no", _l("No")
    TO_CHECK = "to_check", _l("To be checked")


class NationalityGroup(Named):
    """The only three answers that a funder may need. Source: the CNIL's advice on minimisation."""

    FRENCH = "french", _l("French")
    EUROPEAN = "european", _l("European Union")
    OTHER = "other", _l("Outside the European Union")


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
