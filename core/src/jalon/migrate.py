"""Migrations: a version table per module, one lock, one runner ordered by the module graph."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from typing import Any, Literal

from alembic import command, op
from alembic.config import Config
from alembic.operations import BatchOperations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from jalon.clock import now
from jalon.db import Base, table_of
from jalon.models import InstalledModule
from jalon.registry import Module, Registry

LOCK = 4_517_120_394  # any constant: all Jalon processes on one PostgreSQL database take the same
CORE = "core"
log = logging.getLogger(__name__)


class MigrationRefused(RuntimeError):
    """A migration cannot run; its text says which and why."""


@dataclass(frozen=True)
class Outcome:
    """What happened to one module's tables."""

    slug: str
    before: str
    after: str
    trouble: str = ""


@dataclass(frozen=True)
class Position:
    """Where one module's tables stand."""

    slug: str
    current: str
    head: str
    state: Literal["up to date", "to upgrade", "database newer than code", "code missing"]


def config_for(slug: str, connection: Connection) -> Config:
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
                    raise MigrationRefused(f"rows would point at nothing: {dangling[:5]}")
        finally:
            if raw is not None:
                raw.execute("PRAGMA foreign_keys=ON")
                raw.isolation_level = level


def _lock(connection: Connection, raw: Any) -> None:
    if raw is None:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
    elif not raw.in_transaction:
        raw.execute("BEGIN IMMEDIATE")


@contextmanager
def rebuilding(table: str) -> Iterator[BatchOperations]:
    """Inside a revision: Alembic's batch on a table, with its triggers made again afterwards.

    SQLite rebuilds a table to change it and drops its triggers without a word, the overlap constraints among them.
    """
    connection = op.get_bind()
    query = "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table"
    sqlite = connection.dialect.name == "sqlite"
    triggers = list(connection.scalars(text(query), {"table": table})) if sqlite else []
    with op.batch_alter_table(table) as batch:
        yield batch
    left = set(connection.scalars(text(query), {"table": table})) if sqlite else set()
    for trigger in triggers:
        if trigger not in left:
            op.execute(trigger)


def upgrade(engine: Engine, registry: Registry) -> list[Outcome]:
    """Bring every loaded module's tables to its code, the core's first, each in a transaction of its own.

    A module that cannot be upgraded is put in trouble and holds up only what requires it.
    Raises MigrationRefused when the core itself cannot be upgraded.
    """
    outcomes = [_upgrade_core(engine)]
    failed: set[str] = set()
    for module in registry.loaded():
        if blocked := failed.intersection(module.requires):
            outcome = Outcome(
                module.slug, "", "", f"it requires {', '.join(sorted(blocked))}, which could not be upgraded"
            )
        else:
            outcome = _upgrade_module(engine, module)
        if outcome.trouble:
            failed.add(module.slug)
            _remember(engine, module, outcome.trouble)
        outcomes.append(outcome)
    return outcomes


def _upgrade_core(engine: Engine) -> Outcome:
    try:
        with exclusive(engine) as connection:
            return _run(connection, CORE)
    except (CommandError, SQLAlchemyError) as error:
        raise MigrationRefused(f"the core cannot be upgraded: {_reason(error)}") from error


def _upgrade_module(engine: Engine, module: Module) -> Outcome:
    try:
        with exclusive(engine) as connection:
            outcome = _run(connection, module.slug)
            _write_installed(connection, module, None)
            return outcome
    except Exception as error:  # a module's revision may raise anything; it must hold up nobody else
        log.exception("module %s could not be upgraded", module.slug)
        return Outcome(module.slug, "", "", _reason(error))


def _reason(error: Exception) -> str:
    if any(said in str(error) for said in ("Can't locate revision", "No such revision")):
        return "the database is newer than this code: install the newer version of the module"
    return f"{type(error).__name__}: {str(error).splitlines()[0]}"


def _run(connection: Connection, slug: str) -> Outcome:
    config = config_for(slug, connection)
    before = current_revision(connection, slug)
    _check_requirements(connection, config, before)
    command.upgrade(config, "head")
    return Outcome(slug, before, current_revision(connection, slug))


def _check_requirements(connection: Connection, config: Config, before: str) -> None:
    """A revision may say `requires = {"core": "core_0002"}`: that revision must have run."""
    script = ScriptDirectory.from_config(config)
    for revision in script.iterate_revisions("heads", before or "base"):
        for slug, needed in getattr(revision.module, "requires", {}).items():
            if needed not in _history(connection, slug):
                raise MigrationRefused(f"{revision.revision} needs {needed} of {slug}, which has not run")


def _history(connection: Connection, slug: str) -> set[str]:
    current = current_revision(connection, slug)
    if not current:
        return set()
    script = ScriptDirectory.from_config(config_for(slug, connection))
    return {r.revision for r in script.iterate_revisions(current, "base")}


def current_revision(connection: Connection, slug: str) -> str:
    """The revision a module's tables are at, empty when it has none."""
    context = MigrationContext.configure(connection, opts={"version_table": version_table(slug)})
    return ", ".join(context.get_current_heads())


def _remember(engine: Engine, module: Module, trouble: str) -> None:
    with exclusive(engine) as connection:
        _write_installed(connection, module, trouble)


def _write_installed(connection: Connection, module: Module, trouble: str | None) -> None:
    assert module.manifest is not None
    table = table_of(InstalledModule)
    values = {
        "name": module.manifest.name,
        "version": module.manifest.version,
        "requires": " ".join(module.requires),
        "trouble": trouble,
    }
    known = connection.execute(table.update().where(table.c.slug == module.slug).values(**values))
    if not known.rowcount:
        connection.execute(table.insert().values(slug=module.slug, first_seen=now(), **values))


def downgrade(engine: Engine, slug: str, revision: str) -> Outcome:
    """Take one module's tables back to a revision. Raises MigrationRefused."""
    try:
        with exclusive(engine) as connection:
            before = current_revision(connection, slug)
            command.downgrade(config_for(slug, connection), revision)
            return Outcome(slug, before, current_revision(connection, slug))
    except (CommandError, SQLAlchemyError, ModuleNotFoundError) as error:
        raise MigrationRefused(f"{slug} cannot go back to {revision}: {_reason(error)}") from error


def status(engine: Engine, registry: Registry) -> list[Position]:
    """Where the tables of each module stand, also of those whose code is gone."""
    with engine.connect() as connection:
        here = [CORE, *(m.slug for m in registry.loaded())]
        prefix = version_table("")
        remembered = {t.removeprefix(prefix) for t in inspect(connection).get_table_names() if t.startswith(prefix)}
        gone = [
            Position(s, current_revision(connection, s), "", "code missing") for s in sorted(remembered - set(here))
        ]
        return [*(_position(connection, slug) for slug in here), *gone]


def _position(connection: Connection, slug: str) -> Position:
    script = ScriptDirectory.from_config(config_for(slug, connection))
    current, head = current_revision(connection, slug), ", ".join(script.get_heads())
    if current == head:
        return Position(slug, current, head, "up to date")
    known = {r.revision for r in script.walk_revisions()}
    newer = bool(current) and current not in known
    return Position(slug, current, head, "database newer than code" if newer else "to upgrade")
