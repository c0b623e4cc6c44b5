"""Jobs: queued with their data, done once, tried again, refused, stopped and shared; what is scheduled; the upkeep."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from jalon import jobs, leases, upkeep
from jalon.clock import real_now
from jalon.db import open_session
from jalon.declarations import Job, Progress
from jalon.errors import DomainError, ScopeViolation
from jalon.models import (
    Attempt,
    EnabledModule,
    InstalledModule,
    JobState,
    ModuleEvent,
    OpenSession,
    QueuedJob,
    Structure,
    Upkeep,
)
from jalon.schedule import Schedule
from jalon.scope import Actor, Scope, scope_of, structure_of
from jalon.testing.world import World
from jalon.worker import Worker

HERE = "relais"


def effect(session: Session, name: str) -> None:
    """A row whose number tells how often something was done."""
    session.add(ModuleEvent(slug=name, action="enabled", actor_name=scope_of(session).actor.name))


def effects(world: World) -> list[str]:
    with world.inside(HERE) as session:
        return list(session.scalars(select(ModuleEvent.slug).order_by(ModuleEvent.id)))


Declare = Callable[..., Worker]


@pytest.fixture
def declare(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Declare:
    """A worker that knows one more job, in a world with one structure."""
    world.structure(HERE)
    world.app.config["JALON_DATA_DIR"] = str(tmp_path)
    monkeypatch.setattr(jobs, "_declared", dict(jobs._declared))

    def one(function: Any, *, name: str = "jalon.probe", **details: Any) -> Worker:
        job = Job(name, "Probe", function, **details)
        jobs.declare(jobs.module_of(name), [job])
        with world.app.app_context():
            worker = Worker(world.jalon)
        worker.jobs = {**worker.jobs, name: job}
        return worker

    return one


def queue(world: World, name: str = "jalon.probe", arguments: dict[str, Any] | None = None, **details: Any) -> int:
    with world.inside(HERE) as session:
        id = jobs.enqueue(session, name, arguments, **details).id
        session.commit()
        return id


def work(world: World, worker: Worker) -> str:
    with world.app.app_context():
        return worker.do_next()


def read(world: World, id: int) -> QueuedJob:
    with world.across() as session:
        job = session.get_one(QueuedJob, id)
        session.expunge(job)
        return job


def make_due(world: World, id: int, **values: Any) -> None:
    with world.across() as session:
        session.execute(update(QueuedJob).where(QueuedJob.id == id).values({"due_at": real_now(), **values}))
        session.commit()


# --- queueing ---


@pytest.mark.both_databases
def test_a_job_is_queued_with_its_data_or_not_at_all(world: World, declare: Declare) -> None:
    worker = declare(lambda session: effect(session, "done"))
    with world.inside(HERE) as session:
        jobs.enqueue(session, "jalon.probe")
        session.rollback()

    assert work(world, worker) == ""
    queue(world)
    assert work(world, worker) == "done"
    assert work(world, worker) == ""
    assert effects(world) == ["done"]


@pytest.mark.both_databases
def test_asking_twice_is_asking_once(world: World, declare: Declare) -> None:
    worker = declare(lambda session, number: effect(session, f"n{number}"))
    first = queue(world, arguments={"number": 42}, once="42:2026-06-01")

    with world.inside(HERE) as one, world.inside(HERE) as session:
        again = jobs.enqueue(session, "jalon.probe", {"number": 42}, once="42:2026-06-01").id
        assert scope_of(one).structure == scope_of(session).structure
    assert work(world, worker) == "done"
    later = queue(world, arguments={"number": 42}, once="42:2026-06-01")
    other = queue(world, arguments={"number": 43}, once="43:2026-06-01")

    assert [again, later] == [first, first]
    assert other != first
    assert effects(world) == ["n42"]


def test_a_key_is_the_structures_own(world: World, declare: Declare) -> None:
    declare(lambda session: None)
    world.structure("scop")
    first = queue(world, once="key")

    with world.inside("scop") as session:
        assert jobs.enqueue(session, "jalon.probe", once="key").id != first


@pytest.mark.parametrize(
    "arguments",
    [
        {"number": "Hélène Lefèvre"},
        {"number": "Dupont"},
        {"number": ["x", "Awa"]},
        {"number": 1.5},
        {"number": {"id": 1}},
        {"number": object()},
        {"number": "x" * 65},
        {},
        {"number": 1, "other": 2},
    ],
)
def test_what_may_be_a_name_or_does_not_fit_is_not_queued(
    world: World, declare: Declare, arguments: dict[str, Any]
) -> None:
    declare(lambda session, number: None)

    with world.inside(HERE) as session, pytest.raises(TypeError):
        jobs.enqueue(session, "jalon.probe", arguments)


@pytest.mark.parametrize("value", [1, True, None, "2026-11-24", "2026-11-24T08:30:00+00:00", "a-code.1:b", [1, 2]])
def test_ids_codes_and_dates_are_queued(world: World, declare: Declare, value: Any) -> None:
    declare(lambda session, number: None)

    with world.inside(HERE) as session:
        assert jobs.enqueue(session, "jalon.probe", {"number": value}).state is JobState.WAITING


def test_a_job_needs_a_structure_a_declaration_and_a_key_that_names_nobody(world: World, declare: Declare) -> None:
    declare(lambda session: None)

    with world.across() as session, pytest.raises(ScopeViolation):
        jobs.enqueue(session, "jalon.probe")
    with world.inside(HERE) as session, pytest.raises(LookupError):
        jobs.enqueue(session, "jalon.unheard_of")
    with world.inside(HERE) as session, pytest.raises(TypeError):
        jobs.enqueue(session, "jalon.probe", once="Awa Diallo")
    with pytest.raises(ValueError, match="must be called rental"):
        jobs.declare("rental", [Job("fleet.probe", "Probe", lambda session: None)])


def test_a_job_may_wait_for_its_hour(world: World, declare: Declare) -> None:
    worker = declare(lambda session: effect(session, "done"))
    id = queue(world, run_at=real_now() + timedelta(hours=1))

    assert work(world, worker) == ""
    make_due(world, id)
    assert work(world, worker) == "done"


# --- doing ---


def test_a_job_acts_in_its_structure_for_whoever_asked(world: World, declare: Declare) -> None:
    seen: list[Any] = []
    worker = declare(lambda session: seen.append(scope_of(session)))
    user = world.user("zoe", relais=["direction"])
    with world.inside(HERE, actor=Actor("Zoe", user.id)) as session:
        jobs.enqueue(session, "jalon.probe")
        session.commit()

    work(world, worker)

    scope = seen[0]
    assert (scope.structure.slug, scope.origin, scope.actor) == (HERE, "job", Actor("Zoe", user.id))
    assert scope.permissions == frozenset()


@pytest.mark.both_databases
def test_what_failed_left_nothing_and_names_nobody(world: World, declare: Declare) -> None:
    def fails(session: Session) -> None:
        effect(session, "half")
        session.flush()
        raise RuntimeError("Awa Diallo has no telephone")

    worker = declare(fails)
    id = queue(world)

    assert work(world, worker) == "later"
    job = read(world, id)
    assert effects(world) == []
    assert "Awa" not in job.error
    assert job.error.startswith("RuntimeError (test_jobs.py:")
    assert job.due_at > real_now() + timedelta(seconds=20)


class Refusal(DomainError):
    message = "%(name)s has no telephone, %(n)d times"


def test_a_refusal_is_told_without_what_fills_it() -> None:
    assert leases.told(Refusal(name="Awa Diallo", n=3)) == "… has no telephone, 0 times"


@pytest.mark.parametrize(
    ("tries", "seconds"),
    [(1, 30), (2, 120), (3, 480), (4, 1_920), (5, 7_680), (6, 21_600), (7, 21_600), (1_000, 21_600)],
)
def test_it_is_tried_again_later_and_later(tries: int, seconds: int) -> None:
    assert leases.wait_after(tries) == timedelta(seconds=seconds)


def test_after_its_last_try_it_is_given_up_and_can_be_tried_by_hand(world: World, declare: Declare) -> None:
    mended = Event()

    def fails(session: Session) -> None:
        if not mended.is_set():
            raise RuntimeError
        effect(session, "done")

    worker = declare(fails, most_tries=2)
    id = queue(world)
    outcomes = [work(world, worker)]
    make_due(world, id)
    outcomes.append(work(world, worker))

    assert outcomes == ["later", "failed"]
    assert (read(world, id).state, read(world, id).tries) == (JobState.FAILED, 2)
    mended.set()
    with world.inside(HERE) as session:
        jobs.retry(session, session.get_one(QueuedJob, id))
        session.commit()
    assert work(world, worker) == "done"
    assert read(world, id).error == ""
    assert effects(world) == ["done"]


def test_what_another_version_queued_is_done_or_says_why_not(world: World, declare: Declare) -> None:
    worker = declare(lambda session, number: effect(session, f"n{number}"))
    known = queue(world, arguments={"number": 1})
    changed, unknown = queue(world, arguments={"number": 2}), queue(world, arguments={"number": 3})
    make_due(world, changed, arguments='{"id": 2}')
    make_due(world, unknown, name="jalon.long_gone")

    outcomes = sorted(work(world, worker) for _ in range(3))

    assert outcomes == ["done", "refused", "refused"]
    assert effects(world) == ["n1"]
    assert read(world, known).state is JobState.DONE
    assert [read(world, id).state for id in (changed, unknown)] == [JobState.REFUSED] * 2
    assert len({read(world, id).error for id in (changed, unknown)} - {""}) == 2


def test_a_job_waits_while_its_module_is_off(world: World, declare: Declare) -> None:
    worker = declare(lambda session: effect(session, "done"), name="rental.probe")
    world.enable(HERE, "rental")
    id = queue(world, "rental.probe")
    world.disable(HERE, "rental")

    assert work(world, worker) == ""
    world.enable(HERE, "rental")
    assert work(world, worker) == "done"
    assert read(world, id).tries == 1


def test_a_module_that_is_on_and_does_not_answer_is_waited_for(world: World, declare: Declare) -> None:
    worker = declare(lambda session: effect(session, "done"), name="rental.probe")
    world.enable(HERE, "rental")
    id = queue(world, "rental.probe")
    module = world.jalon.registry.modules["rental"]
    module.trouble = "its code cannot be loaded"

    try:
        assert work(world, worker) == "later"
    finally:
        module.trouble = ""
    job = read(world, id)
    assert (job.state, job.tries) == (JobState.WAITING, 0)
    assert "Location" in job.error or "rental" in job.error
    make_due(world, id)
    assert work(world, worker) == "done"


@pytest.mark.parametrize("enabled", [True, False], ids=["where it is on", "where it is off"])
def test_a_job_of_a_module_whose_code_is_gone_waits_and_stops_nobody(
    world: World, declare: Declare, enabled: bool
) -> None:
    worker = declare(lambda session: effect(session, "done"))
    here, id = {"structure_id": _id_of(world)}, queue(world)
    make_due(world, id, module="gone", name="gone.sweep")
    with world.across() as session:
        session.add(InstalledModule(slug="gone", name="Gone", version="0.1.0"))
        session.add_all([EnabledModule(slug="gone", **here)] if enabled else [])
        session.commit()
    queue(world)

    assert [work(world, worker) for _ in range(3)] == (["later", "done", ""] if enabled else ["done", "", ""])
    job = read(world, id)
    assert (job.state, job.tries) == (JobState.WAITING, 0)
    assert ("gone" in job.error) is enabled
    world.user("ida", relais=["direction"])
    page = world.client("ida").get(f"/relais/jobs/{id}/")
    assert page.status_code == 200
    assert "gone" in page.text
    assert effects(world) == ["done"]


def _id_of(world: World) -> int:
    with world.inside(HERE) as session:
        return structure_of(session).id


# --- in batches ---


def in_tens(session: Session, cursor: int | None) -> Progress:
    """Thirty records, ten at a time."""
    first = cursor or 0
    effect(session, f"from{first}")
    after = first + 10
    return Progress(cursor=after if after < 30 else None, done=after, total=30, text=f"{after} lines")


def test_each_batch_is_kept_and_the_module_is_asked_for_again(world: World, declare: Declare) -> None:
    def one_then_off(session: Session, cursor: int | None) -> Progress:
        progress = in_tens(session, cursor)
        if cursor is None:
            going_off.set()
        return progress

    going_off = Event()
    worker = declare(one_then_off, name="rental.probe")
    world.enable(HERE, "rental")
    id = queue(world, "rental.probe")
    asked = worker._not_now
    worker._not_now = lambda taken, scope: "off" if going_off.is_set() else asked(taken, scope)  # type: ignore[method-assign]

    assert work(world, worker) == "later"
    job = read(world, id)
    assert (job.done, job.total, job.said, job.error) == (10, 30, "10 lines", "off")
    going_off.clear()
    make_due(world, id)
    worker._not_now = asked  # type: ignore[method-assign]

    assert work(world, worker) == "done"
    assert [name for name in effects(world) if name.startswith("from")] == ["from0", "from10", "from20"]
    assert (read(world, id).done, read(world, id).cursor) == (30, None)


def test_a_worker_that_is_stopped_leaves_the_rest_to_others(world: World, declare: Declare) -> None:
    worker = declare(in_tens)
    id = queue(world)
    worker.stop.set()

    assert work(world, worker) == "later"
    assert (read(world, id).state, read(world, id).done, read(world, id).tries) == (JobState.WAITING, 10, 0)
    assert work(world, declare(in_tens)) == "done"
    assert effects(world) == ["from0", "from10", "from20"]


@pytest.mark.both_databases
def test_what_was_done_after_the_lease_counts_for_nothing(world: World, declare: Declare) -> None:
    def slow(session: Session) -> None:
        if not met:
            met.append("slow")
            make_due(world, id)
            assert work(world, fast) == "done"
        effect(session, "done")

    met: list[str] = []
    fast, worker = declare(slow), declare(slow)
    id = queue(world)

    assert work(world, worker) == "lost"
    assert effects(world) == ["done"]
    assert read(world, id).state is JobState.DONE


@pytest.mark.both_databases
def test_cancelling_undoes_what_is_being_done(world: World, declare: Declare) -> None:
    def cancelled(session: Session) -> None:
        with world.inside(HERE) as other:
            jobs.cancel(other, other.get_one(QueuedJob, id))
            other.commit()
        effect(session, "done")

    worker = declare(cancelled)
    id = queue(world)

    assert work(world, worker) == "lost"
    assert effects(world) == []
    assert read(world, id).state is JobState.CANCELLED
    with world.inside(HERE) as session, pytest.raises(jobs.NothingToCancel):
        jobs.cancel(session, session.get_one(QueuedJob, id))


def test_a_job_of_which_nothing_is_ever_heard_is_given_up(world: World, declare: Declare) -> None:
    worker = declare(lambda session: effect(session, "done"))
    id = queue(world)
    make_due(world, id, tries=leases.MOST_LOST)

    assert work(world, worker) == "failed"
    assert read(world, id).error != ""


def test_what_is_slow_is_done_before_the_transaction(world: World, declare: Declare) -> None:
    def prepare(session: Session, number: int) -> str:
        with world.inside(HERE) as meanwhile:  # on SQLite, somebody else can write
            effect(meanwhile, "meanwhile")
            meanwhile.commit()
        return f"made{number}"

    worker = declare(lambda session, number, prepared: effect(session, prepared), prepare=prepare)
    queue(world, arguments={"number": 7})

    assert work(world, worker) == "done"
    assert effects(world) == ["meanwhile", "made7"]


# --- scheduled, and the upkeep ---


@pytest.mark.both_databases
def test_what_is_scheduled_is_queued_once_for_each_structure(
    world: World, declare: Declare, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker, other = (declare(lambda session: None, schedule=Schedule("30 2 * * *")) for _ in range(2))
    world.structure("scop")
    founded = datetime(2026, 3, 1, tzinfo=UTC)
    monkeypatch.setattr(upkeep, "CHORES", ())
    with world.across() as session:
        session.execute(update(Structure).values(created_at=founded))
        session.commit()

    def queued_at(instant: str) -> int:
        monkeypatch.setattr("jalon.worker.now", lambda: datetime.fromisoformat(instant))
        with world.app.app_context():
            worker.plan()
            other.plan()
        with world.across() as session:
            return session.scalar(select(func.count()).where(QueuedJob.name == "jalon.probe")) or 0

    assert queued_at("2026-03-29T01:29:00+00:00") == 2  # the night before, for both
    assert queued_at("2026-03-29T01:30:00+00:00") == 4
    assert queued_at("2026-03-29T23:00:00+00:00") == 4
    assert queued_at("2026-10-25T01:40:00+00:00") == 6  # what was missed all summer is not made up for
    assert queued_at("2026-10-25T00:40:00+00:00") == 6


def test_nothing_is_scheduled_from_before_a_structure_was_founded(
    world: World, declare: Declare, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = declare(lambda session: None, schedule=Schedule("30 2 * * *"))
    monkeypatch.setattr(upkeep, "CHORES", ())

    with world.app.app_context():
        worker.plan()

    with world.across() as session:
        assert session.scalar(select(func.count()).select_from(QueuedJob)) == 0


def test_the_command_does_what_is_due_and_leaves(world: World, declare: Declare) -> None:
    handler = signal.getsignal(signal.SIGTERM)
    first = queue(world, "jalon.retention")

    runs = [world.app.test_cli_runner().invoke(args=["jalon", "worker", "--once"]) for _ in range(2)]

    assert [(run.exit_code, run.output) for run in runs] == [(0, "1 done\n"), (0, "nothing due\n")]
    assert read(world, first).state is JobState.DONE
    assert signal.getsignal(signal.SIGTERM) is handler


def test_retention_is_done_every_night_in_every_structure(world: World, declare: Declare) -> None:
    with world.app.app_context():
        worker = Worker(world.jalon)
    id = queue(world, "jalon.retention")

    assert work(world, worker) == "done"
    assert read(world, id).done == 0
    assert worker.jobs["jalon.retention"].schedule is not None


@pytest.mark.both_databases
def test_the_upkeep_removes_what_is_over_once_a_night(world: World, tmp_path: Path) -> None:
    world.app.config["JALON_DATA_DIR"] = str(tmp_path)
    user = world.user("zoe")
    long_ago, present = real_now() - timedelta(days=400), real_now()
    with world.across() as session:
        session.add_all([Attempt(key="old", at=long_ago), Attempt(key="new", at=present)])
        seen = {"user_id": user.id, "device": "x"}
        session.add(OpenSession(digest="old", seen_at=long_ago, **seen))
        session.add(OpenSession(digest="new", seen_at=present, **seen))
        session.add(Upkeep(name="of an earlier version", error="it failed"))
        session.commit()

    with world.app.app_context():
        done = [upkeep.run_due(present), upkeep.run_due(present), upkeep.run_due(present + timedelta(days=1))]

    assert done == [len(upkeep.CHORES), 0, len(upkeep.CHORES)]
    with world.across() as session:
        assert list(session.scalars(select(Attempt.key))) == ["new"]
        assert list(session.scalars(select(OpenSession.digest))) == ["new"]
        assert set(session.scalars(select(Upkeep.error))) == {""}


def test_a_chore_that_fails_keeps_no_other_from_being_done(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(session: Session) -> int:
        raise RuntimeError("Awa Diallo")

    monkeypatch.setattr(upkeep, "CHORES", (upkeep.Chore("bad", fails), *upkeep.CHORES[:1]))

    with world.app.app_context():
        done = [upkeep.run_due(real_now()), upkeep.run_due(real_now())]

    assert done == [1, 0]
    with world.across() as session:
        assert "Awa" not in session.get_one(Upkeep, "bad").error
        assert session.get_one(Upkeep, "bad").error.startswith("RuntimeError")


def test_what_ended_long_ago_is_forgotten(world: World, declare: Declare) -> None:
    worker = declare(lambda session: None)
    old, recent = queue(world), queue(world)
    assert [work(world, worker), work(world, worker)] == ["done", "done"]
    make_due(world, old, finished_at=real_now() - timedelta(days=91))

    with world.across() as session:
        assert jobs.forget(session) == 1
        assert list(session.scalars(select(QueuedJob.id))) == [recent]


@pytest.mark.both_databases
def test_two_workers_share_the_jobs(world: World, declare: Declare) -> None:
    crew = [declare(lambda session, number: effect(session, f"n{number:02}")) for _ in range(2)]
    for number in range(30):
        queue(world, arguments={"number": number})

    def work_all(worker: Worker) -> int:
        with world.app.app_context():
            return worker.run_once()["done"]

    with ThreadPoolExecutor(2) as pool:
        shares = list(pool.map(work_all, crew))

    assert sum(shares) == 30
    assert sorted(effects(world)) == [f"n{number:02}" for number in range(30)]
    assert min(shares) > 0


@pytest.mark.both_databases
def test_a_worker_killed_in_the_middle_loses_nothing_and_does_nothing_twice(world: World, declare: Declare) -> None:
    def slow(session: Session, number: int) -> None:
        effect(session, f"n{number:02}")
        session.flush()
        time.sleep(0.02)

    worker, choose = declare(slow), random.Random(3)
    with world.inside(HERE) as session:
        for number in range(40):
            jobs.enqueue(session, "jalon.probe", {"number": number})
        session.commit()

    for _ in range(3):
        kill_at_work(world, worker, choose.uniform(0, 0.1))
        with world.across() as session:  # as if their time were over
            session.execute(update(QueuedJob).where(QueuedJob.finished_at.is_(None)).values(due_at=real_now()))
            session.commit()

    with world.app.app_context():
        worker.run_once()
    assert sorted(effects(world)) == [f"n{number:02}" for number in range(40)]


def kill_at_work(world: World, worker: Worker, after_s: float) -> None:
    """A process of its own works until it is killed; tests/test_worker_kills.py does it with the real command."""
    with world.app.app_context():
        engine = world.jalon.db.engine
    pid = os.fork()
    if pid == 0:
        try:
            engine.dispose(close=False)
            with world.app.app_context():
                worker.run()
        finally:
            os._exit(1)
    try:
        begun = time.monotonic()
        while time.monotonic() < begun + 20 and not is_at_work(world, pid):
            time.sleep(0.01)
        time.sleep(after_s)
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def is_at_work(world: World, pid: int) -> bool:
    across = Scope(across="a test looks")
    with world.app.app_context(), open_session(world.jalon.db, across, read_only=True) as session:
        mine = select(QueuedJob.id).where(QueuedJob.worker.startswith(f"{pid}-")).limit(1)
        return session.scalar(mine) is not None
