"""What stands in an issue."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jalon.db import Base, Owned, UtcDateTime
from jalon.db.types import choice, one_of
from jalon.named import Named
from jalon_newsletter.i18n import _l
from jalon_newsletter.models.issue import Issue


class Kind(Named):
    """What a block is."""

    HEADING = "heading", _l("Heading")
    TEXT = "text", _l("Text")
    BUTTON = "button", _l("Button")
    EVENT = "event", _l("Date")
    LIVE = "live", _l("Live figures")


class Block(Owned, Base):
    """A part of an issue. Which columns say something depends on its `kind`.

    `source` is the name of a module's excerpt; `frozen` what it said when the issue was sent, JSON.
    One that was removed stays, unseen, until its issue is sent: removing is undone so.
    """

    __tablename__ = "newsletter_block"
    __table_args__ = (
        UniqueConstraint("structure_id", "id"),
        ForeignKeyConstraint(
            ["issue_id", "structure_id"], ["newsletter_issue.id", "newsletter_issue.structure_id"], ondelete="CASCADE"
        ),
        one_of("kind", Kind),
        CheckConstraint("kind NOT IN ('heading', 'text') OR trim(words) <> ''", name="words"),
        CheckConstraint("kind <> 'button' OR (trim(label) <> '' AND trim(address) <> '')", name="button"),
        CheckConstraint("kind <> 'event' OR (trim(label) <> '' AND starts_at IS NOT NULL)", name="event"),
        CheckConstraint("kind <> 'live' OR trim(source) <> ''", name="live"),
        Index("ix_newsletter_block_issue", "issue_id", "position", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    issue_id: Mapped[int]
    position: Mapped[int]
    kind: Mapped[Kind] = mapped_column(choice(Kind))
    words: Mapped[str] = mapped_column(Text, default="")
    label: Mapped[str] = mapped_column(String(120), default="")
    address: Mapped[str] = mapped_column(String(500), default="")
    starts_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    place: Mapped[str] = mapped_column(String(160), default="")
    source: Mapped[str] = mapped_column(String(60), default="")
    frozen: Mapped[str | None] = mapped_column(Text)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)

    issue: Mapped[Issue] = relationship(back_populates="blocks")

    __mapper_args__ = {"version_id_col": version}

    def __str__(self) -> str:
        return f"{self.kind.labels()[self.kind]} · {(self.label or self.words)[:40]}"
