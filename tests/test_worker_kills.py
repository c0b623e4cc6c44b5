"""Real workers killed in the middle of their work: nothing is lost, and what a job wrote stands there exactly once."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from jalon.clock import real_now
from jalon.models import EnabledModule, InstalledModule, JobState, ModuleEvent, QueuedJob
from jalon.testing.world import World

PLUGIN = '''"""A module whose jobs take a while between what they write and their commit."""
import time
from jalon.declarations import Job, Plugin, Progress
from jalon.models import ModuleEvent

def write(session, name):
    session.add(ModuleEvent(slug=name, action="enabled", actor_name="probe"))
    session.flush()
    time.sleep(0.02)

def mark(session, number):
    write(session, f"mark{number}")

def count(session, number, cursor):
    step = cursor or 0
    write(session, f"count{number}.{step}")
    return Progress(cursor=step + 1 if step < 4 else None, done=step + 1, total=5)

plugin = Plugin(jobs=(Job("probe.mark", "Mark", mark), Job("probe.count", "Count", count)))
'''
KILLS, MARKS = 50, 20
MANIFEST = 'slug = "probe"\nname = "Probe"\nsummary = "Of a test."\nversion = "0.1.0"\ncore = "0.1"\nrequires = []\n'


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder in which the module is installed, for whoever has it on PYTHONPATH."""
    package, about = tmp_path / "site/jalon_probe", tmp_path / "site/jalon_probe-0.1.0.dist-info"
    (package / "migrations/versions").mkdir(parents=True)
    about.mkdir()
    (package / "__init__.py").write_text("")
    (package / "plugin.py").write_text(PLUGIN)
    (package / "manifest.toml").write_text(MANIFEST)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: jalon-probe\nVersion: 0.1.0\n")
    (about / "entry_points.txt").write_text("[jalon.plugins]\nprobe = jalon_probe.plugin\n")
    return tmp_path / "site"


class Workers:
    """`jalon worker` processes on one database."""

    def __init__(self, database_url: str, installed: Path, folder: Path) -> None:
        self.environment = {
            **os.environ,
            "JALON_ENV": "demo",
            "JALON_DATABASE_URL": database_url,
            "JALON_DATA_DIR": str(folder),
            "PYTHONPATH": str(installed),
        }
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, *options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "jalon", "worker", *options]
        process = subprocess.Popen(command, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.running.append(process)
        return process

    def end(self, process: subprocess.Popen[bytes], how: signal.Signals) -> int:
        process.send_signal(how)
        self.running.remove(process)
        return process.wait(20)


@pytest.fixture
def workers(database_url: str, installed: Path, tmp_path: Path) -> Iterator[Workers]:
    crew = Workers(database_url, installed, tmp_path)
    yield crew
    for process in list(crew.running):
        crew.end(process, signal.SIGKILL)


def prepare(world: World) -> int:
    """A structure that has the module on; its id."""
    structure = world.structure("relais")
    with world.across() as session:
        session.add(InstalledModule(slug="probe", name="Probe", version="0.1.0"))
        session.add(EnabledModule(slug="probe", structure_id=structure.id))
        session.commit()
    return structure.id


def queue(world: World, structure_id: int, first: int) -> list[str]:
    """Queue jobs of one batch, and one of five; what they will have written."""
    here = {"structure_id": structure_id, "module": "probe"}
    numbers = [*(("mark", number) for number in range(first, first + MARKS)), ("count", first)]
    given = [(f"probe.{name}", json.dumps({"number": number})) for name, number in numbers]
    with world.across() as session:
        session.add_all(QueuedJob(name=name, arguments=arguments, **here) for name, arguments in given)
        session.commit()
    return [*(f"mark{n}" for n in range(first, first + MARKS)), *(f"count{first}.{step}" for step in range(5))]


def written(world: World) -> list[str]:
    with world.across() as session:
        return sorted(session.scalars(select(ModuleEvent.slug).where(ModuleEvent.actor_name == "probe")))


def states(world: World) -> Counter[JobState]:
    with world.across() as session:
        rows = session.execute(select(QueuedJob.state, func.count()).group_by(QueuedJob.state))
        return Counter({row[0]: row[1] for row in rows})


def at_work(world: World, workers: Workers) -> subprocess.Popen[bytes]:
    """One of the workers that has taken a job; waits for it."""
    taken = select(QueuedJob.worker).where(QueuedJob.state == JobState.RUNNING)
    for _ in range(3_000):
        with reading(world) as session:
            pids = {int(worker.partition("-")[0]) for worker in session.scalars(taken) if worker}
        if found := [process for process in workers.running if process.pid in pids]:
            return found[0]
        time.sleep(0.02)
    raise TimeoutError("nobody takes anything")


@contextmanager
def reading(world: World) -> Iterator[Session]:
    """Without taking SQLite's one place for writers."""
    from jalon.db import open_session
    from jalon.scope import Scope

    with (
        world.app.app_context(),
        open_session(world.jalon.db, Scope(across="a test looks"), read_only=True) as session,
    ):
        yield session


def end_leases(world: World) -> None:
    """As if the time of those who were killed were over, and of those who still work too."""
    with world.across() as session:
        running = update(QueuedJob).where(QueuedJob.state == JobState.RUNNING)
        session.execute(running.values(due_at=real_now()))
        session.commit()


def finish(world: World, workers: Workers) -> None:
    """Whoever is at work is told to stop, and does, in peace; the others are killed, and one does the rest."""
    assert workers.end(at_work(world, workers), signal.SIGTERM) == 0
    for process in list(workers.running):
        workers.end(process, signal.SIGKILL)
    end_leases(world)
    assert workers.start("--once").wait(300) == 0


@pytest.mark.slow
@pytest.mark.both_databases
def test_fifty_kills_lose_nothing_and_do_nothing_twice(world: World, workers: Workers) -> None:
    choose, here, expected = random.Random(6), prepare(world), []
    for _ in range(3):
        workers.start()

    for kill in range(KILLS):
        expected += queue(world, here, kill * MARKS)
        victim = at_work(world, workers)
        time.sleep(choose.uniform(0, 0.15))
        workers.end(victim, signal.SIGKILL)
        end_leases(world)
        workers.start()
    expected += queue(world, here, KILLS * MARKS)
    finish(world, workers)

    assert written(world) == sorted(expected)
    assert states(world) == {JobState.DONE: (KILLS + 1) * (MARKS + 1)}
