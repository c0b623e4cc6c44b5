"""From a database's refusal back to the name of the constraint, and from the name to our sentence."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import UniqueConstraint
from sqlalchemy.exc import IntegrityError

from jalon.db.base import Base
from jalon.errors import DomainError

E = TypeVar("E", bound=DomainError)
_sentences: dict[str, type[DomainError]] = {}


def explains(name: str) -> Callable[[type[E]], type[E]]:
    """Class decorator: this refusal is what the constraint `name` means."""

    def register(error: type[E]) -> type[E]:
        _sentences[name] = error
        return error

    return register


def constraint_of(error: IntegrityError) -> str | None:
    """Name of the constraint that refused; None when SQLite does not say (foreign keys)."""
    if (diag := getattr(error.orig, "diag", None)) is not None:
        return str(diag.constraint_name)
    said = str(error.orig)
    if said.startswith("constraint "):
        return said.removeprefix("constraint ")
    if said.startswith("CHECK constraint failed: "):
        return said.split(": ", 1)[1]
    if said.startswith("UNIQUE constraint failed: "):
        return _unique_named(said.split(": ", 1)[1])
    return None


def _unique_named(columns: str) -> str | None:
    """SQLite names the columns only: `table.a, table.b`."""
    table_name, names = "", set()
    for column in columns.split(", "):
        table_name, _, name = column.partition(".")
        names.add(name)
    table = Base.metadata.tables.get(table_name)
    if table is None:
        return None
    uniques = [c for c in table.constraints if isinstance(c, UniqueConstraint)]
    found = next((u.name for u in uniques if {c.name for c in u.columns} == names), None)
    if found is None:
        found = next((i.name for i in table.indexes if i.unique and {c.name for c in i.columns} == names), None)
    return str(found) if found else None


def refusal_of(error: IntegrityError) -> DomainError | None:
    """The sentence of a database refusal, None when nobody gave it one."""
    name = constraint_of(error)
    known = _sentences.get(name or "")
    return known() if known else None
