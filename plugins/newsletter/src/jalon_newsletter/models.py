"""The tables: who gets the letter, what proves it, the issues and what stands in them."""

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
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jalon.clock import now
from jalon.db import Base, Owned, UtcDateTime
from jalon.db.types import choice, one_of
from jalon.named import Named
from jalon_newsletter.i18n import _, _l


class State(Named):
    """Where a subscriber stands."""

    WAITING = "waiting", _l("Has not confirmed yet")  # asked, and has not confirmed
    SUBSCRIBED = "subscribed", _l("Subscribed")
    UNSUBSCRIBED = "unsubscribed", _l("Has left")
    STOPPED = "stopped", _l("Mail does not arrive")  # mail does not arrive there any more
    ERASED = "erased", _l("Erased")  # the address is gone; its digest keeps it from being entered again


STEPS = frozenset(
    {
        (State.WAITING, State.SUBSCRIBED),
        (State.WAITING, State.ERASED),
        (State.SUBSCRIBED, State.UNSUBSCRIBED),
        (State.SUBSCRIBED, State.STOPPED),
        (State.SUBSCRIBED, State.ERASED),
        (State.UNSUBSCRIBED, State.SUBSCRIBED),
        (State.UNSUBSCRIBED, State.ERASED),
        (State.STOPPED, State.SUBSCRIBED),
        (State.STOPPED, State.UNSUBSCRIBED),
        (State.STOPPED, State.ERASED),
        (State.ERASED, State.WAITING),
    }
)


class Fact(Named):
    """What a proof proves."""

    ASKED = "asked", _l("Asked for the letter")
    CONFIRMED = "confirmed", _l("Confirmed the address")
    ENTERED = "entered", _l("Entered by us")
    STAYED = "stayed", _l("Wants to go on reading")
    LEFT = "left", _l("Left the letter")
    CAME_BACK = "came_back", _l("Came back")
    STOPPED = "stopped", _l("Mail did not arrive")
    ERASED = "erased", _l("Address erased")


class Way(Named):
    """Through what somebody said so."""

    PAGE = "page", _l("Public page")
    MAIL = "mail", _l("Link in a mail")
    PAPER = "paper", _l("Paper form")
    SPOKEN = "spoken", _l("Said to somebody of ours")
    WORK = "work", _l("Professional address, told beforehand")
    NONE = "none", _l("By us, or by itself")


STATED = (Way.PAPER, Way.SPOKEN, Way.WORK)  # what somebody of ours may say when entering an address


class Subscriber(Owned, Base):
    """An address that gets the letter, asked for it or left it: anybody's, no person of the platform.

    `digest` is of the address and stays when the address is erased, so that nobody enters it again.
    """

    __tablename__ = "newsletter_subscriber"
    __table_args__ = (
        UniqueConstraint("structure_id", "id"),
        UniqueConstraint("structure_id", "digest"),
        one_of("state", State),
        CheckConstraint("email IS NOT NULL OR state = 'erased'", name="address"),
        Index("ix_newsletter_subscriber_state", "structure_id", "state", "id"),
        Index("ix_newsletter_subscriber_email", "structure_id", "email"),
        Index("ix_newsletter_subscriber_last_word_at", "structure_id", "last_word_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str | None] = mapped_column(
        String(254), info={"personal": "reaches somebody", "erased_as": "nothing"}
    )
    name: Mapped[str] = mapped_column(String(120), default="", info={"personal": "who reads", "erased_as": "text:"})
    digest: Mapped[str] = mapped_column(String(64))
    state: Mapped[State] = mapped_column(choice(State), default=State.WAITING)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)  # when a mail to confirm was last written
    last_word_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)  # of the subscriber's own
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)

    proofs: Mapped[list[Proof]] = relationship(back_populates="subscriber", order_by="Proof.id", passive_deletes=True)

    __mapper_args__ = {"version_id_col": version}

    def __str__(self) -> str:
        return self.email or _("Erased address no. %(id)s", id=self.id)


class Proof(Owned, Base):
    """That a subscriber agreed, stayed or left: when, to which words, through what; never changed."""

    __tablename__ = "newsletter_proof"
    __unrecorded__: ClassVar[str] = "it is a record itself"
    __table_args__ = (
        UniqueConstraint("structure_id", "id"),
        ForeignKeyConstraint(
            ["subscriber_id", "structure_id"],
            ["newsletter_subscriber.id", "newsletter_subscriber.structure_id"],
            ondelete="CASCADE",
        ),
        one_of("fact", Fact),
        one_of("way", Way),
        CheckConstraint(
            "fact <> 'entered' OR (given_on IS NOT NULL AND way IN ('paper', 'spoken', 'work'))", name="source"
        ),
        Index("ix_newsletter_proof_subscriber", "subscriber_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    subscriber_id: Mapped[int]
    fact: Mapped[Fact] = mapped_column(choice(Fact))
    way: Mapped[Way] = mapped_column(choice(Way))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    words: Mapped[str] = mapped_column(Text, default="")  # that were shown, or the reason that was given
    source: Mapped[str] = mapped_column(String(160), default="")  # where the paper lies, what was said
    given_on: Mapped[date | None] = mapped_column(Date)
    network: Mapped[str | None] = mapped_column(
        String(43), info={"personal": "where somebody agreed from, shortened", "erased_as": "nothing"}
    )
    by: Mapped[str] = mapped_column(String(120), default="", info={"personal": "who entered it", "erased_as": "kept"})

    subscriber: Mapped[Subscriber] = relationship(back_populates="proofs")


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
        back_populates="issue", order_by="(Block.position, Block.id)", passive_deletes=True
    )

    __mapper_args__ = {"version_id_col": version}

    def __str__(self) -> str:
        return self.title


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
    version: Mapped[int] = mapped_column(default=1)

    issue: Mapped[Issue] = relationship(back_populates="blocks")

    __mapper_args__ = {"version_id_col": version}

    def __str__(self) -> str:
        return f"{self.kind.labels()[self.kind]} · {(self.label or self.words)[:40]}"
