"""Vehicles as a list that is imported and exported."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from jalon.errors import DomainError
from jalon.hooks import Hooks
from jalon.importable import CellKind, Column, Double, Importable, Values
from jalon.models import Resource
from jalon_fleet import vehicles
from jalon_fleet.i18n import _, _l
from jalon_fleet.models import Category, Vehicle

WORDS = {
    "VL": Category.CAR,
    "Auto": Category.CAR,
    "Voiturette": Category.LIGHT_CAR,
    "VSP": Category.LIGHT_CAR,
    "Cyclomoteur": Category.SCOOTER_50,
    "Scooter": Category.SCOOTER_50,
    "VAE": Category.EBIKE,
    "Trottinette": Category.KICK_SCOOTER,
}
WRITTEN = ("category", "make", "model", "plate", "serial_number")
COLUMNS = (
    Column(
        "category",
        _l("Category"),
        CellKind.CHOICE,
        synonyms=("Catégorie", "Type", "Genre"),
        required=True,
        choices=Category.labels(),
        aliases=WORDS,
        example="Voiture",
        for_all=True,
    ),
    Column("make", _l("Make"), synonyms=("Marque",), required=True, longest=40, example="Renault"),
    Column("model", _l("Model"), synonyms=("Modèle",), required=True, longest=60, example="Clio"),
    Column(
        "plate",
        _l("Plate"),
        synonyms=("Plaque", "Immatriculation", "Immat", "N° d'immatriculation"),
        longest=20,
        example="AB-123-CD",
    ),
    Column(
        "serial_number",
        _l("Serial number"),
        synonyms=("Numéro de série", "N° de série", "N° de cadre", "Marquage", "Bicycode", "VIN"),
        longest=40,
    ),
)


def add(session: Session, values: Values, apart: Collection[int]) -> Vehicle:
    """Raises what `vehicles.add` raises."""
    told: dict[str, Any] = {name: values.get(name) for name in WRITTEN}
    return vehicles.add(session, **told)


def find(session: Session, values: Values) -> Sequence[Double]:
    """A plate and a number are one vehicle's."""
    plate, serial = _identity(values)
    alike = [Vehicle.plate == plate] if plate else []
    alike += [Vehicle.serial_number == serial] if serial else []
    if not alike:
        return []
    found = session.scalars(select(Vehicle).where(or_(*alike)).order_by(Vehicle.id)).all()
    same = {True: _("The same plate"), False: _("The same number")}
    return [Double(known.id, same[known.plate == plate], hard=True, certain=True) for known in found]


def keys(values: Values) -> Iterable[Hashable]:
    plate, serial = _identity(values)
    yield from (("plate", plate) for _once in [plate] if plate)
    yield from (("serial", serial) for _once in [serial] if serial)


def _identity(values: Values) -> tuple[str | None, str | None]:
    """Plate and number as they are stored; a bad plate is nobody's, and refused by its rule."""
    serial = " ".join((values.get("serial_number") or "").split()).upper() or None
    try:
        return vehicles.normal_plate(values["plate"]) if values.get("plate") else None, serial
    except DomainError:
        return None, serial


def take_back(session: Session, hooks: Hooks, vehicle: Vehicle) -> None:
    """The vehicle is removed, so that its plate can be typed again; its resource stays, withdrawn."""
    vehicles.retire(session, hooks, vehicle)
    session.delete(vehicle)
    session.flush()


def listed(session: Session) -> Select[Any]:
    """Vehicles in the fleet."""
    there = Vehicle.resource.has(Resource.archived_at.is_(None))
    return select(Vehicle).where(there).order_by(Vehicle.category, Vehicle.plate, Vehicle.id)


def shown(vehicle: Vehicle) -> Mapping[str, Any]:
    return {name: getattr(vehicle, name) for name in WRITTEN}


VEHICLES = Importable(
    name="vehicles",
    label=_l("Vehicles"),
    model=Vehicle,
    read_permission="fleet.read",
    write_permission="fleet.write",
    columns=COLUMNS,
    add=add,
    find=find,
    keys=keys,
    mark=lambda vehicle: f"{vehicle.version}.{vehicle.resource.version}",
    take_back=take_back,
    listed=listed,
    shown=shown,
    compared=("category", "make", "model", "plate", "serial_number"),
    parts={"fleet_vehicle": 1},
    stands_for=lambda vehicle: [("fleet_vehicle", vehicle.id), ("jalon_resource", vehicle.resource_id)],
    advice=_l("One vehicle a line: category, make, model, plate or serial number."),
    undo_advice=_l("They are removed from the fleet."),
)
