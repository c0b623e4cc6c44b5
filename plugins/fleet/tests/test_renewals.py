"""Papers that end soon become tasks, once each, for whoever keeps the fleet."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from jalon import jobs, settings
from jalon.clock import now, today
from jalon.models import Task
from jalon.scope import PARIS
from jalon.testing.world import World
from jalon.worker import Worker
from jalon_fleet import papers, renewals, vehicles
from jalon_fleet.models import Category, PaperKind, Vehicle
from jalon_fleet.settings import FleetSettings

DUE = {"soon": 30, "later": 31, "over": -3}


@pytest.fixture
def relais(world: World) -> World:
    """A car for each of DUE, by the days that its insurance has left."""
    world.structure("relais", enabled=["fleet"])
    world.user("zoe", relais=["agent_location"])
    with world.inside("relais") as session:
        for number, left in enumerate(DUE.values()):
            car = {"category": Category.CAR, "make": "Renault", "model": "Clio", "plate": f"AA-12{number}-BB"}
            until = today(PARIS) + timedelta(days=left)
            papers.note(session, vehicles.add(session, **car), PaperKind.INSURANCE, valid_until=until)
        session.commit()
    return world


def tasks(world: World) -> list[Task]:
    with world.inside("relais") as session:
        return list(session.scalars(select(Task).order_by(Task.due_on)))


@pytest.mark.both_databases
def test_each_paper_that_ends_soon_is_one_task_however_often_the_night_comes(relais: World) -> None:
    for night in ("one", "two"):
        with relais.inside("relais") as session:
            jobs.enqueue(session, "fleet.papers", once=night)
            session.commit()
        with relais.app.app_context():
            Worker(relais.jalon).run_once()

    made = tasks(relais)
    assert [task.due_on - today(PARIS) for task in made] == [timedelta(days=DUE["over"]), timedelta(days=DUE["soon"])]
    assert made[1].title == f"Assurance jusqu’au {made[1].due_on:%d/%m/%Y}\u00a0: à renouveler"
    assert {task.subject_table for task in made} == {"fleet_vehicle"}
    assert made[0].member_id is not None


def test_noting_the_new_paper_ticks_the_task_and_it_does_not_come_again(relais: World) -> None:
    with relais.inside("relais") as session:
        renewals.plan(session)
        car = session.scalars(select(Vehicle).where(Vehicle.plate == "AA-120-BB")).one()

        papers.note(session, car, PaperKind.INSURANCE, valid_until=today(PARIS) + timedelta(days=365))
        renewals.plan(session)
        session.commit()

    assert [task.done_at is not None for task in tasks(relais)] == [False, True]


def test_a_structure_says_how_long_before_and_a_vehicle_that_left_asks_nothing(relais: World) -> None:
    with relais.inside("relais") as session:
        settings.change(session, FleetSettings, {"papers_days": 60}, valid_from=today(PARIS))
        session.scalars(select(Vehicle).where(Vehicle.plate == "AA-122-BB")).one().resource.archived_at = now()

        planned = renewals.plan(session)

        assert (planned.done, planned.text) == (2, "2 papiers sont à renouveler.")


def test_where_several_keep_the_fleet_the_task_waits_for_one_of_them(relais: World) -> None:
    relais.user("max", relais=["agent_location"])

    with relais.inside("relais") as session:
        renewals.plan(session)
        session.commit()

    assert {task.member_id for task in tasks(relais)} == {None}
