"""The letters, from draft to sent."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jalon.db import Base, Owned, UtcDateTime
from jalon.db.types import choice, one_of
from jalon.named import Named
from jalon_newsletter.i18n import _l

if TYPE_CHECKING:
    from jalon_newsletter.models.block import Block


class IssueState(Named):
    """How far an issue is."""

    DRAFT = "draft", _l("Draft")
    SENDING = "sending", _l("Being sent")
    SENT = "sent", _l("Sent")
    STOPPED = "stopped", _l("Sending stopped")


ISSUE_STEPS = frozenset(
    {
        (IssueState.DRAFT, IssueState.SENDING),
        (IssueState.SENDING, IssueState.SENT),
        (IssueState.SENDING, IssueState.STOPPED),
        (IssueState.SENT, IssueState.STOPPED),
    }
)


class Issue(Owned, Base):
    """One letter; `title` is the subject of the mail. Any change takes the approval away."""

    __tablename__ = "newsletter_issue"
    __table_args__ = (
        UniqueConstraint("structure_id", "id"),
        one_of("state", IssueState),
        CheckConstraint("trim(title) <> ''", name="title"),
        CheckConstraint("sent_at IS NOT NULL OR state = 'draft'", name="sent"),
        Index("ix_newsletter_issue_state", "structure_id", "state", "sent_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(120))
    state: Mapped[IssueState] = mapped_column(choice(IssueState), default=IssueState.DRAFT)
    approved_by: Mapped[str | None] = mapped_column(
        String(120), info={"personal": "who approved it", "erased_as": "kept"}
    )
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("jalon_user.id"))
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_by: Mapped[str | None] = mapped_column(String(120), info={"personal": "who sent it", "erased_as": "kept"})
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    recipients: Mapped[int] = mapped_column(default=0)  # when the sending began
    job_id: Mapped[int | None]
    version: Mapped[int] = mapped_column(default=1)

    blocks: Mapped[list[Block]] = relationship(
        back_populates="issue",
        primaryjoin="and_(Issue.id == Block.issue_id, Issue.structure_id == Block.structure_id, "
        "Block.removed_at.is_(None))",
        order_by="(Block.position, Block.id)",
        passive_deletes=True,
    )

    __mapper_args__ = {"version_id_col": version}

    def __str__(self) -> str:
        return self.title
