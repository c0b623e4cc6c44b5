"""Migrations: a version table per module, one lock, one runner ordered by the module graph."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import cache
from typing import Literal

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.script.revision import RevisionError
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Engine, inspect, select

from jalon import personal_columns
from jalon.clock import now
from jalon.db import table_of
from jalon.i18n import _
from jalon.models import InstalledModule
from jalon.registry import Module, Registry
from jalon.revisions import CORE, MigrationRefused, belongs, config_for, current_revision, exclusive, version_table

__all__ = [
    "CORE",
    "MigrationRefused",
    "Outcome",
    "Position",
    "belongs",
    "config_for",
    "current_revision",
    "downgrade",
    "exclusive",
    "status",
    "upgrade",
    "version_table",
]

State = Literal["up to date", "to upgrade", "database newer than code", "in trouble", "code missing"]
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """What happened to one module's tables; `fault` is the technical text behind the sentence `trouble`."""

    slug: str
    before: str
    after: str
    trouble: str = ""
    fault: str = ""


@dataclass(frozen=True)
class Position:
    """Where one module's tables stand, and the trouble it is in."""

    slug: str
    current: str
    head: str
    state: State
    trouble: str = ""


@cache
def head(slug: str) -> str:
    """The revision that a module's code wants; it cannot change while the process lives."""
    return ", ".join(ScriptDirectory.from_config(config_for(slug)).get_heads())


def upgrade(engine: Engine, registry: Registry) -> list[Outcome]:
    """Bring every loaded module's tables to its code, the core's first, each in a transaction of its own.

    A module that cannot be upgraded is put in trouble and holds up only what requires it.
    Raises MigrationRefused when the core itself cannot be upgraded.
    """
    outcomes = [_upgrade_core(engine)]
    failed: set[str] = set()
    for module in registry.loaded():
        if blocked := failed.intersection(module.requires):
            names = ", ".join(sorted(blocked))
            said = _("It requires %(names)s, whose tables could not be made.", names=names)
            outcome = Outcome(module.slug, "", "", said)
        else:
            outcome = _upgrade_module(engine, module)
        if outcome.trouble:
            failed.add(module.slug)
            _remember(engine, module, f"{outcome.trouble}\n{outcome.fault}".rstrip())
        outcomes.append(outcome)
    return outcomes


def _upgrade_core(engine: Engine) -> Outcome:
    try:
        with exclusive(engine) as connection:
            return _run(connection, CORE)
    except Exception as error:  # whatever a revision raises, nothing else can be upgraded without the core
        raise MigrationRefused(_("The core cannot be upgraded: %(reason)s", reason=_reason(error))) from error


def _upgrade_module(engine: Engine, module: Module) -> Outcome:
    try:
        with exclusive(engine) as connection:
            outcome = _run(connection, module.slug)
            _write_installed(connection, module, None)
            return outcome
    except (Exception, SystemExit) as error:  # a module's revision may raise anything; it must hold up nobody else
        if isinstance(error, MigrationRefused):
            return Outcome(module.slug, "", "", _reason(error))
        log.exception("module %s could not be upgraded", module.slug)  # its author needs to see where it broke
        return Outcome(module.slug, "", "", _("Its tables could not be made."), _reason(error))


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
    personal_columns.keep_in_step(connection, slug)
    return Outcome(slug, before, current_revision(connection, slug))


def _check_known(config: Config, current: str) -> None:
    known = {r.revision for r in ScriptDirectory.from_config(config).walk_revisions()}
    if current and current not in known:
        raise MigrationRefused(_("The database is newer than this code: install the newer version of the module."))


def _check_requirements(connection: Connection, config: Config, before: str) -> None:
    """A revision may say `requires = {"core": "core_0002"}`: that revision must have run."""
    script = ScriptDirectory.from_config(config)
    for revision in script.iterate_revisions("heads", before or "base"):
        for slug, needed in getattr(revision.module, "requires", {}).items():
            if needed not in _history(connection, slug):
                values = {"revision": revision.revision, "needed": needed, "slug": slug}
                raise MigrationRefused(_("%(revision)s needs %(needed)s of “%(slug)s”, which has not run.") % values)


