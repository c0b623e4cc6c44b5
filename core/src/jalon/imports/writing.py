"""The second pass over a file: the lines that are ready, and the doubles that are said to be others, are written."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon.clock import now
from jalon.former_communes import CommunesByName
from jalon.imports import lines, runs
from jalon.imports.cells import Line
from jalon.imports.lines import Lines, told
from jalon.models import Choice, Import, ImportRow, ImportState, RowState


def write(session: Session, run: Import, all_lines: Lines) -> bool:
    """Write the next lines that are ready; whether there are more."""
    _wait_for_others(session, run)
    communes, batch = CommunesByName(session), dict(all_lines.after(run.position))
    waiting = select(ImportRow).where(ImportRow.import_id == run.id, ImportRow.line.in_(batch))
    rows = session.scalars(waiting.order_by(ImportRow.line)).all()
    known = lines.known(session, [row.digest for row in rows if row.digest is not None])
    for row in rows:
        _written(session, all_lines, row, all_lines.reader.line(row.line, batch[row.line], communes), known)
    run.position = max(batch, default=run.position)
    more = bool(all_lines.after(run.position))
    if not more:
        _finish(session, run)
    session.flush()
    return more


def _wait_for_others(session: Session, run: Import) -> None:
    """Two who import the same list at once take turns, batch by batch: each then sees what the other wrote."""
    writing = select(Import.id).where(Import.importable == run.importable, Import.state == ImportState.WRITING)
    session.execute(writing.order_by(Import.id).with_for_update())


def _written(session: Session, all_lines: Lines, row: ImportRow, line: Line, known: set[str]) -> None:
    if row.state is RowState.DOUBLE and row.answer is not Choice.DIFFERENT:
        _skip(all_lines, row)
    if row.state not in (RowState.READY, RowState.DOUBLE):
        return
    if row.digest in known:  # the same line twice in this file, or another import meanwhile
        row.state = RowState.KNOWN
        return
    apart = {match["id"] for match in json.loads(row.matches)}
    if None in apart:  # it looks like a line of this file, and is said to be another
        apart |= set(_made_here(session, row.import_id))
    made, problems = lines.attempt(session, all_lines.importable, line, apart, keep=True)
    if problems:
        row.state, row.problems = RowState.REFUSED, told(problems)
        return
    row.state, row.problems, row.matches = RowState.DONE, "[]", "[]"
    row.subject_table, row.subject_id = made.__tablename__, made.id
    row.mark = all_lines.importable.mark(made)
    known.add(row.digest or "")


def _skip(all_lines: Lines, row: ImportRow) -> None:
    """Nothing is made; who it is, if somebody said so, is noted."""
    row.state = RowState.SKIPPED
    known = next((match["id"] for match in json.loads(row.matches) if match["id"]), None)
    if row.answer is Choice.SAME and known is not None:
        row.subject_table, row.subject_id = all_lines.importable.model.__tablename__, known


def _made_here(session: Session, import_id: int) -> Sequence[int]:
    made = select(ImportRow.subject_id).where(
        ImportRow.import_id == import_id, ImportRow.state == RowState.DONE, ImportRow.subject_id.is_not(None)
    )
    return [id for id in session.scalars(made) if id is not None]


def _finish(session: Session, run: Import) -> None:
    session.flush()
    counted = runs.counts(session, run)
    run.made, run.refused = counted[RowState.DONE], counted[RowState.REFUSED]
    run.skipped = counted[RowState.SKIPPED] + counted[RowState.KNOWN]
    run.done_at = now()
    runs.go(run, ImportState.DONE)
