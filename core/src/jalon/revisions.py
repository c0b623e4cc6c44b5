"""A module's revisions: where they are, how far they have run, and one migrator at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from typing import Any

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, text

from jalon.db import Base
from jalon.i18n import _

LOCK = 4_517_120_394  # any constant: all Jalon processes on one PostgreSQL database take the same
CORE = "core"


class MigrationRefused(RuntimeError):
    """A migration cannot run; its text says which and why."""


def config_for(slug: str, connection: Connection | None = None) -> Config:
    """Alembic's configuration for one module; works from wheels and from a checkout."""
    package = "jalon" if slug == CORE else f"jalon_{slug}"
    config = Config()
    config.set_main_option("script_location", _escaped(resources.files("jalon") / "migrations"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", _escaped(resources.files(package) / "migrations" / "versions"))
    config.attributes.update(connection=connection, slug=slug, metadata=Base.metadata)
    return config


def _escaped(path: object) -> str:
    return str(path).replace("%", "%%")


def version_table(slug: str) -> str:
    return f"alembic_version_{slug}"


def belongs(table_name: str, slug: str) -> bool:
    """Whether a table is that module's, by its prefix."""
    prefix = "jalon" if slug == CORE else slug
    return table_name.startswith(f"{prefix}_")


@contextmanager
def exclusive(engine: Engine) -> Iterator[Connection]:
    """One migrator at a time, in one transaction; on SQLite without foreign keys, checked before the commit.

    With foreign keys on, rebuilding a table on SQLite deletes the rows that point at it, silently.
    """
    with engine.connect() as connection:
        raw = connection.connection.driver_connection if connection.dialect.name == "sqlite" else None
        if raw is not None:
            level, raw.isolation_level = raw.isolation_level, None
            raw.execute("PRAGMA foreign_keys=OFF")  # ignored inside a transaction, hence here
        try:
            with connection.begin():
                _lock(connection, raw)
                yield connection
                if raw is not None and (dangling := raw.execute("PRAGMA foreign_key_check").fetchall()):
                    raise MigrationRefused(_("Rows would point at nothing: %(rows)s", rows=dangling[:5]))
        finally:
            if raw is not None:
                raw.execute("PRAGMA foreign_keys=ON")
                raw.isolation_level = level
                if raw.execute("PRAGMA foreign_keys").fetchone() != (1,):  # a transaction that would not end
                    connection.invalidate()


def _lock(connection: Connection, raw: Any) -> None:
    if raw is None:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
    elif not raw.in_transaction:
        raw.execute("BEGIN IMMEDIATE")


def current_revision(connection: Connection, slug: str) -> str:
    """The revision a module's tables are at, empty when it has none."""
    context = MigrationContext.configure(connection, opts={"version_table": version_table(slug)})
    return ", ".join(context.get_current_heads())
