"""Files that were imported, line by line, and lists that were exported."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import ClassVar

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from jalon.clock import now
from jalon.db import Base, Owned, UtcDateTime
from jalon.db.types import choice, one_of
from jalon.i18n import _l
from jalon.named import Named

HOLDS_A_LINE = {"personal": "holds a part of a line of an imported file", "erased_as": "text:[]"}


class ImportState(Named):
    """Where an import stands. The two that end in -ing are left by themselves, batch after batch."""

    SENT = "sent", _l("Columns to confirm")
    CHECKING = "checking", _l("Check under way")
    CHECKED = "checked", _l("Checked, nothing written yet")
    WRITING = "writing", _l("Import under way")
    DONE = "done", _l("Imported")
    UNDONE = "undone", _l("Undone")


IMPORT_STEPS = {
    (ImportState.SENT, ImportState.CHECKING),
    (ImportState.CHECKING, ImportState.CHECKING),
    (ImportState.CHECKED, ImportState.CHECKING),
    (ImportState.CHECKING, ImportState.CHECKED),
    (ImportState.CHECKED, ImportState.WRITING),
    (ImportState.WRITING, ImportState.DONE),
    (ImportState.DONE, ImportState.UNDONE),
    (ImportState.UNDONE, ImportState.UNDONE),
}


class RowState(enum.Enum):
    """What becomes of a line: the first three are said by the check, the others by the import."""

    READY = "ready"
    DOUBLE = "double"
    REFUSED = "refused"
    KNOWN = "known"  # the same line was imported before
    DONE = "done"
    SKIPPED = "skipped"
    UNDONE = "undone"


class Choice(enum.Enum):
    """What somebody answers of a line that looks like a record which is known."""

    SKIP = "skip"
    SAME = "same"
    DIFFERENT = "different"


class Import(Owned, Base):
    """A file that was sent. `file` is the name of its cells below the data folder, None once they are deleted."""

    __tablename__ = "jalon_import"
    __unrecorded__: ClassVar[str] = "it says itself who did what and when"
    __table_args__ = (
        UniqueConstraint("structure_id", "id"),
        one_of("state", ImportState),
        Index("ix_jalon_import_digest", "structure_id", "digest"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    importable: Mapped[str] = mapped_column(String(40))
    file_name: Mapped[str] = mapped_column(String(120))
    file: Mapped[str | None] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64))
    columns: Mapped[str] = mapped_column(Text, default="{}")  # JSON: column -> place in the file
    for_all: Mapped[str] = mapped_column(Text, default="{}")  # JSON: column -> what was typed for all lines
    state: Mapped[ImportState] = mapped_column(choice(ImportState), default=ImportState.SENT)
    position: Mapped[int] = mapped_column(default=0)  # the last line of the file that was looked at
    lines: Mapped[int] = mapped_column(default=0)
    made: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    skipped: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    job_id: Mapped[int | None]  # what does its passes; no key, for jobs are removed after 90 days
    user_id: Mapped[int | None] = mapped_column(ForeignKey("jalon_user.id"))
    actor_name: Mapped[str] = mapped_column(String(120))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    def __str__(self) -> str:
        return self.file_name


class ImportRow(Owned, Base):
    """A line of an imported file, until its file is deleted: what was said of it, and what it became.

    `digest` tells the same line when it comes again; `mark` is what the record's versions were when it was made.
    """

    __tablename__ = "jalon_import_row"
    __unrecorded__: ClassVar[str] = "it is the journal of an import"
    __table_args__ = (
        ForeignKeyConstraint(["import_id", "structure_id"], ["jalon_import.id", "jalon_import.structure_id"]),
        UniqueConstraint("import_id", "line"),
        one_of("state", RowState),
        one_of("answer", Choice),
        Index("ix_jalon_import_row_digest", "structure_id", "digest"),
        Index("ix_jalon_import_row_subject", "structure_id", "subject_table", "subject_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[int] = mapped_column()
    line: Mapped[int]
    digest: Mapped[str | None] = mapped_column(String(64))
    state: Mapped[RowState] = mapped_column(choice(RowState))
    answer: Mapped[Choice | None] = mapped_column(choice(Choice))
    problems: Mapped[str] = mapped_column(Text, default="[]", info=HOLDS_A_LINE)  # JSON: [[column, sentence], …]
    notices: Mapped[str] = mapped_column(Text, default="[]", info=HOLDS_A_LINE)  # JSON: the same
    matches: Mapped[str] = mapped_column(Text, default="[]", info=HOLDS_A_LINE)  # JSON: whom it looks like
    subject_table: Mapped[str | None] = mapped_column(String(60))
    subject_id: Mapped[int | None]
    mark: Mapped[str | None] = mapped_column(String(40))


class Export(Owned, Base):
    """A list that leaves the house: who asked for it and why, and how many rows it had when it was made.

    `file` is its name below the data folder, from before it is made until it is deleted, a day later at most.
    """

    __tablename__ = "jalon_export"
    __unrecorded__: ClassVar[str] = "it says itself who did what and when"
    __table_args__ = (
        Index("ix_jalon_export_at", "structure_id", "at", "id"),
        Index("ix_jalon_export_file", "file"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    importable: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(4))
    reason: Mapped[str] = mapped_column(String(200))
    rows: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    made_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    file: Mapped[str | None] = mapped_column(String(64))
    job_id: Mapped[int | None]  # what makes it; no key, for jobs are removed after 90 days
    user_id: Mapped[int | None] = mapped_column(ForeignKey("jalon_user.id"))
    actor_name: Mapped[str] = mapped_column(String(120))
