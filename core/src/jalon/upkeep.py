"""What the whole installation needs done every night or hour, for no structure: what is over is removed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import delete, or_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from jalon import document_files, documents, exports, invitations, jobs, leases, open_sessions, sweep, throttle
from jalon.app_of import mount
from jalon.backups import trials
from jalon.clock import real_now
from jalon.db import open_session
from jalon.models import Upkeep
from jalon.schedule import Schedule
from jalon.scope import PARIS, Scope

ACROSS = Scope(across="the upkeep of the installation is for no structure", origin="job")
TRY_AGAIN = timedelta(minutes=15)
CATCH_UP = timedelta(days=2)
WORKER = "worker"  # when one came by last
NIGHTLY, HOURLY = Schedule("10 3 * * *"), Schedule("25 * * * *")
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Chore:
    """One of them; `function` answers how many things it removed, None when another worker is doing it.

    `outside` is said of what changes no row: it is done before the transaction that notes it, and may be done twice.
    """

    name: str
    function: Callable[[Session], int | None]
    outside: bool = False
    schedule: Schedule = NIGHTLY


def _sweep_documents(session: Session) -> int:
    """The lock of the folder comes first: whoever adds a document holds it while writing."""
    folder = document_files.folder_of(current_app.config, current_app.instance_path)
    with document_files.alone(folder):
        return document_files.sweep(folder, documents.needed(session))


def _sweep(session: Session) -> int:
    """A transaction for each structure, and files: nothing that could be done in one with the note of it."""
    folder = document_files.folder_of(current_app.config, current_app.instance_path)
    swept = sweep.sweep(mount(current_app).db, folder)
    return sum(astuple(swept))


def _forget_exports(session: Session) -> int:
    return exports.forget_over(session)


def _sweep_exports(session: Session) -> int:
    return exports.sweep(exports.folder_of(current_app.config, current_app.instance_path))


def _try_backup(session: Session) -> int | None:
    """Restore the last backup into a temporary place; what is wrong with it is noted beside it, for `jalon check`."""
    folder = document_files.folder_of(current_app.config, current_app.instance_path)
    try:
        trials.try_last(mount(current_app).db.engine, folder)
    except trials.TriedByAnother:
        return None
    return 0


CHORES = (
    Chore("sessions", open_sessions.forget),
    Chore("attempts", throttle.forget),
    Chore("links", invitations.forget),
    Chore("jobs", jobs.forget),
    Chore("documents", _sweep_documents, outside=True),
    Chore("over", _sweep, outside=True),
    Chore("exports", _forget_exports, schedule=HOURLY),
    Chore("exported files", _sweep_exports, outside=True, schedule=HOURLY),
    Chore("backup", _try_backup, outside=True),
)


def run_due(present: datetime) -> int:
    """Do each chore whose time has come and that no other worker does; returns how many were done."""
    last = {which: which.last(PARIS, after=present - CATCH_UP, until=present) for which in (NIGHTLY, HOURLY)}
    done = sum(_run(chore, due) for chore in CHORES if (due := last[chore.schedule]) is not None)
    if done:
        _forget_former()
    return done


def come_by() -> None:
    """Note that a worker is at work, for `jalon check`."""
    with open_session(mount(current_app).db, ACROSS) as session:
        _make_sure_of(session, WORKER)
        session.execute(update(Upkeep).where(Upkeep.name == WORKER).values(tried_at=real_now()))
        session.commit()


def _forget_former() -> None:
    """Chores of an earlier version: what went wrong with them last would be told for ever."""
    with open_session(mount(current_app).db, ACROSS) as session:
        session.execute(delete(Upkeep).where(Upkeep.name.not_in([WORKER, *(chore.name for chore in CHORES)])))
        session.commit()


def _run(chore: Chore, due: datetime) -> bool:
    if not _is_due(chore, due):
        return False
    try:
        if chore.outside:
            with open_session(mount(current_app).db, ACROSS, read_only=True) as reading:
                if chore.function(reading) is None:
                    return False
        with open_session(mount(current_app).db, ACROSS) as session:
            if not _claim(session, chore, due):
                return False
            removed = (not chore.outside and chore.function(session)) or 0
            session.commit()
    except Exception as error:  # one chore must not keep the others from being done
        log.exception("the upkeep %s failed", chore.name)
        _note_failure(chore, leases.told(error))
        return False
    log.info("upkeep %s: %s removed", chore.name, removed)
    return True


def _is_due(chore: Chore, due: datetime) -> bool:
    """Looked up without holding up anybody."""
    with open_session(mount(current_app).db, ACROSS, read_only=True) as reading:
        row = reading.get(Upkeep, chore.name)
    if row is None:
        return True
    waits = row.error and row.tried_at is not None and row.tried_at > real_now() - TRY_AGAIN
    return not waits and (row.done_for is None or row.done_for < due)


def _claim(session: Session, chore: Chore, due: datetime) -> bool:
    """Mark it done for that time, in the transaction that does it: who comes second waits, and finds it done."""
    _make_sure_of(session, chore.name)
    mine = (Upkeep.name == chore.name, or_(Upkeep.done_for.is_(None), Upkeep.done_for < due))
    values = {"done_for": due, "tried_at": real_now(), "error": ""}
    return bool(session.execute(update(Upkeep).where(*mine).values(values)).rowcount)  # type: ignore[attr-defined]


def _make_sure_of(session: Session, name: str) -> None:
    if session.get(Upkeep, name) is None:
        try:
            with session.begin_nested():
                session.add(Upkeep(name=name))
        except IntegrityError:  # another worker's first upkeep
            pass


def _note_failure(chore: Chore, sentence: str) -> None:
    with open_session(mount(current_app).db, ACROSS) as session:
        row = session.get(Upkeep, chore.name) or Upkeep(name=chore.name)
        row.tried_at, row.error = real_now(), sentence[:500]
        session.add(row)
        session.commit()
