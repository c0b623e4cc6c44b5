"""The three passes over an import as one job: checking, writing, taking back; each batch is a transaction.

What a batch wrote and how far it came are committed together, so that whoever takes the job up begins exactly
where the last one stopped: a worker, or the request of whoever waits.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon import importables, jobs
from jalon.app_of import mount
from jalon.db import open_session
from jalon.declarations import Job, Progress
from jalon.i18n import _l
from jalon.importable import Importable
from jalon.imports import kept, runs, undo
from jalon.imports.checking import check
from jalon.imports.kept import Kept
from jalon.imports.lines import Lines
from jalon.imports.writing import write
from jalon.models import Import, ImportState, QueuedJob
from jalon.scope import Scope, allowed, scope_of

WHO_POINTS = Scope(across="does anything, in any structure, point at what an import made")
UNDO = "undo"
STATE_OF = {"check": ImportState.CHECKING, "write": ImportState.WRITING}
PASSES: dict[str, Callable[[Session, Import, Lines], bool]] = {"check": check, "write": write}


def ask(session: Session, run: Import, step: str) -> QueuedJob:
    """Have a pass done (`check`, `write` or `undo`); one that was asked for before is given up.

    In the transaction that brought the import to that step. Raises StepRefused while it is being undone.
    """
    before = job_of(session, run)
    if before is not None and before.finished_at is None:
        if step == UNDO:
            raise runs.StepRefused
        with suppress(jobs.NothingToCancel):
            jobs.cancel(session, before)
    job = jobs.enqueue(session, JOB.name, {"import_id": run.id, "step": step})
    run.job_id = job.id
    session.flush()
    return job


def ask_again(session: Session, run: Import) -> QueuedJob | None:
    """Have taken up what was left: a job that failed or was cancelled, or one that nobody keeps any more.

    None when there is nothing to take up.
    """
    job = job_of(session, run)
    if job is not None and job.finished_at is None:
        return job
    step = next((step for step, state in STATE_OF.items() if state is run.state), None)
    return ask(session, run, step) if step is not None else None


def job_of(session: Session, run: Import) -> QueuedJob | None:
    """What does, or did, the last pass that was asked for."""
    return jobs.find(session, run.job_id) if run.job_id is not None else None


def next_batch(session: Session, import_id: int, step: str, cursor: int | None = None) -> Progress:
    """Do the next lines of a pass. What was given up or done meanwhile is over. Raises ListOff, FileForgotten."""
    run = session.scalars(select(Import).where(Import.id == import_id)).one_or_none()
    if run is None or run.file is None or (step != UNDO and run.state is not STATE_OF[step]):
        return Progress()
    importable = importables.named(mount(current_app).registry, scope_of(session), run.importable)
    with allowed(session, importable.write_permission, origin="import"):
        if step == UNDO:
            return _take_back(session, importable, run, cursor or 0)
        lines = Lines(importable, run, _cells(run))
        more = PASSES[step](session, run, lines)
        return Progress(run.position if more else None, done=lines.until(run.position), total=len(lines.all))


def _take_back(session: Session, importable: Importable, run: Import, after: int) -> Progress:
    """The last call finds no line any more: only then the cells of those that were taken back leave the disk."""
    jalon = mount(current_app)
    with open_session(jalon.db, WHO_POINTS, read_only=True) as across:
        last = undo.undo_next(session, across, jalon.hooks, importable, run, after)
    if last is None:
        with suppress(kept.FileForgotten):
            kept.drop(_folder(), run.file, undo.finish(session, run))
    return Progress(last, done=undo.looked_at(session, run, last), total=run.made)


def _folder() -> Path:
    return kept.folder_of(current_app.config, current_app.instance_path)


def _cells(run: Import) -> Kept:
    return kept.load(_folder(), run.file)


JOB = Job("jalon.import", _l("Import a list"), next_batch, lease=timedelta(minutes=1))
