"""Fifty attempts on one vehicle at once: exactly one wins, the others are told so, nothing locks up."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from threading import Barrier

import pytest
from sqlalchemy import select

from jalon.errors import DomainError
from jalon.models import Occupation
from jalon.testing.world import World
from jalon_fleet import vehicles
from jalon_fleet.models import Category, Vehicle
from jalon_rental import bookings
from jalon_rental.testing import renter

pytestmark = pytest.mark.both_databases
START = datetime(2031, 5, 5, 8, tzinfo=UTC)
ATTEMPTS = 50


@pytest.fixture
def vehicle_id(world: World) -> int:
    world.structure("relais", enabled=["rental"])
    with world.inside("relais") as session:
        vehicle = vehicles.add(session, category=Category.CAR, make="Renault", model="Clio", plate="AA-123-BB")
        renter(session)
        session.commit()
        return vehicle.id


def equal(number: int) -> tuple[datetime, datetime]:
    return START, START + timedelta(hours=1)


def shifted(number: int) -> tuple[datetime, datetime]:
    """Each attempt overlaps its neighbours and not those far away."""
    starts_at = START + timedelta(minutes=20 * number)
    return starts_at, starts_at + timedelta(hours=1)


Period = Callable[[int], tuple[datetime, datetime]]


def attempt(world: World, vehicle_id: int, period: Period, number: int) -> str:
    """Book in a session of its own; answers `booked`, or the name of what refused."""
    with world.inside("relais") as session:
        try:
            vehicle = session.scalars(select(Vehicle).where(Vehicle.id == vehicle_id)).one()
            starts_at, ends_at = period(number)
            bookings.book(session, vehicle, beneficiary=renter(session), starts_at=starts_at, ends_at=ends_at)
            session.commit()
            return "booked"
        except DomainError as refusal:
            return type(refusal).__name__


def promised(world: World) -> list[tuple[datetime, datetime]]:
    with world.inside("relais") as session:
        query = select(Occupation.starts_at, Occupation.blocked_until).where(Occupation.blocking)
        return sorted((row.starts_at, row.blocked_until) for row in session.execute(query))


def in_threads(world: World, vehicle_id: int, period: Period) -> Counter[str]:
    together = Barrier(ATTEMPTS)

    def one(number: int) -> str:
        together.wait(30)
        return attempt(world, vehicle_id, period, number)

    with ThreadPoolExecutor(ATTEMPTS) as pool:
        return Counter(pool.map(one, range(ATTEMPTS)))


def test_of_fifty_threads_that_book_the_same_hour_exactly_one_succeeds(world: World, vehicle_id: int) -> None:
    outcome = in_threads(world, vehicle_id, equal)

    assert outcome == {"booked": 1, "ResourceTaken": ATTEMPTS - 1}
    assert len(promised(world)) == 1


def test_fifty_threads_that_book_shifted_hours_never_leave_two_that_overlap(world: World, vehicle_id: int) -> None:
    outcome = in_threads(world, vehicle_id, shifted)

    periods = promised(world)
    assert set(outcome) == {"booked", "ResourceTaken"}
    assert len(periods) == outcome["booked"] > 1
    assert all(one[1] <= other[0] for one, other in pairwise(periods))


IN_A_PROCESS = """
import json, sys
from concurrent.futures import ThreadPoolExecutor
from collections import Counter
sys.path.insert(0, {folder!r})
from jalon.testing.plugin import make_app
from jalon.testing.world import World
import test_concurrent_bookings as own
world = World(make_app({url!r}))
with world.inside("relais") as session: pass
print("ready", flush=True)
sys.stdin.readline()
with ThreadPoolExecutor(13) as pool:
    numbers = range({first}, {last})
    outcomes = pool.map(lambda n: own.attempt(world, {vehicle}, getattr(own, {period!r}), n), numbers)
    print(json.dumps(Counter(outcomes)), flush=True)
"""


def in_processes(url: str, vehicle_id: int, period: str) -> Counter[str]:
    """Four processes that start together, some fifty attempts in all."""
    running = []
    for number in range(4):
        program = IN_A_PROCESS.format(
            folder=__file__.rpartition("/")[0],
            url=url,
            vehicle=vehicle_id,
            period=period,
            first=number * 13,
            last=number * 13 + 13,
        )
        command = [sys.executable, "-c", program]
        running.append(
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        )
    for process in running:
        assert process.stdout
        assert process.stdout.readline() == "ready\n", process.stderr and process.stderr.read()
    for process in running:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    outcome: Counter[str] = Counter()
    for process in running:
        out, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
        outcome.update(json.loads(out))
    return outcome


@pytest.mark.both_databases(slow="postgresql")  # which cannot tell whether those who ask are threads or processes
def test_of_four_processes_that_book_the_same_hour_exactly_one_succeeds(
    world: World, vehicle_id: int, database_url: str
) -> None:
    outcome = in_processes(database_url, vehicle_id, "equal")

    assert outcome == {"booked": 1, "ResourceTaken": 51}


@pytest.mark.slow
def test_four_processes_that_book_shifted_hours_never_leave_two_that_overlap(
    world: World, vehicle_id: int, database_url: str
) -> None:
    outcome = in_processes(database_url, vehicle_id, "shifted")

    periods = promised(world)
    assert set(outcome) == {"booked", "ResourceTaken"}
    assert len(periods) == outcome["booked"] > 1
    assert all(one[1] <= other[0] for one, other in pairwise(periods))
