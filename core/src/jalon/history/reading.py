"""Reading the history back, each value subject to the right that was asked for it when it was written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, false, func, or_, select, tuple_
from sqlalchemy.orm import Session, selectinload

from jalon.history.subjects import kind_of
from jalon.models import AccessEntry, HistoryEntry, HistoryValue
from jalon.scope import scope_of


@dataclass(frozen=True)
class Line:
    """One entry as its reader may see it; of an erased value only the field's name is left."""

    id: int
    at: datetime
    who: str
    origin: str
    action: str
    kind: str
    table: str
    subject_id: int
    values: list[HistoryValue]


def lines(session: Session, entries: Iterable[HistoryEntry]) -> list[Line]:
    """These entries with the values that the session's actor may read; the others are absent."""
    may = scope_of(session).may
    return [
        Line(
            id=entry.id,
            at=entry.at,
            who=entry.actor_name,
            origin=entry.origin,
            action=entry.action,
            kind=kind_of(entry.subject_table),
            table=entry.subject_table,
            subject_id=entry.subject_id,
            values=[v for v in entry.fields if v.permission is None or may(v.permission)],
        )
        for entry in entries
    ]


def of_record(
    session: Session, subjects: Sequence[tuple[str, int]], *, limit: int, before: int | None = None
) -> list[Line]:
    """What happened to a record, told under these (table, id), newest first, from the entry `before` on."""
    told = [and_(HistoryEntry.subject_table == table, HistoryEntry.subject_id == id) for table, id in subjects]
    return entries(session, [or_(false(), *told)], limit=limit, before=before)


def entries(
    session: Session, conditions: Sequence[ColumnElement[bool]], *, limit: int, before: int | None = None
) -> list[Line]:
    """Entries that meet these conditions, newest first, from the entry `before` on."""
    query = select(HistoryEntry).where(*conditions).options(selectinload(HistoryEntry.fields))
    query = query.order_by(HistoryEntry.at.desc(), HistoryEntry.id.desc()).limit(limit)
    return lines(session, session.scalars(query.where(*older_than(session, HistoryEntry, before))))


def older_than(
    session: Session, cls: type[HistoryEntry | AccessEntry], before: int | None
) -> list[ColumnElement[bool]]:
    """The condition of coming after that entry in a list from the newest on; none for the whole list."""
    at = session.scalar(select(cls.at).where(cls.id == before)) if before is not None else None
    return [] if at is None else [tuple_(cls.at, cls.id) < tuple_(at, before)]


def tables(session: Session) -> list[str]:
    """The tables that the history tells of, absent modules' too: one look at the index for each."""
    first = select(func.min(HistoryEntry.subject_table).label("name")).cte("told", recursive=True)
    later = select(func.min(HistoryEntry.subject_table)).where(HistoryEntry.subject_table > first.c.name)
    told = first.union_all(select(later.scalar_subquery()).where(first.c.name.is_not(None)))
    return list(session.scalars(select(told.c.name).where(told.c.name.is_not(None))))
