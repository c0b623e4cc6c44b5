"""Communes, the territory everybody shares."""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from jalon.db import Base, Platform


class Commune(Platform, Base):
    """A French commune, known by its INSEE code; postcodes are shared and never identify it."""

    __tablename__ = "jalon_commune"
    __table_args__ = (CheckConstraint("population >= 0", name="population"),)
    __write_permission__: ClassVar[str] = "jalon.communes.write"

    insee: Mapped[str] = mapped_column(String(5), primary_key=True)
    name: Mapped[str] = mapped_column(String(80), index=True)
    postcodes: Mapped[str] = mapped_column(String(200))  # Paris has 21
    population: Mapped[int]
    epci: Mapped[str] = mapped_column(String(80))
    longitude: Mapped[float]
    latitude: Mapped[float]

    def __str__(self) -> str:
        return self.name
