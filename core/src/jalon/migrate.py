"""Migrations: a version table per module, one lock, one runner ordered by the module graph."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.script.revision import RevisionError
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Engine, inspect, select, text

from jalon.clock import now
from jalon.db import Base, table_of
from jalon.models import InstalledModule
from jalon.registry import Module, Registry

LOCK = 4_517_120_394  # any constant: all Jalon processes on one PostgreSQL database take the same
CORE = "core"
State = Literal["up to date", "to upgrade", "database newer than code", "in trouble", "code missing"]
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
    state: State


@cache
def head(slug: str) -> str:
    """The revision that a module's code wants; it cannot change while the process lives."""
    return ", ".join(ScriptDirectory.from_config(config_for(slug)).get_heads())


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
                    raise MigrationRefused(f"rows would point at nothing: {dangling[:5]}")
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
    except Exception as error:  # whatever a revision raises, nothing else can be upgraded without the core
        raise MigrationRefused(f"the core cannot be upgraded: {_reason(error)}") from error


def _upgrade_module(engine: Engine, module: Module) -> Outcome:
    try:
        with exclusive(engine) as connection:
            outcome = _run(connection, module.slug)
            _write_installed(connection, module, None)
            return outcome
    except (Exception, SystemExit) as error:  # a module's revision may raise anything; it must hold up nobody else
        if not isinstance(error, MigrationRefused):  # whoever wrote the revision needs to see where it broke
            log.exception("module %s could not be upgraded", module.slug)
        return Outcome(module.slug, "", "", _reason(error))


def _reason(error: BaseException) -> str:
    """One line fit for a page and a terminal: what a database adds below its first is SQL and values."""
    first = (str(error).splitlines() or [""])[0]
    return first if isinstance(error, MigrationRefused) else f"{type(error).__name__}: {first}"


def _run(connection: Connection, slug: str) -> Outcome:
    config = config_for(slug, connection)
    before = current_revision(connection, slug)
    _check_known(config, before)
    _check_requirements(connection, config, before)
    command.upgrade(config, "head")
    return Outcome(slug, before, current_revision(connection, slug))


def _check_known(config: Config, current: str) -> None:
    known = {r.revision for r in ScriptDirectory.from_config(config).walk_revisions()}
    if current and current not in known:
        raise MigrationRefused("the database is newer than this code: install the newer version of the module")


def _check_requirements(connection: Connection, config: Config, before: str) -> None:
    """A revision may say `requires = {"core": "core_0002"}`: that revision must have run."""
    script = ScriptDirectory.from_config(config)
    for revision in script.iterate_revisions("heads", before or "base"):
        for slug, needed in getattr(revision.module, "requires", {}).items():
            if needed not in _history(connection, slug):
                raise MigrationRefused(f"{revision.revision} needs {needed} of {slug}, which has not run")


def _history(connection: Connection, slug: str) -> set[str]:
    """Every revision of that module that has run, as far as its code is here and knows them."""
    current = current_revision(connection, slug)
    try:
        script = ScriptDirectory.from_config(config_for(slug, connection))
        return {r.revision for r in script.iterate_revisions(current, "base")} if current else set()
    except (CommandError, RevisionError, ModuleNotFoundError):
        return {current}


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
    """Take one module's tables back to a revision; it answers nowhere until the next upgrade.

    Raises MigrationRefused, also for taking all of a module's tables away from under those that require it.
    """
    try:
        with exclusive(engine) as connection:
            config, before = config_for(slug, connection), current_revision(connection, slug)
            _check_known(config, before)
            command.downgrade(config, revision)
            outcome = Outcome(slug, before, current_revision(connection, slug))
            if not outcome.after:
                _refuse_if_needed(connection, slug)
            if slug != CORE:
                _note_downgrade(connection, outcome)
            return outcome
    except MigrationRefused:
        raise
    except Exception as error:  # a module's revision may raise anything
        raise MigrationRefused(f"{slug} cannot go back to {revision}: {_reason(error)}") from error


def _refuse_if_needed(connection: Connection, slug: str) -> None:
    """SQLite would let a table go that others point at."""
    others = [s for s in _remembered(connection) if s != slug and current_revision(connection, s)]
    if slug == CORE:
        needing = others
    else:
        table = table_of(InstalledModule)
        wants = {row.slug: row.requires.split() for row in connection.execute(select(table))}
        needing = [s for s in others if slug in wants.get(s, ())]
    if needing:
        raise MigrationRefused(f"{slug} cannot go back to base: {', '.join(needing)} stands on it; take it back first")


def _note_downgrade(connection: Connection, outcome: Outcome) -> None:
    """Its code is ahead of its tables: it must not answer as if they were there."""
    table = table_of(InstalledModule)
    mine = table.c.slug == outcome.slug
    if outcome.after:
        said = f"its tables were taken back to {outcome.after}: run “jalon db upgrade”"
        connection.execute(table.update().where(mine).values(trouble=said))
    else:
        connection.execute(table.delete().where(mine))


def status(engine: Engine, registry: Registry) -> list[Position]:
    """Where the tables of each module stand, also of those whose code is gone or in trouble."""
    with engine.connect() as connection:
        here = [CORE, *(m.slug for m in registry.loaded())]
        positions = [_position(connection, slug) for slug in here]
        for slug in _remembered(connection):
            if slug not in here:
                state: State = "in trouble" if registry.get(slug) else "code missing"
                positions.append(Position(slug, current_revision(connection, slug), "", state))
        return positions


def _remembered(connection: Connection) -> list[str]:
    """Whatever has a version table here."""
    prefix = version_table("")
    names = inspect(connection).get_table_names()
    return sorted(n.removeprefix(prefix) for n in names if n.startswith(prefix))


def _position(connection: Connection, slug: str) -> Position:
    current = current_revision(connection, slug)
    try:
        script = ScriptDirectory.from_config(config_for(slug, connection))
        head, known = ", ".join(script.get_heads()), {r.revision for r in script.walk_revisions()}
    except (Exception, SystemExit):  # a revision that cannot even be read; `upgrade` says why
        log.exception("the revisions of %s cannot be read", slug)
        return Position(slug, current, "", "in trouble")
    if current == head:
        return Position(slug, current, head, "up to date")
    newer = bool(current) and current not in known
    return Position(slug, current, head, "database newer than code" if newer else "to upgrade")
