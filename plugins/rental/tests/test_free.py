"""The page “What is free?”: what can be offered for a whole period, and the way from there to the booking."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from jalon import occupations
from jalon.clock import now
from jalon.localtime import to_local
from jalon.models import OccupationKind
from jalon.testing.world import Browser, World
from jalon_fleet import vehicles
from jalon_fleet.models import Category, Vehicle
from jalon_rental import bookings
from jalon_rental.testing import renter

PAGE = "/relais/rental/free"
PARIS = ZoneInfo("Europe/Paris")
MONDAY = datetime(2031, 3, 3, tzinfo=PARIS)
PLATE = re.compile(r"[A-Z]{2}-[0-9]{3}-[A-Z]{2}")


@pytest.fixture
def agent(world: World) -> Browser:
    world.structure("relais", enabled=["rental"])
    world.user("zoe", relais=["agent_location"])
    return world.client("zoe")


def add(session: Session, plate: str, **values: Any) -> Vehicle:
    return vehicles.add(
        session, **{"category": Category.CAR, "make": "Renault", "model": "Clio", "plate": plate, **values}
    )


def at(hour: float) -> datetime:
    return MONDAY + timedelta(hours=hour)


def book(session: Session, vehicle: Vehicle, first: datetime, last: datetime) -> Any:
    return bookings.book(session, vehicle, beneficiary=renter(session, "Awa"), starts_at=first, ends_at=last)


def asked(first: datetime, last: datetime, **more: str) -> dict[str, str]:
    form = {
        name: f"{to_local(value, PARIS):%Y-%m-%dT%H:%M}" for name, value in (("starts_at", first), ("ends_at", last))
    }
    return {**form, "category": "", **more}


def offered(browser: Browser, first: datetime, last: datetime, **more: str) -> list[str]:
    answer = browser.get(PAGE, query_string=asked(first, last, **more))
    assert answer.status_code == 200
    return sorted(set(PLATE.findall(answer.text.partition("<table")[2])))


SITUATIONS = {  # what the car is promised for, in hours of Monday; free from 10 to 12?
    "nothing": ([], True),
    "before, with its preparation": ([(6, 9)], True),
    "its preparation runs into the start": ([(6, 9.5)], False),
    "touches the start": ([(6, 10)], False),
    "overlaps": ([(11, 13)], False),
    "inside": ([(10.5, 11)], False),
    "around": ([(8, 14)], False),
    "begins during our preparation": ([(12.5, 14)], False),
    "begins after our preparation": ([(13, 14)], True),
    "on both sides": ([(6, 9), (13, 14)], True),
}


@pytest.mark.both_databases
@pytest.mark.parametrize(("promises", "free"), SITUATIONS.values(), ids=SITUATIONS.keys())
def test_a_car_is_offered_when_it_could_be_booked(
    world: World, agent: Browser, promises: list[tuple[float, float]], free: bool
) -> None:
    with world.inside("relais") as session:
        car = add(session, "AA-123-BB")
        for first, last in promises:
            book(session, car, at(first), at(last))
        session.commit()

    assert offered(agent, at(10), at(12)) == (["AA-123-BB"] if free else [])


def test_what_left_the_fleet_or_is_in_the_garage_is_not_offered(world: World, agent: Browser) -> None:
    with world.inside("relais") as session:
        add(session, "AA-111-AA")
        vehicles.retire(session, world.jalon.hooks, add(session, "AA-222-AA"))
        garage = add(session, "AA-333-AA").resource_id
        occupations.book(
            session, garage, module="fleet", kind=OccupationKind.UNAVAILABLE, starts_at=at(0), ends_at=at(24)
        )
        session.commit()

    assert offered(agent, at(10), at(12)) == ["AA-111-AA"]


def test_what_is_late_is_not_offered_now_and_is_offered_for_later(world: World, agent: Browser) -> None:
    with world.inside("relais") as session:
        late = book(session, add(session, "AA-111-AA"), now() - timedelta(hours=5), now() - timedelta(hours=2))
        bookings.hand_over(session, late, at=late.starts_at)
        session.commit()

    assert offered(agent, now(), now() + timedelta(hours=3)) == []
    assert offered(agent, at(10), at(12)) == ["AA-111-AA"]


def test_only_the_category_that_was_asked_for_is_offered(world: World, agent: Browser) -> None:
    with world.inside("relais") as session:
        add(session, "AA-111-AA")
        add(session, "AA-222-AA", category=Category.SCOOTER_50)
        session.commit()

    assert offered(agent, at(10), at(12), category="SCOOTER_50") == ["AA-222-AA"]


def test_vehicles_of_another_structure_are_not_offered(world: World, agent: Browser) -> None:
    world.structure("scop", enabled=["rental"])
    with world.inside("scop") as session:
        add(session, "AA-111-AA")
        session.commit()

    assert offered(agent, at(10), at(12)) == []


BAD = {
    "end before start": ({"ends_at": "2031-03-03T08:00"}, "ends_at"),
    "no time at all": ({"ends_at": "2031-03-03T10:00"}, "ends_at"),
    "no start": ({"starts_at": ""}, "starts_at"),
    "31 February": ({"starts_at": "2031-02-31T10:00"}, "starts_at"),
    "25h70": ({"ends_at": "2031-03-03T25:70"}, "ends_at"),
    "two-digit year": ({"starts_at": "31-03-03T10:00"}, "starts_at"),
    "markup": ({"starts_at": "<script>alert(1)</script>"}, "starts_at"),
    "no such category": ({"category": "ROCKET"}, "category"),
}


@pytest.mark.parametrize(("changes", "field"), BAD.values(), ids=BAD.keys())
def test_bad_dates_are_refused_at_the_field_and_stay_typed(agent: Browser, changes: dict[str, str], field: str) -> None:
    answer = agent.get(PAGE, query_string=asked(at(10), at(12), **changes))

    assert answer.status_code == 422
    assert f'id="{field}-err"' in answer.text
    assert "<script>alert" not in answer.text
    kept = "2031-03-03T12:00" if field != "ends_at" else "2031-03-03T10:00"
    assert f'value="{kept}"' in answer.text


def test_the_page_asks_before_it_answers(agent: Browser) -> None:
    answer = agent.get(PAGE)

    assert answer.status_code == 200
    assert "errs" not in answer.text
    assert "<table" not in answer.text


def test_the_link_beside_a_vehicle_fills_the_form_of_its_booking(world: World, agent: Browser) -> None:
    with world.inside("relais") as session:
        add(session, "AA-111-AA")
        chosen = add(session, "AA-222-AA")
        session.commit()
        links = re.compile(rf'href="([^"]*vehicle={chosen.id}[^"]*)"')

    page = agent.get(PAGE, query_string=asked(at(10), at(12))).text
    form = agent.get(unescape(links.findall(page)[0])).text

    selected = re.findall(r"<option selected[^>]*>([^<]*)|<option value=\"[^\"]*\" selected[^>]*>([^<]*)", form)
    assert any("AA-222-AA" in text for pair in selected for text in pair)
    for value in ("2031-03-03T10:00", "2031-03-03T12:00"):
        assert f'value="{value}"' in form


def test_who_only_reads_sees_what_is_free_without_a_way_to_book(world: World, agent: Browser) -> None:
    with world.inside("relais") as session:
        add(session, "AA-111-AA")
        session.commit()
    world.user("lea", relais=["accueil"])
    reader = world.client("lea")

    page = reader.get(PAGE, query_string=asked(at(10), at(12))).text

    assert "AA-111-AA" in page
    assert "/new/" not in page


def test_who_may_not_read_bookings_is_refused(world: World, agent: Browser) -> None:
    world.user("max", relais=["comptable"])

    assert world.client("max").get(PAGE).status_code == 403
