"""The fleet on the first page of the day: papers that are over, that end soon, that nobody noted."""

from __future__ import annotations

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from jalon.clock import now, today
from jalon.testing.world import World
from jalon_fleet import papers, vehicles
from jalon_fleet.models import Category, PaperKind, Vehicle
from jalon_fleet.plugin import dashboard_cards, dashboard_lists

PARIS = ZoneInfo("Europe/Paris")
BOARD = re.compile(r'<section class="card board" aria-labelledby="([a-z-]+)">(.*?)</section>', re.DOTALL)


@pytest.fixture
def relais(world: World) -> World:
    world.structure("relais", enabled=["fleet"])
    world.user("remi", relais=["agent_location"])
    return world


def car(session: Session, number: int, **days: int) -> Vehicle:
    """A car whose papers are valid for so many days."""
    made = vehicles.add(session, category=Category.CAR, make="Renault", model="Clio", plate=f"AA-{100 + number}-BB")
    for kind, valid in days.items():
        papers.note(session, made, PaperKind(kind), valid_until=today(PARIS) + timedelta(days=valid))
    return made


def fill(session: Session) -> None:
    car(session, 1, inspection=300, insurance=200)
    car(session, 2)
    car(session, 3, inspection=300, insurance=20)
    car(session, 4, inspection=-3, insurance=200)
    car(session, 5).resource.archived_at = now()
    vehicles.add(session, category=Category.BIKE, make="Gitane", model="Ville", serial_number="S1")
    session.commit()


def test_papers_to_renew_stand_by_their_day_and_are_as_many_as_the_list(relais: World) -> None:
    with relais.inside("relais", permissions={"fleet.read", "fleet.write"}) as session:
        fill(session)
        (card,), (shown,) = dashboard_cards(session), dashboard_lists(session)

    assert (card.value, card.tone) == (5, "warn")
    assert [line.label[-9:] for line in shown.lines] == ["AA-104-BB", "AA-103-BB", "AA-102-BB"]
    assert [line.tone for line in shown.lines] == ["bad", "warn", "warn"]
    page = relais.client("remi").get("/relais/admin/fleet_vehicle/?show=papers").text
    assert shown.count == 3 == page.count('class="rowlink"')


def test_the_one_who_keeps_the_vehicles_is_told_that_all_is_in_order(relais: World) -> None:
    with relais.inside("relais") as session:
        car(session, 1, inspection=300, insurance=200)
        session.commit()

    boards = dict(BOARD.findall(relais.client("remi").get("/relais/").text))

    assert "tous valables encore deux mois" in boards["fleet-papers"]
