"""Boxes, and the things in them."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jalon.db import Base, Owned


class Box(Owned, Base):
    """A box."""

    __tablename__ = "scratch_box"
    __table_args__ = (UniqueConstraint("structure_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40))

    def __str__(self) -> str:
        return self.name


class Thing(Owned, Base):
    """A thing in a box."""

    __tablename__ = "scratch_thing"
    __table_args__ = (
        UniqueConstraint("structure_id", "id"),
        CheckConstraint("name <> ''", name="name"),
        ForeignKeyConstraint(
            ["box_id", "structure_id"], ["scratch_box.id", "scratch_box.structure_id"], ondelete="CASCADE"
        ),
        Index("ix_scratch_thing_done", "structure_id", "done", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    box_id: Mapped[int] = mapped_column(index=True)
    name: Mapped[str] = mapped_column(
        String(40), info={"personal": "things may be named after somebody", "erased_as": "text:—"}
    )
    done: Mapped[bool] = mapped_column(default=False)

    box: Mapped[Box] = relationship(foreign_keys=[box_id])

    def __str__(self) -> str:
        return self.name
