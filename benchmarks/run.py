"""`make bench`: medians of what a user or an administrator waits for, on SQLite and PostgreSQL, in one run.

Prints a table and writes docs/performance.md. QUICK=1 takes fewer samples and writes nothing; PERSONS=100000 says
among how many persons somebody is looked for.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import persons
import throughput
from figures import QUICK, Figure, Rate, median, page, rates, regressed, table
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from jalon import jobs, modules
from jalon.app_of import mount
from jalon.declarations import Job
from jalon.migrate import upgrade
from jalon.models import Member
from jalon.testing.cluster import Cluster
from jalon.testing.plugin import make_app
from jalon.testing.world import World
from jalon.worker import Worker
from jalon_fleet import vehicles
from jalon_fleet.models import Category, Vehicle
from jalon_rental import bookings
from jalon_rental.models import Booking
from jalon_rental.testing import renter

DOCUMENT = Path(__file__).parents[1] / "docs" / "performance.md"
JOB = "a job taken and done by a worker"
START = datetime(2031, 1, 1, 8, tzinfo=UTC)


def cold_start() -> Figure:
    """A process that imports Jalon and makes its application, to the end."""
    program = "from jalon.testing.plugin import make_app; make_app('sqlite://')"
    command = [sys.executable, "-c", program]
    return median("cold start of a process", lambda _: subprocess.run(command, check=True), samples=10)


def measure(url: str) -> list[Figure]:
    """All figures on one migrated database."""
    app = make_app(url)
    world, jalon = World(app), mount(app)
    world.structure("relais", enabled=["rental"])
    world.structure("scop")
    world.user("zoe", relais=["agent_location"])
    world.user("ida", relais=["direction"])
    browser, reader = world.client("zoe"), world.client("ida")
    with world.inside("relais") as session:
        vehicle_id = vehicles.add(session, category=Category.CAR, make="Renault", model="Clio", plate="AA-123-BB").id
        session.commit()
    with app.app_context():
        engine = jalon.db.engine
        figures = [
            median("create_app", lambda _: make_app(url), samples=10),
            median("db upgrade with nothing to do", lambda _: upgrade(engine, jalon.registry), samples=10),
        ]
    return [
        *figures,
        median("enabling a module, with commit", lambda n: _enable(world, n), samples=50),
        _reading_the_set(world),
        *_guard(world),
        median("a booking, with commit", lambda n: _book(world, vehicle_id, n), samples=100),
        _unrecorded(
            lambda: median("the same without history", lambda n: _book(world, vehicle_id, 200 + n), samples=100)
        ),
        median("a note on 50 bookings at once, with commit", lambda n: _note(world, n), samples=30),
        _unrecorded(lambda: median("the same without history", lambda n: _note(world, 100 + n), samples=30)),
        *_working(world),
        page("page: dashboard", browser, "/relais/", samples=60),
        page("page: list of 50 bookings", browser, "/relais/admin/rental_booking/", samples=60),
        page("page: a booking", browser, "/relais/admin/rental_booking/edit/?id=1", samples=60),
        page("page: history of the structure", reader, "/relais/history/", samples=60),
        *persons.measure(world, "relais"),
    ]


def _working(world: World) -> list[Figure]:
    """A job that does nothing: what queueing it costs, and what taking it, its scope and its end cost a worker."""
    job = Job("jalon.bench", "Bench", lambda session: None)
    jobs.declare("core", [job])
    samples = 300

    def queue(_: int) -> None:
        with world.inside("relais") as session:
            jobs.enqueue(session, job.name)
            session.commit()

    queued = median("a job queued, with commit", queue, samples=samples)
    with world.app.app_context():
        worker = Worker(world.jalon)
        worker.jobs[job.name] = job
        return [queued, median(JOB, lambda _: worker.do_next(), samples=samples)]


def _enable(world: World, number: int) -> None:
    world.enable("scop", "fleet")
    world.disable("scop", "fleet")


def _reading_the_set(world: World) -> Figure:
    with world.across() as session:
        return median(
            "reading the enabled set", lambda _: modules.read_enabled(session, world.jalon.registry, 1), samples=500
        )


def _guard(world: World) -> list[Figure]:
    """The same select under the guard, and in a session that sees everything."""

    def read(session: Session) -> Callable[[int], object]:
        return lambda _: session.execute(select(Member.id, Member.name)).all()

    with world.inside("relais") as session:
        guarded = median("a select under the guard", read(session), samples=500)
    with world.across() as session:
        return [guarded, median("the same select across structures", read(session), samples=500)]


def _book(world: World, vehicle_id: int, number: int) -> None:
    starts_at = START + timedelta(days=number)
    with world.inside("relais") as session:
        vehicle = session.scalars(select(Vehicle).where(Vehicle.id == vehicle_id)).one()
        ends_at = starts_at + timedelta(hours=2)
        bookings.book(session, vehicle, beneficiary=renter(session, "Renter"), starts_at=starts_at, ends_at=ends_at)
        session.commit()


def _note(world: World, number: int) -> None:
    with world.inside("relais") as session:
        fifty = select(Booking.id).order_by(Booking.id).limit(50)
        session.execute(update(Booking).where(Booking.id.in_(fifty)).values(note=f"Note {number}"))
        session.commit()


def _unrecorded(measure: Callable[[], Figure]) -> Figure:
    """What recording costs is the difference to this."""
    Booking.__unrecorded__ = "to measure what recording costs"
    try:
        return measure()
    finally:
        del Booking.__unrecorded__


def in_a_second(url: str) -> list[Rate]:
    """How much workers do, on a database of their own: what was measured before must not make them slow."""
    world = World(make_app(url))
    world.structure("relais", enabled=["rental"])
    found = throughput.measure(world, "relais", url)
    with world.app.app_context():
        world.jalon.db.engine.dispose()
    return found


def _migrated(url: str) -> str:
    app = make_app(url)
    with app.app_context():
        upgrade(mount(app).db.engine, mount(app).registry)
    return url


def main() -> None:
    results, done = {}, {}
    cluster = Cluster()
    try:
        with tempfile.TemporaryDirectory() as folder:
            for kind in ("sqlite", "postgresql"):
                urls = [
                    f"sqlite:///{folder}/{name}.sqlite" if kind == "sqlite" else cluster.url(cluster.create())
                    for name in ("bench", "workers")
                ]
                results[kind], done[kind] = measure(_migrated(urls[0])), in_a_second(_migrated(urls[1]))
    finally:
        cluster.stop()
    found = f"{table(cold_start(), results)}\n\n{rates(done)}"
    figures = f"{found}\n\n{regressed(DOCUMENT.read_text() if DOCUMENT.exists() else '', found)}"
    machine = f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}, Python {platform.python_version()}"
    heading = f"Written by `make bench`; medians on {machine}, a shared machine: compare, do not quote."
    if not QUICK:
        DOCUMENT.write_text(f"# Performance\n\n{heading}\n\n{figures}\n")
    print(figures)


if __name__ == "__main__":
    main()
