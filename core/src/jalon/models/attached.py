"""What is attached to any record: notes, tasks, documents. Each is visible exactly when its subject is."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import CheckConstraint, Date, ForeignKey, ForeignKeyConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from jalon.clock import now
from jalon.db import AboutPerson, Base, Owned, UtcDateTime
from jalon.db.types import choice, one_of
from jalon.i18n import _l
from jalon.named import Named


class Note(AboutPerson, Owned, Base):
    """Words about a record, in two boxes: what may be shared with partners, and what stays inside."""

    __tablename__ = "jalon_note"
    __read_permission__: ClassVar[str] = "jalon.notes.read"
    __table_args__ = (
        CheckConstraint("shareable <> '' OR internal <> ''", name="says_something"),
        Index("ix_jalon_note_subject", "structure_id", "subject_table", "subject_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    subject_table: Mapped[str] = mapped_column(String(60))
    subject_id: Mapped[int]
    shareable: Mapped[str] = mapped_column(
        Text, default="", info={"personal": "written about a person", "erased_as": "text:—"}
    )
    internal: Mapped[str] = mapped_column(
        Text,
        default="",
        info={"personal": "written about a person", "erased_as": "text:—", "permission": "jalon.notes.internal"},
    )
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("jalon_user.id"))
    author_name: Mapped[str] = mapped_column(String(120))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class Task(AboutPerson, Owned, Base):
    """Something to do about a record, by a day, by somebody; doing it may bring the next one."""

    __tablename__ = "jalon_task"
    __read_permission__: ClassVar[str] = "jalon.tasks.read"
    __table_args__ = (
        UniqueConstraint("structure_id", "id"),
        ForeignKeyConstraint(["member_id", "structure_id"], ["jalon_member.id", "jalon_member.structure_id"]),
        ForeignKeyConstraint(["follows_id", "structure_id"], ["jalon_task.id", "jalon_task.structure_id"]),
        CheckConstraint("next_in_days > 0", name="next_in_days"),
        Index("ix_jalon_task_due", "structure_id", "done_at", "due_on", "id"),
        Index("ix_jalon_task_subject", "structure_id", "subject_table", "subject_id"),
        Index("ix_jalon_task_member_id", "member_id", "done_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    subject_table: Mapped[str] = mapped_column(String(60))
    subject_id: Mapped[int]
    title: Mapped[str] = mapped_column(String(120), info={"personal": "written about a person", "erased_as": "text:—"})
    due_on: Mapped[date] = mapped_column(Date)
    member_id: Mapped[int | None] = mapped_column()
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_title: Mapped[str | None] = mapped_column(String(120), info={"personal": "written about a person"})
    next_in_days: Mapped[int | None]
    follows_id: Mapped[int | None] = mapped_column(index=True)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    def __str__(self) -> str:
        return self.title


class DocumentKind(Named):
    """What a document proves."""

    IDENTITY = "identity", _l("Identity paper")
    LICENCE = "licence", _l("Driving licence")
    ADDRESS = "address", _l("Proof of address")
    RESOURCES = "resources", _l("Proof of resources")
    NEED = "need", _l("Proof of need (contract, training)")
    ORIENTATION = "orientation", _l("Referral form")
    INSURANCE = "insurance", _l("Insurance")
    VEHICLE = "vehicle", _l("Vehicle paper")
    OTHER = "other", _l("Other")


class Document(AboutPerson, Owned, Base):
    """A paper that was seen (`digest` None: no copy was kept), or a kept file, by its digest below the data folder."""

    __tablename__ = "jalon_document"
    __read_permission__: ClassVar[str] = "jalon.documents.read"
    __table_args__ = (
        one_of("kind", DocumentKind),
        CheckConstraint("(digest IS NULL) = (size IS NULL)", name="kept"),
        Index("ix_jalon_document_subject", "structure_id", "subject_table", "subject_id", "id"),
        Index("ix_jalon_document_expires_on", "structure_id", "expires_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    subject_table: Mapped[str] = mapped_column(String(60))
    subject_id: Mapped[int]
    kind: Mapped[DocumentKind] = mapped_column(choice(DocumentKind))
    name: Mapped[str] = mapped_column(String(120), info={"personal": "may name a person", "erased_as": "text:—"})
    mime: Mapped[str | None] = mapped_column(String(60))
    size: Mapped[int | None]
    digest: Mapped[str | None] = mapped_column(String(64), info={"unrecorded": "it says where a copy lies"})
    seen_on: Mapped[date] = mapped_column(Date)
    seen_by: Mapped[str] = mapped_column(String(120))
    expires_on: Mapped[date | None] = mapped_column(Date)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    def __str__(self) -> str:
        return self.name
