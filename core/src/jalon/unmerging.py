"""Undoing a merge: every row that it changed reads again as it did, or nothing is touched and the reasons are listed.

Works in a session across structures, as `jalon.merges` does.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon import history, merge_journal, merges
from jalon.clock import now
from jalon.db import table_of
from jalon.errors import DomainError
from jalon.i18n import _l, ngettext
from jalon.models import BeneficiaryStructure, FileState, Merge, MergedRow
from jalon.person_keys import PersonTable, person_tables
from jalon.whole_rows import Row, WholeRows, same_instants

COUNTERS = ("version", "folded")  # they follow what was changed


class TooLate(DomainError):
    """The journal of a merge is good for 30 days."""

    message = _l("This merge is older than 30 days: it cannot be undone any more.")


class AlreadyUndone(DomainError):
    """Two colleagues, or a second click."""

    message = _l("This merge was undone already.")


class MergedOn(DomainError):
    """The kept file is itself merged since."""

    message = _l("The file that was kept has itself been merged since: undo that merge first.")


class ChangedSince(DomainError):
    """Rows no longer read as the merge left them; `changes` says which."""

    def __init__(self, changes: list[Change]) -> None:
        super().__init__()
        self.changes = changes

    def __str__(self) -> str:
        return ngettext(
            "%(n)s record was changed since the merge: undoing it would lose that change. Nothing was touched.",
            "%(n)s records were changed since the merge: undoing it would lose these changes. Nothing was touched.",
            len(self.changes),
        )


@dataclass(frozen=True)
class Change:
    """A row that somebody changed or removed since the merge: what it is called, its id, and the fields that differ."""

    kind: str
    table: str
    id: int | None
    fields: tuple[str, ...]
    gone: bool = False


def last_day(merge: Merge) -> datetime:
    """Until when a merge can be undone."""
    return merge.at + merge_journal.KEPT_FOR


def is_possible(merge: Merge) -> bool:
    """Whether it is not too late, and not done already."""
    return merge.undone_at is None and last_day(merge) >= now()


def of_kept(session: Session, beneficiary_id: int) -> list[Merge]:
    """The merges into that person that the session's structure made and can still undo, newest first."""
    query = select(Merge).where(
        Merge.kept_id == beneficiary_id, Merge.undone_at.is_(None), Merge.at > now() - merge_journal.KEPT_FOR
    )
    return list(session.scalars(query.order_by(Merge.at.desc(), Merge.id.desc())))


def undo(session: Session, merge: Merge) -> None:
    """Put every row back as it was. What was written about the kept person since stays with the kept person.

    Raises TooLate, AlreadyUndone, MergedOn, ChangedSince.
    """
    kept, _merged = merges.both(session, merge.kept_id, merge.merged_id)
    session.refresh(merge, with_for_update=True)
    if not is_possible(merge):
        raise AlreadyUndone if merge.undone_at is not None else TooLate
    if kept.state is FileState.MERGED:
        raise MergedOn
    session.flush()
    same_instants(session.connection())
    journal = merge_journal.rows_of(session, merge)
    tables = {table.name: table for table in person_tables(session.connection())}
    if changes := _changes(session, journal, tables):
        raise ChangedSince(changes)
    _restore(session, journal, tables)
    session.expire_all()
    merge.undone_at = now()
    session.flush()


def changed_since(session: Session, merge: Merge) -> list[Change]:
    """What stands in the way of undoing."""
    same_instants(session.connection())
    tables = {table.name: table for table in person_tables(session.connection())}
    return _changes(session, merge_journal.rows_of(session, merge), tables)


def _rows(session: Session, table: PersonTable) -> WholeRows:
    return WholeRows(session.connection(), table.name, table.key, table.all_columns)


def _changes(session: Session, journal: Iterable[MergedRow], tables: dict[str, PersonTable]) -> list[Change]:
    """Of a table that is no longer there nothing is left to put back, and nothing to lose."""
    there = [row for row in journal if row.table_name in tables]
    return [c for row in there if (c := _change(_rows(session, tables[row.table_name]), row))]


def _change(rows: WholeRows, row: MergedRow) -> Change | None:
    key = json.loads(row.row_key)
    current = rows.one(row.row_key) if isinstance(key, dict) else None
    kind, id = history.kind_of(row.table_name), _number(key)
    if current is None:
        return Change(kind, row.table_name, id, (), gone=True)
    differing = _differing(merge_journal.read(row.after) or {}, current)
    told = tuple(name for name in differing if name not in COUNTERS) or tuple(differing)
    return Change(kind, row.table_name, id, told) if differing else None


def _number(key: Any) -> int | None:
    ids = list(key.values()) if isinstance(key, dict) else []
    return ids[0] if len(ids) == 1 and isinstance(ids[0], int) else None


def _differing(after: Row, current: Row) -> list[str]:
    """Columns that a later version of the code added or dropped say nothing of what people changed."""
    return [name for name, value in after.items() if name in current and current[name] != value]


def _restore(session: Session, journal: list[MergedRow], tables: dict[str, PersonTable]) -> None:
    made = []
    for row in reversed(journal):
        if row.table_name not in tables:
            continue
        before, after = merge_journal.read(row.before), merge_journal.read(row.after)
        if before is None:
            made.append(json.loads(row.row_key)["id"])
            continue
        rows = _rows(session, tables[row.table_name])
        rows.put_back(row.row_key, before, [n for n in _differing(before, after or {}) if n in rows.table.c])
    for link_id in made:
        _take_back(session, link_id, tables)


def _take_back(session: Session, link_id: int, tables: dict[str, PersonTable]) -> None:
    """A link that the merge made goes, unless its structure wrote about the kept person since: then it goes on."""
    links = table_of(BeneficiaryStructure)
    link = session.connection().execute(select(links).where(links.c.id == link_id)).one()
    for table in tables.values():
        if table.name in merges.STAYS or "structure_id" not in table.owners:
            continue
        rows = _rows(session, table)
        for column, besides in table.pointers():
            if rows.where(**{column: link.beneficiary_id, "structure_id": link.structure_id, **besides}):
                return
    session.connection().execute(links.delete().where(links.c.id == link_id))
