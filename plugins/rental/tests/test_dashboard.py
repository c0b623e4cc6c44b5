"""Rental on the first page of the day: the desk's lines by the hour, what is late, who waits for an answer."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from jalon import beneficiaries
from jalon.clock import now, today
from jalon.localtime import to_instant
from jalon.models import HistoryEntry
from jalon.testing.world import World
from jalon_fleet import vehicles
from jalon_fleet.models import Category, Vehicle
from jalon_rental import bookings, requests
from jalon_rental.models import Booking
from jalon_rental.plugin import dashboard_cards, dashboard_lists
from jalon_rental.testing import renter

PARIS = ZoneInfo("Europe/Paris")
LIST = "/relais/admin/rental_booking/"
NAMES = ("Marchand", "Besson", "Diarra", "Lemoine", "Haddad", "Perrin", "Colin", "Fabre")
RIGHTS = {"rental.read", "rental.write", "jalon.beneficiaries.read"}
BOARD = re.compile(r'<section class="card board" aria-labelledby="([a-z-]+)">(.*?)</section>', re.DOTALL)


@pytest.fixture
def relais(world: World) -> World:
    world.structure("relais", enabled=["rental"])
    world.user("zoe", relais=["agent_location"])
    world.user("lea", relais=["conseiller"])
    return world


def car(session: Session, number: int) -> Vehicle:
    return vehicles.add(session, category=Category.CAR, make="Renault", model="Clio", plate=f"AA-{100 + number}-BB")


def midnight() -> datetime:
    return to_instant(datetime.combine(today(PARIS) + timedelta(days=1), time()), PARIS)


def lend(session: Session, number: int, *, starts_at: datetime, ends_at: datetime, out: bool = True) -> Booking:
    person = renter(session, f"Awa {NAMES[number % len(NAMES)]}{'a' * (number // len(NAMES))}")
    clio = car(session, number)
    made = bookings.book(session, clio, beneficiary=person, starts_at=starts_at, ends_at=ends_at)
    if out:
        bookings.hand_over(session, made, at=starts_at)
    return made


def ask(session: Session, name: str) -> Booking:
    starts_at = now() + timedelta(days=5)
    return requests.ask(
        session,
        vehicle=None,
        category=Category.CAR,
        beneficiary=renter(session, name),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(days=2),
    )


def fill(session: Session) -> None:
    """One late, one due tonight, one that leaves tonight, one that asks."""
    long_ago, tonight = now() - timedelta(days=3), midnight() - timedelta(seconds=1)
    lend(session, 0, starts_at=long_ago, ends_at=now() - timedelta(days=1, hours=1))
    lend(session, 1, starts_at=long_ago, ends_at=tonight)
    lend(session, 2, starts_at=tonight, ends_at=tonight + timedelta(days=1), out=False)
    ask(session, "Ali Haddad")
    session.commit()


def test_each_list_has_as_many_lines_as_its_figure_and_as_the_list_behind_it(relais: World) -> None:
    with relais.inside("relais", permissions=RIGHTS) as session:
        fill(session)
        figures = {card.values["show"]: card.value for card in dashboard_cards(session)}
        lists = {shown.name: shown for shown in dashboard_lists(session)}

    counts = {name: (shown.count, len(shown.lines)) for name, shown in lists.items()}
    assert counts == {"rental.today": (2, 2), "rental.late": (1, 1), "rental.requests": (1, 1)}
    assert figures == {"leaving": 1, "back": 1, "out": 2, "late": 1, "requests": 1}
    zoe = relais.client("zoe")
    for name in ("late", "requests"):
        assert zoe.get(f"{LIST}?show={name}").text.count('class="rowlink"') == 1
    day = zoe.get("/relais/rental/day").text
    assert all(line.label in day for line in lists["rental.today"].lines)


def test_the_agent_finds_what_is_late_first_and_acts_from_there(relais: World) -> None:
    with relais.inside("relais", permissions=RIGHTS) as session:
        fill(session)
    zoe = relais.client("zoe")

    boards = BOARD.findall(zoe.get("/relais/").text)

    shown = dict(boards)
    assert next(name for name, _text in boards) == "rental-late"
    assert "1 jour de retard" in shown["rental-late"]
    assert "/take-back" in shown["rental-late"]
    assert "/hand-over" in shown["rental-today"]
    assert "/take-back" in shown["rental-today"]
    where = re.search(r'action="(/relais/rental/bookings/\d+/take-back)"', shown["rental-late"])
    assert where is not None
    assert zoe.send(where[1], back="/relais/").location == "/relais/"
    assert "rental-late" not in dict(BOARD.findall(zoe.get("/relais/").text))


def test_who_may_only_read_is_offered_no_step(relais: World) -> None:
    with relais.inside("relais", permissions=RIGHTS) as session:
        fill(session)

    page = relais.client("lea").get("/relais/").text

    assert "rental-late" in dict(BOARD.findall(page))
    assert "/take-back" not in page
    assert "/hand-over" not in page


def test_a_request_says_for_how_many_days_it_has_waited(relais: World) -> None:
    with relais.inside("relais", permissions=RIGHTS) as session:
        asked = ask(session, "Ali Haddad")
        session.commit()
        told = select(HistoryEntry).where(HistoryEntry.subject_table == "rental_booking")
        for entry in session.scalars(told.where(HistoryEntry.subject_id == asked.id)):
            entry.at = now() - timedelta(days=12, hours=1)
        session.commit()

        (shown,) = (shown for shown in dashboard_lists(session) if shown.name == "rental.requests")

    assert [line.days for line in shown.lines] == [12]


def test_a_protected_person_is_masked_on_the_dashboard(relais: World) -> None:
    with relais.inside("relais", permissions=RIGHTS) as session:
        fill(session)
        late = renter(session, f"Awa {NAMES[0]}")
        beneficiaries.restrict(session, late, readers=[2])  # lea's
        session.commit()
        code = late.code

    boards = dict(BOARD.findall(relais.client("zoe").get("/relais/").text))

    assert NAMES[0].upper() not in boards["rental-late"]
    assert code in boards["rental-late"]


def test_twenty_bookings_ask_no_more_of_the_database_than_one_of_each(relais: World) -> None:
    counts = []
    with relais.inside("relais", permissions=RIGHTS) as session:
        fill(session)
    for more in (0, 16):
        with relais.inside("relais", permissions=RIGHTS) as session:
            for number in range(3, 3 + more):
                begins = now() - timedelta(days=2)
                ends = midnight() - timedelta(seconds=1) if number % 2 else now() - timedelta(hours=2)
                lend(session, number, starts_at=begins, ends_at=ends)
            session.commit()
        with relais.inside("relais", permissions=RIGHTS) as session:
            sent: list[str] = []
            event.listen(session.bind, "before_cursor_execute", lambda *given, kept=sent: kept.append(given[2]))
            list(dashboard_lists(session))
            counts.append(len(sent))

    assert counts[0] == counts[1] <= 16
