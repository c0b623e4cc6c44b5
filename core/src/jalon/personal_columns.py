"""Which columns are about a person: declared by models, stored when their module is migrated, and held together.

A column says `info={"personal": "why"}`; and, when nothing must not be left in it, `"erased_as"`: `text:` and the
text that erasing leaves, `year` for a date of which 1 January stays, `kept` for the name of who worked on a record.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Column, Connection, String, Table, inspect, select

from jalon.db import Base, table_of
from jalon.models import PersonalColumn
from jalon.revisions import belongs

NOTHING, YEAR, KEPT, TEXT = "nothing", "year", "kept", "text:"


@dataclass(frozen=True, order=True)
class Personal:
    """A column about a person, why, and what erasing leaves in it."""

    table: str
    column: str
    why: str
    erased_as: str


def declared(slug: str) -> set[Personal]:
    """What the models of a module, or of `core`, say today."""
    return {p for table in Base.metadata.tables.values() if belongs(table.name, slug) for p in _said_by(table)}


def _said_by(table: Table) -> Iterable[Personal]:
    for column in table.columns:
        if why := column.info.get("personal"):
            yield Personal(table.name, column.name, str(why)[:120], left_in(column))


def left_in(column: Column[object]) -> str:
    """What erasing leaves in a column: what it says, else nothing, else the empty text where a value must stand."""
    default = NOTHING if column.nullable or not isinstance(column.type, String) else TEXT
    return str(column.info.get("erased_as", default))


def stored(connection: Connection, slug: str | None = None) -> set[Personal]:
    """What was said when the tables were made; of one module, or of all."""
    table = table_of(PersonalColumn)
    query = select(table.c.table_name, table.c.column_name, table.c.why, table.c.erased_as)
    if slug is not None:
        query = query.where(table.c.module == slug)
    return {Personal(*row) for row in connection.execute(query)}


def keep_in_step(connection: Connection, slug: str) -> None:
    """Store what a module declares of the columns that the database has; forget the rest. Never commits."""
    inspector, table = inspect(connection), table_of(PersonalColumn)
    if not _can_store(connection):
        return
    said = declared(slug)
    made = {p.table for p in said} & set(inspector.get_table_names())
    there = {(name, column["name"]) for name in made for column in inspector.get_columns(name)}
    wanted = {p for p in said if (p.table, p.column) in there}
    known = stored(connection, slug)
    for gone in known - wanted:
        named = (table.c.table_name == gone.table) & (table.c.column_name == gone.column)
        connection.execute(table.delete().where(named))
    for new in sorted(wanted - known):
        values = {"table_name": new.table, "column_name": new.column, "why": new.why, "erased_as": new.erased_as}
        connection.execute(table.insert().values(module=slug, **values))


def _can_store(connection: Connection) -> bool:
    """Whether the core's tables are new enough: a core taken back, or at its first revisions, stores nothing."""
    inspector, name = inspect(connection), table_of(PersonalColumn).name
    return inspector.has_table(name) and "erased_as" in {c["name"] for c in inspector.get_columns(name)}


def differing(connection: Connection, slug: str) -> list[str]:
    """Columns, as `table.column`, that a module declares otherwise than they are stored."""
    return sorted({f"{p.table}.{p.column}" for p in declared(slug) ^ stored(connection, slug)})
