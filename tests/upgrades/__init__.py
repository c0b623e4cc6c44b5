"""A database as an earlier version left it: its revisions, then the rows that `make.py` wrote down."""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic import command
from sqlalchemy import Connection, Engine, text

from jalon.migrate import CORE
from jalon.revisions import config_for, exclusive
from jalon.testing.conformance.snapshot import tables

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Left:
    """What a version left: the revision of each module, the day it was, and the rows of each table."""

    revisions: dict[str, str]
    today: str
    columns: dict[str, list[str]]
    rows: dict[str, list[list[Any]]]

    def counts(self) -> dict[str, int]:
        return {table: len(rows) for table, rows in self.rows.items()}


def read(name: str) -> Left:
    """The file of a version, `issue-5`."""
    lines = lzma.decompress((FOLDER / f"{name}.jsonl.xz").read_bytes()).decode().split("\n")
    values = map(json.loads, lines)
    head = next(values)
    left, table = Left(head["revisions"], head["today"], {}, {}), ""
    for value in values:
        if isinstance(value, dict):
            table = value["table"]
            left.columns[table], left.rows[table] = value["columns"], []
        else:
            left.rows[table].append(value)
    return left


def load(left: Left, engine: Engine) -> None:
    """Make the tables of that version in an empty database, the core's first, and put its rows there."""
    for slug, revision in sorted(left.revisions.items(), key=lambda item: (item[0] != CORE, item[0])):
        with exclusive(engine) as connection:
            command.upgrade(config_for(slug, connection), revision)
    with exclusive(engine) as connection:
        on_postgresql = connection.dialect.name == "postgresql"
        if on_postgresql:  # no key is checked and no trigger runs: the rows were sound when they were written
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            connection.execute(text("SET LOCAL TIME ZONE 'UTC'"))
        for table in tables(connection):
            if table in left.columns:
                _fill(connection, table, left.columns[table], left.rows[table])
        for statement in _sequences(connection, left) if on_postgresql else ():
            connection.execute(text(statement))


def _fill(connection: Connection, table: str, columns: list[str], rows: list[list[Any]]) -> None:
    """Through the driver: the models are of another version. PostgreSQL reads each value from its text."""
    on_postgresql = connection.dialect.name == "postgresql"
    names, mark = ", ".join(f'"{column}"' for column in columns), "%s" if on_postgresql else "?"
    cursor = connection.connection.cursor()
    cursor.execute(f'DELETE FROM "{table}"')  # what the migrations themselves wrote is in the file too
    if rows:
        marks = ", ".join([mark] * len(columns))
        given = [[_as_text(v) if on_postgresql else _plain(v) for v in row] for row in rows]
        cursor.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', given)
    cursor.close()


def _plain(value: Any) -> Any:
    return bytes.fromhex(value["hex"]) if isinstance(value, dict) else value


def _as_text(value: Any) -> str | None:
    if isinstance(value, dict):
        return f"\\x{value['hex']}"
    return None if value is None else str(value)


def _sequences(connection: Connection, left: Left) -> Iterator[str]:
    """Each counter goes on after the highest number in the file."""
    for table, columns in left.columns.items():
        counted = "id" in columns and left.rows[table]
        if counted and connection.scalar(text(f"SELECT pg_get_serial_sequence('\"{table}\"', 'id')")):
            yield f"SELECT setval(pg_get_serial_sequence('\"{table}\"', 'id'), (SELECT max(id) FROM \"{table}\"))"
