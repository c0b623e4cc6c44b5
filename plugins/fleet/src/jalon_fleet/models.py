"""The vehicles."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from sqlalchemy import CheckConstraint, Date, Enum, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from jalon.db import Base, Owned
from jalon.db.types import choice, one_of
from jalon.models import Resource
from jalon.named import Named
from jalon_fleet.i18n import _l


class Category(Named):
    """What a vehicle is. Source: domain model 3.1, entity `vehicule`."""

    CAR = "car", _l("Car")
    LIGHT_CAR = "light_car", _l("Licence-free car")
    SCOOTER_50 = "scooter_50", _l("Scooter 50")
    SCOOTER_125 = "scooter_125", _l("Scooter 125")
    EBIKE = "ebike", _l("E-bike")
    BIKE = "bike", _l("Bicycle")
    KICK_SCOOTER = "kick_scooter", _l("Kick scooter")

    @property
    def has_plate(self) -> bool:
        return self not in UNPLATED


UNPLATED = frozenset({Category.EBIKE, Category.BIKE, Category.KICK_SCOOTER})
BUFFER_MIN = {Category.CAR: 60, Category.LIGHT_CAR: 60, Category.EBIKE: 30}  # preparation; domain model 3.1


class Gearbox(Named):
    """What the driver's licence may be limited to (code 78)."""

    MANUAL = "manual", _l("Manual")
    AUTOMATIC = "automatic", _l("Automatic")


class PaperKind(Named):
    """What must be valid for a vehicle to be on the road. Source: domain model 3.1, `echeance_vehicule`."""

    INSPECTION = "inspection", _l("MOT (contrôle technique)")
    INSURANCE = "insurance", _l("Insurance")


class Vehicle(Owned, Base):
    """A vehicle of the fleet; when it is taken stands in its resource's occupations."""

    __tablename__ = "fleet_vehicle"
    __table_args__ = (
        UniqueConstraint("structure_id", "id"),
        UniqueConstraint("structure_id", "plate"),
        UniqueConstraint("structure_id", "serial_number"),
        ForeignKeyConstraint(["resource_id", "structure_id"], ["jalon_resource.id", "jalon_resource.structure_id"]),
        CheckConstraint("plate IS NOT NULL OR category IN ('ebike', 'bike', 'kick_scooter')", name="plate"),
        CheckConstraint("plate IS NOT NULL OR serial_number IS NOT NULL", name="identity"),
        CheckConstraint("trim(make) <> ''", name="make"),
        CheckConstraint("trim(model) <> ''", name="model"),
        CheckConstraint(
            "category IN ('car', 'light_car', 'scooter_50', 'scooter_125', 'ebike', 'bike', 'kick_scooter')",
            name="category",
        ),
        one_of("gearbox", Gearbox),
        CheckConstraint("minimum_age BETWEEN 14 AND 99", name="minimum_age"),
        CheckConstraint("licence_years BETWEEN 0 AND 50", name="licence_years"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    resource_id: Mapped[int] = mapped_column(unique=True, info={"unrecorded": "its own history is shown beside"})
    category: Mapped[Category] = mapped_column(
        Enum(
            Category,
            native_enum=False,
            create_constraint=False,
            length=20,
            values_callable=lambda e: [c.value for c in e],
        )
    )
    make: Mapped[str] = mapped_column(String(40))
    model: Mapped[str] = mapped_column(String(60))
    plate: Mapped[str | None] = mapped_column(String(12))
    serial_number: Mapped[str | None] = mapped_column(String(40))
    gearbox: Mapped[Gearbox | None] = mapped_column(choice(Gearbox))
    minimum_age: Mapped[int | None] = mapped_column()  # years, of the driver; the insurer's
    licence_years: Mapped[int | None] = mapped_column()  # the driver has held a licence for
    version: Mapped[int] = mapped_column(default=1)

    resource: Mapped[Resource] = relationship(foreign_keys=[resource_id], lazy="joined", innerjoin=True)

    __mapper_args__ = {"version_id_col": version}

    def __str__(self) -> str:
        return f"{self.make} {self.model} · {self.plate or self.serial_number}"


class Paper(Owned, Base):
    """An inspection or an insurance somebody saw, and the last day it is valid. A new one is a new row."""

    __tablename__ = "fleet_paper"
    __recorded_in__: ClassVar[tuple[str, str]] = ("fleet_vehicle", "vehicle_id")
    __table_args__ = (
        UniqueConstraint("structure_id", "id"),
        UniqueConstraint("vehicle_id", "kind", "valid_until"),
        ForeignKeyConstraint(["vehicle_id", "structure_id"], ["fleet_vehicle.id", "fleet_vehicle.structure_id"]),
        one_of("kind", PaperKind),
        ForeignKeyConstraint(["task_id", "structure_id"], ["jalon_task.id", "jalon_task.structure_id"]),
        Index("ix_fleet_paper_valid_until", "structure_id", "kind", "valid_until"),
        Index("ix_fleet_paper_task_id", "task_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    vehicle_id: Mapped[int] = mapped_column()
    kind: Mapped[PaperKind] = mapped_column(choice(PaperKind))
    valid_until: Mapped[date] = mapped_column(Date)  # that day included
    seen_on: Mapped[date] = mapped_column(Date)
    task_id: Mapped[int | None] = mapped_column(info={"unrecorded": "the task has its own history"})  # to renew it
    version: Mapped[int] = mapped_column(default=1)

    vehicle: Mapped[Vehicle] = relationship(foreign_keys=[vehicle_id])

    __mapper_args__ = {"version_id_col": version}

    @property
    def kind_told(self) -> str:
        return str(PaperKind.labels()[self.kind])

    def __str__(self) -> str:
        return f"{self.kind_told} {self.valid_until:%d/%m/%Y}"
