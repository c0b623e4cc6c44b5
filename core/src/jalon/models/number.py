"""How far each sequence of numbers has come, by structure and year."""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy import CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from jalon.db import Base, Owned


class Number(Owned, Base):
    """The last number of a sequence that was given; `year` is 0 for a sequence that does not begin anew each year."""

    __tablename__ = "jalon_number"
    __table_args__ = (
        UniqueConstraint("structure_id", "name", "year"),
        CheckConstraint("last >= 0", name="last"),
    )
    __unrecorded__: ClassVar[str] = "what bears the number is recorded"

    id: Mapped[int] = mapped_column(primary_key=True)
    module: Mapped[str] = mapped_column(String(30))
    name: Mapped[str] = mapped_column(String(80))
    year: Mapped[int] = mapped_column(default=0)
    last: Mapped[int] = mapped_column(default=0)
