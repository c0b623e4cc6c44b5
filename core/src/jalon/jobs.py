"""Rules of jobs: queueing one with the data it is about, seeing where it stands, trying it again, giving it up."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from jalon.clock import now, real_now
from jalon.declarations import Job
from jalon.errors import DomainError
from jalon.i18n import _l
from jalon.models import JOB_STEPS, JobState, QueuedJob
from jalon.scope import scope_of, structure_of

KEPT = timedelta(days=90)  # after its end; longer than the worker looks back for what was scheduled
LONGEST_KEY = 79  # characters; with the longest name, what the column holds
_NAME = re.compile(r"[a-z][a-z0-9]*(\.[a-z][a-z0-9_]*)+")
_CODE = re.compile(r"[a-z0-9_:.\-]{1,64}|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+-][0-9:]+)")
_declared: dict[str, Job] = {}


class NotYet(Exception):
    """What a job needs is not to be had now: raised by it, the job is given back and this counts as no try.

    `wait` is how long to leave it; `why` a sentence without any name, for whoever looks at the job.
    """

    def __init__(self, wait: timedelta, why: str) -> None:
        super().__init__(why)
        self.wait, self.why = wait, why


class NothingToTry(DomainError):
    """It is being done, or was done, meanwhile."""

    message = _l("This task is being done or is done: there is nothing to try again.")


class NothingToCancel(DomainError):
    """It ended meanwhile."""

    message = _l("This task has ended meanwhile: nothing was cancelled.")


def declare(owner: str, jobs: Iterable[Job]) -> None:
    """Make a module's jobs known to `enqueue`. Raises ValueError for a name that does not begin with its slug."""
    prefix = "jalon" if owner == "core" else owner
    for job in jobs:
        if not _NAME.fullmatch(job.name) or len(job.name) > 80 or not job.name.startswith(f"{prefix}."):
            raise ValueError(f"the job {job.name} must be called {prefix}.something, in at most 80 characters")
        _declared[job.name] = job


def enqueue(
    session: Session,
    name: str,
    arguments: Mapping[str, Any] | None = None,
    *,
    once: str | None = None,
    run_at: datetime | None = None,
) -> QueuedJob:
    """Have a declared job done for the session's structure, in the transaction of the caller's data, at once or later.

    arguments: JSON of ids, codes in lower case, dates, truths and lists of these; never what somebody is called.
    With `once`, asking twice is asking once, also after it was done: the first one is returned. Whoever asks is whom
    the job acts for. Raises LookupError for a job that nobody declares, TypeError for arguments that it does not
    take or that may be a name, ScopeViolation without a structure.
    """
    structure_of(session)
    given = dict(arguments or {})
    _check(name, given)
    key = _key(name, once) if once is not None else None
    if key is not None and (known := _asked(session, key)) is not None:
        return known
    due_at = real_now() + (run_at - now() if run_at is not None else timedelta())
    queued = QueuedJob(
        module=module_of(name),
        name=name,
        arguments=json.dumps(given, sort_keys=True),
        once=key,
        run_at=due_at,
        due_at=due_at,
        user_id=scope_of(session).actor.user_id,
    )
    if key is None:
        session.add(queued)
        session.flush()
        return queued
    return _add_once(session, queued, key)


def _add_once(session: Session, queued: QueuedJob, key: str) -> QueuedJob:
    """Two who ask at the same moment are told of the same job."""
    try:
        with session.begin_nested():
            session.add(queued)
            session.flush()
    except IntegrityError:
        known = _asked(session, key)
        if known is None:
            raise
        return known
    return queued


def _asked(session: Session, key: str) -> QueuedJob | None:
    return session.scalar(select(QueuedJob).where(QueuedJob.once == key))


def _key(name: str, once: str) -> str:
    if len(once) > LONGEST_KEY or not _CODE.fullmatch(once):
        raise TypeError(f"the key of {name} is no code: a name of somebody must not stand there")
    return f"{name}:{once}"


def _check(name: str, arguments: dict[str, Any]) -> None:
    job = _declared.get(name)
    if job is None:
        raise LookupError(f"no module declares the job {name}")
    if unfit := misfit(job, arguments):
        raise TypeError(f"the job {name}: {unfit}")
    for key, value in arguments.items():
        if not _is_nameless(value):
            raise TypeError(f"the job {name}: {key} must be ids, codes in lower case or dates, never a name")


