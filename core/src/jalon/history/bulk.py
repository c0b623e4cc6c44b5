"""What an UPDATE or DELETE of many rows does, recorded before it is done, in batches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, event, select, tuple_
from sqlalchemy.orm import Mapper, ORMExecuteState, Session
from sqlalchemy.sql import Delete, Insert, Update
from sqlalchemy.sql.elements import BindParameter

from jalon.db import Base, GuardedSession
from jalon.errors import ScopeViolation
from jalon.history.change import Change, acting_structure, change_of, differing
from jalon.history.fields import Field, fields_of, is_recorded, owner_keys, recorded_in
from jalon.history.writing import write

BATCH = 500  # rows held at once, whatever the statement matches


@event.listens_for(GuardedSession, "do_orm_execute", propagate=True)
def record_bulk(state: ORMExecuteState) -> None:
    """Read what the statement will change, under the guard and locked, and write it down."""
    statement, mapper = state.statement, state.bind_mapper
    if not state.is_orm_statement or mapper is None or not isinstance(statement, (Insert, Update, Delete)):
        return
    if not issubclass(mapper.class_, Base) or not is_recorded(mapper.class_):
        return
    if isinstance(statement, Insert) or isinstance(state.parameters, (list, tuple)):
        raise ScopeViolation(f"rows of {mapper.class_.__name__} would be written without history: use add_all")
    set_to = _set_to(mapper, statement, state.parameters) if isinstance(statement, Update) else {}
    fields = fields_of(mapper.class_)
    if isinstance(statement, Update):
        fields = tuple(f for f in fields if f.key in set_to)
    if fields:
        _record(state.session, mapper, statement, fields, set_to)


def _set_to(mapper: Mapper[Any], statement: Update, parameters: Any) -> dict[str, Any]:
    """Attribute -> the value or expression it is set to."""
    given: dict[Any, Any] = {**dict(statement._values or {}), **dict(parameters or {})}
    keys = {getattr(column, "key", column): value for column, value in given.items()}
    names = {column.key: mapper.get_property_by_column(column).key for column in mapper.columns if column.key}
    return {names.get(key, key): _plain(value) for key, value in keys.items()}


def _plain(value: Any) -> Any:
    return value.effective_value if isinstance(value, BindParameter) else value


def _record(
    session: Session,
    mapper: Mapper[Any],
    statement: Update | Delete,
    fields: tuple[Field, ...],
    set_to: dict[str, Any],
) -> None:
    computed = {key: value for key, value in set_to.items() if isinstance(value, ColumnElement)}
    known = {key: value for key, value in set_to.items() if key not in computed}
    for rows in _batches(session, mapper, statement, fields, computed):
        acting = acting_structure(session)
        write(session, [c for row in rows if (c := _change(mapper.class_, statement, fields, row, known, acting))])


def _change(
    cls: type[Any],
    statement: Update | Delete,
    fields: tuple[Field, ...],
    row: dict[str, Any],
    known: dict[str, Any],
    acting: int | None,
) -> Change | None:
    if isinstance(statement, Delete):
        return change_of(cls, "deleted", row, differing(fields, row, {}), acting)
    after = {**known, **{key.removeprefix("new "): value for key, value in row.items() if key.startswith("new ")}}
    return change_of(cls, "changed", row, differing(fields, row, after), acting)


def _batches(
    session: Session,
    mapper: Mapper[Any],
    statement: Update | Delete,
    fields: tuple[Field, ...],
    computed: dict[str, Any],
) -> Iterator[list[dict[str, Any]]]:
    """The rows that the statement matches, by attribute, and what its expressions make of them as `new <attribute>`."""
    cls = mapper.class_
    keys = [mapper.get_property_by_column(column).key for column in mapper.primary_key]
    part_of = recorded_in(cls)
    identity = [*keys, *owner_keys(cls), *([part_of[1]] if part_of else [])]
    identity += [f.key for f in fields_of(cls) if f.identifies]
    named = {key: getattr(cls, key) for key in [*identity, *(f.key for f in fields)]}
    named |= {f"new {key}": value for key, value in computed.items()}
    primary = tuple_(*(getattr(cls, key) for key in keys))
    query = select(*(value.label(f"c{n}") for n, value in enumerate(named.values())))
    query = query.order_by(*(getattr(cls, key) for key in keys)).limit(BATCH)
    query = query.with_for_update(of=cls, key_share=isinstance(statement, Update))
    if statement.whereclause is not None:
        query = query.where(statement.whereclause)
    last: tuple[Any, ...] | None = None
    while True:
        after = query if last is None else query.where(primary > tuple_(*last))
        found = [dict(zip(named, row, strict=True)) for row in session.execute(after)]
        rows = {tuple(row[key] for key in keys): row for row in found}  # a join may match one twice
        if rows:
            yield list(rows.values())
        if len(found) < BATCH:
            return
        last = list(rows)[-1]
