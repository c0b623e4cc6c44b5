"""`make bench`: medians of what a user or an administrator waits for, on SQLite and PostgreSQL, in one run.

Prints a table and writes docs/performance.md. QUICK=1 takes fewer samples.
"""

from __future__ import annotations

import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from jalon import modules, people
from jalon.app_of import mount
from jalon.db import table_of
from jalon.migrate import upgrade
from jalon.models import Beneficiary, BeneficiaryStructure, File, Identity, Member, Structure
from jalon.names import fold
from jalon.testing.cluster import Cluster
from jalon.testing.plugin import make_app
from jalon.testing.world import World
from jalon_fleet import vehicles
from jalon_fleet.models import Category, Vehicle
from jalon_rental import bookings
from jalon_rental.models import Booking
from jalon_rental.testing import renter

QUICK = bool(os.environ.get("QUICK"))
DOCUMENT = Path(__file__).parents[1] / "docs" / "performance.md"
START = datetime(2031, 1, 1, 8, tzinfo=UTC)


@dataclass(frozen=True)
class Figure:
    """One measure: its median in milliseconds over so many samples."""

    name: str
    ms: float
    samples: int


def median(name: str, act: Callable[[int], object], *, samples: int) -> Figure:
    """Time `act(0)`, `act(1)`, …; the first is a warm-up and does not count."""
    samples = max(3, samples // 5) if QUICK else samples
    times = []
    for number in range(samples + 1):
        began = perf_counter()
        act(number)
        times.append((perf_counter() - began) * 1000)
    return Figure(name, statistics.median(times[1:]), samples)


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
        *_finding(world),
        median("page: dashboard", lambda _: browser.get("/relais/"), samples=60),
        median("page: list of 50 bookings", lambda _: browser.get("/relais/admin/rental_booking/"), samples=60),
        median("page: a booking", lambda _: browser.get("/relais/admin/rental_booking/edit/?id=1"), samples=60),
        median("page: history of the structure", lambda _: reader.get("/relais/history/"), samples=60),
    ]


def _finding(world: World) -> list[Figure]:
    """Search among 20,000 persons, beside the plain LIKE on the same rows."""
    _crowd(world, 20_000)

    def plain(session: Session) -> object:
        wanted = (Identity.folded.contains("lefevre"), Identity.folded.contains("helene"))
        return session.scalars(select(Identity).where(*wanted)).all()

    with world.inside("relais") as session:
        return [
            median("20,000 persons: found by name", lambda _: people.search(session, "Hélène LEFEVRE"), samples=50),
            median("20,000 persons: a name mistyped", lambda _: people.search(session, "lefebvre helenne"), samples=50),
            median("20,000 persons: by telephone", lambda _: people.search(session, "06 12 34 56 78"), samples=50),
            median("20,000 persons: the plain LIKE", lambda _: plain(session), samples=50),
        ]


def _crowd(world: World, count: int) -> None:
    """Persons of invented syllables, and one Hélène Lefèvre, written under the guard for speed."""
    choose = random.Random(7)  # the same crowd each time

    def invented() -> str:
        return "".join(choose.choices(SYLLABLES, k=choose.randint(2, 4))).capitalize()

    names = [("Lefèvre", "Hélène"), *((invented(), invented()) for _ in range(count - 1))]
    with world.across() as session:
        here = session.scalars(select(Structure.id).where(Structure.slug == "relais")).one()
        ids = range(1, count + 1)
        rows: dict[Any, list[dict[str, Any]]] = {
            Beneficiary: [{"id": n, "code": f"B-2031-{n:05}"} for n in ids],
            Identity: [
                {"beneficiary_id": n, "usage_name": u, "first_name": f, "folded": fold(f"{u} {f}")}
                for n, (u, f) in zip(ids, names, strict=True)
            ],
            File: [{"beneficiary_id": n, "phone": f"+336{12345677 + n:08}"} for n in ids],
            BeneficiaryStructure: [
                {"beneficiary_id": n, "structure_id": here, "reason": "bench", "since": START.date()} for n in ids
            ],
        }
        for cls, values in rows.items():
            session.connection().execute(table_of(cls).insert(), values)
        session.commit()
        if session.get_bind().dialect.name == "postgresql":
            session.connection().exec_driver_sql("ANALYZE")
            session.commit()


SYLLABLES = (
    "ba",
    "ber",
    "bo",
    "cha",
    "dau",
    "du",
    "evre",
    "fa",
    "ga",
    "hel",
    "jo",
    "ka",
    "lef",
    "ma",
    "mar",
    "ne",
    "tin",
    "zo",
)


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


def table(start: Figure, results: dict[str, list[Figure]]) -> str:
    """The figures as a Markdown table, milliseconds."""
    lines = ["| what | SQLite, ms | PostgreSQL, ms | samples |", "| --- | ---: | ---: | ---: |"]
    lines.append(f"| {start.name} | {start.ms:.0f} | | {start.samples} |")
    for one, other in zip(results["sqlite"], results["postgresql"], strict=True):
        lines.append(f"| {one.name} | {one.ms:.2f} | {other.ms:.2f} | {one.samples} |")
    return "\n".join(lines)


def main() -> None:
    results = {}
    cluster = Cluster()
    try:
        with tempfile.TemporaryDirectory() as folder:
            urls = {"sqlite": f"sqlite:///{folder}/bench.sqlite", "postgresql": cluster.url(cluster.create())}
            for kind, url in urls.items():
                app = make_app(url)
                with app.app_context():
                    upgrade(mount(app).db.engine, mount(app).registry)
                results[kind] = measure(url)
    finally:
        cluster.stop()
    figures = table(cold_start(), results)
    machine = f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}, Python {platform.python_version()}"
    heading = f"Written by `make bench`; medians on {machine}, a shared machine: compare, do not quote."
    DOCUMENT.write_text(f"# Performance\n\n{heading}\n\n{figures}\n")
    print(figures)


if __name__ == "__main__":
    main()
