"""A person helped, which structure sees the file and why, and who may read a restricted one."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jalon.clock import now
from jalon.db import Base, Owned, Person, UtcDateTime
from jalon.db.types import choice, one_of
from jalon.i18n import _, _l
from jalon.named import Named


class FileState(Named):
    """Where a person's file stands. *Inactive* is derived from the last contact, never stored."""

    ACTIVE = "active", _l("Active")
    ARCHIVED = "archived", _l("Archived")
    ANONYMISED = "anonymised", _l("Anonymised")
    DECEASED = "deceased", _l("Deceased")
    MERGED = "merged", _l("Merged into another")


FILE_STEPS = {
    (FileState.ACTIVE, FileState.ARCHIVED),
    (FileState.ARCHIVED, FileState.ACTIVE),
    (FileState.ACTIVE, FileState.DECEASED),
    (FileState.ARCHIVED, FileState.DECEASED),
    (FileState.DECEASED, FileState.ACTIVE),  # somebody clicked on the wrong person
}


class Beneficiary(Person, Base):
    """One person of the platform, whichever structures help. It names nobody: `identity` does."""

    __tablename__ = "jalon_beneficiary"
    __table_args__ = (
        one_of("state", FileState),
        Index("ix_jalon_beneficiary_state", "state", "id"),
        Index("ix_jalon_beneficiary_created_at", "created_at", "id"),
    )

    code: Mapped[str] = mapped_column(String(20), unique=True, info={"unrecorded": "it is made of the id"})
    state: Mapped[FileState] = mapped_column(choice(FileState), default=FileState.ACTIVE)
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("jalon_beneficiary.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    version: Mapped[int] = mapped_column(default=1)

    identity: Mapped[Identity | None] = relationship(back_populates="beneficiary", uselist=False)
    file: Mapped[File | None] = relationship(back_populates="beneficiary", uselist=False)
    links: Mapped[list[BeneficiaryStructure]] = relationship(back_populates="beneficiary")

    __mapper_args__ = {"version_id_col": version}

    def __str__(self) -> str:
        """The name where the reader may know it, the code where not."""
        if self.state is FileState.ANONYMISED:
            return _("Erased person %(code)s", code=self.code)
        if self.identity is not None:
            return str(self.identity)
        merged = self.state is FileState.MERGED
        return _("Merged file %(code)s", code=self.code) if merged else _("Protected %(code)s", code=self.code)


class BeneficiaryStructure(Owned, Base):
    """A structure sees a person's file: why, from when, until when; `restricted` to named readers.

    What a module's composite key points to. Never deleted: it ends, or is `absorbed` when the person is merged into
    another: then it names nobody, and only leads there.
    """

    __tablename__ = "jalon_beneficiary_structure"
    __recorded_in__: ClassVar[tuple[str, str]] = ("jalon_beneficiary", "beneficiary_id")
    __read_permission__: ClassVar[str] = "jalon.beneficiaries.read"
    __table_args__ = (
        UniqueConstraint("structure_id", "id"),
        UniqueConstraint("beneficiary_id", "structure_id"),
        CheckConstraint("since <= until", name="period"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    beneficiary_id: Mapped[int] = mapped_column(ForeignKey("jalon_beneficiary.id"))
    reason: Mapped[str] = mapped_column(
        String(120), info={"personal": "says why a person is helped", "erased_as": "text:—"}
    )
    since: Mapped[date] = mapped_column(Date)
    until: Mapped[date | None] = mapped_column(Date)
    restricted: Mapped[bool] = mapped_column(default=False)
    absorbed: Mapped[bool] = mapped_column(
        default=False, server_default=false(), info={"unrecorded": "the state of the person says it"}
    )
    version: Mapped[int] = mapped_column(default=1)

    beneficiary: Mapped[Beneficiary] = relationship(back_populates="links")

    __mapper_args__ = {"version_id_col": version}


class BeneficiaryReader(Owned, Base):
    """Somebody who may read a restricted file in a structure."""

    __tablename__ = "jalon_beneficiary_reader"
    __recorded_in__: ClassVar[tuple[str, str]] = ("jalon_beneficiary", "beneficiary_id")
    __read_permission__: ClassVar[str] = "jalon.beneficiaries.read"
    __table_args__ = (
        ForeignKeyConstraint(
            ["beneficiary_id", "structure_id"],
            ["jalon_beneficiary_structure.beneficiary_id", "jalon_beneficiary_structure.structure_id"],
        ),
        UniqueConstraint("beneficiary_id", "structure_id", "user_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    beneficiary_id: Mapped[int] = mapped_column()
    user_id: Mapped[int] = mapped_column(ForeignKey("jalon_user.id"), index=True)


from jalon.models.identity import Identity  # noqa: E402 - it points back at Beneficiary
from jalon.models.person_file import File  # noqa: E402
