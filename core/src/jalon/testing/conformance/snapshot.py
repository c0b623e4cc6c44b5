"""A database's rows and its schema, as values to compare."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Engine, inspect, text

from jalon.db.base import owned_tables


class Rows(list[tuple[Any, ...]]):
    """Rows of a table, equal to the same ones in another order: an update moves a row on PostgreSQL."""

    def __eq__(self, other: object) -> bool:
        return list.__eq__(self, other) or (
            isinstance(other, list) and sorted(map(repr, self)) == sorted(map(repr, other))
        )

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None


Contents = dict[str, Rows]
Schema = dict[str, set[str]]

_POSTGRESQL = """
SELECT conrelid::regclass::text, conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
  WHERE conrelid <> 0 AND connamespace = 'public'::regnamespace
UNION ALL SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT tgrelid::regclass::text, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT table_name, column_name || ' ' || data_type || ' ' || coalesce(character_maximum_length::text, '')
  || ' ' || is_nullable || ' ' || coalesce(column_default, '')
  FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL SELECT typname, 'enum' FROM pg_type WHERE typtype = 'e'
"""
_BETWEEN_COLUMNS = re.compile(r"\n|, (?=[a-z_]+ [A-Z])")  # SQLite adds a column in the line of the last one


def schema(engine: Engine) -> Schema:
    """Lines of each table: columns, constraints with their text, indexes, triggers; also of views and types."""
    with engine.connect() as connection:
        lines = _postgresql(connection) if engine.dialect.name == "postgresql" else _sqlite(connection)
        found: Schema = defaultdict(set)
        for table, line in lines:
            found[table].add(line)
    return dict(found)


def _postgresql(connection: Connection) -> Iterator[tuple[str, str]]:
    for table, line in connection.execute(text(_POSTGRESQL)):
        yield str(table).strip('"'), line


def _sqlite(connection: Connection) -> Iterator[tuple[str, str]]:
    """The order of a table's lines and their quotes depend on who created it, the lines do not."""
    query = "SELECT tbl_name, type, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"
    for table, kind, sql in connection.exec_driver_sql(query):
        if kind == "table":
            for line in _BETWEEN_COLUMNS.split(sql.replace('"', "")):
                yield table, line.strip().rstrip(",").strip()
        else:
            yield table, " ".join(sql.replace('"', "").split())


def contents(engine: Engine, *, structure_id: int | None = None) -> Contents:
    """The rows of every table; version tables left out. Those of one structure when given.

    Read by the driver alone: the kit takes hundreds of these of thousands of rows.
    """
    condition = "" if structure_id is None else f" WHERE structure_id = {structure_id:d}"
    with engine.connect() as connection:
        quote = engine.dialect.identifier_preparer.quote
        cursor = connection.connection.cursor()
        found = {}
        for table in tables(connection):
            if structure_id is None or table in owned_tables():
                cursor.execute(f"SELECT * FROM {quote(table)}{condition}")  # noqa: S608
                found[table] = Rows(cursor.fetchall())
        return found


def tables(connection: Connection) -> list[str]:
    """All tables but Alembic's."""
    return sorted(t for t in inspect(connection).get_table_names() if not t.startswith("alembic_version"))


def changed(before: Contents, after: Contents) -> list[str]:
    """Tables whose rows differ."""
    return sorted(t for t in {*before, *after} if before.get(t, Rows()) != after.get(t, Rows()))


def rows_of(snapshot: Contents) -> dict[str, int]:
    """How many rows each table has."""
    return {table: len(rows) for table, rows in snapshot.items()}
