"""The lines of a file, a batch at a time, and what a rule makes of one."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from jalon.db import refusal_of
from jalon.errors import DomainError
from jalon.i18n import _l
from jalon.importable import Importable
from jalon.imports.cells import Line, Problem, Reader
from jalon.imports.kept import Kept
from jalon.models import Import, ImportRow, RowState
from jalon.spreadsheets import Cell

BATCH = 25  # lines; a third of a second during which nobody else writes on SQLite


class NotWritten(DomainError):
    """The database refused for a reason nobody gave a sentence to."""

    message = _l("This could not be saved: it contradicts other records.")


class Lines:
    """The lines of one import, its columns found."""

    def __init__(self, importable: Importable, run: Import, cells: Kept) -> None:
        self.importable = importable
        self.all = cells.sheet.lines
        self.reader = Reader(importable, cells, json.loads(run.columns), json.loads(run.for_all))
        self._numbers = [number for number, _cells in self.all]

    def after(self, position: int) -> list[tuple[int, list[Cell]]]:
        """The next batch; empty at the end."""
        return self.all[self.until(position) :][:BATCH]

    def before(self, position: int) -> list[tuple[int, list[Cell]]]:
        """That line of the file and those before it."""
        return self.all[: self.until(position)]

    def until(self, position: int) -> int:
        """How many lines stand in the file down to that one."""
        return bisect_right(self._numbers, position)


def attempt(
    session: Session, importable: Importable, line: Line, apart: Collection[int | None], *, keep: bool
) -> tuple[Any, list[Problem]]:
    """What the rule made of a line, or what it refused; kept or not."""
    tried = session.begin_nested()
    try:
        made = importable.add(session, dict(line.values), {id for id in apart if id is not None})
        session.flush()
    except DomainError as refusal:
        tried.rollback()
        return None, [(column_of(importable, refusal), str(refusal))]
    except IntegrityError as error:
        tried.rollback()
        return None, [("", str(refusal_of(error) or NotWritten()))]
    if keep:
        tried.commit()
    else:
        tried.rollback()
    return made, []


def column_of(importable: Importable, refusal: DomainError) -> str:
    return refusal.field if refusal.field and importable.column(refusal.field) else ""


def known(session: Session, digests: Iterable[str]) -> set[str]:
    """Which of these lines made a record before, which was not taken back."""
    made = select(ImportRow.digest).where(ImportRow.digest.in_(digests), ImportRow.state == RowState.DONE)
    return {digest for digest in session.scalars(made) if digest is not None}


def told(what: Sequence[Any]) -> str:
    return json.dumps(list(what), ensure_ascii=False)
