"""Who changed what, and who read what is confidential."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jalon.clock import now
from jalon.db import Base, Owned, UtcDateTime


class HistoryEntry(Owned, Base):
    """A record was created, changed or deleted. It stays for ever: who, when, which fields."""

    __tablename__ = "jalon_history"
    __table_args__ = (
        UniqueConstraint("structure_id", "id"),
        CheckConstraint("action IN ('created', 'changed', 'deleted')", name="action"),
        Index("ix_jalon_history_subject", "structure_id", "subject_table", "subject_id", "at"),
        Index("ix_jalon_history_at", "structure_id", "at", "id"),
    )
    __unrecorded__: ClassVar[str] = "it is the record"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("jalon_user.id"))
    actor_name: Mapped[str] = mapped_column(String(120), info={"personal": "a person's name", "erased_as": "kept"})
    origin: Mapped[str] = mapped_column(String(12))
    action: Mapped[str] = mapped_column(String(10))
    subject_table: Mapped[str] = mapped_column(String(60))
    subject_id: Mapped[int]

    fields: Mapped[list[HistoryValue]] = relationship(
        back_populates="entry", foreign_keys="HistoryValue.entry_id", order_by="HistoryValue.id"
    )


class HistoryValue(Owned, Base):
    """One field of a change, before and after, as people read it. `erased` values are gone, the field's name stays.

    `permission` is the right one needs to read it, `personal` that it goes with the person: both as they were
    when it was written, so that they hold when the module is gone.
    """

    __tablename__ = "jalon_history_value"
    __table_args__ = (
        ForeignKeyConstraint(
            ["entry_id", "structure_id"], ["jalon_history.id", "jalon_history.structure_id"], ondelete="CASCADE"
        ),
        Index("ix_jalon_history_value_entry", "entry_id"),
    )
    __unrecorded__: ClassVar[str] = "it is the record"

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column()
    field: Mapped[str] = mapped_column(String(60))
    label: Mapped[str] = mapped_column(String(120))
    before: Mapped[str | None] = mapped_column(Text)
    after: Mapped[str | None] = mapped_column(Text)
    permission: Mapped[str | None] = mapped_column(String(60))
    personal: Mapped[bool] = mapped_column(default=False)
    erased: Mapped[bool] = mapped_column(default=False)

    entry: Mapped[HistoryEntry] = relationship(back_populates="fields", foreign_keys=[entry_id])


class AccessEntry(Owned, Base):
    """Somebody read something confidential, or took a copy of it, for a `reason`."""

    __tablename__ = "jalon_access"
    __table_args__ = (Index("ix_jalon_access_at", "structure_id", "at", "id"),)
    __unrecorded__: ClassVar[str] = "it is a record of reading"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("jalon_user.id"))
    actor_name: Mapped[str] = mapped_column(String(120), info={"personal": "a person's name", "erased_as": "kept"})
    permission: Mapped[str] = mapped_column(String(60))
    subject_table: Mapped[str] = mapped_column(String(60))
    subject_id: Mapped[int | None]
    rows: Mapped[int] = mapped_column(default=1)
    reason: Mapped[str | None] = mapped_column(String(200), info={"personal": "may name a person"})
