"""Rental's settings: a booking is held to them, and to the opening hours; a change says whom it concerns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import current_app
from sqlalchemy.orm import Session

from jalon import settings
from jalon.app_of import mount
from jalon.core_settings import Opening
from jalon.errors import DomainError
from jalon.localtime import to_instant
from jalon.models import Closure
from jalon.opening_hours import OpeningHours
from jalon.testing.world import Browser, World
from jalon_fleet import vehicles
from jalon_fleet.models import Category, Vehicle
from jalon_rental import bookings
from jalon_rental.errors import ClosedAtEnd, ClosedAtStart, TooLong
from jalon_rental.models import Booking
from jalon_rental.settings import RentalSettings
from jalon_rental.testing import renter

PARIS = ZoneInfo("Europe/Paris")
TODAY = date(2026, 11, 24)
WEEK = OpeningHours.typed(*["9h-12h30, 13h30-17h"] * 5, "9h-12h", "")
MONDAY = date(2031, 3, 3)


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JALON_TODAY", TODAY.isoformat())


@pytest.fixture
def session(today: None, world: World) -> Iterator[Session]:
    world.structure("relais", enabled=["rental"])
    with world.inside("relais") as session:
        settings.change(session, Opening, {"hours": WEEK}, valid_from=TODAY)
        yield session


def rule(session: Session, *, valid_from: date = TODAY, **values: Any) -> None:
    settings.change(session, RentalSettings, values, valid_from=valid_from)


def car(session: Session, plate: str = "AA-123-BB") -> Vehicle:
    return vehicles.add(session, category=Category.CAR, make="Renault", model="Clio", plate=plate)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return to_instant(datetime(day.year, day.month, day.day, hour, minute), PARIS)


def book(session: Session, starts_at: datetime, ends_at: datetime, vehicle: Vehicle | None = None) -> Booking:
    vehicle = vehicle or car(session)
    return bookings.book(
        session, vehicle, beneficiary=renter(session, "Awa Meunier"), starts_at=starts_at, ends_at=ends_at
    )


LENGTHS = {  # days allowed, start, end, refused?
    "to the minute": (7, at(MONDAY, 9), at(MONDAY + timedelta(days=7), 9), False),
    "a minute more": (7, at(MONDAY, 9), at(MONDAY + timedelta(days=7), 9, 1), True),
    "over the clock going forward": (7, at(date(2031, 3, 27), 9), at(date(2031, 4, 3), 9), False),
    "over the clock going back": (7, at(date(2031, 10, 23), 9), at(date(2031, 10, 30), 9), False),
    "a minute more, over the clock going forward": (7, at(date(2031, 3, 27), 9), at(date(2031, 4, 3), 9, 1), True),
    "one day": (1, at(MONDAY, 9), at(MONDAY, 17), False),
}


@pytest.mark.parametrize(("days", "first", "last", "refused"), LENGTHS.values(), ids=LENGTHS.keys())
def test_a_booking_lasts_as_many_days_as_the_structure_says(
    session: Session, days: int, first: datetime, last: datetime, refused: bool
) -> None:
    rule(session, longest_days=days)

    if refused:
        with pytest.raises(TooLong) as said:
            book(session, first, last)
        assert f"{days} jours" in str(said.value)
        assert said.value.field == "ends_at"
    else:
        assert book(session, first, last).id


def test_unless_said_otherwise_a_rental_lasts_three_months_at_any_hour(session: Session) -> None:
    last = MONDAY + timedelta(days=92)

    assert book(session, at(MONDAY, 3), at(last, 3)).id
    with pytest.raises(TooLong):
        book(session, at(MONDAY, 3), at(last, 4), car(session, "BB-456-CC"))


OPEN = {  # start, end, refusal, hours named
    "in hours": (at(MONDAY, 9), at(MONDAY, 16), None, ""),
    "back at the closing minute": (at(MONDAY, 9), at(MONDAY, 17), None, ""),
    "leaves at the closing minute": (at(MONDAY, 17), at(MONDAY + timedelta(days=1), 9), ClosedAtStart, "lundi 3 mars"),
    "leaves at lunch": (at(MONDAY, 13), at(MONDAY, 16), ClosedAtStart, "9h-12h30, 13h30-17h"),
    "back at lunch": (at(MONDAY, 9), at(MONDAY, 13), ClosedAtEnd, "9h-12h30, 13h30-17h"),
    "back on Sunday": (at(MONDAY, 9), at(date(2031, 3, 9), 10), ClosedAtEnd, "dimanche 9 mars 2031, fermé"),
    "leaves at Christmas": (at(date(2031, 12, 25), 9), at(date(2031, 12, 26), 9), ClosedAtStart, "fermé (Noël)"),
    "back in a closure": (at(date(2031, 3, 7), 9), at(date(2031, 3, 10), 9), ClosedAtEnd, "fermé (Inventaire)"),
}


@pytest.mark.both_databases
@pytest.mark.parametrize(("first", "last", "refusal", "hours"), OPEN.values(), ids=OPEN.keys())
def test_who_rents_in_opening_hours_only_refuses_the_rest_and_names_the_hours_of_that_day(
    session: Session, first: datetime, last: datetime, refusal: type[DomainError] | None, hours: str
) -> None:
    session.add(Closure(name="Inventaire", first_day=date(2031, 3, 10), last_day=date(2031, 3, 10)))
    rule(session, only_when_open=True)

    if refusal is None:
        assert book(session, first, last).id
    else:
        with pytest.raises(refusal) as said:
            book(session, first, last)
        assert hours in str(said.value)
        assert session.query(Booking).count() == 0


def test_each_day_has_the_rule_of_its_time(session: Session) -> None:
    rule(session, longest_days=2, valid_from=MONDAY.replace(year=2030))

    assert book(session, at(TODAY + timedelta(days=1), 9), at(TODAY + timedelta(days=8), 9)).id
    with pytest.raises(TooLong):
        book(session, at(MONDAY, 9), at(MONDAY + timedelta(days=7), 9), car(session, "BB-456-CC"))


def test_a_correction_is_held_only_to_what_it_moves(session: Session) -> None:
    booking = book(session, at(MONDAY, 7), at(MONDAY + timedelta(days=4), 9))
    vehicle, luc, note = booking.vehicle, renter(session, "Luc"), "calls at noon"
    rule(session, only_when_open=True, longest_days=3)

    bookings.change(
        session, booking, vehicle=vehicle, beneficiary=luc, starts_at=booking.starts_at, ends_at=booking.ends_at
    )
    end = at(MONDAY + timedelta(days=2), 16)
    bookings.change(
        session, booking, vehicle=vehicle, beneficiary=luc, starts_at=booking.starts_at, ends_at=end, note=note
    )
    with pytest.raises(ClosedAtEnd):
        bookings.change(
            session,
            booking,
            vehicle=vehicle,
            beneficiary=luc,
            starts_at=booking.starts_at,
            ends_at=at(MONDAY + timedelta(days=2), 20),
        )

    assert (booking.beneficiary, booking.ends_at, booking.note) == (luc, end, note)


def impact(world: World, session: Session, before: object, after: object, valid_from: date = TODAY) -> list[str]:
    module = "rental" if isinstance(after, RentalSettings) else "core"
    shown = world.jalon.hooks.show(
        session, "settings_impact", module=module, before=before, after=after, valid_from=valid_from
    )
    assert not shown.failed
    return [line for answer in shown for line in answer.value]


@pytest.fixture
def three_bookings(session: Session) -> None:
    """Two days in hours, ten days in hours, and one that leaves on a Saturday afternoon."""
    vehicle = car(session)
    book(session, at(MONDAY, 9), at(MONDAY + timedelta(days=2), 16), vehicle)
    book(session, at(MONDAY + timedelta(days=7), 9), at(MONDAY + timedelta(days=17), 16), vehicle)
    book(session, at(date(2031, 4, 5), 15), at(date(2031, 4, 7), 16), vehicle)


IMPACTS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "shorter": ({"longest_days": 5}, ["1 réservation à venir dépasse cette durée"]),
    "much shorter": ({"longest_days": 1}, ["3 réservations à venir dépassent cette durée"]),
    "in hours only": (
        {"only_when_open": True},
        ["1 réservation à venir commence ou finit pendant une fermeture"],
    ),
    "longer": ({"longest_days": 200}, []),
}


@pytest.mark.both_databases
@pytest.mark.usefixtures("three_bookings")
@pytest.mark.parametrize(("values", "lines"), IMPACTS.values(), ids=IMPACTS.keys())
def test_settings_impact_counts_the_bookings_that_a_change_leaves_outside(
    world: World, session: Session, values: dict[str, Any], lines: list[str]
) -> None:
    told = impact(world, session, RentalSettings(), RentalSettings(**values))

    assert told[: len(lines)] == lines
    assert len(told) == (len(lines) + 1 if lines else 0)


@pytest.mark.usefixtures("three_bookings")
def test_what_is_over_before_a_change_begins_is_not_counted(world: World, session: Session) -> None:
    after = RentalSettings(longest_days=1)

    assert impact(world, session, RentalSettings(), after, valid_from=date(2031, 4, 1))[0].startswith("1 ")
    assert impact(world, session, RentalSettings(), after, valid_from=date(2031, 5, 1)) == []


@pytest.mark.usefixtures("three_bookings")
def test_other_opening_hours_concern_rental_when_it_keeps_to_them(world: World, session: Session) -> None:
    before = settings.current(session, Opening)
    afternoons = Opening(hours=OpeningHours.typed(*["13h30-17h"] * 5, "", ""))

    not_kept_to = impact(world, session, before, afternoons)
    rule(session, only_when_open=True)
    kept_to = impact(world, session, before, afternoons)

    assert not_kept_to == []
    assert kept_to[0] == "2 réservations à venir commencent ou finissent pendant une fermeture"


@pytest.fixture
def direction(world: World, session: Session) -> Browser:
    session.commit()
    world.user("ada", relais=["direction", "agent_location"])
    return world.client("ada")


def test_the_page_that_asks_to_confirm_says_whom_it_concerns(
    world: World, session: Session, direction: Browser
) -> None:
    book(session, at(MONDAY, 9), at(MONDAY + timedelta(days=10), 16))
    session.commit()
    page = direction.get("/relais/settings/rental/").text
    seen = re.search(r'name="seen"[^>]*value="(\w+)"', page)
    assert seen

    answer = direction.send(
        "/relais/settings/rental/",
        longest_days="5",
        option_hours="48",
        licence_check_months="4",
        valid_from=TODAY.isoformat(),
        shown_on=TODAY.isoformat(),
        seen=seen[1],
    )

    assert answer.status_code == 200
    assert "92\u00a0jours" in answer.text
    assert "5\u00a0jours" in answer.text
    assert "1 réservation à venir dépasse cette durée" in answer.text


BAD = {"0": "Au moins 1\u00a0jours", "367": "Au plus 366", "a few": "nombre entier", "": "rester vide"}


@pytest.mark.parametrize(("typed", "said"), BAD.items())
def test_a_length_that_cannot_be_is_said_at_the_field(direction: Browser, typed: str, said: str) -> None:
    answer = direction.send("/relais/settings/rental/", longest_days=typed, valid_from=TODAY.isoformat())

    assert answer.status_code == 422
    assert said in answer.text
    assert f'value="{typed}"' in answer.text


def test_a_refused_booking_says_why_at_its_field_and_keeps_what_was_typed(
    world: World, session: Session, direction: Browser
) -> None:
    rule(session, only_when_open=True)
    vehicle_id, person_id = car(session).id, renter(session).id
    session.commit()

    answer = direction.send(
        "/relais/admin/rental_booking/new/",
        vehicle=vehicle_id,
        beneficiary=person_id,
        starts_at="2031-03-03T13:00",
        ends_at="2031-03-03T16:00",
    )

    assert answer.status_code == 422
    assert 'id="starts_at-err"' in answer.text
    assert "le lundi 3 mars 2031, ouvert 9h-12h30" in answer.text
    assert f'value="{person_id}" checked' in answer.text


def test_the_settings_of_rental_stay_when_it_is_off_and_are_read_only(
    world: World, session: Session, direction: Browser
) -> None:
    rule(session, longest_days=30)
    session.commit()
    world.disable("relais", "rental")

    page = direction.get("/relais/settings/").text

    assert "30\u00a0jours" in page
    assert direction.get("/relais/settings/rental/").status_code == 404
    world.enable("relais", "rental")
    with world.inside("relais") as again:
        assert settings.current(again, RentalSettings).longest_days == 30


def test_closure_items_counts_who_comes_on_these_days_and_leads_to_them(session: Session) -> None:
    book(session, at(MONDAY, 10), at(MONDAY + timedelta(days=1), 10))
    book(session, at(MONDAY + timedelta(days=4), 10), at(MONDAY + timedelta(days=5), 10), car(session, "BB-123-CC"))
    closure = Closure(name="Inventaire", first_day=MONDAY + timedelta(days=1), last_day=MONDAY + timedelta(days=2))
    session.add(closure)
    session.flush()

    answers = mount(current_app).hooks.show(session, "closure_items", closure_id=closure.id).answers

    items = [item for answer in answers for item in answer.value]
    assert [(item.count, dict(item.values)) for item in items] == [(1, {"show": "on-closure", "closure": closure.id})]


def test_a_closure_shows_what_falls_on_it_with_the_list_behind(world: World, today: None) -> None:
    world.structure("relais", enabled=["rental"])
    world.user("dora", relais=["direction"])
    with world.inside("relais") as session:
        book(session, at(MONDAY, 10), at(MONDAY + timedelta(days=1), 10))
        session.commit()
    dora = world.client("dora")
    day = MONDAY.isoformat()

    saved = dora.send("/relais/admin/closure/new/", name="Inventaire", first_day=day, last_day=day)
    page = dora.get(saved.headers["Location"]).text

    assert "1 réservation commence ou finit alors" in page
    found = re.search(r'href="([^"]*show=on-closure[^"]*)"', page)
    assert found
    assert "Renault Clio" in dora.get(found[1].replace("&amp;", "&")).text


def test_somebody_who_may_not_change_a_booking_is_told_why_and_led_to_read_it(world: World, today: None) -> None:
    world.structure("relais", enabled=["rental"])
    world.user("max", relais=["accueil"])
    with world.inside("relais") as session:
        id = book(session, at(MONDAY, 10), at(MONDAY + timedelta(days=1), 10)).id
        session.commit()
    desk = world.client("max")

    refused = desk.get(f"/relais/admin/rental_booking/edit/?id={id}")
    read = desk.get(f"/relais/admin/rental_booking/details/?id={id}").text

    assert refused.status_code == 403
    assert f'href="/relais/admin/rental_booking/details/?id={id}"' in refused.text
    assert "réserver, remettre et reprendre des véhicules" in read
