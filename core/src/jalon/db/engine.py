"""SQLite as we need it: keys checked, readers beside one writer, writers queued and not crossed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from flask import has_request_context, request
from sqlalchemy import Connection, Engine, event

if TYPE_CHECKING:
    from flask_sqlalchemy import SQLAlchemy

    from jalon.db.guard import GuardedSession
    from jalon.scope import Scope

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_PRAGMAS = ("foreign_keys=ON", "journal_mode=WAL", "busy_timeout=30000", "synchronous=NORMAL")


def sqlite_rules(engine: Engine) -> None:
    """Set our PRAGMAs on each connection of `engine` and begin its transactions ourselves.

    A safe HTTP method opens a deferred transaction, query-only on our own pages; anything else BEGIN IMMEDIATE,
    because a transaction that reads first and writes later is refused at once, whatever the busy timeout.
    Source: docs/decisions/0004.
    """
    if engine.dialect.name != "sqlite" or getattr(engine, "_jalon_rules", False):
        return
    engine._jalon_rules = True  # type: ignore[attr-defined]

    @event.listens_for(engine, "connect")
    def connect(dbapi: Any, record: Any) -> None:
        dbapi.isolation_level = None  # sqlite3 must emit no BEGIN of its own
        for pragma in _PRAGMAS:
            dbapi.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        reading = _only_reads(connection)
        connection.exec_driver_sql(f"PRAGMA query_only={int(reading and not _on_host_page(connection))}")
        connection.exec_driver_sql("BEGIN DEFERRED" if reading else "BEGIN IMMEDIATE")


def _asked(connection: Connection) -> object:
    return connection.get_execution_options().get("jalon_read_only")


def _only_reads(connection: Connection) -> bool:
    asked = _asked(connection)
    if asked is not None:
        return bool(asked)
    return has_request_context() and request.method in SAFE_METHODS


def _on_host_page(connection: Connection) -> bool:
    """A host's own pages may count their visitors on a GET: what they write is not ours to forbid."""
    return _asked(connection) is None and not (request.endpoint or "").startswith("jalon_")


def check_engine(engine: Engine) -> None:
    """Refuse a host's SQLite engine that does not check foreign keys. Raises RuntimeError."""
    if engine.dialect.name != "sqlite":
        return
    with engine.connect() as connection:
        if connection.exec_driver_sql("PRAGMA foreign_keys").scalar() != 1:
            raise RuntimeError(
                "Jalon needs PRAGMA foreign_keys=ON on every connection: "
                "call jalon.db.sqlite_rules(engine) on your engine"
            )


@contextmanager
def open_session(db: SQLAlchemy, scope: Scope, *, read_only: bool = False) -> Iterator[GuardedSession]:
    """A session of its own in `scope`; the caller commits, leaving without commit rolls back."""
    from jalon.db.guard import GuardedSession  # the guard needs the scope, which needs the tables

    # not the host's session class: Flask-SQLAlchemy's ignores the engine it is given, and the options on it
    bind = db.engine.execution_options(jalon_read_only=read_only)
    session = GuardedSession(bind=bind)
    try:
        with scope.enter(session):
            yield session
    finally:
        session.close()
