"""What a vehicle is, how it is told from the others, how it enters and leaves the fleet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from jalon import occupations
from jalon.clock import now
from jalon.db import refusal_of
from jalon.errors import DomainError
from jalon.models import OccupationKind, Resource
from jalon.testing.world import World
from jalon_fleet import vehicles
from jalon_fleet.errors import (
    BadPlate,
    IdentityNeeded,
    MakeNeeded,
    ModelNeeded,
    PlateNeeded,
    PlateTaken,
    SerialTaken,
    VehicleRetired,
)
from jalon_fleet.models import Category, Vehicle

HOUR = timedelta(hours=1)


@pytest.fixture
def session(world: World) -> Iterator[Session]:
    world.structure("relais", enabled=["fleet"])
    with world.inside("relais") as session:
        yield session


def add(session: Session, **values: Any) -> Vehicle:
    car = {"category": Category.CAR, "make": "Renault", "model": "Clio", "plate": "AA-123-BB"}
    return vehicles.add(session, **{**car, **values})


def bike(session: Session, serial_number: str | None, **values: Any) -> Vehicle:
    return add(session, category=Category.BIKE, plate=None, serial_number=serial_number, **values)


PLATES = {
    "AB-123-CD": "AB-123-CD",
    "ab 123 cd": "AB-123-CD",
    "ab123cd": "AB-123-CD",
    " Ab.123-cD ": "AB-123-CD",
    "AB\u00a0123\u00a0CD": "AB-123-CD",
    "1234 AB 91": "1234 AB 91",
    "1234ab91": "1234 AB 91",
    "12 abc 75": "12 ABC 75",
    "7 A 2b": "7 A 2B",
    "123 ABC 974": "123 ABC 974",
}


@pytest.mark.parametrize(("typed", "stored"), PLATES.items())
def test_a_plate_is_stored_in_one_form_however_it_is_typed(typed: str, stored: str) -> None:
    assert vehicles.normal_plate(typed) == stored


NO_PLATES = [
    "AI-123-BB",
    "AB-123-OB",
    "UB-123-CC",
    "AB-12-CD",
    "AB-1234-CD",
    "ABC-123-D",
    "AB-123-CD-91",
    "12345 AB 91",
    "1234 ABCD 91",
    "1234 AB",
    "1234 AB 00",
    "1234 AB 96",
    "0 AB 91",
    "AB-١٢٣-CD",
    "AB/123/CD",
    "AB-123-CD\x00",
    "<b>AB-123-CD</b>",
    "",
]


@pytest.mark.parametrize("typed", NO_PLATES)
def test_what_is_no_french_plate_is_refused(typed: str) -> None:
    with pytest.raises(BadPlate):
        vehicles.normal_plate(typed)


IDENTITIES: dict[str, tuple[Category, str | None, str | None, type[DomainError] | None]] = {
    "car with a plate": (Category.CAR, "AB-123-CD", None, None),
    "car without": (Category.CAR, None, None, PlateNeeded),
    "car with spaces for a plate": (Category.CAR, "  ", "X1", PlateNeeded),
    "car with a bad plate": (Category.CAR, "AB-123", None, BadPlate),
    "scooter without": (Category.SCOOTER_50, None, "X1", PlateNeeded),
    "bicycle with a number": (Category.BIKE, None, "X1", None),
    "bicycle without": (Category.BIKE, None, " ", IdentityNeeded),
    "e-bike with a number": (Category.EBIKE, None, "X1", None),
    "kick scooter without": (Category.KICK_SCOOTER, None, None, IdentityNeeded),
    "speed bike with a plate only": (Category.EBIKE, "AB-123-CD", None, None),
}


@pytest.mark.parametrize(("category", "plate", "number", "refusal"), IDENTITIES.values(), ids=IDENTITIES.keys())
def test_every_vehicle_has_what_tells_it_from_the_others(
    session: Session, category: Category, plate: str | None, number: str | None, refusal: type[DomainError] | None
) -> None:
    if refusal is None:
        assert add(session, category=category, plate=plate, serial_number=number).id
    else:
        with pytest.raises(refusal):
            add(session, category=category, plate=plate, serial_number=number)


def test_a_plate_is_of_one_vehicle_of_the_structure_however_it_is_typed(session: Session) -> None:
    add(session, plate="AA-123-BB")

    with pytest.raises(PlateTaken):
        add(session, plate="aa 123 bb")


def test_a_serial_number_is_of_one_vehicle_of_the_structure_however_it_is_typed(session: Session) -> None:
    assert bike(session, " bc  12 ").serial_number == "BC 12"

    with pytest.raises(SerialTaken):
        bike(session, "BC 12")


def test_two_vehicles_without_plate_are_two(session: Session) -> None:
    assert bike(session, "1").id != bike(session, "2").id


def test_another_structure_may_have_the_same_plate(world: World, session: Session) -> None:
    add(session)
    session.commit()
    world.structure("scop", enabled=["fleet"])

    with world.inside("scop") as elsewhere:
        assert add(elsewhere).plate == "AA-123-BB"


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("column", "refusal"), [("plate", PlateTaken), ("serial_number", SerialTaken)], ids=["plate", "number"]
)
def test_the_database_refuses_a_second_one_and_says_it_as_the_rule_does(
    session: Session, column: str, refusal: type[DomainError]
) -> None:
    one = add(session, serial_number="X1")
    other = add(session, plate="BB-456-CC")

    setattr(other, column, getattr(one, column))
    with pytest.raises(IntegrityError) as refused:
        session.flush()

    assert type(refusal_of(refused.value)) is refusal


CHECKS = {
    "a car without plate": {"plate": None, "serial_number": "X1"},
    "a bicycle without anything": {"category": Category.BIKE, "plate": None},
}


@pytest.mark.both_databases
@pytest.mark.parametrize("values", CHECKS.values(), ids=CHECKS.keys())
def test_the_database_refuses_a_vehicle_that_nothing_tells_from_the_others(
    session: Session, values: dict[str, Any]
) -> None:
    vehicle = add(session)
    for name, value in values.items():
        setattr(vehicle, name, value)

    with pytest.raises(IntegrityError):
        session.flush()


BUFFERS = {Category.CAR: 60, Category.EBIKE: 30, Category.BIKE: 0, Category.SCOOTER_50: 0}


@pytest.mark.parametrize(("category", "minutes"), BUFFERS.items())
def test_a_category_has_its_preparation(session: Session, category: Category, minutes: int) -> None:
    assert add(session, category=category, serial_number="X1").resource.buffer_min == minutes


def test_a_correction_reaches_what_other_modules_book(session: Session) -> None:
    vehicle = add(session)

    vehicles.change(
        session, vehicle, category=Category.EBIKE, make="Arcade", model="E-Colors", plate=None, serial_number="X1"
    )

    resource = vehicle.resource
    assert (resource.name, resource.kind, resource.buffer_min) == ("Arcade E-Colors · X1", "ebike", 30)


def test_a_correction_of_the_model_leaves_a_preparation_that_was_chosen(session: Session) -> None:
    vehicle = add(session)
    vehicle.resource.buffer_min = 15

    vehicles.change(
        session, vehicle, category=Category.CAR, make="Renault", model="Clio V", plate="AA-123-BB", serial_number=None
    )

    assert vehicle.resource.buffer_min == 15


def test_a_vehicle_keeps_its_own_plate_when_it_is_corrected(session: Session) -> None:
    vehicle = add(session)

    vehicles.change(
        session, vehicle, category=Category.CAR, make="Renault", model="Clio V", plate="aa123bb", serial_number=None
    )

    assert (vehicle.plate, vehicle.model) == ("AA-123-BB", "Clio V")


def test_a_retired_vehicle_is_no_longer_offered_and_comes_back(world: World, session: Session) -> None:
    vehicle = add(session)

    vehicles.retire(session, world.jalon.hooks, vehicle)
    offered_then = _offered(session)
    with pytest.raises(VehicleRetired):
        vehicles.retire(session, world.jalon.hooks, vehicle)
    with pytest.raises(occupations.ResourceArchived):
        _promise(session, vehicle)
    vehicles.bring_back(session, vehicle)
    vehicles.bring_back(session, vehicle)

    assert (offered_then, _offered(session)) == ([], [vehicle.resource_id])


def test_a_vehicle_that_any_module_promised_is_not_retired(world: World, session: Session) -> None:
    vehicle = add(session)
    _promise(session, vehicle, module="a module that is switched off")

    with pytest.raises(occupations.StillPromised):
        vehicles.retire(session, world.jalon.hooks, vehicle)

    assert vehicle.resource.archived_at is None


def test_a_vehicle_in_the_garage_may_be_retired(world: World, session: Session) -> None:
    vehicle = add(session)
    _promise(session, vehicle, kind=OccupationKind.UNAVAILABLE)

    vehicles.retire(session, world.jalon.hooks, vehicle)

    assert vehicle.resource.archived_at is not None


def _promise(session: Session, vehicle: Vehicle, *, module: str = "fleet", **options: Any) -> None:
    starts_at = now() + HOUR
    occupations.book(
        session, vehicle.resource_id, module=module, starts_at=starts_at, ends_at=starts_at + HOUR, **options
    )


def _offered(session: Session) -> list[int]:
    starts_at = now() + 100 * HOUR
    found = occupations.what_is_free(
        session, module="fleet", kinds=["car"], starts_at=starts_at, ends_at=starts_at + HOUR
    )
    assert all(isinstance(r, Resource) for r in found)
    return [r.id for r in found]


NAMELESS = {"make": MakeNeeded, "model": ModelNeeded}


@pytest.mark.parametrize("typed", ["", "  ", "\u200b", None])
@pytest.mark.parametrize(("column", "refusal"), NAMELESS.items())
def test_a_vehicle_says_its_make_and_model(
    session: Session, column: str, refusal: type[DomainError], typed: str | None
) -> None:
    with pytest.raises(refusal):
        add(session, **{column: typed})


@pytest.mark.both_databases
@pytest.mark.parametrize(("column", "refusal"), NAMELESS.items())
def test_the_database_refuses_a_blank_and_says_it_as_the_rule_does(
    session: Session, column: str, refusal: type[DomainError]
) -> None:
    vehicle = add(session)
    setattr(vehicle, column, "  ")

    with pytest.raises(IntegrityError) as refused:
        session.flush()

    assert type(refusal_of(refused.value)) is refusal


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("aa 123", ["AA-123-BB"]),
        ("AA-123-BB", ["AA-123-BB"]),
        ("23bb", ["AA-123-BB"]),
        ("frame9", ["FRAME-9"]),
        ("clio", ["AA-123-BB"]),
        ("clio renault", ["AA-123-BB"]),
        ("re", ["AA-123-BB"]),
        ("%%", []),
        ("a", []),
        ("", []),
    ],
)
def test_a_vehicle_is_found_by_a_part_of_what_it_is_called(session: Session, typed: str, found: list[str]) -> None:
    add(session)
    bike(session, "FRAME-9", make="Moustache", model="Lundi")

    assert [v.plate or v.serial_number for v in vehicles.found(session, typed)] == found
