"""Changing a table that SQLite must rebuild, without losing what hangs on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import op
from alembic.operations import BatchOperations
from sqlalchemy import Connection, MetaData, func, select, text

_HANGS_ON = "SELECT name, sql FROM sqlite_master WHERE type IN ('trigger', 'index') AND sql <> '' AND tbl_name = :table"


class RowsLost(RuntimeError):
    """A rebuild lost rows; the migration is undone."""


@contextmanager
def rebuilding(table: str) -> Iterator[BatchOperations]:
    """Inside a revision: Alembic's batch on a table, with its triggers and expression indexes made again afterwards.

    To change a table, SQLite's way is to make another, copy the rows and drop the first: triggers go without a
    word, the overlap constraints of occupations among them. On PostgreSQL the table is simply altered.
    What hung on a column that the batch drops must be dropped before. Raises RowsLost.
    """
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        with op.batch_alter_table(table) as batch:
            yield batch
        return
    hung, rows = _hanging_on(connection, table), _count(connection, table)
    with op.batch_alter_table(table) as batch:
        yield batch
    left = _hanging_on(connection, table)
    for name, statement in hung.items():
        if name not in left:
            connection.exec_driver_sql(statement)
    if (kept := _count(connection, table)) != rows:
        raise RowsLost(f"{table} had {rows} rows and has {kept}")


def _hanging_on(connection: Connection, table: str) -> dict[str, str]:
    return {row.name: row.sql for row in connection.execute(text(_HANGS_ON), {"table": table})}


def _count(connection: Connection, table: str) -> int:
    metadata = MetaData()
    metadata.reflect(connection, only=[table], resolve_fks=False)
    return connection.scalar(select(func.count()).select_from(metadata.tables[table])) or 0
