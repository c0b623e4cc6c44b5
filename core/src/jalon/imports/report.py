"""What is told of an import: counts, what is refused and why, whom lines look like, and the file to correct."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon.i18n import _
from jalon.importable import Importable
from jalon.imports import runs
from jalon.imports.cells import Reader
from jalon.imports.kept import Kept
from jalon.models import Choice, Import, ImportRow, RowState
from jalon.spreadsheets import Cell

MOST_DOUBLES, MOST_REFUSED, MOST_NOTICES = 100, 200, 50  # lines on one page


@dataclass(frozen=True)
class Refused:
    """A cell that keeps its line out: the column as people know it, what it says, and why it is refused."""

    line: int
    column: str
    value: str
    why: str


@dataclass(frozen=True)
class LooksLike:
    """Whom a line looks like: the record, or an earlier line of the file."""

    record: Any
    why: str
    hard: bool
    certain: bool
    told: Sequence[str]


@dataclass(frozen=True)
class Doubtful:
    """A line that looks like something known, and what was answered."""

    line: int
    told: Sequence[str]
    alike: list[LooksLike]
    answer: Choice

    @property
    def certain(self) -> bool:
        return any(one.certain for one in self.alike)


@dataclass
class Report:
    """Everything a page says of an import."""

    counts: dict[RowState, int]
    headers: list[str] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    doubtful: list[Doubtful] = field(default_factory=list)
    notices: list[Refused] = field(default_factory=list)

    def count(self, *names: str) -> int:
        return sum(self.counts[RowState(name)] for name in names)


def report(session: Session, importable: Importable, run: Import, cells: Kept | None) -> Report:
    """The report of an import; counts only when its lines are deleted."""
    told = Report(runs.counts(session, run))
    if cells is None:
        return told
    reader, lines = _reader(importable, run, cells), dict(cells.sheet.lines)
    columns = [importable.column(name) for name in importable.compared]
    told.headers = [str(column.header) for column in columns if column is not None]
    for row in runs.rows(session, run, RowState.REFUSED, limit=MOST_REFUSED):
        told.refused += _cells_of(row.line, row.problems, importable, reader, lines)
    for row in runs.rows(session, run, RowState.READY, RowState.DOUBLE, RowState.DONE):
        if row.notices != "[]" and len(told.notices) < MOST_NOTICES:
            told.notices += _cells_of(row.line, row.notices, importable, reader, lines)
    doubles = runs.rows(session, run, RowState.DOUBLE, limit=MOST_DOUBLES)
    records = _records(session, importable, doubles)
    told.doubtful = [_doubtful(row, importable, reader, lines, records) for row in doubles]
    return told


def to_correct(
    session: Session, importable: Importable, run: Import, cells: Kept
) -> tuple[list[str], list[Sequence[Cell]]]:
    """The refused lines as the file had them, with a last column that says why; a file to correct and send again."""
    lines = dict(cells.sheet.lines)
    error = _("Error")
    kept = [place for place, header in enumerate(cells.sheet.headers) if header != error]
    rows: list[Sequence[Cell]] = []
    for row in runs.rows(session, run, RowState.REFUSED):
        said = [(_named(importable, name), why) for name, why in json.loads(row.problems)]
        why = " ".join(f"{name} : {sentence}" if name else sentence for name, sentence in said)
        rows.append([*(lines[row.line][place] for place in kept), why])
    return [*(cells.sheet.headers[place] for place in kept), error], rows


def _reader(importable: Importable, run: Import, cells: Kept) -> Reader:
    return Reader(importable, cells, json.loads(run.columns), json.loads(run.for_all))


def _named(importable: Importable, name: str) -> str:
    column = importable.column(name)
    return str(column.header) if column is not None else name


def _cells_of(
    line: int, told: str, importable: Importable, reader: Reader, lines: dict[int, list[Cell]]
) -> list[Refused]:
    return [
        Refused(line, _named(importable, name), reader.text(name, lines[line]), why) for name, why in json.loads(told)
    ]


def _records(session: Session, importable: Importable, rows: Sequence[ImportRow]) -> dict[int, Any]:
    ids = {match["id"] for row in rows for match in json.loads(row.matches) if match["id"]}
    model: Any = importable.model
    query = select(model).where(model.id.in_(ids)).options(*importable.load)
    return {record.id: record for record in session.scalars(query)}


def _doubtful(
    row: ImportRow, importable: Importable, reader: Reader, lines: dict[int, list[Cell]], records: dict[int, Any]
) -> Doubtful:
    told = [reader.text(name, lines[row.line]) for name in importable.compared]
    alike = []
    for match in json.loads(row.matches):
        record = records.get(match["id"])
        if match["line"] is not None:
            said = [reader.text(name, lines[match["line"]]) for name in importable.compared]
        else:
            said = [_text(importable, name, value) for name, value in _shown(importable, record)] if record else []
        alike.append(LooksLike(record, match["why"], match["hard"], match["certain"], said))
    return Doubtful(row.line, told, alike, row.answer or Choice.SKIP)


def _shown(importable: Importable, record: Any) -> list[tuple[str, Any]]:
    known = importable.shown(record)
    return [(name, known.get(name)) for name in importable.compared]


def _text(importable: Importable, name: str, value: Any) -> str:
    column = importable.column(name)
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if column is not None and value in column.choices:
        return str(column.choices[value])
    return "" if value is None else str(value)
