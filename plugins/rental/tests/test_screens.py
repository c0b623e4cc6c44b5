"""The bookings' screens, as a browser sees them: typing, double booking, steps, who sees what."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from markupsafe import escape
from sqlalchemy import select

from jalon import occupations
from jalon.clock import now
from jalon.testing.world import Browser, World
from jalon_fleet import vehicles
from jalon_fleet.models import Category, Vehicle
from jalon_rental import bookings
from jalon_rental.models import Booking, State
from jalon_rental.testing import renter

LIST = "/relais/admin/rental_booking/"
NEW = f"{LIST}new/"
PARIS = ZoneInfo("Europe/Paris")
MONDAY = "2031-03-03"
AWA, LUC = 1, 2


@pytest.fixture
def car_id(world: World) -> int:
    world.structure("relais", enabled=["rental"])
    with world.inside("relais") as session:
        car = vehicles.add(session, category=Category.CAR, make="Renault", model="Clio", plate="AA-123-BB")
        assert (renter(session).id, renter(session, "Luc Tessier").id) == (AWA, LUC)
        session.commit()
        return car.id


@pytest.fixture
def agent(world: World, car_id: int) -> Browser:
    world.user("zoe", relais=["agent_location"])
    return world.client("zoe")


def typed(car_id: int, **changes: Any) -> dict[str, Any]:
    return {
        "vehicle": str(car_id),
        "starts_at": f"{MONDAY}T09:00",
        "ends_at": f"{MONDAY}T17:00",
        "beneficiary": str(AWA),
        "note": "",
        **changes,
    }


def stored(world: World) -> list[tuple[str | None, datetime, datetime, State]]:
    with world.inside("relais") as session:
        rows = session.scalars(select(Booking).order_by(Booking.id))
        return [(b.renter, b.starts_at, b.ends_at, b.state) for b in rows]


def only(world: World) -> Booking:
    with world.inside("relais") as session:
        booking = session.scalars(select(Booking)).one()
        session.expunge(booking)
        return booking


def edit(booking: Booking) -> str:
    return f"{LIST}edit/?id={booking.id}"


@pytest.mark.both_databases
def test_a_booking_is_typed_by_the_clock_on_the_wall_saved_and_listed(
    world: World, agent: Browser, car_id: int
) -> None:
    answer = agent.send(NEW, **typed(car_id))

    assert answer.status_code == 302
    nine, five = (datetime(2031, 3, 3, hour, tzinfo=PARIS) for hour in (9, 17))
    assert stored(world) == [("MEUNIER Awa", nine, five, State.BOOKED)]
    listed = agent.get(LIST).text
    assert "MEUNIER Awa" in listed
    assert "03/03/2031 09:00" in listed


@pytest.mark.both_databases
def test_a_double_booking_is_refused_at_the_field_and_keeps_what_was_typed(
    world: World, agent: Browser, car_id: int
) -> None:
    agent.send(NEW, **typed(car_id))

    answer = agent.send(
        NEW, **typed(car_id, starts_at=f"{MONDAY}T16:30", ends_at=f"{MONDAY}T18:45", beneficiary=str(LUC))
    )

    assert answer.status_code == 422
    at_the_field = answer.text.partition('id="starts_at-err"')[2].partition("</ul>")[0]
    assert str(escape(str(occupations.ResourceTaken()))) in at_the_field
    for kept in (f'value="{MONDAY}T16:30"', f'value="{MONDAY}T18:45"', f'value="{LUC}" checked'):
        assert kept in answer.text
    assert len(stored(world)) == 1


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "nobody": ({"beneficiary": ""}, "beneficiary"),
    "only spaces": ({"beneficiary": "", "beneficiary_typed": "   "}, "beneficiary"),
    "a person that is not": ({"beneficiary": "4711"}, "beneficiary"),
    "a person that is no number": ({"beneficiary": "x' OR 1=1"}, "beneficiary"),
    "a person out of reach of any number": ({"beneficiary": "9" * 30}, "beneficiary"),
    "a person of a long number": ({"beneficiary": "0" * 11 + "9" * 30}, "beneficiary"),
    "a person of a number too long to be one": ({"beneficiary": "0" * 5000}, "beneficiary"),
    "a name that nobody bears": ({"beneficiary": "", "beneficiary_typed": "Quatrepoil"}, "beneficiary"),
    "a request for nothing": ({"vehicle": "", "keep_as": "REQUEST"}, "category"),
    "no start": ({"starts_at": ""}, "starts_at"),
    "31 February": ({"starts_at": "2031-02-31T09:00"}, "starts_at"),
    "25h70": ({"starts_at": f"{MONDAY}T25:70"}, "starts_at"),
    "two-digit year": ({"starts_at": "31-03-03T09:00"}, "starts_at"),
    "year 31": ({"starts_at": "0031-03-03T09:00"}, "starts_at"),
    "words": ({"ends_at": "tomorrow"}, "ends_at"),
    "the hour the clock jumps over": ({"starts_at": "2026-03-29T02:30"}, "starts_at"),
    "end before start": ({"ends_at": f"{MONDAY}T08:00"}, "ends_at"),
    "no time at all": ({"ends_at": f"{MONDAY}T09:00"}, "ends_at"),
    "no vehicle": ({"vehicle": ""}, "vehicle"),
    "a vehicle that is not": ({"vehicle": "4711"}, "vehicle"),
    "a vehicle that is no number": ({"vehicle": "x' OR 1=1"}, "vehicle"),
}


@pytest.mark.both_databases
@pytest.mark.parametrize(("changes", "field"), REFUSED.values(), ids=REFUSED.keys())
def test_a_refused_booking_says_what_is_wrong_at_the_field(
    world: World, agent: Browser, car_id: int, changes: dict[str, Any], field: str
) -> None:
    answer = agent.send(NEW, **typed(car_id, **{"note": "key under <the> mat", **changes}))

    assert answer.status_code == 422
    assert f'id="{field}-err"' in answer.text
    assert "key under &lt;the&gt; mat" in answer.text
    assert stored(world) == []


@pytest.mark.both_databases
def test_a_nul_byte_is_stripped(world: World, agent: Browser, car_id: int) -> None:
    answer = agent.send(NEW, **typed(car_id, note="a\x00b"))

    assert answer.status_code == 302
    assert only(world).note == "ab"


def test_a_note_of_ten_megabytes_is_too_large(world: World, agent: Browser, car_id: int) -> None:
    assert agent.send(NEW, **typed(car_id, note="x" * 10_000_000)).status_code == 413
    assert stored(world) == []


def test_a_resent_form_makes_one_booking(world: World, agent: Browser, car_id: int) -> None:
    answers = [agent.send(NEW, **typed(car_id)).status_code for _ in range(2)]

    assert answers == [302, 422]
    assert len(stored(world)) == 1


def test_a_booking_is_corrected_in_its_form(world: World, agent: Browser, car_id: int) -> None:
    agent.send(NEW, **typed(car_id))
    booking = only(world)

    shown = agent.get(edit(booking)).text
    answer = agent.send(edit(booking), version=booking.version, **typed(car_id, ends_at=f"{MONDAY}T18:00"))

    assert f'value="{MONDAY}T09:00"' in shown
    assert answer.status_code == 302
    assert only(world).ends_at == datetime(2031, 3, 3, 18, tzinfo=PARIS)


def test_of_two_who_correct_the_same_booking_the_second_is_told(world: World, agent: Browser, car_id: int) -> None:
    agent.send(NEW, **typed(car_id))
    booking = only(world)
    agent.send(edit(booking), version=booking.version, **typed(car_id, note="first"))

    answer = agent.send(edit(booking), version=booking.version, **typed(car_id, note="second"))

    assert answer.status_code == 422
    assert "second" in answer.text
    assert only(world).note == "first"


@pytest.mark.both_databases
def test_saving_a_form_untouched_moves_nothing_in_the_repeated_hour(world: World, agent: Browser, car_id: int) -> None:
    second_half_past_two = datetime(2031, 10, 26, 2, 30, tzinfo=PARIS, fold=1) + timedelta(seconds=17)
    with world.inside("relais") as session:
        car = session.get_one(Vehicle, car_id)
        bookings.book(
            session,
            car,
            beneficiary=renter(session),
            starts_at=second_half_past_two,
            ends_at=second_half_past_two + timedelta(hours=9),
        )
        session.commit()
    booking = only(world)

    answer = agent.send(
        edit(booking),
        version=booking.version,
        **typed(car_id, starts_at="2031-10-26T02:30", ends_at="2031-10-26T11:30"),
    )

    assert answer.status_code == 302
    after = only(world)
    assert (after.starts_at, after.ends_at) == (booking.starts_at, booking.ends_at)


def booked_now(world: World, car_id: int) -> Booking:
    with world.inside("relais") as session:
        bookings.book(
            session,
            session.get_one(Vehicle, car_id),
            beneficiary=renter(session),
            starts_at=now() - timedelta(minutes=5),
            ends_at=now() + timedelta(hours=3),
        )
        session.commit()
    return only(world)


BUTTONS = {"hand-over", "take-back", "cancel", "no-show"}
WAYS: dict[str, tuple[list[str], State, set[str]]] = {
    "nothing yet": ([], State.BOOKED, {"hand-over", "cancel", "no-show"}),
    "handed over": (["hand-over"], State.OUT, {"take-back"}),
    "taken back": (["hand-over", "take-back"], State.RETURNED, set()),
    "cancelled": (["cancel"], State.CANCELLED, set()),
    "did not come": (["no-show"], State.NO_SHOW, set()),
    "cancelled twice": (["cancel", "cancel"], State.CANCELLED, set()),
    "taken back too early": (["take-back"], State.BOOKED, {"hand-over", "cancel", "no-show"}),
}


@pytest.mark.both_databases
@pytest.mark.parametrize(("steps", "state", "buttons"), WAYS.values(), ids=WAYS.keys())
def test_buttons_take_a_booking_through_its_states(
    world: World, agent: Browser, car_id: int, steps: list[str], state: State, buttons: set[str]
) -> None:
    booking = booked_now(world, car_id)

    answers = [agent.send(f"/relais/rental/bookings/{booking.id}/{step}").status_code for step in steps]

    assert answers == [302] * len(steps)
    assert only(world).state is state
    page = agent.get(edit(booking)).text
    assert {b for b in BUTTONS if f"/bookings/{booking.id}/{b}" in page} == buttons


def test_a_refused_step_says_why_on_the_next_page(world: World, agent: Browser, car_id: int) -> None:
    booking = booked_now(world, car_id)
    agent.send(f"/relais/rental/bookings/{booking.id}/cancel")
    agent.send(f"/relais/rental/bookings/{booking.id}/cancel")

    with world.inside("relais"):
        label = str(State.labels()[State.CANCELLED])
    assert agent.get(edit(booking)).text.count(str(escape(label))) >= 3  # state, from and to


NO_BOOKINGS = ["0", "4711", "99999999999", "1" * 30, "-1", "x"]


@pytest.mark.both_databases
@pytest.mark.parametrize("step", sorted(BUTTONS))
def test_a_step_of_no_booking_is_not_found(agent: Browser, step: str) -> None:
    answers = {id: agent.send(f"/relais/rental/bookings/{id}/{step}").status_code for id in NO_BOOKINGS}

    assert answers == dict.fromkeys(NO_BOOKINGS, 404)


@pytest.mark.parametrize("step", sorted(BUTTONS))
def test_a_link_takes_no_step(world: World, agent: Browser, car_id: int, step: str) -> None:
    booking = booked_now(world, car_id)

    assert agent.get(f"/relais/rental/bookings/{booking.id}/{step}").status_code == 405
    assert only(world).state is State.BOOKED


@pytest.mark.parametrize("step", sorted(BUTTONS))
def test_a_step_without_the_forms_token_is_refused(world: World, agent: Browser, car_id: int, step: str) -> None:
    booking = booked_now(world, car_id)

    assert agent.send(f"/relais/rental/bookings/{booking.id}/{step}", token=False).status_code == 400
    assert only(world).state is State.BOOKED


@pytest.mark.parametrize("role", ["accueil", "conseiller", "direction"])
def test_who_only_reads_sees_the_bookings_without_buttons_and_changes_nothing(
    world: World, car_id: int, role: str
) -> None:
    booking = booked_now(world, car_id)
    world.user("lea", relais=[role])
    reader = world.client("lea")

    listed, details = reader.get(LIST), reader.get(f"{LIST}details/?id={booking.id}")

    assert (listed.status_code, details.status_code) == (200, 200)
    for page in (listed.text, details.text):
        assert "Awa" in page
        assert not any(word in page for word in ("/new/", "/edit/", *BUTTONS))
    assert reader.get(NEW).status_code == 403
    assert reader.get(edit(booking)).status_code == 403
    assert reader.send(NEW, **typed(car_id)).status_code == 403
    for step in sorted(BUTTONS):
        assert reader.send(f"/relais/rental/bookings/{booking.id}/{step}").status_code == 403
    assert [row[3] for row in stored(world)] == [State.BOOKED]


def test_the_bookings_of_another_structure_are_not_found(world: World, agent: Browser, car_id: int) -> None:
    booking = booked_now(world, car_id)
    world.structure("scop", enabled=["rental"])
    world.user("luc", scop=["agent_location"])
    stranger = world.client("luc")

    here = stranger.send(f"/scop/rental/bookings/{booking.id}/cancel").status_code
    there = stranger.send(f"/relais/rental/bookings/{booking.id}/cancel").status_code

    assert (here, there) == (404, 404)
    assert only(world).state is State.BOOKED


def test_what_is_late_reads_late_in_the_list(world: World, agent: Browser, car_id: int) -> None:
    with world.inside("relais") as session:
        booking = bookings.book(
            session,
            session.get_one(Vehicle, car_id),
            beneficiary=renter(session),
            starts_at=now() - timedelta(hours=5),
            ends_at=now() - timedelta(hours=1),
        )
        bookings.hand_over(session, booking, at=booking.starts_at)
        session.commit()

    assert 'class="pill bad"' in agent.get(LIST).text


def test_the_direction_is_not_told_to_ask_itself_for_a_right(world: World, car_id: int) -> None:
    world.user("boss", relais=["direction"])
    world.user("lea", relais=["accueil"])

    alone, asking = world.client("boss").get(NEW).text, world.client("lea").get(NEW).text

    assert "Demandez-en un à" not in alone
    assert "L’administration de la plateforme peut vous donner" in alone
    assert "Demandez-en un à Boss (direction)." in asking


def test_a_greyed_button_names_the_right_and_who_gives_it(world: World, car_id: int) -> None:
    world.user("boss", relais=["direction"])
    world.user("lea", relais=["accueil"])

    page = world.client("lea").get(LIST).text

    explained = page.partition('<details class="menu why">')[2].partition("</details>")[0]
    assert "Ajouter" in explained
    assert "Agent de location" in explained
    assert "Boss" in explained
