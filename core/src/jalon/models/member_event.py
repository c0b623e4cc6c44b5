"""What happened to the members of a structure: who let whom in, gave which role, looked as whom."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import CheckConstraint, Enum, ForeignKey, ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from jalon.clock import now
from jalon.db import Base, Owned, UtcDateTime
from jalon.i18n import _l
from jalon.named import Named


class MemberChange(Named):
    """What is noted of a member."""

    JOINED = "joined", _l("joined")
    LEFT = "left", _l("left")
    CAME_BACK = "came_back", _l("came back")
    ROLE_GIVEN = "role_given", _l("role given or prolonged")
    ROLE_TAKEN = "role_taken", _l("role taken away or shortened")
    SEEN_AS = "seen_as", _l("somebody looked at the site as this member")


class MemberEvent(Owned, Base):
    """One thing that happened to a member. `by_oneself` is a role that somebody gave themselves."""

    __tablename__ = "jalon_member_event"
    __table_args__ = (
        ForeignKeyConstraint(["member_id", "structure_id"], ["jalon_member.id", "jalon_member.structure_id"]),
        CheckConstraint(
            "kind IN ('joined', 'left', 'came_back', 'role_given', 'role_taken', 'seen_as')",
            name="kind",
        ),
        Index("ix_jalon_member_event_at", "structure_id", "at", "id"),
        Index("ix_jalon_member_event_member", "member_id", "at", "id"),
    )
    __unrecorded__: ClassVar[str] = "it is a record of what was done"

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column()
    kind: Mapped[MemberChange] = mapped_column(
        Enum(
            MemberChange,
            native_enum=False,
            create_constraint=False,
            length=12,
            values_callable=lambda e: [k.value for k in e],
        )
    )
    role: Mapped[str | None] = mapped_column(String(40))
    by_oneself: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("jalon_user.id"))
    actor_name: Mapped[str] = mapped_column(String(120))
