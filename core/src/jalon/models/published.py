"""What crosses structures: it is published in these tables, never found by query."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jalon.clock import now
from jalon.db import Base, BothEnds, Crossing, Owned, Published, UtcDateTime
from jalon.db.types import choice, one_of
from jalon.i18n import _l
from jalon.models.beneficiary import Beneficiary
from jalon.named import Named


class TimelineEntry(Published, Base):
    """A fact of a person's path, written by a module when it happens.

    Another linked structure sees it only if it is shared and the person agrees now.
    """

    __tablename__ = "jalon_timeline"
    __unrecorded__: ClassVar[str] = "it is itself told on the person's page"
    __table_args__ = (Index("ix_jalon_timeline_at", "beneficiary_id", "at", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    module: Mapped[str] = mapped_column(String(30))
    kind: Mapped[str] = mapped_column(String(30))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    text: Mapped[str] = mapped_column(String(200), info={"personal": "tells of a person's path", "erased_as": "text:—"})
    subject_table: Mapped[str | None] = mapped_column(String(60))
    subject_id: Mapped[int | None]

    beneficiary: Mapped[Beneficiary] = relationship(foreign_keys="TimelineEntry.beneficiary_id")


class ReferralState(Named):
    """Where a referral stands."""

    SENT = "sent", _l("Sent")
    ACCEPTED = "accepted", _l("Accepted")
    REFUSED = "refused", _l("Turned down")
    WITHDRAWN = "withdrawn", _l("Taken back")


REFERRAL_STEPS = {
    (ReferralState.SENT, ReferralState.ACCEPTED),
    (ReferralState.SENT, ReferralState.REFUSED),
    (ReferralState.SENT, ReferralState.WITHDRAWN),
}


class Referral(Crossing, Base):
    """A structure asks another to receive a person, who agrees; readable at both ends."""

    __tablename__ = "jalon_referral"
    __read_permission__: ClassVar[str] = "jalon.referrals.read"
    __table_args__ = (
        one_of("state", ReferralState),
        CheckConstraint("from_structure_id <> to_structure_id", name="another"),
        Index(
            "uq_jalon_referral_waiting",
            "beneficiary_id",
            "from_structure_id",
            "to_structure_id",
            unique=True,
            sqlite_where=text("state = 'sent'"),
            postgresql_where=text("state = 'sent'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_name: Mapped[str] = mapped_column(String(180), info={"personal": "names the person", "erased_as": "text:—"})
    service: Mapped[str] = mapped_column(String(80))
    message: Mapped[str] = mapped_column(Text, info={"personal": "written about a person", "erased_as": "text:—"})
    state: Mapped[ReferralState] = mapped_column(choice(ReferralState), default=ReferralState.SENT)
    answer: Mapped[str | None] = mapped_column(Text, info={"personal": "written about a person"})
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    sent_by: Mapped[str] = mapped_column(String(120))
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class DuplicateRequest(BothEnds, Base):
    """A structure asks whether a person it just met is one that another structure helps. It is never told who knows."""

    __tablename__ = "jalon_duplicate_request"
    __unrecorded__: ClassVar[str] = "the history of who asks would tell who knows the person"
    __table_args__ = (CheckConstraint("state IN ('asked', 'same', 'other', 'closed')", name="state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    asked_id: Mapped[int] = mapped_column(ForeignKey("jalon_beneficiary.id"), index=True)
    known_id: Mapped[int] = mapped_column(ForeignKey("jalon_beneficiary.id"), index=True)
    state: Mapped[str] = mapped_column(String(10), default="asked")
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    asked_by: Mapped[str] = mapped_column(String(120))
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SentForm(Owned, Base):
    """A form that was received, by the digest of its key and of all it held: sent again, it is the same one."""

    __tablename__ = "jalon_sent_form"
    __unrecorded__: ClassVar[str] = "it only says that a form has arrived"
    __table_args__ = (UniqueConstraint("structure_id", "digest"), Index("ix_jalon_sent_form_at", "structure_id", "at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    led_to: Mapped[str] = mapped_column(String(300), default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
