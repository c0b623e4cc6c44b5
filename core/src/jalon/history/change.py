"""One change of one row, as the database sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy.orm import Session

from jalon.history.fields import Field, fields_of, owner_of, recorded_in
from jalon.scope import current_scope

Action = Literal["created", "changed", "deleted"]


@dataclass
class Change:
    """A row of `cls` was created, changed or deleted; `values` are its fields before and after, None for nothing.

    `part` names the row among those that one record is made of: a member's roles. `row` is what is known of all of it.
    """

    cls: type[Any]
    structure_id: int
    subject: tuple[str, int]
    action: Action
    values: list[tuple[Field, Any, Any]]
    part: list[tuple[Field, Any]] = field(default_factory=list)
    row: Mapping[str, Any] = field(default_factory=dict)


def acting_structure(session: Session) -> int | None:
    """The id of the structure in whose name a session works; None for work across structures."""
    scope = current_scope(session)
    return scope.structure.id if scope is not None and scope.structure is not None else None


def change_of(
    cls: type[Any],
    action: Action,
    row: Mapping[str, Any],
    values: list[tuple[Field, Any, Any]],
    acting: int | None = None,
) -> Change | None:
    """The change of a row whose identity stands in `row`, by attribute; None when nothing of it changed.

    `acting` is the structure in whose session it is changed. None too when no structure's history tells of it.

    Raises TypeError for a class whose rows have no number and that does not say where they are told.
    """
    if action == "changed" and not values:
        return None
    part_of = recorded_in(cls)
    table, key = part_of or (cls.__tablename__, "id")
    if not isinstance(row.get(key), int):
        raise TypeError(f"rows of {cls.__name__} have no number: give it __unrecorded__ or __recorded_in__")
    part = [(f, row[f.key]) for f in fields_of(cls) if f.identifies] if part_of else []
    structure_id = owner_of(cls, row, acting)
    if structure_id is None:
        return None
    return Change(cls, structure_id, (table, row[key]), "changed" if part_of else action, values, part, row)


def differing(
    fields: tuple[Field, ...], before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[tuple[Field, Any, Any]]:
    """The fields whose values differ; an empty text is nothing."""
    pairs = ((f, before.get(f.key), after.get(f.key)) for f in fields)
    return [(f, old, new) for f, old, new in pairs if (old if old != "" else None) != (new if new != "" else None)]
