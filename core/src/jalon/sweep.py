"""What has outlived its time and is no affair of a module: lines of imported files, words of messages, copies of what
was erased. Done every night for all structures, and by `jalon retention apply` for one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import select

from jalon import erasure_remains, messages, settings, structures
from jalon.clock import now
from jalon.core_settings import Keeping
from jalon.db import open_session
from jalon.imports import kept, runs
from jalon.models import Structure
from jalon.scope import Scope

# a person's file may be closed or protected: what was written to them has outlived its time all the same
ACROSS = Scope(across="what has outlived its time goes, whoever may still see it", origin="job")


@dataclass(frozen=True)
class Swept:
    """Imports whose lines are forgotten, messages whose words are; files of imports, erasures cleared."""

    imports: int = 0
    messages: int = 0
    files: int = 0
    erasures: int = 0


def sweep(db: SQLAlchemy, documents: Path, *, only: int | None = None, dry_run: bool = False) -> Swept:
    """Do it for one structure or for all, closed ones too, and commit; what lies outside the rows is everybody's.

    With `dry_run` rows are counted and nothing is changed. Raises OSError and SQLAlchemyError: it is done again the
    next time.
    """
    imports = words = 0
    for structure_id, message_months in _places(db, only):
        names, count = _forget(db, structure_id, messages.oldest_kept(message_months), dry_run=dry_run)
        imports, words = imports + len(names), words + count
        for name in () if dry_run else names:
            kept.remove(documents.with_name("imports"), name)
    if dry_run:
        return Swept(imports, words)
    files = kept.sweep(documents.with_name("imports"))
    return Swept(imports, words, files, erasure_remains.clear(db, documents))


def _places(db: SQLAlchemy, only: int | None) -> list[tuple[int, int]]:
    """Each structure's number, and for how many months it keeps the words of its messages."""
    with open_session(db, ACROSS, read_only=True) as reading:
        rows = list(reading.scalars(select(Structure).order_by(Structure.id)))
        scopes = [Scope(structure=structures.ref(row), zone=ZoneInfo(row.zone), origin="job") for row in rows]
    found = []
    for scope in scopes:
        assert scope.structure is not None
        if only in (None, scope.structure.id):
            with open_session(db, scope, read_only=True) as reading:
                found.append((scope.structure.id, settings.current(reading, Keeping).message_months))
    return found


def _forget(db: SQLAlchemy, structure_id: int, before: datetime, *, dry_run: bool) -> tuple[list[str], int]:
    """Names of the files of imports, number of messages, of one structure, in one transaction."""
    with open_session(db, ACROSS) as session:
        names = runs.forget_before(session, now() - kept.KEPT, structure_id)
        count = messages.forget(session, structure_id, before)
        if dry_run:
            session.rollback()
        else:
            session.commit()
    return names, count
