"""Imports and exports done by real workers, which are killed in the middle: nothing is lost, nothing doubled."""

from __future__ import annotations

import io
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from jalon import importables, spreadsheets
from jalon.clock import real_now
from jalon.db import open_session
from jalon.imports import headers, kept, passes, runs
from jalon.models import Beneficiary, FileState, Import, ImportRow, ImportState, QueuedJob, RowState
from jalon.scope import Scope
from jalon.testing.world import World
from jalon.worker import Worker

LINES, KILLS = 150, 2
PERSONS = importables.CORE[0]


@pytest.fixture
def relais(world: World, tmp_path: Path) -> World:
    world.app.config["JALON_DATA_DIR"] = str(tmp_path)
    world.structure("relais")
    return world


@pytest.fixture
def running(database_url: str, tmp_path: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    found: list[subprocess.Popen[bytes]] = []
    yield found
    for process in found:
        process.kill()
        process.wait(20)


def start(database_url: str, folder: Path, *options: str) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "JALON_ENV": "demo",
        "JALON_DATABASE_URL": database_url,
        "JALON_DATA_DIR": str(folder),
    }
    command = [sys.executable, "-m", "jalon", "worker", *options]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def name(number: int) -> str:
    return "".join("abcdefghij"[int(digit)] * 3 for digit in f"{number:04}")


def sent(world: World, folder: Path, lines: int) -> int:
    """An import of so many persons, whose columns are known and whose check is queued."""
    rows = [
        [
            f"Dupont{name(n)}",
            f"Z{name(n)}",
            f"{n % 28 + 1:02}/03/{1950 + n % 50}",
            f"06 39 98 {n // 100:02} {n % 100:02}",
        ]
        for n in range(lines)
    ]
    file = io.BytesIO()
    spreadsheets.write(file, "csv", ["Nom", "Prénom", "Né le", "Portable"], rows)
    title, digest, cells = runs.prepare("p.csv", file.getvalue())
    with world.inside("relais") as session:
        place = kept.keep(folder / "imports", cells)
        run = runs.start(session, PERSONS, name=title, digest=digest, cells=cells, file=place)
        runs.choose_columns(
            session, PERSONS, run, headers.recognised(PERSONS, cells.sheet.headers), {"reason": "Mission locale"}
        )
        passes.ask(session, run, "check")
        session.commit()
        return run.id


def ask(world: World, run_id: int, step: str) -> None:
    with world.inside("relais") as session:
        run = session.scalars(select(Import).where(Import.id == run_id)).one()
        if step == "write":
            runs.begin_writing(session, run)
        passes.ask(session, run, step)
        session.commit()


def work(world: World) -> None:
    with world.app.app_context():
        Worker(world.jalon).run_once()


def end_leases(world: World) -> None:
    """As if the time of those who were killed were over."""
    with world.across() as session:
        session.execute(update(QueuedJob).where(QueuedJob.finished_at.is_(None)).values(due_at=real_now()))
        session.commit()


def come_to(world: World, state: RowState) -> int:
    """How many lines are in that state; looked up without taking SQLite's one place for writers."""
    with world.app.app_context(), open_session(world.jalon.db, Scope(across="a test looks"), read_only=True) as session:
        here = select(func.count()).select_from(ImportRow).where(ImportRow.state == state)
        return session.scalar(here) or 0


def killed_again_and_again(
    world: World, database_url: str, folder: Path, running: list[subprocess.Popen[bytes]], state: RowState
) -> None:
    """Workers come one after the other and are killed while they write; the last does the rest in peace."""
    choose = random.Random(7)
    for _kill in range(KILLS):
        process, before, limit = start(database_url, folder), come_to(world, state), time.monotonic() + 20
        running.append(process)
        while come_to(world, state) == before and time.monotonic() < limit:
            time.sleep(0.02)
        time.sleep(choose.uniform(0, 0.1))
        process.send_signal(signal.SIGKILL)
        process.wait(20)
        end_leases(world)
    assert come_to(world, state) < LINES
    assert start(database_url, folder, "--once").wait(120) == 0


@pytest.mark.slow
@pytest.mark.both_databases
def test_workers_killed_while_they_import_and_undo_lose_nobody_and_make_nobody_twice(
    relais: World, database_url: str, tmp_path: Path, running: list[subprocess.Popen[bytes]]
) -> None:
    run_id = sent(relais, tmp_path, LINES)
    work(relais)

    ask(relais, run_id, "write")
    killed_again_and_again(relais, database_url, tmp_path, running, RowState.DONE)
    with relais.inside("relais") as session:
        run = session.scalars(select(Import)).one()
        made = session.scalars(select(Beneficiary.id)).all()
        noted = session.scalars(select(ImportRow.subject_id).where(ImportRow.state == RowState.DONE)).all()
    ask(relais, run_id, "undo")
    killed_again_and_again(relais, database_url, tmp_path, running, RowState.UNDONE)

    assert (run.state, run.made, len(made)) == (ImportState.DONE, LINES, LINES)
    assert sorted(noted) == sorted(made)
    with relais.inside("relais") as session:
        assert set(session.scalars(select(Beneficiary.state))) == {FileState.ANONYMISED}
        assert session.scalars(select(Import.state)).one() is ImportState.UNDONE


@pytest.mark.slow
@pytest.mark.both_databases
def test_the_same_list_imported_by_two_at_once_makes_nobody_twice(relais: World, tmp_path: Path) -> None:
    both = [sent(relais, tmp_path, 60) for _file in range(2)]
    work(relais)
    for run_id in both:
        ask(relais, run_id, "write")

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, [relais] * 2))

    with relais.inside("relais") as session:
        assert session.scalar(select(func.count()).select_from(Beneficiary)) == 60
        assert sum(session.scalars(select(Import.made))) == 60
        assert set(session.scalars(select(Import.state))) == {ImportState.DONE}
