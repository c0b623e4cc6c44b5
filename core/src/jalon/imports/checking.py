"""The first pass over a file: what would become of each line. Nothing but that is written."""

from __future__ import annotations

from collections.abc import Collection, Hashable

from sqlalchemy.orm import Session

from jalon.errors import DomainError
from jalon.former_communes import CommunesByName
from jalon.i18n import _
from jalon.importable import Importable
from jalon.imports import lines, runs
from jalon.imports.cells import Line, Problem
from jalon.imports.lines import Lines, told
from jalon.models import Import, ImportRow, ImportState, RowState


def check(session: Session, run: Import, all_lines: Lines) -> bool:
    """Say of the next lines what would become of them; whether there are more."""
    return _Batch(session, run, all_lines).check()


class _Batch:
    """Some lines, and what those before them look like: another process may have checked these."""

    def __init__(self, session: Session, run: Import, all_lines: Lines) -> None:
        self.session, self.run, self.lines = session, run, all_lines
        self.importable: Importable = all_lines.importable
        self.communes = CommunesByName(session)
        self.seen: dict[Hashable, int] = {}  # what lines look like -> the first that does
        for number, cells in all_lines.before(run.position):
            self._look_like(all_lines.reader.line(number, cells, self.communes), number)

    def check(self) -> bool:
        batch = self.lines.after(self.run.position)
        read = [(number, self.lines.reader.line(number, cells, self.communes)) for number, cells in batch]
        digests = {number: line.digest(self.importable) for number, line in read}
        known = lines.known(self.session, digests.values())
        found = [self._checked(number, line, digests[number], known) for number, line in read]
        self.run.position = batch[-1][0] if batch else self.run.position
        self.session.add_all(found)
        more = bool(self.lines.after(self.run.position))
        if not more:
            runs.go(self.run, ImportState.CHECKED)
        self.session.flush()
        return more

    def _look_like(self, line: Line, number: int) -> int | None:
        """The first line that looks like this one, if there is one before it."""
        keys = list(self.importable.keys(line.values))
        before = min((self.seen[key] for key in keys if key in self.seen), default=None)
        for key in keys:
            self.seen.setdefault(key, number)
        return before

    def _checked(self, number: int, line: Line, digest: str, known: Collection[str]) -> ImportRow:
        row = ImportRow(import_id=self.run.id, line=number, digest=digest, notices=told(line.notices))
        row.state = RowState.REFUSED
        before = self._look_like(line, number)
        if line.problems:
            row.problems = told(line.problems)
        elif digest in known:
            row.state = RowState.KNOWN
        else:
            self._tried(row, line, before)
        return row

    def _tried(self, row: ImportRow, line: Line, before: int | None) -> None:
        """Give the line to its rule, and take back at once what that wrote."""
        matches = [{**vars(match), "line": None} for match in self.importable.find(self.session, line.values)]
        if before is not None:
            why = _("Looks like line %(line)s of this file", line=before)
            matches.append({"id": None, "line": before, "why": why, "hard": True, "certain": False})
        certain = any(match["certain"] for match in matches)
        problems = [] if certain else self._refused(line, [m["id"] for m in matches])
        row.problems, row.matches = told(problems), told(matches)
        row.state = RowState.REFUSED if problems else RowState.DOUBLE if matches else RowState.READY

    def _refused(self, line: Line, apart: Collection[int | None]) -> list[Problem]:
        """What the rule says against a line; nothing of it is written."""
        if self.importable.check is None:
            return lines.attempt(self.session, self.importable, line, apart, keep=False)[1]
        try:
            self.importable.check(self.session, line.values)
        except DomainError as refusal:
            return [(lines.column_of(self.importable, refusal), str(refusal))]
        return []
