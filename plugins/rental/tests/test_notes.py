"""The note of a booking is not for everybody: every place where it could show, or be guessed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask_admin.contrib.sqla.filters import FilterLike
from sqlalchemy import select

from jalon.admin import Preset, field_permission
from jalon.app_of import mount
from jalon.errors import DomainError
from jalon.testing.plugin import make_app
from jalon.testing.world import Browser, World
from jalon_fleet import vehicles
from jalon_fleet.models import Category, Vehicle
from jalon_rental import bookings
from jalon_rental.admin import BookingScreen
from jalon_rental.models import Booking, State
from jalon_rental.testing import renter

LIST = "/relais/admin/rental_booking/"
SECRET = "owes two months"
NOTED = {"Awa": SECRET, "Luc": "aaa", "Zoé": "zzz"}


class NoteRefused(DomainError):
    """A rule about what is written in the note."""

    field = "note"
    message = f"not {SECRET}"


@pytest.fixture
def app(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """The site with bookings whose note is listed, sorted, searched, filtered and exported."""
    monkeypatch.setattr(BookingScreen, "column_list", (*BookingScreen.column_list, "note"))
    monkeypatch.setattr(BookingScreen, "column_sortable_list", (*BookingScreen.column_sortable_list, "note"))
    monkeypatch.setattr(BookingScreen, "column_searchable_list", (*BookingScreen.column_searchable_list, "note"))
    filters = (FilterLike(Booking.note, "Remarque"), FilterLike(Booking.renter_name, "Locataire"))
    monkeypatch.setattr(BookingScreen, "column_filters", filters, raising=False)
    monkeypatch.setattr(BookingScreen, "can_export", True)
    noted = Preset("noted", BookingScreen.title, lambda session: Booking.note == SECRET, fields=("note",))
    monkeypatch.setattr(BookingScreen, "presets", (*BookingScreen.presets, noted))
    monkeypatch.setattr(BookingScreen, "write_permission", "rental.read")  # who may write without reading notes
    made = make_app(database_url)
    yield made
    with made.app_context():
        mount(made).db.engine.dispose()


@pytest.fixture
def booked(world: World) -> dict[str, int]:
    """A booking of each renter, by name."""
    world.structure("relais", enabled=["rental"])
    with world.inside("relais") as session:
        car = vehicles.add(session, category=Category.CAR, make="Renault", model="Clio", plate="AA-123-BB")
        ids = {}
        for day, (name, note) in enumerate(NOTED.items(), 3):
            first, last = (datetime(2031, 3, day, hour, tzinfo=ZoneInfo("Europe/Paris")) for hour in (9, 17))
            made = bookings.book(
                session, car, beneficiary=renter(session, name), starts_at=first, ends_at=last, note=note
            )
            ids[name] = made.id
        session.commit()
    return ids


@pytest.fixture
def reader(world: World, booked: dict[str, int]) -> Browser:
    """Somebody who may read notes."""
    world.user("zoe", relais=["agent_location"])
    return world.client("zoe")


@pytest.fixture
def desk(world: World, booked: dict[str, int]) -> Browser:
    """Somebody who may not."""
    world.user("lea", relais=["accueil"])
    return world.client("lea")


def order(page: str) -> list[str]:
    return sorted(NOTED, key=page.index)


PLACES = {
    "list": LIST,
    "details": f"{LIST}details/?id={{id}}",
    "form": f"{LIST}edit/?id={{id}}",
    "export": f"{LIST}export/csv/",
}


@pytest.mark.both_databases
@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
def test_the_note_shows_to_who_may_read_it_and_is_absent_for_others(
    booked: dict[str, int], reader: Browser, desk: Browser, place: str
) -> None:
    address = place.format(id=booked["Awa"])

    shown, hidden = reader.get(address), desk.get(address)

    assert (shown.status_code, hidden.status_code) == (200, 200)
    assert SECRET in shown.text
    assert SECRET not in hidden.text
    assert not re.search(r'Remarque|name="note"', hidden.text)
    assert "Awa" in hidden.text


def test_the_new_form_has_no_note_for_who_may_not_read_it(reader: Browser, desk: Browser) -> None:
    assert 'name="note"' in reader.get(f"{LIST}new/").text
    assert 'name="note"' not in desk.get(f"{LIST}new/").text
    assert 'name="note"' not in desk.get(f"{LIST}new/?note=x").text


def sought(browser: Browser, text: str) -> str:
    """The list after a search: what is searched for in notes stands in no address."""
    return str(browser.get(browser.send(f"{LIST}search/", search=text).location).text)


@pytest.mark.both_databases
def test_nobody_searches_in_what_they_may_not_read(reader: Browser, desk: Browser) -> None:
    found = [sought(browser, "owes") for browser in (reader, desk)]

    assert ["Awa" in page for page in found] == [True, False]
    assert "Awa" in sought(desk, "clio")


@pytest.mark.both_databases
def test_nobody_filters_by_what_they_may_not_read(reader: Browser, desk: Browser) -> None:
    by_note = f"{LIST}?flt0_remarque_contains=owes"
    by_name = f"{LIST}?flt0_locataire_contains=awa"

    assert "Luc" not in reader.get(by_note).text
    assert "Luc" in desk.get(by_note).text
    assert "Luc" not in desk.get(by_name).text


@pytest.mark.both_databases
def test_nobody_sorts_by_what_they_may_not_read(reader: Browser, desk: Browser) -> None:
    column = list(BookingScreen.column_list).index("note")

    assert order(reader.get(f"{LIST}?sort={column}").text) == ["Luc", "Awa", "Zoé"]
    assert order(desk.get(f"{LIST}?sort={column}").text) == order(desk.get(LIST).text)


def test_a_default_order_by_what_one_may_not_read_is_left_out(
    reader: Browser, desk: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BookingScreen, "column_default_sort", [("note", False), ("id", False)])

    assert order(reader.get(LIST).text) == ["Luc", "Awa", "Zoé"]
    assert order(desk.get(LIST).text) == ["Awa", "Luc", "Zoé"]


def test_a_part_of_the_list_by_what_one_may_not_read_is_not_offered(reader: Browser, desk: Browser) -> None:
    shown, hidden = (browser.get(f"{LIST}?show=noted").text for browser in (reader, desk))

    assert "Luc" not in shown
    assert "Luc" in hidden
    assert "show=noted" not in hidden


def typed(world: World, id: int, **changes: Any) -> dict[str, Any]:
    with world.inside("relais") as session:
        booking = session.get_one(Booking, id)
        return {
            "vehicle": str(session.scalars(select(Vehicle.id)).one()),
            "beneficiary": str(booking.beneficiary_id),
            "starts_at": "2031-03-03T09:00",
            "ends_at": "2031-03-03T17:00",
            "version": str(booking.version),
            **changes,
        }


def stored(world: World, id: int) -> tuple[str | None, str | None, State]:
    with world.inside("relais") as session:
        booking = session.get_one(Booking, id)
        return booking.renter, booking.note, booking.state


@pytest.mark.both_databases
def test_who_may_not_read_a_note_saves_the_rest_and_leaves_it(
    world: World, booked: dict[str, int], desk: Browser
) -> None:
    answer = desk.send(f"{LIST}edit/?id={booked['Awa']}", **typed(world, booked["Awa"]))

    assert answer.status_code == 302
    assert stored(world, booked["Awa"]) == ("DUPONT Awa", SECRET, State.BOOKED)


@pytest.mark.both_databases
@pytest.mark.parametrize("page", ["edit", "new"])
def test_a_forged_note_is_refused_and_changes_nothing(
    world: World, booked: dict[str, int], desk: Browser, page: str
) -> None:
    address = f"{LIST}edit/?id={booked['Awa']}" if page == "edit" else f"{LIST}new/"

    answer = desk.send(address, **typed(world, booked["Awa"], note="forged"))

    assert answer.status_code == 422
    assert "forged" not in answer.text
    assert stored(world, booked["Awa"]) == ("DUPONT Awa", SECRET, State.BOOKED)


def test_a_refusal_about_a_hidden_note_tells_nothing_of_it(
    world: World, booked: dict[str, int], reader: Browser, desk: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any, **options: Any) -> None:
        raise NoteRefused

    monkeypatch.setattr(bookings, "change", refuse)
    address = f"{LIST}edit/?id={booked['Awa']}"

    told = reader.send(address, **typed(world, booked["Awa"], note="x"))
    silent = desk.send(address, **typed(world, booked["Awa"]))

    assert (told.status_code, silent.status_code) == (422, 422)
    assert SECRET in told.text
    assert SECRET not in silent.text
    assert "vos droits" in silent.text


def test_two_readers_of_one_process_never_see_each_others_columns(reader: Browser, desk: Browser) -> None:
    pages = [browser.get(LIST).text for browser in (reader, desk, reader, desk)]

    assert [SECRET in page for page in pages] == [True, False, True, False]


def test_a_field_says_its_right_to_whoever_asks(world: World) -> None:
    with world.app.app_context():
        assert field_permission(Booking, "note") == "rental.notes"
        assert field_permission(Booking, "renter") is None
        assert field_permission(Vehicle, "note") is None
