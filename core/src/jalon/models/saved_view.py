"""How lists are looked at, and what was changed in many of their records at once."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from jalon.clock import now
from jalon.db import Base, Owned, UtcDateTime


class SavedView(Owned, Base):
    """A list as somebody wants to find it again; the structure's when it is nobody's.

    `screen` is the endpoint of the list, `query` what its address asks. The one without name is how a person has
    arranged a list: its columns in their order, rows on a page, the view that it opens with.
    """

    __tablename__ = "jalon_saved_view"
    __table_args__ = (
        UniqueConstraint("structure_id", "id"),
        UniqueConstraint("structure_id", "screen", "user_id", "name"),
        ForeignKeyConstraint(
            ["opens_with_id", "structure_id"], ["jalon_saved_view.id", "jalon_saved_view.structure_id"]
        ),
        CheckConstraint("name <> '' OR user_id IS NOT NULL", name="name"),
        CheckConstraint("opens_with_id IS NULL OR name = ''", name="opens_with"),
    )
    __unrecorded__: ClassVar[str] = "how somebody looks at a list changes no record"

    id: Mapped[int] = mapped_column(primary_key=True)
    screen: Mapped[str] = mapped_column(String(60))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("jalon_user.id"), index=True)
    name: Mapped[str] = mapped_column(String(60), default="")
    query: Mapped[str] = mapped_column(Text, default="")
    columns: Mapped[str] = mapped_column(Text, default="")  # keys between commas; empty as the screen says
    page_size: Mapped[int | None] = mapped_column()
    opens_with_id: Mapped[int | None] = mapped_column(index=True)

    def __str__(self) -> str:
        return self.name


class BulkChange(Owned, Base):
    """One change of many records, by one statement; `journal` holds what undoing needs, emptied when it is too late."""

    __tablename__ = "jalon_bulk_change"
    __table_args__ = (Index("ix_jalon_bulk_change_at", "structure_id", "screen", "at"),)
    __unrecorded__: ClassVar[str] = "the history of each record tells it"

    id: Mapped[int] = mapped_column(primary_key=True)
    screen: Mapped[str] = mapped_column(String(60))
    said: Mapped[str] = mapped_column(String(200))
    touched: Mapped[int] = mapped_column()
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("jalon_user.id"))
    actor_name: Mapped[str] = mapped_column(String(120))
    journal: Mapped[str | None] = mapped_column(Text)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
