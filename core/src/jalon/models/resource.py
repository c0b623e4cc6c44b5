"""What only one use can have at a time, and each period it is promised or taken."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import ClassVar

from sqlalchemy import (
    DDL,
    CheckConstraint,
    Enum,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    event,
    text,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jalon.db import Base, Owned, UtcDateTime
from jalon.models.overlap import FACT, PROMISE, no_overlap_triggers


class OccupationKind(enum.Enum):
    """Why a resource is not free."""

    HOLD = "hold"
    USE = "use"
    UNAVAILABLE = "unavailable"
    LOAN = "loan"


class Resource(Owned, Base):
    """A vehicle, a driver, a trainer, a room. Never deleted: archived."""

    __tablename__ = "jalon_resource"
    __table_args__ = (
        UniqueConstraint("structure_id", "id"),
        ForeignKeyConstraint(["member_id", "structure_id"], ["jalon_member.id", "jalon_member.structure_id"]),
        CheckConstraint("buffer_min >= 0", name="buffer"),
        CheckConstraint("usable_from < usable_until", name="usable"),
        Index("ix_jalon_resource_kind", "structure_id", "module", "kind", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    module: Mapped[str] = mapped_column(String(30))
    kind: Mapped[str] = mapped_column(String(30))
    name: Mapped[str] = mapped_column(
        String(120), info={"personal": "of a driver or a trainer it is their name", "erased_as": "text:—"}
    )
    member_id: Mapped[int | None] = mapped_column(unique=True)
    lent_from_id: Mapped[int | None] = mapped_column(
        ForeignKey("jalon_resource.id"), index=True, info={"crosses": "a loan is of another structure's resource"}
    )
    usable_from: Mapped[datetime | None] = mapped_column(UtcDateTime)
    usable_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    buffer_min: Mapped[int] = mapped_column(default=0)
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    def __str__(self) -> str:
        return self.name


class Occupation(Owned, Base):
    """A resource for a period `[starts_at, ends_at)`, kept until `blocked_until` for its preparation.

    `blocking` rows are promises; `departed_at` and `returned_at` are what happened, an absent return
    meaning still out.
    """

    __tablename__ = "jalon_occupation"
    __table_args__ = (
        UniqueConstraint("structure_id", "id"),
        ForeignKeyConstraint(["resource_id", "structure_id"], ["jalon_resource.id", "jalon_resource.structure_id"]),
        CheckConstraint("starts_at < ends_at AND ends_at <= blocked_until", name="period"),
        CheckConstraint("departed_at < returned_at", name="return_after_departure"),
        CheckConstraint("returned_at IS NULL OR departed_at IS NOT NULL", name="return_has_departure"),
        CheckConstraint("expires_at IS NULL OR kind = 'hold'", name="only_holds_expire"),
        CheckConstraint("kind IN ('hold', 'use', 'unavailable', 'loan')", name="kind"),
        Index("ix_jalon_occupation_period", "resource_id", "blocking", "starts_at", "blocked_until"),
        Index(
            "ix_jalon_occupation_out",
            "resource_id",
            sqlite_where=text("departed_at IS NOT NULL AND returned_at IS NULL"),
            postgresql_where=text("departed_at IS NOT NULL AND returned_at IS NULL"),
        ),
        ExcludeConstraint(
            (text("tstzrange(starts_at, blocked_until)"), "&&"),
            ("resource_id", "="),
            name=PROMISE,
            using="gist",
            where=text("blocking"),
        ).ddl_if(dialect="postgresql"),
        ExcludeConstraint(
            (text("tstzrange(departed_at, returned_at)"), "&&"),
            ("resource_id", "="),
            name=FACT,
            using="gist",
            where=text("departed_at IS NOT NULL"),
        ).ddl_if(dialect="postgresql"),
    )
    __unrecorded__: ClassVar[str] = "the record that points at it tells who promised, moved and released it"

    id: Mapped[int] = mapped_column(primary_key=True)
    resource_id: Mapped[int] = mapped_column()
    module: Mapped[str] = mapped_column(String(30))
    kind: Mapped[OccupationKind] = mapped_column(
        Enum(
            OccupationKind,
            native_enum=False,
            create_constraint=False,
            length=12,
            values_callable=lambda e: [k.value for k in e],
        )
    )
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    blocked_until: Mapped[datetime] = mapped_column(UtcDateTime)
    blocking: Mapped[bool] = mapped_column(default=True)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    departed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    returned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)

    resource: Mapped[Resource] = relationship(foreign_keys=[resource_id])

    __mapper_args__ = {"version_id_col": version}


for _statement in no_overlap_triggers():
    _trigger = DDL(_statement.replace("%", "%%"))  # type: ignore[no-untyped-call]
    event.listen(Occupation.__table__, "after_create", _trigger.execute_if(dialect="sqlite"))
