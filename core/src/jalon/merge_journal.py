"""The journal of a merge: each row that it changes, whole, before and after, as long as the merge can be undone."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import Connection, delete, or_, select
from sqlalchemy.orm import Session

from jalon.clock import now
from jalon.models import Merge, MergedRow
from jalon.person_keys import PersonTable
from jalon.whole_rows import Row, WholeRows

KEPT_FOR = timedelta(days=30)
NOTHING = "null"  # a row that was not there before
Key = tuple[str, str]  # table, and the row's key as JSON


@dataclass
class Journal:
    """Rows that a merge changes, whole, before and after. A row changed twice is one row."""

    connection: Connection
    tables: dict[str, PersonTable]
    before: dict[Key, Row | None] = field(default_factory=dict)

    def rows(self, name: str) -> WholeRows:
        known = self.tables[name]
        return WholeRows(self.connection, name, known.key, known.all_columns)

    def note(self, name: str, **values: object) -> list[str]:
        """Rows that are about to be changed; their keys."""
        found = self.rows(name).where(**values)
        for key, row in found.items():
            self.before.setdefault((name, key), row)
        return list(found)

    def write(self, session: Session, merge: Merge) -> None:
        """Keep those that were really changed."""
        for (name, key), row in self.before.items():
            after = self.rows(name).one(key)
            if after != row:
                session.add(_journaled(merge, name, key, row, after))
        session.flush()


def _journaled(merge: Merge, name: str, key: str, before: Row | None, after: Row | None) -> MergedRow:
    return MergedRow(
        structure_id=merge.structure_id,
        merge_id=merge.id,
        table_name=name,
        row_key=key,
        before=json.dumps(before),
        after=json.dumps(after),
    )


def rows_of(session: Session, merge: Merge) -> list[MergedRow]:
    """What a merge changed, in the order in which it was changed."""
    query = select(MergedRow).where(MergedRow.merge_id == merge.id, MergedRow.structure_id == merge.structure_id)
    return list(session.scalars(query.order_by(MergedRow.id)))


def read(written: str | None) -> Row | None:
    """A row of the journal; None for one that was not there."""
    found: Row | None = json.loads(written or NOTHING)
    return found


def forget(session: Session) -> int:
    """Remove the journals of merges of the session's structure that can no longer be undone; returns how many rows."""
    over = select(Merge.id).where(or_(Merge.at < now() - KEPT_FOR, Merge.undone_at.is_not(None)))
    gone = delete(MergedRow).where(MergedRow.merge_id.in_(over))
    return int(session.execute(gone, execution_options={"synchronize_session": False}).rowcount)  # type: ignore[attr-defined]
