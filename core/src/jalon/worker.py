"""A worker: queues what is scheduled, takes what is due, and does it, one job after the other."""

from __future__ import annotations

import inspect
import json
import logging
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from jalon import core_jobs, jobs, leases, modules, structures, upkeep
from jalon.clock import now, real_now
from jalon.db import open_session
from jalon.declarations import Job
from jalon.i18n import _, _l
from jalon.leases import LeaseLost, Taken
from jalon.models import EnabledModule, QueuedJob, Structure, User
from jalon.scope import Actor, Scope

if TYPE_CHECKING:
    from jalon.app import Jalon

ACROSS = Scope(across="the worker takes the next job, whichever structure it is for", origin="job")
AUTOMATIC = _l("Automatic task")
CATCH_UP = timedelta(days=35)  # what was scheduled and missed for longer is not made up for
PLAN_EVERY, LOOK_EVERY, UNANSWERED = timedelta(minutes=1), 1.0, 10.0  # the two last in seconds
NOT_NOW = timedelta(minutes=2)
HAND_S = 4.0  # seconds of a request given to the job that it queued; a page that waits longer says nothing
T = TypeVar("T")
log = logging.getLogger(__name__)


class Worker:
    """Works inside an application context of `mount`'s application, until `stop` is set."""

    def __init__(self, mount: Jalon, stop: Event | None = None) -> None:
        self.mount = mount
        self.stop = stop or Event()
        self.jobs = core_jobs.declared(mount.registry)
        self._planned_at: datetime | None = None

    def run(self) -> None:
        """Work until told to stop; a job at hand is finished first, one in batches up to its next batch."""
        while not self.stop.is_set():
            try:
                self._plan_now_and_then()
                if self.nothing_is_ready() or not self.do_next():
                    self.stop.wait(LOOK_EVERY)
            except SQLAlchemyError:  # a database that restarts must not end the worker: what it had is taken again
                log.exception("the database does not answer")
                self.stop.wait(UNANSWERED)

    def run_once(self) -> Counter[str]:
        """Queue what is scheduled, do everything that is due, and leave; how many ended how."""
        self.plan()
        outcomes: Counter[str] = Counter()
        while not self.stop.is_set() and (outcome := self.do_next()):
            outcomes[outcome] += 1
        return outcomes

    def do_next(self, id: int | None = None) -> str:
        """Take one job, or that one, and do it; how it ended (`done`, `later`, `failed`, `refused`, `lost`), empty
        for none."""
        with open_session(self.mount.db, ACROSS) as session:
            taken = leases.take(session, id)
            session.commit()
        if taken is None:
            return ""
        try:
            outcome = self._do(taken)
        except LeaseLost:
            outcome = "lost"
        log.info("job %s no. %s: %s", taken.name, taken.id, outcome)
        return outcome

    def nothing_is_ready(self) -> bool:
        """Whether there is no job to take; looked up without taking SQLite's one place for writers."""
        with open_session(self.mount.db, ACROSS, read_only=True) as reading:
            return reading.scalar(select(QueuedJob.id).where(leases.ready(real_now())).limit(1)) is None

    # --- what is scheduled ---

    def _plan_now_and_then(self) -> None:
        if self._planned_at is None or real_now() - self._planned_at > PLAN_EVERY:
            self._planned_at = real_now()
            self.plan()

    def plan(self) -> None:
        """Queue for each structure what its clock says, once whatever the number of workers; and the upkeep."""
        present = now()
        upkeep.come_by()
        with open_session(self.mount.db, ACROSS, read_only=True) as reading:
            wanted = [due for structure in _open(reading) for due in self._due(reading, structure, present)]
            keys = {f"{name}:{key}" for _scope, name, key in wanted}
            asked = select(QueuedJob.structure_id, QueuedJob.once).where(QueuedJob.once.in_(keys))
            known = {(row.structure_id, row.once) for row in reading.execute(asked)}
        for scope, name, key in wanted:
            assert scope.structure is not None
            if (scope.structure.id, f"{name}:{key}") not in known:
                with open_session(self.mount.db, scope) as session:
                    jobs.enqueue(session, name, once=key)
                    session.commit()
        upkeep.run_due(present)

    def _due(self, reading: Session, structure: Structure, present: datetime) -> list[tuple[Scope, str, str]]:
        """For a structure, each scheduled job with the key of the last time it should be done; nothing before it was
        founded, or its module switched on."""
        scope = self._scope_of(reading, structure)
        query = select(EnabledModule.slug, EnabledModule.since).where(EnabledModule.structure_id == structure.id)
        since = {row.slug: row.since for row in reading.execute(query)}
        found = []
        for job in self.jobs.values():
            module = jobs.module_of(job.name)
            if job.schedule is None or (module != "core" and module not in scope.enabled):
                continue
            floor = max(structure.created_at, since.get(module, structure.created_at), present - CATCH_UP)
            instant = job.schedule.last(scope.zone, after=floor, until=present)
            if instant is not None:
                found.append((scope, job.name, instant.strftime("%Y-%m-%d.%H:%M")))
        return found

    # --- one job ---

    def _do(self, taken: Taken) -> str:
        """Batch after batch, each in a transaction of its own; how it ended. Raises LeaseLost."""
        while isinstance(after := self._one_batch(taken), Taken):
            taken = after
            if self.stop.is_set():
                self._write(leases.give_back, taken)
                return "later"
        return after

    def _one_batch(self, taken: Taken) -> Taken | str:
        """Do the next batch if it may be done now: what is left, or how it ended. Raises LeaseLost."""
        scope = self._scope(taken)
        if why := self._not_now(taken, scope):
            self._write(leases.give_back, taken, wait=NOT_NOW, why=why)
            return "later"
        job = self.jobs.get(taken.name)
        if job is None or jobs.misfit(job, json.loads(taken.arguments)):
            return self._refuse(taken, job)
        if taken.tries > leases.MOST_LOST:
            return self._fail(taken, _("Each worker that did this was stopped while doing it."), most_tries=0)
        try:
            return self._call(job, taken, scope)
        except LeaseLost:
            raise
        except jobs.NotYet as later:
            self._write(leases.give_back, taken, wait=later.wait, why=later.why)
            return "later"
        except (Exception, SystemExit) as error:  # whatever a module's job raises, the worker goes on
            log.exception("job %s no. %s failed", taken.name, taken.id)
            return self._fail(taken, leases.told(error), most_tries=job.most_tries)

    def _call(self, job: Job, taken: Taken, scope: Scope) -> Taken | str:
        """What it does and that it is done, in one transaction. Raises LeaseLost and whatever the job raises."""
        given: dict[str, Any] = json.loads(taken.arguments)
        if "cursor" in inspect.signature(job.function).parameters:
            given["cursor"] = json.loads(taken.cursor) if taken.cursor is not None else None
        if job.lease > leases.TAKEN_FOR:
            self._write(leases.hold, taken, lease=job.lease)
        if job.prepare is not None:
            with open_session(self.mount.db, scope, read_only=True) as reading:
                given["prepared"] = job.prepare(reading, **given)
        with open_session(self.mount.db, scope) as session:
            left = leases.settle(session, taken, job.function(session, **given), lease=job.lease)
            session.commit()
        return left or "done"

    def _scope(self, taken: Taken) -> Scope:
        """The structure's, as it is now, for whoever asked for the job."""
        with open_session(self.mount.db, ACROSS, read_only=True) as reading:
            structure = reading.get_one(Structure, taken.structure_id)
            user = reading.get(User, taken.user_id) if taken.user_id is not None else None
            return self._scope_of(reading, structure, user)

    def _scope_of(self, reading: Session, structure: Structure, user: User | None = None) -> Scope:
        return Scope(
            structure=structures.ref(structure),
            actor=Actor(user.name, user.id) if user else Actor(str(AUTOMATIC)),
            enabled=modules.read_enabled(reading, self.mount.registry, structure.id),
            zone=ZoneInfo(structure.zone),
            origin="job",
        )

    def _not_now(self, taken: Taken, scope: Scope) -> str:
        """Why a job must wait, a sentence; empty when it need not."""
        if taken.module == "core" or modules.enabled(scope, taken.module):
            return ""
        module = self.mount.registry.get(taken.module)
        name = module.name if module else taken.module
        return _("It waits: the module “%(module)s” does not answer for this structure.", module=name)

    def _refuse(self, taken: Taken, job: Job | None) -> str:
        sentence = (
            _("It was queued by another version, and this one does not know this task any more.")
            if job is None
            else _("It was queued by another version, and this one needs other details to do it.")
        )
        log.warning("job %s no. %s is not understood", taken.name, taken.id)
        self._write(leases.refuse, taken, sentence=sentence)
        return "refused"

    def _fail(self, taken: Taken, sentence: str, *, most_tries: int) -> str:
        given_up = self._write(leases.fail, taken, sentence=sentence, most_tries=most_tries)
        return "failed" if given_up else "later"

    def _write(self, note: Callable[..., T], taken: Taken, **details: Any) -> T:
        """Write something about the job itself, in a short transaction. Raises LeaseLost."""
        with open_session(self.mount.db, ACROSS) as session:
            answer = note(session, taken, **details)
            session.commit()
            return answer


class _Until(Event):
    """Is set by itself, some seconds from now."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.over = monotonic() + seconds

    def is_set(self) -> bool:
        return monotonic() >= self.over


def lend_a_hand(mount: Jalon, job_id: int) -> str:
    """Begin a job in the request that queued it, as any worker would, and leave what is not done in a few seconds to
    the workers: who sends thirty lines waits for nobody, and a site without a worker is no dead end.

    The caller has committed, and its session holds no lock. How it ended, as `Worker.do_next` says.
    """
    return Worker(mount, _Until(HAND_S)).do_next(job_id)


def _open(reading: Session) -> list[Structure]:
    return list(reading.scalars(select(Structure).where(Structure.closed_at.is_(None)).order_by(Structure.id)))
