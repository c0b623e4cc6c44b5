"""`jalon worker`: does what pages leave to be done afterwards, and what is scheduled."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from types import FrameType

import click
from flask import current_app
from flask.cli import with_appcontext

from jalon import logs
from jalon.app_of import mount
from jalon.cli.common import refusing
from jalon.worker import Worker

WATCH_EVERY = 1.0  # seconds


@click.command("worker")
@click.option("--once", is_flag=True, help="Do what is due, and leave.")
@click.option("--parent", type=int, hidden=True, help="Leave when this process is gone.")
@with_appcontext
def worker(once: bool, parent: int | None) -> None:
    """Do the automatic tasks, until stopped; several may run at once."""
    if not current_app.testing:
        logs.to_stderr(as_json=current_app.config.get("JALON_ENV") == "production")
    with refusing(), _stopped_by_signals() as stop:
        working = Worker(mount(current_app), stop)
        if parent is not None:
            threading.Thread(target=_leave_with, args=(parent, stop), daemon=True).start()
        if once:
            outcomes = working.run_once()
            click.echo(", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items())) or "nothing due")
        else:
            working.nothing_is_ready()  # a database without our tables is told now, not in a log without end
            working.run()


@contextmanager
def _stopped_by_signals() -> Iterator[Event]:
    """A job at hand is finished; whoever cannot wait kills, and nothing is lost."""
    stop = Event()

    def end(number: int, frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _leave_with(parent: int, stop: Event) -> None:
    while os.getppid() == parent and not stop.is_set():
        time.sleep(WATCH_EVERY)
    stop.set()
