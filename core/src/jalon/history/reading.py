"""Reading the history back, each value subject to the right that was asked for it when it was written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, tuple_
from sqlalchemy.orm import Session, selectinload

from jalon.db import AboutPerson, Base, BothEnds, NamesPerson, PersonRow
from jalon.history.subjects import kind_of
from jalon.models import AccessEntry, HistoryEntry, HistoryValue
from jalon.scope import scope_of

Condition = Callable[[Session, Any], ColumnElement[bool]]
_conditions: dict[Any, Condition] = {}


def seen_when(cls: type[Any], condition: Condition) -> None:
    """The history of these rows is read while this holds of them, beside what the session guard asks."""
    _conditions[cls] = condition


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
    """These entries with the values that the session's actor may read; the others are absent.

    What is about a person is read as long as the session sees the row itself: a file that is closed or protected
    since is closed in its history too.
    """
    may, entries = scope_of(session).may, list(entries)
    masked = _masked(session, entries)
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
            values=[v for v in entry.fields if entry.id not in masked and (v.permission is None or may(v.permission))],
        )
        for entry in entries
    ]


def _masked(session: Session, entries: Sequence[HistoryEntry]) -> set[int]:
    """Ids of the entries about persons whose rows the session does not see now; one query for each table."""
    about = (PersonRow, BothEnds, AboutPerson, NamesPerson)
    mapped: list[Any] = [m.class_ for m in Base.registry.mappers]
    classes = {cls.__tablename__: cls for cls in mapped if issubclass(cls, about)}
    told: dict[str, set[int]] = defaultdict(set)
    for entry in entries:
        if entry.subject_table in classes:
            told[entry.subject_table].add(entry.subject_id)
    seen = {
        (table, id)
        for table, ids in told.items()
        for id in session.scalars(_seen(session, classes[table]).where(classes[table].id.in_(ids)))
    }
    return {e.id for e in entries if e.subject_table in told and (e.subject_table, e.subject_id) not in seen}


def _seen(session: Session, cls: Any) -> Select[Any]:
    query = select(cls.id)
    return query.where(_conditions[cls](session, cls)) if cls in _conditions else query


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


def created(session: Session, cls: type[Base], ids: Sequence[int]) -> dict[int, datetime]:
    """When these records were made, by id; of one made before there was a history, nothing."""
    told = select(HistoryEntry.subject_id, func.min(HistoryEntry.at)).where(
        HistoryEntry.subject_table == cls.__tablename__,
        HistoryEntry.subject_id.in_(ids),
        HistoryEntry.action == "created",
    )
    return {id: at for id, at in session.execute(told.group_by(HistoryEntry.subject_id)) if ids}
