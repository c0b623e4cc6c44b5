"""Places where a structure meets people or keeps things."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jalon.db import Base, Owned, UtcDateTime, alphabetical
from jalon.db.types import choice, one_of
from jalon.i18n import _l
from jalon.models.commune import Commune
from jalon.named import Named
from jalon.names import fold


class PlaceKind(Named):
    """What happens there."""

    PICK_UP = "pick_up", _l("Pick-up point")
    PERMANENCE = "permanence", _l("Permanence")
    ROOM = "room", _l("Room")
    DEPOT = "depot", _l("Depot")


class Place(Owned, Base):
    """A place with its commune and, when known, where it is to about ten metres. Never deleted: archived."""

    __tablename__ = "jalon_place"
    __table_args__ = (
        UniqueConstraint("structure_id", "id"),
        UniqueConstraint("structure_id", "name"),
        one_of("kind", PlaceKind),
        CheckConstraint("latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180", name="coordinates"),
        CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name="both_coordinates"),
        Index("ix_jalon_place_kind", "structure_id", "kind", "name"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    kind: Mapped[PlaceKind] = mapped_column(choice(PlaceKind))
    street: Mapped[str | None] = mapped_column(String(120))
    commune_insee: Mapped[str] = mapped_column(ForeignKey("jalon_commune.insee"), index=True)
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)

    commune: Mapped[Commune] = relationship()

    __mapper_args__ = {"version_id_col": version}

    @hybrid_property
    def in_order(self) -> str:
        """What lists are sorted by."""
        return fold(self.name)

    @in_order.inplace.expression
    @classmethod
    def _in_order(cls) -> ColumnElement[str]:
        return alphabetical(cls.name)

    def __str__(self) -> str:
        return self.name
