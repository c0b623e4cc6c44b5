"""Two files that were one person's: what the merge changed, to undo it; and which columns are personal."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from jalon.clock import now
from jalon.db import Base, Owned, Platform, UtcDateTime


class Merge(Owned, Base):
    """One file was merged into another, by a structure that sees both; undone within 30 days or never."""

    __tablename__ = "jalon_merge"
    __table_args__ = (UniqueConstraint("structure_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kept_id: Mapped[int] = mapped_column(ForeignKey("jalon_beneficiary.id"), index=True)
    merged_id: Mapped[int] = mapped_column(ForeignKey("jalon_beneficiary.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, info={"unrecorded": "its history says when"})
    user_id: Mapped[int | None] = mapped_column(ForeignKey("jalon_user.id"), info={"unrecorded": "the name says who"})
    actor_name: Mapped[str] = mapped_column(String(120))
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class MergedRow(Owned, Base):
    """One row that a merge changed, whole, before and after, as JSON; with or without the code that knows its table."""

    __tablename__ = "jalon_merged_row"
    __table_args__ = (
        ForeignKeyConstraint(["merge_id", "structure_id"], ["jalon_merge.id", "jalon_merge.structure_id"]),
        Index("ix_jalon_merged_row_merge", "merge_id", "id"),
    )
    __unrecorded__: ClassVar[str] = "it is the journal of a merge"

    id: Mapped[int] = mapped_column(primary_key=True)
    merge_id: Mapped[int] = mapped_column()
    table_name: Mapped[str] = mapped_column(String(60))
    row_key: Mapped[str] = mapped_column(String(200))
    before: Mapped[str] = mapped_column(Text, info={"personal": "holds rows about a person", "erased_as": "text:{}"})
    after: Mapped[str | None] = mapped_column(Text, info={"personal": "holds rows about a person"})


class Apart(Owned, Base):
    """Two persons of a structure who look like one, and of whom somebody said that they are two."""

    __tablename__ = "jalon_apart"
    __table_args__ = (UniqueConstraint("structure_id", "one_id", "other_id"),)
    __unrecorded__: ClassVar[str] = "it says itself who said it, and when"

    id: Mapped[int] = mapped_column(primary_key=True)
    one_id: Mapped[int] = mapped_column(ForeignKey("jalon_beneficiary.id"), index=True)
    other_id: Mapped[int] = mapped_column(ForeignKey("jalon_beneficiary.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    actor_name: Mapped[str] = mapped_column(String(120))


class PersonalColumn(Platform, Base):
    """A column that is about a person, as its module declared it when its tables were made.

    Stored so that export, merge and erasure work when the code is gone. `erased_as` says what erasing leaves in it:
    `jalon.personal_columns` knows the words.
    """

    __tablename__ = "jalon_personal_column"
    __table_args__ = (UniqueConstraint("table_name", "column_name"),)
    __write_permission__: ClassVar[str] = "jalon.modules.install"

    id: Mapped[int] = mapped_column(primary_key=True)
    module: Mapped[str] = mapped_column(String(30), index=True)
    table_name: Mapped[str] = mapped_column(String(60))
    column_name: Mapped[str] = mapped_column(String(60))
    why: Mapped[str] = mapped_column(String(120))
    erased_as: Mapped[str] = mapped_column(String(40), default="nothing", server_default="nothing")
