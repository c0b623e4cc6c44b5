"""Reading a whole database as of one moment, and writing it into an empty one: SQLite and PostgreSQL, each by its own
tool."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from pathlib import Path
from uuid import uuid4

from sqlalchemy import URL, Connection, Engine, create_engine, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from jalon.backups.refusals import Damaged, NoRoom, NotEmpty, NoTrial, ToolFailed, ToolMissing, ToolTooOld
from jalon.db import sqlite_rules
from jalon.i18n import _


@contextmanager
def snapshot_under(
    engine: Engine, lock: Callable[[], AbstractContextManager[None]]
) -> Iterator[tuple[Connection, Callable[[], None]]]:
    """A connection that sees one moment, and what gives back the lock under which that moment was fixed."""
    reading = engine.execution_options(jalon_read_only=True)
    if engine.dialect.name == "postgresql":
        reading = reading.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with ExitStack() as locked, reading.connect() as connection:
        locked.enter_context(lock())
        connection.execute(text("SELECT count(*) FROM jalon_structure"))  # from here on, it is that moment
        yield connection, locked.close


def dump(connection: Connection, target: Path) -> None:
    """Write what a snapshot sees to a file. Raises NoRoom, ToolMissing, ToolTooOld, ToolFailed, OSError."""
    if connection.dialect.name == "sqlite":
        try:
            _dump_sqlite(connection, target)
        except sqlite3.Error as error:
            _refuse_when_full(error, target)
            raise ToolFailed(program="SQLite", reason=str(error)) from None
        return
    name = connection.scalar(text("SELECT pg_export_snapshot()"))
    options = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={name}", f"--file={target}"]
    _run("pg_dump", connection.engine.url, options)


def _dump_sqlite(connection: Connection, target: Path) -> None:
    with closing(sqlite3.connect(target)) as copy:
        source = connection.connection.driver_connection
        assert source is not None
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it


def _refuse_when_full(error: sqlite3.Error, where: Path) -> None:
    """Raises NoRoom for what is no fault of the data."""
    if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_FULL:
        raise NoRoom(where=str(where.parent)) from None


def load(source: Path, engine: Engine) -> None:
    """Write a dump into an empty database. Raises NotEmpty, Damaged, NoRoom, ToolMissing, ToolFailed, OSError."""
    refuse_unless_empty(engine)
    if engine.dialect.name == "sqlite":
        _load_sqlite(source, engine)
        return
    options = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
    _run("pg_restore", engine.url, [*options, f"--dbname={engine.url.database}", str(source)])


def _load_sqlite(source: Path, engine: Engine) -> None:
    try:
        with closing(sqlite3.connect(source)) as copy, closing(engine.raw_connection()) as raw:
            target = raw.driver_connection
            assert target is not None
            target.execute("PRAGMA query_only=0")
            copy.backup(target)
            target.execute("PRAGMA journal_mode=WAL")
    except sqlite3.DatabaseError as error:
        _refuse_when_full(error, Path(engine.url.database or ""))
        raise Damaged(what=str(error)) from None
    engine.dispose()


def refuse_unless_empty(engine: Engine) -> None:
    """Raises NotEmpty for a database with any table."""
    with engine.connect() as connection:
        if inspect(connection).get_table_names():
            raise NotEmpty(where=_("The database"))


def check(engine: Engine) -> None:
    """The file and its keys; PostgreSQL checks its keys when it makes them. Raises Damaged."""
    if engine.dialect.name != "sqlite":
        return
    with engine.connect() as connection:
        said = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
        dangling = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(1)
    if said != ["ok"] or dangling:
        raise Damaged(what=_("its database does not hold together."))


def empty_again(engine: Engine) -> None:
    """Take away what a restoration that failed had written."""
    engine.dispose()
    if engine.dialect.name == "sqlite":
        for ending in ("", "-wal", "-shm"):
            Path(f"{engine.url.database}{ending}").unlink(missing_ok=True)
        return
    with engine.begin() as connection:
        for name in inspect(connection).get_table_names():
            quoted = connection.dialect.identifier_preparer.quote(name)
            connection.exec_driver_sql(f"DROP TABLE {quoted} CASCADE")


@contextmanager
def scratch(engine: Engine, folder: Path) -> Iterator[Engine]:
    """An empty database of the same kind, gone afterwards. Raises NoTrial where none may be created."""
    if engine.dialect.name == "sqlite":
        made = create_engine(f"sqlite:///{folder / 'trial.sqlite'}", poolclass=NullPool)
        sqlite_rules(made)
        yield made
        return
    name = f"jalon_trial_{uuid4().hex[:12]}"
    _outside(engine, f'CREATE DATABASE "{name}" TEMPLATE template0')
    made = create_engine(engine.url.set(database=name), poolclass=NullPool)
    try:
        yield made
    finally:
        _outside(engine, f'DROP DATABASE "{name}"')


def _outside(engine: Engine, statement: str) -> None:
    """What no transaction may hold."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        try:
            connection.exec_driver_sql(statement)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", "") == "42501":  # insufficient_privilege
                raise NoTrial from None
            raise


def _run(program: str, url: URL, options: list[str]) -> None:
    """One of PostgreSQL's programs; the password goes by the environment, for anybody sees a command line."""
    path = shutil.which(program)
    if path is None:
        raise ToolMissing(program=program)
    command = [path, *options]
    done = subprocess.run(command, env=_environment(url), capture_output=True, check=False)  # noqa: S603 - a fixed program
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines() or [str(done.returncode)]
        if any("version mismatch" in line or "unsupported version" in line for line in said):
            raise ToolTooOld(program=program)
        raise ToolFailed(program=program, reason=re.sub(r"^\w+: (error: )?", "", said[0])[:300])


def _environment(url: URL) -> dict[str, str]:
    query = {key: value for key, value in url.query.items() if isinstance(value, str)}
    given = {
        "PGHOST": url.host or query.get("host"),
        "PGPORT": str(url.port) if url.port else query.get("port"),
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
        "PGSSLMODE": query.get("sslmode"),
        "PGSSLROOTCERT": query.get("sslrootcert"),
    }
    given["LC_ALL"] = "C"  # what it says is read
    return {**os.environ, **{key: value for key, value in given.items() if value}}
