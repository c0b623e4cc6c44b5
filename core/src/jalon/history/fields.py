"""What of a class is recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Column, LargeBinary, inspect
from sqlalchemy.orm import Mapper

from jalon.db import Base, BothEnds, Owned, PersonRow
from jalon.models import Structure


@dataclass(frozen=True)
class Field:
    """A recorded column. `target` is the class its key points at, `names` the relation's name and the attribute's.

    `permission` is the right that its model says one needs to read it.
    """

    key: str
    names: tuple[str, ...]
    personal: bool
    target: type[Any] | None
    identifies: bool = False
    permission: str | None = None


def is_recorded(cls: type[Any]) -> bool:
    """Whether changes of its rows are recorded: rows of structures, structures, and what is known of persons.

    A class that is not says why in `__unrecorded__`.
    """
    return issubclass(cls, (Owned, Structure, PersonRow, BothEnds)) and not hasattr(cls, "__unrecorded__")


def recorded_in(cls: type[Any]) -> tuple[str, str] | None:
    """Table and key of the record that a row is a part of and whose history tells it: (`jalon_member`, `member_id`)."""
    found: tuple[str, str] | None = getattr(cls, "__recorded_in__", None)
    return found


def owner_keys(cls: type[Any]) -> tuple[str, ...]:
    """The attribute that says whose row it is; none for rows about a person, which are of no structure alone."""
    if cls is Structure:
        return ("id",)
    if issubclass(cls, BothEnds):
        return ("from_structure_id",)
    return ("structure_id",) if "structure_id" in inspect(cls).attrs else ()


def owner_of(cls: type[Any], row: Mapping[str, Any], acting: int | None) -> int | None:
    """The structure whose history tells of a row: its own, or the one that acts when the row is about a person.

    None when no structure does: work across structures on a person's row keeps a journal of its own.
    """
    if acting is not None and issubclass(cls, (PersonRow, BothEnds)):
        return acting
    return next((row[key] for key in owner_keys(cls)), None)


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
        if identifies and (part_of is None or len(mapper.primary_key) == 1):
            continue
        if part_of is not None and prop.key in (part_of[1], "beneficiary_id"):  # the record it is told of, its person
            continue
        target = _target(column)
        if target is not None and hasattr(target, "__unrecorded__"):
            continue
        names = (relations[column], prop.key) if column in relations else (prop.key,)
        permission = column.info.get("permission", getattr(cls, "__read_permission__", None))
        found.append(Field(prop.key, names, "personal" in column.info, target, identifies, permission))
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
    """The class a key points at; a key to a structure's link to a person points at the person."""
    tables = {_own(key.column).table for key in column.foreign_keys}
    return next((m.class_ for m in Base.registry.mappers if m.local_table in tables), None)


def _own(column: Column[Any]) -> Column[Any]:
    """The column whose value it is: of the link to a person, the person's id."""
    if column.primary_key:
        return column
    return next((key.column for key in column.foreign_keys if key.column.primary_key), column)
