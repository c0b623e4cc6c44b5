"""Links that leave the house: hashed, scoped to one purpose, revocable."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from jalon.clock import now
from jalon.db import Base, Owned, UtcDateTime


class Link(Owned, Base):
    """A code or token handed out for one subject; only its digest is kept."""

    __tablename__ = "jalon_link"
    __table_args__ = (Index("ix_jalon_link_subject", "structure_id", "subject_table", "subject_id"),)
    __unrecorded__: ClassVar[str] = (
        "a code is known to nobody but its holder; its subject's page says that one was issued"
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    module: Mapped[str] = mapped_column(String(30))
    purpose: Mapped[str] = mapped_column(String(60))
    subject_table: Mapped[str] = mapped_column(String(60))
    subject_id: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
