"""Who gets the letter, asked for it or left it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jalon.clock import now
from jalon.db import Base, Owned, UtcDateTime
from jalon.db.types import choice, one_of
from jalon.named import Named
from jalon_newsletter.i18n import _, _l

if TYPE_CHECKING:
    from jalon_newsletter.models.proof import Proof


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
