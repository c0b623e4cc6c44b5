"""The plan of the fleet, the desk's day, and a person looked for in the booking's form."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from jalon import beneficiaries
from jalon.clock import now, today
from jalon.localtime import to_instant
from jalon.testing.world import World
from jalon_fleet import vehicles
from jalon_fleet.models import Category, Vehicle
from jalon_rental import bookings, day, planning
from jalon_rental.models import Booking, State
from jalon_rental.plugin import dashboard_cards
from jalon_rental.testing import renter

PARIS = ZoneInfo("Europe/Paris")
LIST = "/relais/admin/rental_booking/"
MONDAY = date(2031, 3, 3)
NAMES = ("Marchand", "Besson", "Diarra", "Lemoine", "Haddad", "Perrin")


@pytest.fixture
def relais(world: World) -> World:
    world.structure("relais", enabled=["rental"])
    world.user("zoe", relais=["agent_location"])
    return world


def car(session: Session, plate: str = "AA-123-BB") -> Vehicle:
    return vehicles.add(session, category=Category.CAR, make="Renault", model="Clio", plate=plate)


def at(day: date, hour: int) -> datetime:
    return to_instant(datetime.combine(day, time(hour)), PARIS)


HALVES: dict[str, tuple[list[tuple[int, int, int, int]], list[tuple[int, bool]]]] = {
    "free": ([], [(2, False)] * 7),
    "from nine to five": ([(0, 9, 0, 17)], [(2, True), *[(2, False)] * 6]),
    "a morning": ([(1, 8, 1, 12)], [(2, False), (1, True), (1, False), *[(2, False)] * 5]),
    "back in the morning, out in the afternoon": ([(0, 9, 2, 11), (2, 14, 6, 17)], [(5, True), (9, True)]),
    "back at nine, out at eleven": ([(0, 9, 2, 9), (2, 11, 6, 17)], [(5, True), (9, True)]),
    "from before until after": ([(-3, 9, 20, 17)], [(14, True)]),
    "until midnight": ([(0, 9, 3, 0)], [(6, True), *[(2, False)] * 4]),
}


@pytest.mark.parametrize(("periods", "cells"), HALVES.values(), ids=HALVES.keys())
def test_a_row_of_the_plan_is_full_from_its_first_day_to_its_last(
    relais: World, periods: list[tuple[int, int, int, int]], cells: list[tuple[int, bool]]
) -> None:
    with relais.inside("relais") as session:
        clio = car(session)
        for first, begin, last, end in periods:
            starts_at, ends_at = at(MONDAY + timedelta(first), begin), at(MONDAY + timedelta(last), end)
            bookings.book(session, clio, beneficiary=renter(session), starts_at=starts_at, ends_at=ends_at)

        ((_vehicle, row),) = planning.read(session, MONDAY, 7).rows

        assert [(cell.span, cell.bar is not None) for cell in row] == cells
        assert sum(cell.span for cell in row) == 14


def test_the_plan_asks_as_much_for_many_vehicles_as_for_one(relais: World) -> None:
    counts = []
    for number in (1, 6):
        with relais.inside("relais") as session:
            for plate in range(number):
                person = renter(session, f"Awa {NAMES[plate]}")
                clio = car(session, f"AA-{number}{plate}0-BB")
                bookings.book(session, clio, beneficiary=person, starts_at=at(MONDAY, 9), ends_at=at(MONDAY, 17))
            session.commit()
        with relais.inside("relais") as session:
            asked: list[str] = []
            event.listen(session.get_bind(), "before_cursor_execute", lambda *a, seen=asked: seen.append(a[2]))
            plan = planning.read(session, MONDAY, 31)
            names = [str(c.bar.booking.renter) for _v, row in plan.rows for c in row if c.bar and c.bar.booking]
            counts.append(len([s for s in asked if s.startswith("SELECT")]))
        assert "MARCHAND Awa" in names

    assert counts[0] == counts[1]


def test_the_day_hands_over_and_takes_back_on_its_lines(relais: World) -> None:
    with relais.inside("relais") as session:
        person = renter(session)
        assert person.file is not None
        person.file.phone = "+33639980000"
        start = to_instant(datetime.combine(today(PARIS), time(0, 1)), PARIS)
        booking = bookings.book(
            session, car(session), beneficiary=person, starts_at=start, ends_at=start + timedelta(hours=47)
        )
        id = booking.id
        session.commit()
    agent = relais.client("zoe")

    page = agent.get("/relais/rental/day").text
    answer = agent.send(f"/relais/rental/bookings/{id}/hand-over", back="day")

    assert 'href="tel:+33639980000"' in page
    assert "MEUNIER Awa" in page
    assert answer.location.endswith("/relais/rental/day")
    with relais.inside("relais") as session:
        assert session.get_one(Booking, id).state is State.OUT


def test_a_person_is_found_by_a_slip_of_the_keyboard_then_chosen_and_no_name_stands_in_an_address(
    relais: World,
) -> None:
    with relais.inside("relais") as session:
        clio, person = car(session), renter(session)
        ids = clio.id, person.id
        session.commit()
    agent = relais.client("zoe")
    typed: dict[str, Any] = {"vehicle": ids[0], "starts_at": "2031-03-03T09:00", "ends_at": "2031-03-03T17:00"}
    looked = {"beneficiary_typed": "meunnier", "beneficiary_searched": "", "note": "calls at noon"}

    found = agent.send(f"{LIST}new/", **typed, **looked, _find="1")
    unchosen = agent.send(f"{LIST}new/", **typed, **looked)
    saved = agent.send(
        f"{LIST}new/", **typed, **{**looked, "beneficiary_searched": "meunnier"}, beneficiary=ids[1], _find="1"
    )

    assert (found.status_code, unchosen.status_code, saved.status_code) == (200, 422, 302)
    assert f'value="{ids[1]}" checked' in found.text
    assert "calls at noon" in found.text
    assert 'value="2031-03-03T09:00"' in found.text
    assert "eunier" not in saved.location.lower()


def test_a_person_added_on_the_way_comes_back_to_the_booking_with_what_was_typed(relais: World) -> None:
    relais.user("lea", relais=["agent_location", "accueil"])
    with relais.inside("relais") as session:
        vehicle_id = car(session).id
        session.commit()
    agent = relais.client("lea")

    kept = agent.send(
        "/relais/rental/bookings/new-person", vehicle=vehicle_id, starts_at="2031-03-03T09:00", note="x y"
    )
    added = agent.send(
        kept.location, title="MADAM", usage_name="Diarra", first_name="Nora", phone="06 39 98 00 01", reason="Location"
    )
    page = agent.get(agent.get(added.location).location).text

    assert kept.location.endswith("?then=rental")
    assert "DIARRA Nora" in page
    assert 'value="2031-03-03T09:00"' in page
    assert "x y" in page


def test_a_note_too_long_to_wait_stays_in_the_form_whole_before_a_person_is_added(relais: World) -> None:
    agent, long = relais.client("zoe"), "é" * 1501
    typed = {"note": long, "starts_at": "2031-03-03T09:00"}

    sent_again = agent.send("/relais/rental/bookings/new-person", **typed)
    answer = agent.send(sent_again.location, **typed)

    assert sent_again.status_code == 307  # the browser sends the same fields there
    assert answer.status_code == 422
    assert long in answer.text
    assert 'value="2031-03-03T09:00"' in answer.text
    assert 'id="note-err"' in answer.text


def test_a_protected_person_is_masked_on_the_booking_for_all_but_the_named_readers(relais: World) -> None:
    reader = relais.user("lea", relais=["agent_location", "conseiller"])
    with relais.inside("relais") as session:
        person = renter(session)
        bookings.book(session, car(session), beneficiary=person, starts_at=at(MONDAY, 9), ends_at=at(MONDAY, 17))
        beneficiaries.restrict(session, person, readers=[reader.id])
        session.commit()

    pages = {n: relais.client(n).get(f"/relais/rental/planning?from={MONDAY}").text for n in ("zoe", "lea")}
    listed = {n: relais.client(n).get(LIST).text for n in ("zoe", "lea")}

    assert [["MEUNIER" in shown[n] for n in ("zoe", "lea")] for shown in (pages, listed)] == [[False, True]] * 2


def test_the_persons_page_shows_the_rentals_to_who_may_see_them(relais: World) -> None:
    relais.user("tom", relais=["formateur"])
    with relais.inside("relais") as session:
        person = renter(session)
        bookings.book(session, car(session), beneficiary=person, starts_at=at(MONDAY, 9), ends_at=at(MONDAY, 17))
        id = person.id
        session.commit()

    seen = {n: relais.client(n).get(f"/relais/beneficiaries/{id}/").text for n in ("zoe", "tom")}

    assert [("Renault Clio" in seen[n]) for n in ("zoe", "tom")] == [True, False]


def test_an_exception_is_for_the_direction_to_make(relais: World) -> None:
    relais.user("boss", relais=["direction"])
    with relais.inside("relais") as session:
        booking = bookings.book(
            session, car(session), beneficiary=renter(session), starts_at=at(MONDAY, 9), ends_at=at(MONDAY, 17)
        )
        address = f"/relais/rental/bookings/{booking.id}/waive"
        session.commit()

    answers = {n: relais.client(n).send(address, guard="age", reason="agreed").status_code for n in ("zoe", "boss")}

    assert answers == {"zoe": 403, "boss": 302}
    with relais.inside("relais") as session:
        (waiver,) = session.scalars(select(Booking)).one().waivers
        assert (waiver.reason, waiver.granted_by) == ("agreed", "Boss")


def test_a_month_of_a_whole_fleet_weighs_less_than_150_kilobytes_and_each_free_day_leads_to_a_booking(
    relais: World,
) -> None:
    with relais.inside("relais") as session:
        clios = [car(session, f"AA-{number}-BB") for number in range(100, 134)]
        for number, clio in enumerate(clios[:17]):
            day = MONDAY + timedelta(number)
            bookings.book(session, clio, beneficiary=renter(session), starts_at=at(day, 9), ends_at=at(day, 17))
        first = clios[0].id
        session.commit()
    agent = relais.client("zoe")

    page = agent.get(f"/relais/rental/planning?length=month&from={MONDAY}")
    chosen = agent.get(f"/relais/rental/book?v={first}&d=2031-03-04")

    assert len(page.data) < 150_000
    assert page.text.count('href="book?v=') == 34 * 31 - 17
    assert chosen.location.endswith(f"/new/?vehicle={first}&starts_at=2031-03-04T09:00&ends_at=2031-03-04T17:00")
    assert [agent.get(f"/relais/rental/book?{asked}").status_code for asked in ("", "v=1", "v=x&d=2031-03-04")] == [
        *[302] * 3  # the form, with what could be read
    ]


def test_the_day_says_which_booking_to_come_has_lost_its_vehicle_to_a_late_return(relais: World) -> None:
    with relais.inside("relais") as session:
        clio, day = car(session), today(PARIS)
        periods = ((day - timedelta(3), day - timedelta(1)), (day + timedelta(1), day + timedelta(2)))
        late, next_one = (
            bookings.book(session, clio, beneficiary=renter(session, name), starts_at=at(f, 9), ends_at=at(t, 17))
            for name, (f, t) in zip(("Awa Diarra", "Ali Besson"), periods, strict=True)
        )
        bookings.hand_over(session, late, at=late.starts_at)
        session.commit()
        id = next_one.id

    page = relais.client("zoe").get("/relais/rental/day").text

    assert "À réaffecter" in page
    assert f"/relais/admin/rental_booking/edit/?id={id}#to-check" in page


def test_each_figure_of_the_dashboard_is_as_long_as_the_list_behind_it_and_as_the_days(relais: World) -> None:
    agent, ids = relais.client("zoe"), {}
    with relais.inside("relais") as session:
        tonight = at(today(PARIS) + timedelta(1), 0) - timedelta(seconds=1)
        for name, ends_at in (("late", now() - timedelta(hours=1)), ("back", tonight)):
            person, begins = renter(session, f"Awa {NAMES[len(ids)]}"), now() - timedelta(days=2)
            clio = car(session, f"AA-90{len(ids)}-BB")
            booking = bookings.book(session, clio, beneficiary=person, starts_at=begins, ends_at=ends_at)
            bookings.hand_over(session, booking, at=begins)
            ids[name] = booking.id
        session.commit()

        figures = {card.values["show"]: card.value for card in dashboard_cards(session)}
        shown = day.read(session)

    assert (figures["late"], figures["back"]) == (1, 1)
    assert ([b.id for b in shown.late], [b.id for b in shown.returns]) == ([ids["late"]], [ids["back"]])
    for name, plate in (("late", "AA-900-BB"), ("back", "AA-901-BB")):
        listed = agent.get(f"{LIST}?show={name}").text
        assert [p for p in ("AA-900-BB", "AA-901-BB") if p in listed] == [plate]
