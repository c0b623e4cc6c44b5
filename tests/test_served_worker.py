"""The worker that `jalon serve` starts beside itself: it does a job, and leaves with the server, however that goes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jalon import jobs
from jalon.models import JobState, QueuedJob
from jalon.testing.smtp import free_port
from jalon.testing.world import World

pytestmark = pytest.mark.slow


@pytest.fixture
def server(world: World, database_url: str, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`jalon serve` as a demo has it, with one process that answers and its worker; in a group of its own."""
    settings = {"JALON_ENV": "demo", "JALON_DATABASE_URL": database_url, "JALON_DATA_DIR": str(tmp_path)}
    environment = {**os.environ, **settings, "JALON_PORT": str(free_port())}
    command = [sys.executable, "-m", "jalon", "serve", "--workers", "1", "--with-worker"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, env=environment, start_new_session=True, **quiet)
    yield process
    for pid in of_the_group(process.pid):
        os.kill(pid, signal.SIGKILL)
    process.wait(10)


def of_the_group(group: int) -> dict[int, str]:
    """Processes of a group that still run, with their command: the server's children keep its group as orphans."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, _parent, its_group = (folder / "stat").read_text().rpartition(")")[2].split()[:3]
            if int(its_group) == group and state != "Z":
                found[int(folder.name)] = (folder / "cmdline").read_text().replace("\0", " ")
        except (OSError, ValueError):
            continue  # it ended meanwhile
    return found


def within(seconds: float, holds: Callable[[], bool]) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.2)
    return False


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["asked to stop", "killed"])
def test_it_does_a_job_and_leaves_with_the_server(
    world: World, server: subprocess.Popen[bytes], how: signal.Signals
) -> None:
    world.structure("relais")
    with world.inside("relais") as session:
        id = jobs.enqueue(session, "jalon.retention").id
        session.commit()

    def is_done() -> bool:
        with world.across() as session:
            return session.get_one(QueuedJob, id).state is JobState.DONE

    done = within(40, is_done)
    at_work = of_the_group(server.pid)
    os.kill(server.pid, how)
    server.wait(20)
    all_gone = within(15, lambda: not of_the_group(server.pid))

    assert done
    assert any("jalon worker --parent" in command for command in at_work.values())
    assert len(at_work) == 3, at_work  # the server, what answers, the worker
    assert all_gone, of_the_group(server.pid)
    with world.inside("relais") as session:  # nobody holds the one place for writers
        jobs.enqueue(session, "jalon.retention")
        session.commit()
