"""Checks of a module's lists: what they are filtered and sorted by has an index."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, Table, UniqueConstraint, inspect

from jalon.admin import AdminScreen, filters
from jalon.app import CORE_SCREENS
from jalon.db import Base, Owned
from jalon.migrate import CORE
from jalon.testing.conformance.check import check
from jalon.testing.conformance.kit import Kit


@check(61)
def check_what_a_list_is_filtered_and_sorted_by_is_indexed(kit: Kit) -> list[str]:
    """structure_id first, unless the screen says why it has `few_rows`: a list is as fast with a million records."""
    screens = CORE_SCREENS if kit.slug == CORE else kit.module.plugin.screens if kit.module else ()
    return [fault for screen in screens for fault in _faults(screen)]


def _faults(screen: type[AdminScreen]) -> Iterator[str]:
    try:
        asked = {f"filtered by {name}": column for name, column in _filtered(screen)}
        if not screen.few_rows:  # few may also be sorted by what no index knows
            asked |= {f"sorted by {name}": column for name, column in _sorted(screen)}
    except (AttributeError, TypeError) as error:
        yield f"{screen.__name__}: {error}"
        return
    for how, column in asked.items():
        if not screen.few_rows and not _is_indexed(column):
            yield f"{screen.__name__} is {how}, and no index of {column.table.name} begins with {_wanted(column)}"


def _filtered(screen: Any) -> Iterator[tuple[str, Column[Any]]]:
    for said in screen.list_filters:
        made = filters.make(screen, said)
        yield made.name, made.column


def _sorted(screen: Any) -> Iterator[tuple[str, Column[Any]]]:
    """The columns that a click on a heading sorts by, and what the list begins with."""
    listed = _said(screen.column_sortable_list)
    if listed is None:  # Flask-Admin then takes every column that is shown
        listed = [name for name in _said(screen.column_list) or () if name in inspect(screen.model).columns]
    default = _said(screen.column_default_sort) or ()
    first = default[0] if isinstance(default, list) else default
    for said in [*listed, *([first[0] if isinstance(first, tuple) else first] if first else [])]:
        name, path = said if isinstance(said, tuple) else (said, said)
        yield str(name), _column(screen.model, str(getattr(path, "key", path)))


def _said(value: Any) -> Any:
    """What a class says; Flask-Admin's own defaults are descriptors there."""
    return value if isinstance(value, (list, tuple, str)) else None


def _column(model: Any, path: str) -> Column[Any]:
    *steps, last = path.split(".")
    for step in steps:
        model = getattr(model, step).property.mapper.class_
    return getattr(model, last).property.columns[0]  # type: ignore[no-any-return]


def _is_indexed(column: Column[Any]) -> bool:
    """By itself where its table is nobody's, or where it is a key: a record that is pointed at is of one structure."""
    firsts = [[c.name for c in found] for found in _indexes(column.table)]
    alone = not _is_owned(column.table) or bool(column.foreign_keys) or column.primary_key
    return any(f[:2] == ["structure_id", column.name] or (alone and f[:1] == [column.name]) for f in firsts)


def _indexes(table: Any) -> Iterator[list[Any]]:
    assert isinstance(table, Table)
    yield list(table.primary_key.columns)
    yield from (list(index.columns) for index in table.indexes)
    yield from (list(c.columns) for c in table.constraints if isinstance(c, UniqueConstraint))


def _is_owned(table: Any) -> bool:
    return any(m.local_table is table and issubclass(m.class_, Owned) for m in Base.registry.mappers)


def _wanted(column: Column[Any]) -> str:
    return f"structure_id, {column.name}" if _is_owned(column.table) else str(column.name)