def _is_nameless(value: object) -> bool:
    if value is None or isinstance(value, (bool, int)):
        return True
    if isinstance(value, str):
        return bool(_CODE.fullmatch(value))
    return isinstance(value, (list, tuple)) and all(map(_is_nameless, value))


def misfit(job: Job, arguments: Mapping[str, Any]) -> str:
    """Why a job cannot be called with these arguments, in Python's words; empty when it can."""
    own = {key: None for key in ("cursor", "prepared") if key in inspect.signature(job.function).parameters}
    try:
        inspect.signature(job.function).bind(None, **own, **arguments)
    except TypeError as error:
        return str(error)
    return ""


def module_of(name: str) -> str:
    """The module whose job that is, `core` for ours."""
    slug = name.partition(".")[0]
    return "core" if slug == "jalon" else slug


def find(session: Session, id: int) -> QueuedJob | None:
    """The job, when it is the structure's."""
    return session.scalar(select(QueuedJob).where(QueuedJob.id == id))


def is_readable(session: Session, job: QueuedJob) -> bool:
    """By whoever asked for it, whoever may see all of them, and, what nobody asked for, by everybody."""
    scope = scope_of(session)
    return scope.may("jalon.jobs.read") or job.user_id in (None, scope.actor.user_id)


def listed(
    session: Session, *conditions: ColumnElement[bool], limit: int, soonest_first: bool = False
) -> list[QueuedJob]:
    """The structure's jobs, the last queued first unless what is done soonest is asked for."""
    order = (QueuedJob.due_at, QueuedJob.id) if soonest_first else (QueuedJob.id.desc(),)
    return list(session.scalars(select(QueuedJob).where(*conditions).order_by(*order).limit(limit)))


def to_come(session: Session) -> ColumnElement[bool]:
    """Waiting or being done."""
    return QueuedJob.finished_at.is_(None)


def stuck(session: Session) -> ColumnElement[bool]:
    """Ended badly: somebody must look at it."""
    return QueuedJob.state.in_((JobState.FAILED, JobState.REFUSED))


def over(session: Session) -> ColumnElement[bool]:
    """Done, or cancelled."""
    return QueuedJob.state.in_((JobState.DONE, JobState.CANCELLED))


def anything(session: Session) -> ColumnElement[bool]:
    """All that are kept."""
    return QueuedJob.id > 0


def retry(session: Session, job: QueuedJob) -> None:
    """Have it done now, where it stopped, with all its tries before it. Raises NothingToTry."""
    values = {"state": JobState.WAITING, "due_at": real_now(), "finished_at": None, "tries": 0, "worker": None}
    if not _move(session, job, JobState.WAITING, but=JobState.RUNNING, values=values):
        raise NothingToTry


def cancel(session: Session, job: QueuedJob) -> None:
    """Never do it; of one that is being done, the batch at hand is undone. Raises NothingToCancel."""
    values = {"state": JobState.CANCELLED, "finished_at": real_now(), "worker": None}
    if not _move(session, job, JobState.CANCELLED, values=values):
        raise NothingToCancel


def may_retry(job: QueuedJob) -> bool:
    """Whether trying it now would change anything."""
    later = job.state is JobState.WAITING and (job.due_at > real_now() or job.tries > 0)
    return later or (job.state is not JobState.RUNNING and job.finished_at is not None and _leads(job.state))


def _leads(state: JobState) -> bool:
    return (state, JobState.WAITING) in JOB_STEPS


def _move(
    session: Session, job: QueuedJob, to: JobState, *, values: dict[str, Any], but: JobState | None = None
) -> bool:
    """Change its state from one that leads there; False when a worker or a colleague was faster."""
    before = [state for state, after in JOB_STEPS if after is to and state is not but]
    values["user_id"] = scope_of(session).actor.user_id or job.user_id
    mine = and_(QueuedJob.id == job.id, QueuedJob.state.in_(before))
    done = session.execute(update(QueuedJob).where(mine).values(values))
    session.expire(job)
    return bool(done.rowcount)  # type: ignore[attr-defined]  # of an UPDATE there is one


def forget(session: Session) -> int:
    """Remove what ended 90 days ago; `session` works across structures. Returns how many."""
    gone = session.execute(delete(QueuedJob).where(QueuedJob.finished_at < real_now() - KEPT))
    return int(gone.rowcount)  # type: ignore[attr-defined]  # of a DELETE there is one
