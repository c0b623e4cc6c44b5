"""How workers share the jobs: each takes one for a time, and what comes after its time counts for nothing."""

from __future__ import annotations

import json
import os
import secrets
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from traceback import extract_tb
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select, update
from sqlalchemy.orm import Session

from jalon.clock import real_now
from jalon.declarations import Progress
from jalon.errors import DomainError
from jalon.models import EnabledModule, JobState, QueuedJob, Structure

FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=6)
TAKEN_FOR = timedelta(minutes=5)  # until the lease that the job declares is known
MOST_LOST = 20  # times a job is taken and nothing is heard of it: it may be what ends its workers


class LeaseLost(Exception):
    """Somebody else took the job, or cancelled it: what this worker did of it must be undone."""


@dataclass(frozen=True)
class Taken:
    """A job as the worker that took it knows it; `token` proves that it is still this worker's."""

    id: int
    structure_id: int
    module: str
    name: str
    arguments: str
    tries: int
    cursor: str | None
    user_id: int | None
    token: str


def ready(present: datetime) -> ColumnElement[bool]:
    """May be taken: due, or its worker was lost, for an open structure that has its module on."""
    here = QueuedJob.structure_id
    on = exists().where(EnabledModule.structure_id == here, EnabledModule.slug == QueuedJob.module)
    is_open = exists().where(Structure.id == here, Structure.closed_at.is_(None))
    due = and_(QueuedJob.finished_at.is_(None), QueuedJob.due_at <= present)
    return and_(due, is_open, or_(QueuedJob.module == "core", on))


def take(session: Session, id: int | None = None) -> Taken | None:
    """The job that is due for longest, or that one, now this worker's; `session` works across structures and is
    committed next. None when there is none, or somebody else has it."""
    present = real_now()
    query = (
        select(QueuedJob)
        .where(ready(present) if id is None else and_(QueuedJob.id == id, ready(present)))
        .order_by(QueuedJob.due_at, QueuedJob.id)
        .limit(1)
    )
    job = session.scalar(query.with_for_update(skip_locked=True, of=QueuedJob))  # SQLite has one writer at a time
    if job is None:
        return None
    job.state, job.worker = JobState.RUNNING, f"{os.getpid()}-{secrets.token_hex(8)}"
    job.started_at, job.due_at, job.tries = present, present + TAKEN_FOR, job.tries + 1
    session.flush()
    return Taken(
        id=job.id,
        structure_id=job.structure_id,
        module=job.module,
        name=job.name,
        arguments=job.arguments,
        tries=job.tries,
        cursor=job.cursor,
        user_id=job.user_id,
        token=job.worker,
    )


def hold(session: Session, taken: Taken, lease: timedelta) -> None:
    """Keep it for as long as one batch of it may take. Raises LeaseLost."""
    _write(session, taken, due_at=real_now() + lease)


def settle(session: Session, taken: Taken, progress: Progress | None, *, lease: timedelta) -> Taken | None:
    """Write how far it came, in the transaction of what it did; what is left, None when done. Raises LeaseLost."""
    session.flush()
    values: dict[str, Any] = {"error": ""}
    if progress is not None:
        values |= {"done": progress.done, "total": progress.total, "said": progress.text[:200]}
    if progress is None or progress.cursor is None:
        _write(session, taken, state=JobState.DONE, finished_at=real_now(), worker=None, cursor=None, **values)
        return None
    cursor = json.dumps(progress.cursor, sort_keys=True)
    _write(session, taken, cursor=cursor, due_at=real_now() + lease, tries=1, **values)
    return replace(taken, cursor=cursor, tries=1)


def give_back(session: Session, taken: Taken, *, wait: timedelta = timedelta(), why: str = "") -> None:
    """Leave it to others, as if it had not been taken. Raises LeaseLost."""
    due_at, tries = real_now() + wait, max(taken.tries - 1, 0)
    _write(session, taken, state=JobState.WAITING, worker=None, due_at=due_at, tries=tries, error=why[:500])


def fail(session: Session, taken: Taken, sentence: str, *, most_tries: int) -> bool:
    """It could not be done: later again, or given up; True when it is given up. Raises LeaseLost."""
    given_up = taken.tries >= most_tries
    if given_up:
        _write(session, taken, state=JobState.FAILED, worker=None, finished_at=real_now(), error=sentence[:500])
    else:
        due_at = real_now() + wait_after(taken.tries)
        _write(session, taken, state=JobState.WAITING, worker=None, due_at=due_at, error=sentence[:500])
    return given_up


def refuse(session: Session, taken: Taken, sentence: str) -> None:
    """This code does not know how to do it. Raises LeaseLost."""
    _write(session, taken, state=JobState.REFUSED, worker=None, finished_at=real_now(), error=sentence[:500])


def wait_after(tries: int) -> timedelta:
    """How long after so many tries it is tried again: half a minute, then four times as long each time, up to 6 h."""
    return min(FIRST_WAIT * int(4 ** min(tries - 1, 10)), LONGEST_WAIT)


def told(error: BaseException) -> str:
    """An error in words that name nobody: a refusal's sentence with what fills it left out, else its kind and place.

    An exception's own message quotes what it stumbled on, which may be somebody's name.
    """
    if isinstance(error, DomainError):
        return str(error.message) % defaultdict(_Dots) if error.values else str(error.message)
    frames = extract_tb(error.__traceback__)
    place = f" ({os.path.basename(frames[-1].filename)}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}{place}"


class _Dots(int):
    """Stands for a value, in a sentence with %(n)s as with %(n)d."""

    def __str__(self) -> str:
        return "…"


def _write(session: Session, taken: Taken, **values: Any) -> None:
    mine = and_(QueuedJob.id == taken.id, QueuedJob.worker == taken.token, QueuedJob.state == JobState.RUNNING)
    query = update(QueuedJob).where(mine).values(values).execution_options(synchronize_session=False)
    if not session.execute(query).rowcount:  # type: ignore[attr-defined]  # of an UPDATE there is one
        raise LeaseLost
