"""Changing many records by one statement, with their history; and taking it back within 30 days."""

from __future__ import annotations

import enum
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import inspect, select, update
from sqlalchemy.orm import Session

from jalon.clock import now
from jalon.db import UtcDateTime
from jalon.errors import DomainError
from jalon.i18n import _l, ngettext
from jalon.models import BulkChange
from jalon.scope import scope_of

MOST = 10_000  # records at once
UNDONE_WITHIN = timedelta(days=30)
SAID = 200  # characters


class TooManyRecords(DomainError):
    """What is counted no further cannot be confirmed."""

    message = _l("More than 10,000 records at once cannot be changed: narrow the list first.")


class NothingToChange(DomainError):
    """All of them hold that already."""

    message = _l("None of these records would change: they hold this already.")


class TooLate(DomainError):
    """The journal is good for 30 days."""

    message = _l("This change is older than 30 days: it cannot be undone any more.")


class AlreadyUndone(DomainError):
    """Two colleagues, or a second click."""

    message = _l("This change was undone already.")


class ChangedSince(DomainError):
    """Records no longer are as the change left them; `ids` says which."""

    def __init__(self, ids: Sequence[int]) -> None:
        super().__init__()
        self.ids = list(ids)

    def __str__(self) -> str:
        return ngettext(
            "%(n)s record was changed since: undoing would lose that change. Nothing was touched.",
            "%(n)s records were changed since: undoing would lose these changes. Nothing was touched.",
            len(self.ids),
        )


def change(
    session: Session,
    model: Any,
    ids: Sequence[int],
    values: Mapping[str, Any],
    *,
    screen: str,
    said: str,
    only_empty: bool = False,
) -> BulkChange:
    """Let these columns of these records hold these values; those that hold them already are not touched.

    `values` by attribute; `only_empty` leaves records whose columns hold something. The model counts its versions.
    Raises TooManyRecords, NothingToChange.
    """
    if len(ids) > MOST:
        raise TooManyRecords
    before = {
        row.id: row
        for row in _read(session, model, ids, values)
        if _differs(row, values) and not (only_empty and any(getattr(row, name) is not None for name in values))
    }
    if not before:
        raise NothingToChange
    _set(session, model, list(before), values)
    rows = [[id, row.version + 1, [_plain(getattr(row, n)) for n in values]] for id, row in before.items()]
    done = BulkChange(
        screen=screen,
        said=said[:SAID],
        touched=len(rows),
        user_id=scope_of(session).actor.user_id,
        actor_name=scope_of(session).actor.name[:120],
        journal=json.dumps({"names": list(values), "rows": rows}),
    )
    session.add(done)
    _forget_old(session)
    session.flush()
    return done


def recent(session: Session, screen: str) -> list[BulkChange]:
    """What was changed so in the records of a list within 30 days, newest first."""
    query = select(BulkChange).where(BulkChange.screen == screen, BulkChange.at > now() - UNDONE_WITHIN)
    return list(session.scalars(query.order_by(BulkChange.at.desc(), BulkChange.id.desc()).limit(100)))


def find(session: Session, screen: str, id: int) -> BulkChange | None:
    return session.scalar(select(BulkChange).where(BulkChange.id == id, BulkChange.screen == screen))


def undo(session: Session, model: Any, done: BulkChange) -> None:
    """Let every record hold again what it held, or touch nothing. Raises TooLate, AlreadyUndone, ChangedSince."""
    session.refresh(done, with_for_update=True)
    if done.undone_at is not None:
        raise AlreadyUndone
    if done.journal is None or done.at + UNDONE_WITHIN < now():
        raise TooLate
    journal = json.loads(done.journal)
    names, rows = journal["names"], {id: (version, held) for id, version, held in journal["rows"]}
    current = {row.id: row.version for row in _read(session, model, list(rows), names)}
    if changed := [id for id, (version, _held) in rows.items() if current.get(id) != version]:
        raise ChangedSince(changed)
    alike: dict[str, list[int]] = defaultdict(list)
    for id, (_version, held) in rows.items():
        alike[json.dumps(held)].append(id)
    for held, ids in alike.items():
        given = zip(names, json.loads(held), strict=True)
        _set(session, model, ids, {name: _typed(model, name, value) for name, value in given})
    done.undone_at = now()
    session.flush()


def _read(session: Session, model: Any, ids: Sequence[int], names: Any) -> list[Any]:
    """The records as the session may see them, locked."""
    wanted = [model.id, model.version, *(getattr(model, name) for name in names)]
    query = select(*wanted).where(model.id.in_(ids)).order_by(model.id)
    return list(session.execute(query.with_for_update(of=model, key_share=True)))


def _differs(row: Any, values: Mapping[str, Any]) -> bool:
    return any(getattr(row, name) != value for name, value in values.items())


def _set(session: Session, model: Any, ids: Sequence[int], values: Mapping[str, Any]) -> None:
    """One statement; the session's history reads what it will change."""
    statement = update(model).where(model.id.in_(ids)).values(**values, version=model.version + 1)
    session.execute(statement, execution_options={"synchronize_session": False})
    session.expire_all()


def _forget_old(session: Session) -> None:
    """Journals that are too old to undo anything."""
    old = update(BulkChange).where(BulkChange.at < now() - UNDONE_WITHIN, BulkChange.journal.is_not(None))
    session.execute(old.values(journal=None), execution_options={"synchronize_session": False})


def _plain(value: Any) -> Any:
    if isinstance(value, enum.Enum):
        return value.value
    return value.isoformat() if isinstance(value, (date, datetime)) else value


def _typed(model: Any, name: str, value: Any) -> Any:
    """A value of the journal as its column takes it."""
    kind = inspect(model).columns[name].type
    if value is None:
        return None
    if isinstance(kind, UtcDateTime):
        return datetime.fromisoformat(value)
    if enum_class := getattr(kind, "enum_class", None):
        return enum_class(value)
    return date.fromisoformat(value) if kind.python_type is date else value
