"""How much workers do in a second: real processes of `jalon worker`, and mail through a real server on the loopback."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from figures import QUICK, Rate
from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from jalon import jobs, messages, upkeep
from jalon.clock import now
from jalon.core_messages import WORD
from jalon.db import open_session
from jalon.message_texts import FREE
from jalon.models import JobState, QueuedJob
from jalon.scope import Scope
from jalon.testing.smtp import Mailbox, receiving
from jalon.testing.world import World

COUNT = 60 if QUICK else 400
JOB = "rental.remind"  # where nobody is due: a real job, and a short one
LOOKING = Scope(across="the bench counts what is done")
LONGEST = 300.0  # seconds


def measure(world: World, slug: str, url: str) -> list[Rate]:
    """Jobs and messages a second of a structure with rental, by one worker and by two."""
    with world.app.app_context():
        upkeep.run_due(now())  # else the first worker does it while it is measured
    rates = []
    with receiving() as mailbox:
        for number in (1, 2):
            by = "1 worker" if number == 1 else f"{number} workers"
            with _workers(url, mailbox, number):
                _wait_for_all(world, slug, number)
                rates.append(_rate(world, slug, f"jobs, {by}", JOB, _queue_job))
                rates.append(_rate(world, slug, f"messages by mail, {by}", messages.JOB, _queue_message))
        assert len(mailbox.messages) == 2 * COUNT, "a message did not arrive"
    return sorted(rates, key=lambda rate: rate.name)


@contextmanager
def _workers(url: str, mailbox: Mailbox, number: int) -> Iterator[None]:
    with tempfile.TemporaryDirectory() as folder:
        settings = {"JALON_ENV": "demo", "JALON_DATABASE_URL": url, "JALON_DATA_DIR": folder}
        environment = {**os.environ, **settings, "JALON_MAIL_URL": mailbox.url}
        command = [sys.executable, "-m", "jalon", "worker"]
        running = [subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) for _ in range(number)]
        try:
            yield
        finally:
            for process in running:
                process.terminate()
            for process in running:
                process.wait(30)


def _wait_for_all(world: World, slug: str, number: int) -> None:
    """Until each worker is there: both have taken something while the other still works."""
    seen: set[str] = set()
    until = time.monotonic() + LONGEST
    while len(seen) < number:
        assert time.monotonic() < until, "the workers do not come"
        _queue(world, slug, 10, _queue_job)
        while _count(world, QueuedJob.finished_at.is_(None)):
            with _looking(world) as session:
                found = session.scalars(select(QueuedJob.worker).where(QueuedJob.state == JobState.RUNNING))
                seen |= {worker.partition("-")[0] for worker in found if worker}
            time.sleep(0.01)


def _rate(world: World, slug: str, name: str, job: str, queue: Callable[[Session, int], object]) -> Rate:
    """From the end of the first to that of the last: how soon a worker looks is no matter of speed."""
    with _looking(world) as session:
        before = session.scalar(select(func.max(QueuedJob.id))) or 0
    _queue(world, slug, COUNT, queue)
    mine = and_(QueuedJob.id > before, QueuedJob.name == job)
    until = time.monotonic() + LONGEST
    while _count(world, and_(mine, QueuedJob.state == JobState.DONE)) < COUNT:
        assert time.monotonic() < until, f"{name}: not done in {LONGEST:.0f} seconds"
        time.sleep(0.2)
    with _looking(world) as session:
        first, last = session.execute(
            select(func.min(QueuedJob.finished_at), func.max(QueuedJob.finished_at)).where(mine)
        ).one()
    return Rate(name, (COUNT - 1) / (last - first).total_seconds(), COUNT)


def _queue(world: World, slug: str, count: int, queue: Callable[[Session, int], object]) -> None:
    with world.inside(slug) as session:
        for number in range(count):
            queue(session, number)
        session.commit()


def _queue_job(session: Session, number: int) -> object:
    return jobs.enqueue(session, JOB)


def _queue_message(session: Session, number: int) -> object:
    return messages.queue(session, WORD, address=f"reader{number}@test.example", fields={FREE: "À demain."})


def _count(world: World, condition: ColumnElement[bool]) -> int:
    with _looking(world) as session:
        return session.scalar(select(func.count()).select_from(QueuedJob).where(condition)) or 0


@contextmanager
def _looking(world: World) -> Iterator[Session]:
    """Without taking SQLite's one place for writers."""
    with world.app.app_context(), open_session(world.jalon.db, LOOKING, read_only=True) as session:
        yield session
