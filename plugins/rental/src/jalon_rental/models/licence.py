"""That somebody verified a person's right to drive."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from jalon.db import AboutPerson, Base, Owned
from jalon.db.types import choice, one_of
from jalon.named import Named
from jalon_rental.i18n import _l


class CheckMode(Named):
    """How the right to drive was verified. Source: domain model 3.1, → En cours."""

    ADCS = "adcs", _l("Certificate of driving rights (ADCS)")
    ORIGINAL = "original", _l("Original seen (foreign licence, no certificate)")


class LicenceState(Named):
    """What the certificate says."""

    VALID = "valid", _l("Valid")
    SUSPENDED = "suspended", _l("Suspended, cancelled or invalid")


class LicenceCheck(AboutPerson, Owned, Base):
    """That somebody verified a person's right to drive: when and how, never a copy. Seen as the person's file is."""

    __tablename__ = "rental_licence_check"
    __recorded_in__: ClassVar[tuple[str, str]] = ("jalon_beneficiary", "beneficiary_id")
    __read_permission__: ClassVar[str] = "rental.read"
    __record_title__: ClassVar = _l("Check of the licence")
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
    verified_on: Mapped[date] = mapped_column(
        Date, info={"label": _l("Verified on"), "personal": "of a licence", "erased_as": "year"}
    )
    mode: Mapped[CheckMode] = mapped_column(choice(CheckMode), info={"label": _l("Way of verifying")})
    adcs_number: Mapped[str | None] = mapped_column(
        String(40), info={"label": _l("Number of the certificate"), "personal": "of a licence", "erased_as": "text:—"}
    )
    licence_state: Mapped[LicenceState] = mapped_column(
        choice(LicenceState),
        info={"label": _l("State of the licence"), "personal": "of a licence", "erased_as": "text:valid"},
    )
    categories: Mapped[str] = mapped_column(
        String(60), info={"label": _l("Categories"), "personal": "of a licence", "erased_as": "text:"}
    )  # `b a1`, by value
    obtained_on: Mapped[date | None] = mapped_column(
        Date, info={"label": _l("Obtained on"), "personal": "of a licence"}
    )
    valid_until: Mapped[date | None] = mapped_column(
        Date, info={"label": _l("Valid until"), "personal": "of a licence"}
    )
    verified_by: Mapped[str] = mapped_column(String(120), info={"label": _l("Verified by")})
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}
