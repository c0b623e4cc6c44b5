"""What a unit of work inserts, updates and deletes, recorded as soon as it is flushed."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import Connection, event, inspect, select
from sqlalchemy.orm import InstanceState, Mapper, Session, UOWTransaction, object_session

from jalon.db import Base, GuardedSession
from jalon.history.change import Action, Change, acting_structure, change_of, differing
from jalon.history.fields import fields_of, is_recorded, tellers_of
from jalon.history.writing import write

_PENDING, _BEFORE = "jalon_history_pending", "jalon_history_before"


@event.listens_for(GuardedSession, "before_flush", propagate=True)
def _read_what_was(session: Session, context: UOWTransaction, instances: Any) -> None:
    """Values that were overwritten or deleted without having been read: one query for each class."""
    wanted: dict[type[Any], list[Any]] = defaultdict(list)
    for instance in [*session.dirty, *session.deleted]:
        if is_recorded(type(instance)) and _is_half_known(inspect(instance), instance in session.deleted):
            wanted[type(instance)].append(instance)
    session.info[_BEFORE] = {}
    for cls, asked in wanted.items():
        session.info[_BEFORE] |= _read(session, cls, asked)


def _is_half_known(state: InstanceState[Any], deleted: bool) -> bool:
    keys = [field.key for field in fields_of(state.class_)]
    if deleted:
        return any(key not in state.dict for key in keys)
    overwritten = any(_unread(state, key) for key in keys)
    return overwritten or (state.modified and any(key not in state.dict for key in keys))


def _unread(state: InstanceState[Any], key: str) -> bool:
    history = state.attrs[key].history
    return bool(history.added) and not history.deleted


def _read(session: Session, cls: type[Any], asked: list[Any]) -> dict[Any, dict[str, Any]]:
    mapper: Mapper[Any] = inspect(cls)
    key = mapper.get_property_by_column(mapper.primary_key[0]).class_attribute
    keys = list(dict.fromkeys([*(mapper.get_property_by_column(c).key for c in mapper.primary_key), *_keys(cls)]))
    ids = [inspect(instance).identity[0] for instance in asked]
    rows = session.execute(select(*(getattr(cls, k) for k in keys)).where(key.in_(ids)))
    found = (dict(zip(keys, row, strict=True)) for row in rows)
    return {mapper.identity_key_from_primary_key(_identity(mapper, row)): row for row in found}


def _keys(cls: type[Any]) -> list[str]:
    return [field.key for field in fields_of(cls)]


def _identity(mapper: Mapper[Any], row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[mapper.get_property_by_column(c).key] for c in mapper.primary_key)


@event.listens_for(Base, "after_insert", propagate=True)
def _inserted(mapper: Mapper[Any], connection: Connection, target: Any) -> None:
    _note(mapper, target, "created")


@event.listens_for(Base, "after_update", propagate=True)
def _updated(mapper: Mapper[Any], connection: Connection, target: Any) -> None:
    _note(mapper, target, "changed")


@event.listens_for(Base, "after_delete", propagate=True)
def _deleted(mapper: Mapper[Any], connection: Connection, target: Any) -> None:
    _note(mapper, target, "deleted")


def _note(mapper: Mapper[Any], target: Any, action: Action) -> None:
    session = object_session(target)
    if session is None or not is_recorded(mapper.class_):
        return
    state = inspect(target)
    held = dict(state.dict)
    before = {} if action == "created" else _before(session, state, action)
    after = {} if action == "deleted" else held
    fields = fields_of(mapper.class_)
    if action == "changed":
        fields = tuple(f for f in fields if f.key in before)
    values = differing(fields, before, after)
    row = {**before, **held}
    for acting in tellers_of(mapper.class_, row, acting_structure(session)):
        change = change_of(mapper.class_, action, row, values, acting)
        if change is not None:
            session.info.setdefault(_PENDING, []).append(change)


def _before(session: Session, state: InstanceState[Any], action: Action) -> dict[str, Any]:
    """What the row held; of a change, the fields that were set."""
    read = session.info.get(_BEFORE, {}).get(state.key, {})
    if action == "deleted":
        return {**read, **{k: v for k, v in state.dict.items() if k in _keys(state.class_)}}
    before = {}
    for key in _keys(state.class_):
        history = state.attrs[key].history
        if history.deleted:
            before[key] = history.deleted[0]
        elif history.added and key in read:
            before[key] = read[key]
    return before


@event.listens_for(GuardedSession, "after_flush_postexec", propagate=True)
def record_flush(session: Session, context: UOWTransaction) -> None:
    """Write what this flush did: its rows are known to the session by now, and its transaction is still open."""
    session.info.pop(_BEFORE, None)
    changes: list[Change] = session.info.pop(_PENDING, [])
    write(session, changes)


@event.listens_for(GuardedSession, "after_soft_rollback", propagate=True)
def _forget(session: Session, previous: Any) -> None:
    """What a failed flush noted never happened."""
    session.info.pop(_BEFORE, None)
    session.info.pop(_PENDING, None)
