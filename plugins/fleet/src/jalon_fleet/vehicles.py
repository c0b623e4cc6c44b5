"""Rules of vehicles: their plates, entering and leaving the fleet, their labels."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from jalon import links, occupations
from jalon.clock import now
from jalon.hooks import Hooks
from jalon.models import Resource
from jalon.texts import tidy
from jalon_fleet.errors import (
    AgeUnlikely,
    BadPlate,
    IdentityNeeded,
    MakeNeeded,
    ModelNeeded,
    PlateNeeded,
    PlateTaken,
    SeniorityUnlikely,
    SerialTaken,
    VehicleRetired,
)
from jalon_fleet.models import BUFFER_MIN, Category, Gearbox, Vehicle

CURRENT_PLATE = re.compile(r"([A-HJ-NP-TV-Z]{2})([0-9]{3})([A-HJ-NP-TV-Z]{2})")  # no I, O, U
FORMER_PLATE = re.compile(r"([1-9][0-9]{0,3})([A-Z]{1,3})(0[1-9]|[1-8][0-9]|9[0-5]|2[AB]|97[0-9])")
LABEL = "vehicle_label"
SHORTEST_PART = 2  # characters of a plate, a number or a name that find vehicles


def normal_plate(typed: str) -> str:
    """`ab 123 cd` as AB-123-CD, `1234ab91` as 1234 AB 91. Raises BadPlate.

    Source: arrêté du 9 février 2009 (current series, without I, O, U) and the series before it.
    """
    compact = re.sub(r"[\s.\-]", "", typed).upper()
    if found := CURRENT_PLATE.fullmatch(compact):
        return "-".join(found.groups())
    if found := FORMER_PLATE.fullmatch(compact):
        return " ".join(found.groups())
    raise BadPlate


def add(
    session: Session,
    *,
    category: Category,
    make: str,
    model: str,
    plate: str | None = None,
    serial_number: str | None = None,
    gearbox: Gearbox | None = None,
    minimum_age: int | None = None,
    licence_years: int | None = None,
) -> Vehicle:
    """Take a vehicle into the fleet; the three last are what it asks of its driver.

    Raises MakeNeeded, ModelNeeded, BadPlate, PlateNeeded, PlateTaken, IdentityNeeded, SerialTaken, AgeUnlikely,
    SeniorityUnlikely.
    """
    _driver(minimum_age, licence_years)
    make, model = _kind(make, model)
    plate, serial_number = _identity(session, category, plate, serial_number)
    vehicle = Vehicle(category=category, make=make, model=model, plate=plate, serial_number=serial_number)
    vehicle.gearbox, vehicle.minimum_age, vehicle.licence_years = gearbox, minimum_age, licence_years
    vehicle.resource = Resource(
        module="fleet", kind=category.value, name=_name(vehicle), buffer_min=BUFFER_MIN.get(category, 0)
    )
    session.add(vehicle)
    session.flush()
    return vehicle


def change(
    session: Session,
    vehicle: Vehicle,
    *,
    category: Category,
    make: str,
    model: str,
    plate: str | None = None,
    serial_number: str | None = None,
    gearbox: Gearbox | None = None,
    minimum_age: int | None = None,
    licence_years: int | None = None,
) -> None:
    """Correct a vehicle's description. Raises as `add` does."""
    _driver(minimum_age, licence_years)
    make, model = _kind(make, model)
    plate, serial_number = _identity(session, category, plate, serial_number, besides=vehicle.id)
    if category is not vehicle.category:
        vehicle.resource.buffer_min = BUFFER_MIN.get(category, 0)
    vehicle.category, vehicle.make, vehicle.model = category, make, model
    vehicle.plate, vehicle.serial_number = plate, serial_number
    vehicle.gearbox, vehicle.minimum_age, vehicle.licence_years = gearbox, minimum_age, licence_years
    vehicle.resource.name, vehicle.resource.kind = _name(vehicle), category.value
    session.flush()


