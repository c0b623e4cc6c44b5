"""The two passes over the lines of a file, a batch at a time: checking, which writes nothing, and writing.

Each batch is one short transaction of its caller's, so that others can write in between, and so that whoever
carries an interrupted import on (a job, or the next click) begins where it stopped.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Hashable, Iterable, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from jalon.clock import now
from jalon.db import refusal_of
from jalon.errors import DomainError
from jalon.former_communes import CommunesByName
from jalon.i18n import _, _l
from jalon.importable import Importable
from jalon.imports import runs
from jalon.imports.cells import Line, Problem, Reader
from jalon.imports.kept import Kept
from jalon.models import Choice, Import, ImportRow, ImportState, RowState
from jalon.spreadsheets import Cell

BATCH = 25  # lines; a third of a second during which nobody else writes on SQLite


class NotWritten(DomainError):
    """The database refused for a reason nobody gave a sentence to."""

    message = _l("This could not be saved: it contradicts other records.")


class Pass:
    """One pass over a file, by one process."""

    def __init__(self, importable: Importable, run: Import, cells: Kept) -> None:
        self.importable = importable
        self.run_id = run.id
        self.lines = cells.sheet.lines
        self.reader = Reader(importable, cells, json.loads(run.columns), json.loads(run.for_all))
        self.seen: dict[Hashable, int] = {}  # what lines look like -> the first that does
        self._read_to = 0

    def check(self, session: Session) -> bool:
        """Say of the next lines what would become of them; whether there are more. Nothing else is written."""
        run = self._run(session, ImportState.CHECKING)
        communes = CommunesByName(session)
        self._catch_up(communes, run.position)
        batch = self._next(run.position)
        read = [(number, self.reader.line(number, cells, communes)) for number, cells in batch]
        digests = {number: line.digest(self.importable) for number, line in read}
        known = _known(session, digests.values())
        found = [self._checked(session, number, line, digests[number], known) for number, line in read]
        run.position = batch[-1][0] if batch else run.position
        session.add_all(found)
        if more := bool(self._next(run.position)):
            session.flush()
            return more
        runs.go(run, ImportState.CHECKED)
        session.flush()
        return False

    def write(self, session: Session) -> bool:
        """Write the next lines that are ready; whether there are more."""
        run = self._run(session, ImportState.WRITING)
        communes = CommunesByName(session)
        batch = dict(self._next(run.position))
        last = max(batch, default=run.position)
        waiting = select(ImportRow).where(ImportRow.import_id == run.id, ImportRow.line.in_(batch))
        rows = session.scalars(waiting.order_by(ImportRow.line)).all()
        known = _known(session, [row.digest for row in rows if row.digest is not None])
        for row in rows:
            self._written(session, row, self.reader.line(row.line, batch[row.line], communes), known)
        run.position = last
        session.flush()
        if self._next(last):
            return True
        self._finish(session, run)
        return False

    def _run(self, session: Session, state: ImportState) -> Import:
        run = session.scalars(select(Import).where(Import.id == self.run_id)).one()
        if run.state is not state:
            raise runs.StepRefused
        return run

    def _next(self, position: int) -> list[tuple[int, list[Cell]]]:
        return [line for line in self.lines if line[0] > position][:BATCH]

    def _catch_up(self, communes: CommunesByName, position: int) -> None:
        """What another process has checked before was not seen by this one."""
        for number, cells in self.lines:
            if self._read_to < number <= position:
                self._look_like(self.reader.line(number, cells, communes), number)
        self._read_to = max(position, self._read_to)

    def _look_like(self, line: Line, number: int) -> int | None:
        """The first line that looks like this one, if there is one before it."""
        keys = list(self.importable.keys(line.values))
        before = min((self.seen[key] for key in keys if key in self.seen), default=None)
        for key in keys:
            self.seen.setdefault(key, number)
        self._read_to = number
        return before

    def _checked(self, session: Session, number: int, line: Line, digest: str, known: Collection[str]) -> ImportRow:
        row = ImportRow(import_id=self.run_id, line=number, digest=digest, notices=_json(line.notices))
        row.state = RowState.REFUSED
        before = self._look_like(line, number)
        if line.problems:
            row.problems = _json(line.problems)
        elif digest in known:
            row.state = RowState.KNOWN
        else:
            self._tried(session, row, line, before)
        return row

    def _tried(self, session: Session, row: ImportRow, line: Line, before: int | None) -> None:
        """Give the line to its rule, and take back at once what that wrote."""
        matches = [{**vars(match), "line": None} for match in self.importable.find(session, line.values)]
        if before is not None:
            why = _("Looks like line %(line)s of this file", line=before)
            matches.append({"id": None, "line": before, "why": why, "hard": True, "certain": False})
        certain = any(match["certain"] for match in matches)
        problems = [] if certain else self._refused(session, line, [m["id"] for m in matches])
        row.problems, row.matches = _json(problems), _json(matches)
        row.state = RowState.REFUSED if problems else RowState.DOUBLE if matches else RowState.READY

    def _refused(self, session: Session, line: Line, apart: Collection[int | None]) -> list[Problem]:
        """What the rule says against a line; nothing of it is written."""
        if self.importable.check is None:
            return self._attempt(session, line, apart, keep=False)[1]
        try:
            self.importable.check(session, line.values)
        except DomainError as refusal:
            return [(self._column_of(refusal), str(refusal))]
        return []

    def _attempt(
        self, session: Session, line: Line, apart: Collection[int | None], *, keep: bool
    ) -> tuple[Any, list[Problem]]:
        """What the rule made of a line, or what it refused; kept or not."""
        attempt = session.begin_nested()
        try:
            made = self.importable.add(session, dict(line.values), {id for id in apart if id is not None})
            session.flush()
        except DomainError as refusal:
            attempt.rollback()
            return None, [(self._column_of(refusal), str(refusal))]
        except IntegrityError as error:
            attempt.rollback()
            return None, [("", str(refusal_of(error) or NotWritten()))]
        if keep:
            attempt.commit()
        else:
            attempt.rollback()
        return made, []

    def _column_of(self, refusal: DomainError) -> str:
        return refusal.field if refusal.field and self.importable.column(refusal.field) else ""

    def _written(self, session: Session, row: ImportRow, line: Line, known: set[str]) -> None:
        if row.state is RowState.DOUBLE and row.answer is not Choice.DIFFERENT:
            self._skip(row)
        if row.state not in (RowState.READY, RowState.DOUBLE):
            return
        if row.digest in known:  # the same line twice in this file, or another import meanwhile
            row.state = RowState.KNOWN
            return
        apart = {match["id"] for match in json.loads(row.matches)}
        if None in apart:  # it looks like a line of this file, and is said to be another
            apart |= set(self._made_here(session))
        made, problems = self._attempt(session, line, apart, keep=True)
        if problems:
            row.state, row.problems = RowState.REFUSED, _json(problems)
            return
        row.state, row.problems, row.matches = RowState.DONE, "[]", "[]"
        row.subject_table, row.subject_id = made.__tablename__, made.id
        row.mark = self.importable.mark(made)
        known.add(row.digest or "")

    def _skip(self, row: ImportRow) -> None:
        """Nothing is made; who it is, if somebody said so, is noted."""
        row.state = RowState.SKIPPED
        known = next((match["id"] for match in json.loads(row.matches) if match["id"]), None)
        if row.answer is Choice.SAME and known is not None:
            row.subject_table, row.subject_id = self.importable.model.__tablename__, known

    def _made_here(self, session: Session) -> Sequence[int]:
        made = select(ImportRow.subject_id).where(
            ImportRow.import_id == self.run_id, ImportRow.state == RowState.DONE, ImportRow.subject_id.is_not(None)
        )
        return [id for id in session.scalars(made) if id is not None]

    def _finish(self, session: Session, run: Import) -> None:
        counted = runs.counts(session, run)
        run.made, run.refused = counted[RowState.DONE], counted[RowState.REFUSED]
        run.skipped = counted[RowState.SKIPPED] + counted[RowState.KNOWN]
        run.done_at = now()
        runs.go(run, ImportState.DONE)
        session.flush()


def _known(session: Session, digests: Iterable[str]) -> set[str]:
    """Which of these lines made a record before, which was not taken back."""
    made = select(ImportRow.digest).where(ImportRow.digest.in_(digests), ImportRow.state == RowState.DONE)
    return {digest for digest in session.scalars(made) if digest is not None}


def _json(told: Sequence[Any]) -> str:
    return json.dumps(list(told), ensure_ascii=False)
