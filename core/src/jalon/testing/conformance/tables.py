"""Checks of a module's tables as its models declare them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ForeignKeyConstraint, PrimaryKeyConstraint, Table, UniqueConstraint

from jalon.db import Base, BothEnds, Owned, PersonRow
from jalon.db.base import owned_tables
from jalon.migrate import CORE
from jalon.testing.conformance.check import check
from jalon.testing.conformance.kit import Kit
from jalon.testing.conformance.snapshot import tables

NEVER_DELETED = frozenset(
    {
        "jalon_beneficiary",
        "jalon_beneficiary_structure",
        "jalon_structure",
        "jalon_user",
        "jalon_resource",
        "jalon_occupation",
    }
)
PREFIX_OF = {CORE: "jalon_"}


CONFINED: dict[str, tuple[type[Any], ...]] = {
    "platform": (object,),
    "person": (PersonRow, BothEnds),
    "owned": (Owned,),
}


@check(8)
def check_every_table_has_the_prefix(kit: Kit) -> list[str]:
    """In the models, and in what the migrations really make."""
    prefix = PREFIX_OF.get(kit.slug, f"{kit.slug}_")
    found = {table.name for table in kit.tables()}
    with kit.engine(kit.databases.empty()) as engine:
        registry = kit.registry()
        if kit.slug != CORE:
            del registry.modules[kit.slug]
            kit.install(engine, registry)
        with engine.connect() as connection:
            before = set(tables(connection))
        faults = kit.install(engine, kit.registry())
        with engine.connect() as connection:
            found |= set(tables(connection)) - before
    return faults + [
        f"the table {name} does not begin with {prefix}" for name in sorted(found) if not name.startswith(prefix)
    ]


@check(9)
def check_keys_delete_nothing_of_others(kit: Kit) -> list[str]:
    """Keys to what is never deleted do nothing; SET NULL on one column only; CASCADE among the module's own tables."""
    found = [(table, key) for table in kit.tables() for key in _keys(table)]
    return [fault for table, key in found if (fault := _deletes_wrongly(kit, table, key))]


def _keys(table: Table) -> list[ForeignKeyConstraint]:
    return sorted(table.foreign_key_constraints, key=lambda key: list(key.column_keys))


def _deletes_wrongly(kit: Kit, table: Table, key: ForeignKeyConstraint) -> str:
    action, target = (key.ondelete or "NO ACTION").upper(), key.referred_table.name
    name = f"{table.name} ({', '.join(key.column_keys)}) -> {target}"
    if action == "NO ACTION":
        return ""
    if target in NEVER_DELETED:
        return f"{name} says ON DELETE {action}, but rows of {target} are never deleted"
    if action == "SET NULL":
        return f"{name} says SET NULL on {len(key.column_keys)} columns" if len(key.column_keys) > 1 else ""
    if action == "CASCADE":
        return "" if kit.owns(target) else f"{name} says CASCADE: it would delete the module's rows with another's"
    return f"{name} says {action}, which is none of NO ACTION, SET NULL, CASCADE"


@check(10)
def check_every_table_declares_its_scope(kit: Kit) -> list[str]:
    """structure_id is there, never null, indexed; a key to rows of structures carries it along, or says why not."""
    classes = {m.local_table: m.class_ for m in Base.registry.mappers}
    return [fault for table in kit.tables() for fault in _scope_faults(table, classes.get(table))]


def _scope_faults(table: Table, cls: type[Any] | None) -> Iterator[str]:
    scope = getattr(cls, "__table_scope__", None)
    if cls is None:
        yield f"{table.name} has no mapped class: the session guard cannot confine it"
    elif scope not in ("platform", "person", "owned"):
        yield f"{table.name} declares no scope: mix in jalon.db.Owned or Platform"
    elif not issubclass(cls, CONFINED[scope]):
        yield f"{table.name} says that it is {scope}, but the session guard does not act on it: mix in a class of it"
    if scope in ("person", "owned"):
        owners = ["structure_id"] if scope == "owned" else _owners_of_person_rows(table)
        for column in owners:
            yield from _owner_faults(table, column)
    for key in _keys(table):
        yield from _crossing(table, key)


def _owners_of_person_rows(table: Table) -> list[str]:
    """The person's own row has none: its id is the person."""
    if table.name == "jalon_beneficiary":
        return []
    return ["beneficiary_id"] if "from_structure_id" not in table.c else ["from_structure_id", "to_structure_id"]


def _owner_faults(table: Table, name: str) -> Iterator[str]:
    column = table.c.get(name)
    if column is None:
        yield f"{table.name} has no {name}"
        return
    if column.nullable:
        yield f"{table.name}.{name} may be null"
    owner = "jalon_beneficiary" if name == "beneficiary_id" else "jalon_structure"
    if owner not in {key.column.table.name for key in column.foreign_keys}:
        yield f"{table.name}.{name} is no key to {owner}"
    firsts = {next(iter(index.columns)).name for index in table.indexes}
    firsts |= {
        next(iter(c.columns)).name
        for c in table.constraints
        if isinstance(c, (UniqueConstraint, PrimaryKeyConstraint)) and len(c.columns)
    }
    if name not in firsts:
        yield f"{table.name}.{name} is not indexed"


def _crossing(table: Table, key: ForeignKeyConstraint) -> Iterator[str]:
    """A column whose `info` has `crosses` says in words why its key leaves the structure (a loan)."""
    target = key.referred_table.name
    pairs = {(element.parent.name, element.column.name) for element in key.elements}
    excused = any(element.parent.info.get("crosses") for element in key.elements)
    if target in owned_tables() and ("structure_id", "structure_id") not in pairs and not excused:
        yield f"{table.name} ({', '.join(key.column_keys)}) -> {target} is not composite: it lacks structure_id"
