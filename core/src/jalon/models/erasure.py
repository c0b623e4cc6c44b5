"""A person was erased: when, by whom and why; and what is still to be cleared outside the database."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from jalon.clock import now
from jalon.db import Base, Owned, UtcDateTime
from jalon.db.types import choice, one_of
from jalon.i18n import _l
from jalon.named import Named


class Cause(Named):
    """Why a person is erased: chosen, never typed, for it stays when the person is gone."""

    REQUEST = "request", _l("The person asked for it")
    RETENTION = "retention", _l("Its time is over: no contact for two years")
    IMPORT_UNDONE = "import_undone", _l("The import that brought the person was undone")


class Erasure(Owned, Base):
    """The certificate of an erasure, one for each structure in which it was done. It names nobody.

    `number` is its place in the structure's register of the year, without holes; those from before there were numbers
    have none.
    `whole` when the person is erased everywhere, and not in this structure alone. `pending` are the digests of copies
    and the names of exported lists still to be removed from the disk, between spaces; `swept_at` is when nothing more
    was to do.
    """

    __tablename__ = "jalon_erasure"
    __table_args__ = (
        one_of("cause", Cause),
        Index("ix_jalon_erasure_swept_at", "swept_at"),
        Index("ix_jalon_erasure_number", "structure_id", "number", unique=True),
    )
    __unrecorded__: ClassVar[str] = "it is itself a record"

    id: Mapped[int] = mapped_column(primary_key=True)
    beneficiary_id: Mapped[int] = mapped_column(ForeignKey("jalon_beneficiary.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("jalon_user.id"))
    actor_name: Mapped[str] = mapped_column(String(120))
    number: Mapped[str | None] = mapped_column(String(40))
    cause: Mapped[Cause] = mapped_column(choice(Cause))
    whole: Mapped[bool]
    rows: Mapped[int]
    pending: Mapped[str] = mapped_column(Text, default="")
    swept_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
