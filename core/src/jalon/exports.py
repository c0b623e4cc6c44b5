"""A list that leaves the house: with a reason, written down with its number of rows."""

from __future__ import annotations

import enum
import tempfile
from collections.abc import Iterator, Sequence
from datetime import date
from typing import IO, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon import sensitive, spreadsheets
from jalon.errors import DomainError
from jalon.i18n import _, _l
from jalon.importable import Column, Importable
from jalon.models import Export
from jalon.scope import scope_of
from jalon.spreadsheets import Cell
from jalon.texts import tidy

LONGEST_REASON = 200
AT_ONCE = 500  # rows held at a time
IN_MEMORY_BYTES = 4 * 1024 * 1024  # beyond it the file lies on the disk until it is sent


class ReasonNeeded(DomainError):
    """A whole list leaves for a reason, which is written."""

    field = "reason"
    message = _l("Say what this list is for: it is noted with your name.")


def write(session: Session, importable: Importable, kind: str) -> tuple[IO[bytes], int]:
    """The list as the session sees it, and its number of rows. The caller closes the file."""
    file: Any = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115 - it is sent, then closed
    count = spreadsheets.write(file, kind, headers(importable), _rows(session, importable))
    file.seek(0)
    return file, count


def headers(importable: Importable) -> list[str]:
    return [str(column.header) for column in importable.columns]


def check_reason(reason: str) -> str:
    """The reason as it is kept. Raises ReasonNeeded, NirFound and its sisters."""
    told = tidy(reason)[:LONGEST_REASON]
    if len(told) < 3:
        raise ReasonNeeded
    sensitive.check(told, field="reason")
    return told


def note(session: Session, importable: Importable, kind: str, *, reason: str, rows: int) -> Export:
    """Keep who took what, and why."""
    actor = scope_of(session).actor
    made = Export(
        importable=importable.name,
        kind=kind,
        reason=reason,
        rows=rows,
        user_id=actor.user_id,
        actor_name=actor.name[:120],
    )
    session.add(made)
    session.flush()
    return made


def last(session: Session, limit: int) -> list[Export]:
    """What left last."""
    return list(session.scalars(select(Export).order_by(Export.at.desc(), Export.id.desc()).limit(limit)))


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
