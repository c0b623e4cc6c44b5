"""Taking back what an import made, for 30 days, where nobody changed it since and nothing points at it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Table, func, select
from sqlalchemy.orm import Session

from jalon.clock import now
from jalon.db import Base
from jalon.errors import DomainError
from jalon.hooks import Hooks
from jalon.i18n import Text, _l
from jalon.importable import Importable
from jalon.imports import runs
from jalon.imports.lines import BATCH
from jalon.models import Import, ImportRow, ImportState, RowState

UNDONE_WITHIN = timedelta(days=30)
AT_ONCE = 500  # ids in one statement
JOURNALS = frozenset({"jalon_history", "jalon_access", "jalon_import_row"})  # they tell of a record, they need it not

CHANGED = _l("Changed since by somebody")
HIDDEN = _l("Closed or protected for you")
IN_USE = _l("Something points at it: a booking, a note, a task, a document…")


class TooLate(DomainError):
    """The 30 days are over, or nothing was written."""

    message = _l("An import can be undone for 30 days: this one cannot, or no longer.")


@dataclass(frozen=True)
class Stays:
    """A line whose record is not taken back, and why."""

    row: ImportRow
    record: Any
    why: Text | str


@dataclass(frozen=True)
class Look:
    """What undoing would do: the records that go, and those that stay."""

    goes: list[tuple[ImportRow, Any]]
    stays: list[Stays]


def is_open(run: Import) -> bool:
    return run.done_at is not None and run.file is not None and now() - run.done_at < UNDONE_WITHIN


def look(session: Session, across: Session, importable: Importable, run: Import) -> Look:
    """What would go and what would stay. `across` sees every structure: what points may be another's.

    Raises TooLate.
    """
    return _look_at(session, across, importable, run, runs.rows(session, run, RowState.DONE))


def _look_at(session: Session, across: Session, importable: Importable, run: Import, rows: Sequence[ImportRow]) -> Look:
    if not is_open(run):
        raise TooLate
    records = _records(session, importable, [row.subject_id for row in rows if row.subject_id is not None])
    used = _in_use(across, importable, list(records.values()))
    goes, stays = [], []
    for row in rows:
        record = records.get(row.subject_id or 0)
        why = _why_stays(importable, row, record, used)
        if why is None:
            goes.append((row, record))
        else:
            stays.append(Stays(row, record, why))
    return Look(goes, stays)


def _why_stays(importable: Importable, row: ImportRow, record: Any, used: Collection[int]) -> Text | None:
    mark = importable.mark(record) if record is not None else ""
    if not mark:
        return HIDDEN
    if mark != row.mark:
        return CHANGED
    return IN_USE if row.subject_id in used else None


def undo_next(
    session: Session, across: Session, hooks: Hooks, importable: Importable, run: Import, after: int
) -> int | None:
    """Take back what goes of the next lines after that one; what stays keeps its line. The last line that was looked
    at, None when there are no more. Raises TooLate."""
    rows = runs.rows(session, run, RowState.DONE, after=after, limit=BATCH)
    for row, record in _look_at(session, across, importable, run, rows).goes:
        attempt = session.begin_nested()
        try:
            importable.take_back(session, hooks, record)
            _forget_line(row)
            session.flush()
        except DomainError:  # a module has a reason of its own, which the next look tells
            attempt.rollback()
        else:
            attempt.commit()
    return rows[-1].line if rows else None


def _forget_line(row: ImportRow) -> None:
    """What the line said goes with its record; that it was there, and which number it made, stays."""
    row.state, row.mark, row.digest = RowState.UNDONE, None, None
    row.problems = row.notices = row.matches = "[]"


def finish(session: Session, run: Import) -> set[int]:
    """Note that it is undone; the lines of the file whose records are gone."""
    runs.go(run, ImportState.UNDONE)
    run.undone_at = now()
    session.flush()
    return {row.line for row in runs.rows(session, run, RowState.UNDONE)}


def looked_at(session: Session, run: Import, line: int | None) -> int:
    """How many of the lines that made a record were looked at, down to that one."""
    if line is None:
        return run.made
    made = ImportRow.state.in_((RowState.DONE, RowState.UNDONE)) & (ImportRow.line <= line)
    counted = select(func.count()).select_from(ImportRow).where(ImportRow.import_id == run.id, made)
    return session.scalar(counted) or 0


def _records(session: Session, importable: Importable, ids: Sequence[int]) -> dict[int, Any]:
    model: Any = importable.model
    found: dict[int, Any] = {}
    for first in range(0, len(ids), AT_ONCE):
        some = select(model).where(model.id.in_(ids[first : first + AT_ONCE])).options(*importable.load)
        found |= {record.id: record for record in session.scalars(some)}
    return found


def _in_use(across: Session, importable: Importable, records: Sequence[Any]) -> set[int]:
    """Ids of the records at which a row of any table points, by a key or by table and number."""
    stands: dict[str, dict[int, int]] = {}  # table -> id there -> the record
    for record in records:
        for table, id in importable.stands_for(record):
            stands.setdefault(table, {})[id] = record.id
    return {
        told[id]
        for table, told in stands.items()
        for column, besides in _pointing(table, importable.parts)
        for id in _pointed(across, column, list(told), besides, table)
    }


def _pointing(target: str, parts: Mapping[str, int]) -> Iterator[tuple[Any, int]]:
    """Columns that hold ids of a table, by a key to it or to a part of its records; rows that are its own parts."""
    tables = Base.metadata.tables
    for table in tables.values():
        if table.name in JOURNALS:
            continue
        for column in table.c:
            if column.name == "subject_id" and "subject_table" in table.c:
                yield column, 0
            elif any(_leads_to(key.column, tables[target], parts) for key in column.foreign_keys):
                yield column, parts.get(table.name, 0)


def _leads_to(column: Any, target: Table, parts: Mapping[str, int]) -> bool:
    if column.table.name == target.name:
        return bool(column.name == "id")
    return column.table.name in parts and any(key.column.table.name == target.name for key in column.foreign_keys)


def _pointed(across: Session, column: Any, ids: Sequence[int], besides: int, target: str) -> Iterator[int]:
    for first in range(0, len(ids), AT_ONCE):
        query = select(column).where(column.in_(ids[first : first + AT_ONCE]))
        if column.name == "subject_id":
            query = query.where(column.table.c.subject_table == target)
        yield from across.scalars(query.group_by(column).having(func.count() > besides))
