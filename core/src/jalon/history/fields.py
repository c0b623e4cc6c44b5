"""What of a class is recorded."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Column, LargeBinary, inspect
from sqlalchemy.orm import Mapper

from jalon.db import Base, Owned
from jalon.models import Structure


@dataclass(frozen=True)
class Field:
    """A recorded column. `target` is the class its key points at, `names` the relation's name and the attribute's."""

    key: str
    names: tuple[str, ...]
    personal: bool
    target: type[Any] | None
    identifies: bool = False


def is_recorded(cls: type[Any]) -> bool:
    """Whether changes of its rows are recorded: rows of structures and structures, unless it says why not."""
    return (issubclass(cls, Owned) or cls is Structure) and not hasattr(cls, "__unrecorded__")


def recorded_in(cls: type[Any]) -> tuple[str, str] | None:
    """Table and key of the record that a row is a part of and whose history tells it: (`jalon_member`, `member_id`)."""
    found: tuple[str, str] | None = getattr(cls, "__recorded_in__", None)
    return found


def owner_key(cls: type[Any]) -> str:
    """The attribute that says whose row it is."""
    return "id" if cls is Structure else "structure_id"


def has_personal_fields(cls: type[Any]) -> bool:
    return any("personal" in column.info for column in inspect(cls).columns)


def fields_of(cls: Any) -> tuple[Field, ...]:
    """The recorded fields of a class, in the order of its columns; keys, counters, pictures and secrets left out."""
    return _fields_of(cls)


@cache
def _fields_of(cls: Any) -> tuple[Field, ...]:
    mapper: Mapper[Any] = inspect(cls)
    relations = {pair[1]: relation.key for relation in mapper.relationships for pair in relation.synchronize_pairs}
    part_of = recorded_in(cls)
    found = []
    for prop in mapper.column_attrs:
        column = prop.columns[0]
        if not isinstance(column, Column) or _says_nothing(cls, column, prop.key):
            continue
        identifies = column.primary_key
        if identifies and (part_of is None or prop.key == part_of[1]):
            continue
        target = _target(column)
        if target is not None and hasattr(target, "__unrecorded__"):
            continue
        names = (relations[column], prop.key) if column in relations else (prop.key,)
        found.append(Field(prop.key, names, "personal" in column.info, target, identifies))
    return tuple(found)


def _says_nothing(cls: type[Any], column: Column[Any], key: str) -> bool:
    counter = inspect(cls).version_id_col
    return (
        key == "structure_id"
        or column is counter
        or isinstance(column.type, LargeBinary)
        or "unrecorded" in column.info
    )


def _target(column: Column[Any]) -> type[Any] | None:
    """The class a key points at."""
    tables = {key.column.table for key in column.foreign_keys}
    return next((m.class_ for m in Base.registry.mappers if m.local_table in tables), None)
