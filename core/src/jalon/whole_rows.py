"""Rows of any table, whole, as JSON can say them and as they can be put back: with or without a class for them.

On SQLite a value is what the driver gives. On PostgreSQL the database itself turns a row into JSON and back, so that
no type of a module's is lost on the way.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, column, func, literal_column, select, table, text
from sqlalchemy.sql import TableClause

Row = dict[str, Any]


class WholeRows:
    """The rows of one table, by its primary key. Its caller takes care of whose rows they are."""

    def __init__(self, connection: Connection, name: str, key: tuple[str, ...], columns: tuple[str, ...]) -> None:
        self.connection, self.name, self.key = connection, name, key
        self.table: TableClause = table(name, *(column(c) for c in columns))
        self.on_sqlite = connection.dialect.name == "sqlite"

    def where(self, **values: object) -> dict[str, Row]:
        """The rows that hold these values, by `key_of`."""
        aliased = self.table.alias("whole")
        conditions = [aliased.c[name] == value for name, value in values.items()]
        if self.on_sqlite:
            rows = [_plain(row._mapping) for row in self.connection.execute(select(aliased).where(*conditions))]
        else:
            whole = select(func.to_jsonb(literal_column("whole"))).select_from(aliased).where(*conditions)
            rows = list(self.connection.scalars(whole))
        return {self.key_of(row): row for row in rows}

    def key_of(self, row: Mapping[str, Any]) -> str:
        """What names a row in its table, as JSON."""
        return json.dumps({name: row[name] for name in self.key})

    def one(self, key: str) -> Row | None:
        """The row of that key, None when it is gone."""
        return next(iter(self.where(**json.loads(key)).values()), None)

    def point(self, key: str, name: str, id: int) -> None:
        """Let one column of a row hold another id."""
        at = [self.table.c[k] == v for k, v in json.loads(key).items()]
        self.connection.execute(self.table.update().where(*at).values({name: id}))

    def put_back(self, key: str, row: Row, names: list[str]) -> None:
        """Let these columns of a row hold again what they hold in `row`."""
        if not names:
            return
        quote = self.connection.dialect.identifier_preparer.quote
        at = " AND ".join(f"{quote(k)} = :key_{n}" for n, k in enumerate(self.key))
        values: Row = {f"key_{n}": v for n, v in enumerate(json.loads(key).values())}
        if self.on_sqlite:
            to = ", ".join(f"{quote(name)} = :value_{n}" for n, name in enumerate(names))
            values |= {f"value_{n}": _from_plain(row[name]) for n, name in enumerate(names)}
        else:
            these, those = (", ".join(f"{prefix}{quote(name)}" for name in names) for prefix in ("", "r."))
            made = f"jsonb_populate_record(CAST(NULL AS {quote(self.name)}), CAST(:row AS jsonb)) AS r"
            to = f"({these}) = (SELECT {those} FROM {made})"  # noqa: S608 - names of tables and columns, quoted
            values["row"] = json.dumps(row)
        self.connection.execute(text(f"UPDATE {quote(self.name)} SET {to} WHERE {at}"), values)  # noqa: S608


def same_instants(connection: Connection) -> None:
    """For this transaction, let PostgreSQL write instants in UTC, whoever's session it is."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT set_config('TimeZone', 'UTC', true)"))


def _plain(row: Mapping[Any, Any]) -> Row:
    return {str(name): {"hex": v.hex()} if isinstance(v, bytes) else v for name, v in row.items()}


def _from_plain(value: Any) -> Any:
    return bytes.fromhex(value["hex"]) if isinstance(value, dict) else value