def retire(session: Session, hooks: Hooks, vehicle: Vehicle, *, at: datetime | None = None) -> None:
    """Take a vehicle out of the fleet; its past stays.

    Raises VehicleRetired, whatever a module refuses it for, and StillPromised for what a module that is
    switched off has promised.
    """
    occupations.lock(session, [vehicle.resource_id])  # or it could be booked between the questions and the answer
    if vehicle.resource.archived_at is not None:
        raise VehicleRetired
    hooks.act(session, "resource_withdrawing", resource_id=vehicle.resource_id)
    occupations.refuse_withdrawal(session, vehicle.resource_id)
    vehicle.resource.archived_at = at or now()
    session.flush()


def bring_back(session: Session, vehicle: Vehicle) -> None:
    """Take a retired vehicle into the fleet again; doing it twice is doing it once."""
    occupations.lock(session, [vehicle.resource_id])
    vehicle.resource.archived_at = None
    session.flush()


def issue_label(session: Session, vehicle: Vehicle) -> str:
    """A new code for the label stuck on the vehicle; the former label stops working."""
    return links.issue(
        session, module="fleet", purpose=LABEL, subject_table=Vehicle.__tablename__, subject_id=vehicle.id
    )


def steady_label(session: Session, vehicle: Vehicle) -> str:
    """A code that is the same each time it is printed; labels that are stuck on already stay good."""
    about = {"module": "fleet", "purpose": LABEL, "subject_table": Vehicle.__tablename__}
    return links.steady(session, **about, subject_id=vehicle.id)


def _name(vehicle: Vehicle) -> str:
    return str(vehicle)


def _driver(minimum_age: int | None, licence_years: int | None) -> None:
    if minimum_age is not None and not 14 <= minimum_age <= 99:
        raise AgeUnlikely
    if licence_years is not None and not 0 <= licence_years <= 50:
        raise SeniorityUnlikely


def _kind(make: str | None, model: str | None) -> tuple[str, str]:
    """Make and model as they are stored."""
    make, model = tidy(make or ""), tidy(model or "")
    if not make:
        raise MakeNeeded
    if not model:
        raise ModelNeeded
    return make, model


def _identity(
    session: Session, category: Category, plate: str | None, serial_number: str | None, *, besides: int = 0
) -> tuple[str | None, str | None]:
    """The plate and number as they are stored, known to be nobody else's."""
    plate = normal_plate(plate) if plate and plate.strip() else None
    serial_number = " ".join((serial_number or "").split()).upper() or None
    if plate is None and category.has_plate:
        raise PlateNeeded
    if plate is None and serial_number is None:
        raise IdentityNeeded
    others = select(Vehicle.id).where(Vehicle.id != besides)
    if plate and session.scalar(others.where(Vehicle.plate == plate)) is not None:
        raise PlateTaken
    if serial_number and session.scalar(others.where(Vehicle.serial_number == serial_number)) is not None:
        raise SerialTaken
    return plate, serial_number


def found(session: Session, typed: str, *, limit: int = 6) -> list[Vehicle]:
    """Vehicles whose plate or number holds what was typed, however it is spaced, or whose make and model do."""
    compact = re.sub(r"[^0-9A-Z]", "", typed.upper())
    words = typed.lower().split()
    if len(compact) < SHORTEST_PART or not words:
        return []
    named = func.lower(Vehicle.make + " " + Vehicle.model)
    alike = [named.contains(word, autoescape=True) for word in words]
    matches = or_(_compact(Vehicle.plate).contains(compact), _compact(Vehicle.serial_number).contains(compact))
    query = select(Vehicle).join(Vehicle.resource).where(or_(matches, and_(*alike)))
    in_fleet_first = Resource.archived_at.is_not(None)
    return list(session.scalars(query.order_by(in_fleet_first, Vehicle.plate, Vehicle.id).limit(limit)))


def _compact(column: Any) -> ColumnElement[str]:
    return func.replace(func.replace(func.upper(column), "-", ""), " ", "")
