"""What is written to somebody: the outbox, and a structure's own words for what modules send."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jalon.clock import now
from jalon.db import AboutPerson, Base, Owned, UtcDateTime
from jalon.db.types import choice, one_of
from jalon.i18n import _l
from jalon.models.beneficiary import Beneficiary
from jalon.models.referrer import Referrer
from jalon.models.user import Member
from jalon.named import Named

WRITTEN = {"personal": "written to a person", "erased_as": "text:"}


class MessageChannel(Named):
    """How a message leaves."""

    MAIL = "mail", _l("E-mail")
    SMS = "sms", _l("SMS")
    LETTER = "letter", _l("Letter")


class MessageState(Named):
    """Where a message stands."""

    QUEUED = "queued", _l("To be sent")
    TO_PRINT = "to_print", _l("To be printed")  # the letter is made, and not yet printed
    SENT = "sent", _l("Message sent")
    FAILED = "failed", _l("Given up")  # tried as often as it may be
    REFUSED = "refused", _l("Not sent")  # a rule or the person's own word forbids it
    CANCELLED = "cancelled", _l("Cancelled, will not leave")


MESSAGE_STEPS = frozenset(
    {
        (MessageState.QUEUED, MessageState.SENT),
        (MessageState.QUEUED, MessageState.TO_PRINT),
        (MessageState.QUEUED, MessageState.FAILED),
        (MessageState.QUEUED, MessageState.REFUSED),
        (MessageState.QUEUED, MessageState.CANCELLED),
        (MessageState.TO_PRINT, MessageState.SENT),
        (MessageState.TO_PRINT, MessageState.CANCELLED),
        (MessageState.CANCELLED, MessageState.SENT),  # it had left already
        (MessageState.CANCELLED, MessageState.TO_PRINT),
        (MessageState.FAILED, MessageState.QUEUED),
        (MessageState.REFUSED, MessageState.QUEUED),
    }
)


class Message(AboutPerson, Owned, Base):
    """One message to one recipient: a person, a member, a prescripteur or a bare address.

    `fields` is JSON of what fills the template. Until it leaves, `subject` and `body` are empty and `channel` None:
    address, agreement and preferred channel are those of the moment of sending. `asked` is the channel that somebody
    insisted on. `reference` stays the same however often it is tried; `error` is a sentence without any name.
    """

    __tablename__ = "jalon_message"
    __read_permission__: ClassVar[str] = "jalon.messages.read"
    __unrecorded__: ClassVar[str] = "it is a record of its own: who wrote what to whom, when, with what outcome"
    __table_args__ = (
        ForeignKeyConstraint(
            ["beneficiary_id", "structure_id"],
            ["jalon_beneficiary_structure.beneficiary_id", "jalon_beneficiary_structure.structure_id"],
        ),
        ForeignKeyConstraint(["member_id", "structure_id"], ["jalon_member.id", "jalon_member.structure_id"]),
        one_of("asked", MessageChannel),
        one_of("channel", MessageChannel),
        one_of("state", MessageState),
        CheckConstraint(
            "(CASE WHEN beneficiary_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN member_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN referrer_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN address IS NULL THEN 0 ELSE 1 END) = 1",
            name="recipient",
        ),
        UniqueConstraint("structure_id", "once"),
        UniqueConstraint("reference"),
        Index("ix_jalon_message_listed", "structure_id", "state", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    beneficiary_id: Mapped[int | None] = mapped_column(index=True)
    member_id: Mapped[int | None] = mapped_column(index=True)
    referrer_id: Mapped[int | None] = mapped_column(ForeignKey("jalon_referrer.id"), index=True)
    address: Mapped[str | None] = mapped_column(
        String(254), info={"personal": "reaches somebody", "erased_as": "text:—"}
    )
    template: Mapped[str] = mapped_column(String(80))
    fields: Mapped[str] = mapped_column(
        Text, default="{}", info={"personal": "written to a person", "erased_as": "text:{}"}
    )
    asked: Mapped[MessageChannel | None] = mapped_column(choice(MessageChannel))
    channel: Mapped[MessageChannel | None] = mapped_column(choice(MessageChannel))
    state: Mapped[MessageState] = mapped_column(choice(MessageState), default=MessageState.QUEUED)
    subject: Mapped[str] = mapped_column(String(200), default="", info=WRITTEN)
    body: Mapped[str] = mapped_column(Text, default="", info=WRITTEN)
    pdf: Mapped[bytes | None] = mapped_column(
        LargeBinary, deferred=True, info={"personal": "a letter to a person, until it is printed"}
    )
    reference: Mapped[str] = mapped_column(String(32))
    once: Mapped[str | None] = mapped_column(String(160))
    good_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    rounds: Mapped[int] = mapped_column(default=1)  # how often somebody had it sent
    tries: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(String(500), default="")
    user_id: Mapped[int | None] = mapped_column(ForeignKey("jalon_user.id"))
    version: Mapped[int] = mapped_column(default=1)

    beneficiary: Mapped[Beneficiary | None] = relationship(
        primaryjoin="foreign(Message.beneficiary_id) == Beneficiary.id", viewonly=True
    )
    member: Mapped[Member | None] = relationship(primaryjoin="foreign(Message.member_id) == Member.id", viewonly=True)
    referrer: Mapped[Referrer | None] = relationship(foreign_keys=[referrer_id])

    __mapper_args__ = {"version_id_col": version}

    @property
    def recipient(self) -> str:
        """Who is written to, as the reader may know it."""
        return str(self.beneficiary or self.member or self.referrer or self.address or "—")


class MessageText(Owned, Base):
    """A structure's own words for a template; a template without a row here speaks its module's."""

    __tablename__ = "jalon_message_text"
    __read_permission__: ClassVar[str] = "jalon.messages.read"
    __table_args__ = (UniqueConstraint("structure_id", "template"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    module: Mapped[str] = mapped_column(String(30))
    template: Mapped[str] = mapped_column(String(80))
    subject: Mapped[str] = mapped_column(String(120))
    body: Mapped[str] = mapped_column(Text)
    short: Mapped[str] = mapped_column(String(480), default="")
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    def __str__(self) -> str:
        return self.template
