"""What proves that somebody agreed, stayed or left."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import CheckConstraint, Date, ForeignKeyConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jalon.clock import now
from jalon.db import Base, Owned, UtcDateTime
from jalon.db.types import choice, one_of
from jalon.named import Named
from jalon_newsletter.i18n import _l
from jalon_newsletter.models.subscriber import Subscriber


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
