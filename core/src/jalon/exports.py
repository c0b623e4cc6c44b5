"""A list that leaves the house: for a reason, written down with its number of rows; its file lives for a day.

A job makes it, begun in the request when the list is short. Only whoever asked may take it, and each time is logged.
"""

from __future__ import annotations

import enum
import os
import secrets
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from jalon import document_files, erasure_remains, importables, jobs, sensitive, spreadsheets
from jalon.app_of import mount
from jalon.clock import now
from jalon.db import open_session
from jalon.declarations import Job, Progress
from jalon.errors import DomainError
from jalon.i18n import _, _l
from jalon.importable import Column, Importable
from jalon.models import Export
from jalon.scope import Actor, scope_of
from jalon.spreadsheets import Cell
from jalon.texts import tidy

LONGEST_REASON = 200
AT_ONCE = 500  # rows held at a time
LIVES = timedelta(hours=24)
SMALL = 2_000  # rows; made while their reader waits
MOST_ALIVE = 20
NOT_SYNCHRONISED = {"synchronize_session": False}


class ReasonNeeded(DomainError):
    """A whole list leaves for a reason, which is written."""

    field = "reason"
    message = _l("Say what this list is for: it is noted with your name.")


def folder_of(config: Mapping[str, Any], beside: str) -> Path:
    """Where an application keeps the lists that were asked for today; no backup holds it."""
    return document_files.folder_of(config, beside).with_name(erasure_remains.EXPORTED)


def write(session: Session, importable: Importable, kind: str, path: Path) -> int:
    """Write the list as the session sees it, whole or not at all; returns its number of rows."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, draft = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "w+b") as file:
            count = spreadsheets.write(file, kind, headers(importable), _rows(session, importable))
        os.replace(draft, path)
    except BaseException:
        os.unlink(draft)
        raise
    return count


def headers(importable: Importable) -> list[str]:
    return [str(column.header) for column in importable.columns]


def check_reason(reason: str) -> str:
    """The reason as it is kept. Raises ReasonNeeded, NirFound and its sisters."""
    told = tidy(reason)[:LONGEST_REASON]
    if len(told) < 3:
        raise ReasonNeeded
    sensitive.check(told, field="reason")
    return told


def ask(session: Session, importable: Importable, kind: str, *, reason: str) -> Export:
    """Note who wants what, and why; a job makes the file."""
    actor = scope_of(session).actor
    wanted = Export(
        importable=importable.name,
        kind=kind,
        reason=reason,
        file=secrets.token_hex(32),
        user_id=actor.user_id,
        actor_name=actor.name[:120],
    )
    session.add(wanted)
    session.flush()
    wanted.job_id = jobs.enqueue(session, JOB.name, {"export_id": wanted.id}).id
    session.flush()
    return wanted


def is_small(session: Session, importable: Importable) -> bool:
    """Whether its maker need not wait for a worker."""
    model: Any = importable.model
    return len(session.scalars(select(model.id).limit(SMALL + 1)).all()) <= SMALL


def make(session: Session, export_id: int) -> tuple[str, int] | None:
    """Write the file as whoever asked for it sees the list; its name and its number of rows, None when given up.

    `session` only reads. Another one reads the list: it works for the one who asked, whoever tries it again, and with
    the one right that was checked then. Raises ListOff.
    """
    wanted = session.scalars(select(Export).where(Export.id == export_id)).one_or_none()
    if wanted is None or wanted.file is None:
        return None
    jalon = mount(current_app)
    importable = importables.named(jalon.registry, scope_of(session), wanted.importable)
    actor, rights = Actor(wanted.actor_name, wanted.user_id), frozenset({importable.read_permission})
    path = document_files.path_of(folder_of(current_app.config, current_app.instance_path), wanted.file)
    with open_session(jalon.db, replace(scope_of(session), actor=actor, permissions=rights), read_only=True) as reading:
        return wanted.file, write(reading, importable, wanted.kind, path)


def note_made(session: Session, export_id: int, prepared: tuple[str, int] | None) -> Progress:
    """From now on, and for a day, whoever asked may take it; unless it was given up while it was made."""
    if prepared is None:
        return Progress()
    name, rows = prepared
    wanted = session.scalars(select(Export).where(Export.id == export_id).with_for_update()).one()
    if wanted.file is None:
        document_files.remove(folder_of(current_app.config, current_app.instance_path), name)
        return Progress()
    wanted.rows, wanted.made_at = rows, now()
    return Progress(done=rows, total=rows)


def ends_at(export: Export) -> datetime:
    """When its file is deleted."""
    return (export.made_at or export.at) + LIVES


def is_alive(export: Export) -> bool:
    """Whether it can be taken, or is still being made."""
    return export.file is not None and now() < ends_at(export)


def delete(session: Session, export: Export) -> str | None:
    """Give it up at once; the name of the file, which the caller removes once committed."""
    name, export.file = export.file, None
    session.flush()
    return name


def mine(session: Session) -> list[Export]:
    """What the actor asked for and may still take, the last first."""
    user_id = scope_of(session).actor.user_id
    asked = select(Export).where(Export.user_id == user_id, Export.file.is_not(None)).order_by(Export.id.desc())
    return [one for one in session.scalars(asked.limit(MOST_ALIVE)) if is_alive(one)] if user_id is not None else []


def find_mine(session: Session, export_id: int) -> Export | None:
    """That one, if the actor asked for it: nobody else opens it."""
    found = session.scalars(select(Export).where(Export.id == export_id)).one_or_none()
    user_id = scope_of(session).actor.user_id
    return found if found is not None and user_id is not None and found.user_id == user_id else None


def exists(session: Session, export_id: int) -> bool:
    """Whether anybody of the structure asked for that one."""
    return session.scalar(select(Export.id).where(Export.id == export_id)) is not None


def last(session: Session, limit: int) -> list[Export]:
    """What left last."""
    made = select(Export).where(Export.made_at.is_not(None))
    return list(session.scalars(made.order_by(Export.at.desc(), Export.id.desc()).limit(limit)))


def forget_over(session: Session) -> int:
    """Note that the files of yesterday are gone; `session` works across structures. Returns how many."""
    over = Export.file.is_not(None) & (func.coalesce(Export.made_at, Export.at) < now() - LIVES)
    gone = session.execute(update(Export).where(over).values(file=None), execution_options=NOT_SYNCHRONISED)
    return int(gone.rowcount)  # type: ignore[attr-defined]  # of an UPDATE there is one


def sweep(folder: Path) -> int:
    """Remove what is older than a day, drafts of those who were killed too; returns how many files."""
    return document_files.remove_older(folder, LIVES.total_seconds())


def _rows(session: Session, importable: Importable) -> Iterator[Sequence[Cell]]:
    for record in session.scalars(importable.listed(session).execution_options(yield_per=AT_ONCE)):
        known = importable.shown(record)
        yield [_cell(column, known.get(column.name)) for column in importable.columns]


def _cell(column: Column, value: Any) -> Cell:
    """As the import reads it again."""
    if isinstance(value, bool):
        return _("yes") if value else ""
    if isinstance(value, enum.Enum):
        return str(column.choices.get(value, value.value))
    if isinstance(value, date):
        return value
    return "" if value is None else str(value)


JOB = Job("jalon.export", _l("Make an exported list"), note_made, prepare=make, most_tries=3)