def _history(connection: Connection, slug: str) -> set[str]:
    """Every revision of that module that has run, as far as its code is here and knows them."""
    current = current_revision(connection, slug)
    try:
        script = ScriptDirectory.from_config(config_for(slug, connection))
        return {r.revision for r in script.iterate_revisions(current, "base")} if current else set()
    except (CommandError, RevisionError, ModuleNotFoundError):
        return {current}


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

    Raises MigrationRefused, also for a revision that is not below the one they are at, and for taking all of a
    module's tables away from under those that require it.
    """
    try:
        with exclusive(engine) as connection:
            config, before = config_for(slug, connection), current_revision(connection, slug)
            _check_known(config, before)
            command.downgrade(config, revision)
            personal_columns.keep_in_step(connection, slug)
            outcome = Outcome(slug, before, current_revision(connection, slug))
            if outcome.after == before:
                raise MigrationRefused(_not_below(before, revision))
            if not outcome.after:
                _refuse_if_needed(connection, slug)
            if slug != CORE:
                _note_downgrade(connection, outcome)
            return outcome
    except MigrationRefused:
        raise
    except Exception as error:  # a module's revision may raise anything
        values = {"slug": slug, "revision": revision, "reason": _reason(error)}
        raise MigrationRefused(_("“%(slug)s” cannot go back to %(revision)s: %(reason)s") % values) from error


def _not_below(current: str, wanted: str) -> str:
    if not current:
        return _("It has no tables here.")
    return _("Its tables are at %(current)s, and “%(wanted)s” is not below that.", current=current, wanted=wanted)


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
        names = ", ".join(needing)
        raise MigrationRefused(
            _("“%(slug)s” cannot go back to base: %(names)s stands on it; take it back first.", slug=slug, names=names)
        )


def _note_downgrade(connection: Connection, outcome: Outcome) -> None:
    """Its code is ahead of its tables: it must not answer as if they were there."""
    table = table_of(InstalledModule)
    mine = table.c.slug == outcome.slug
    if outcome.after:
        said = _("Its tables were taken back to %(revision)s: run “jalon db upgrade”.", revision=outcome.after)
        connection.execute(table.update().where(mine).values(trouble=said))
    else:
        connection.execute(table.delete().where(mine))


def status(engine: Engine, registry: Registry) -> list[Position]:
    """Where the tables of each module stand, also of those whose code is gone or in trouble."""
    with engine.connect() as connection:
        here = [CORE, *(m.slug for m in registry.loaded())]
        troubles = _troubles(connection)
        positions = [_position(connection, slug, troubles.get(slug, "")) for slug in here]
        for slug in _remembered(connection):
            if slug not in here:
                state: State = "in trouble" if registry.get(slug) else "code missing"
                said = registry.modules[slug].said if slug in registry.modules else ""
                positions.append(Position(slug, current_revision(connection, slug), "", state, said))
        return positions


def _troubles(connection: Connection) -> dict[str, str]:
    """What was written down of modules that answer nobody: their tables may be right and still be in trouble."""
    table = table_of(InstalledModule)
    if not inspect(connection).has_table(table.name):
        return {}
    rows = connection.execute(select(table.c.slug, table.c.trouble).where(table.c.trouble.is_not(None)))
    return {row.slug: " ".join(row.trouble.split("\n")) for row in rows}


def _remembered(connection: Connection) -> list[str]:
    """Whatever has a version table here."""
    prefix = version_table("")
    names = inspect(connection).get_table_names()
    return sorted(n.removeprefix(prefix) for n in names if n.startswith(prefix))


def _position(connection: Connection, slug: str, trouble: str) -> Position:
    current = current_revision(connection, slug)
    try:
        script = ScriptDirectory.from_config(config_for(slug, connection))
        head, known = ", ".join(script.get_heads()), {r.revision for r in script.walk_revisions()}
    except (Exception, SystemExit):  # a revision that cannot even be read; `upgrade` says why
        log.exception("the revisions of %s cannot be read", slug)
        return Position(slug, current, "", "in trouble", trouble)
    if current == head:
        return Position(slug, current, head, "in trouble" if trouble else "up to date", trouble)
    newer = bool(current) and current not in known
    return Position(slug, current, head, "database newer than code" if newer else "to upgrade", trouble)
