"""Checks of a module's migrations: what they make, undo, and need."""

from __future__ import annotations

from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from jalon.app_of import mount
from jalon.db import Base
from jalon.migrate import (
    CORE,
    MigrationRefused,
    config_for,
    downgrade,
    exclusive,
    status,
    upgrade,
    version_table,
)
from jalon.models.search_index import INDEX
from jalon.registry import Registry
from jalon.testing.conformance.check import check
from jalon.testing.conformance.kit import Kit, without_code
from jalon.testing.conformance.snapshot import Contents, Schema, changed, contents, rows_of, schema
from jalon.testing.conformance.stage import ADMINISTRATOR, HERE
from jalon.testing.plugin import make_app
from jalon.testing.world import World

Revisions = list[tuple[str, str]]


@check(12, both_databases=True)
def check_migrations_make_what_the_models_say(kit: Kit) -> list[str]:
    """Upgraded from nothing, compared twice: with autogenerate, and with a database made from the models."""
    with kit.engine(kit.databases.empty()) as engine:
        faults = kit.install(engine, kit.registry()) + difference(kit, engine)
        migrated = schema(engine)
    with kit.engine(kit.databases.empty()) as engine:
        if engine.dialect.name == "postgresql":
            with engine.begin() as connection:
                connection.execute(text("CREATE EXTENSION IF NOT EXISTS btree_gist"))
        Base.metadata.create_all(engine)
        modelled = schema(engine)
    for table in sorted({*migrated, *modelled}):
        if kit.owns(table) and not table.startswith("alembic_version"):
            made, said = migrated.get(table, set()), modelled.get(table, set())
            faults += [f"{table}: only the migrations make “{line}”" for line in sorted(made - said)]
            faults += [f"{table}: only the models say “{line}”" for line in sorted(said - made)]
    return faults


def difference(kit: Kit, engine: Engine) -> list[str]:
    """What autogenerate would still write for the module's tables."""

    def concerns(item: Any, name: str | None, kind: str, *others: Any) -> bool:
        return kit.owns(str(name) if kind == "table" else item.table.name)

    options: dict[str, Any] = {
        "include_object": concerns,
        "include_name": lambda name, kind, parents: kind != "table" or not str(name).startswith(INDEX),
        "compare_server_default": True,
        "version_table": version_table(kit.slug),
    }
    with engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata)
    return [f"autogenerate would still write: {_said(difference)}" for difference in found]


def _said(difference: Any) -> str:
    parts = difference[0] if isinstance(difference, list) else difference
    return " ".join(str(part) for part in parts if not isinstance(part, dict))[:200]


@check(13, both_databases=True)
def check_up_down_up_with_rows_present(kit: Kit) -> list[str]:
    """Each revision is undone and done again with rows present; nobody else's row or table is touched."""
    url = kit.databases.empty()
    with kit.engine(url) as engine:
        faults = _install_others(kit, engine)
        before = schema(engine)
        faults += kit.install(engine, kit.registry())
        if faults:
            return faults
        with kit.stage(url=url) as stage:
            stage.sample(HERE)
        held = rows_of(contents(engine))
        faults += [f"the module's sample has no row of {t.name}" for t in kit.tables() if not held.get(t.name)]
        faults += _step_by_step(kit, engine) + _leftovers(kit, before, schema(engine))
        faults += kit.install(engine, kit.registry()) + difference(kit, engine)
        return faults + _dangling(engine)


def _others(kit: Kit) -> Registry:
    """What is there before the module: the core and what it requires."""
    registry = kit.registry()
    registry.modules.pop(kit.slug, None)
    return registry


def _install_others(kit: Kit, engine: Engine) -> list[str]:
    return kit.install(engine, _others(kit)) if kit.slug != CORE else []


def _step_by_step(kit: Kit, engine: Engine) -> list[str]:
    """Down one revision, up again, down again, until the base."""
    faults: list[str] = []
    for revision, below in _revisions(kit, engine):
        held = contents(engine)
        try:
            downgrade(engine, kit.slug, below)
            with exclusive(engine) as connection:
                command.upgrade(config_for(kit.slug, connection), revision)
            downgrade(engine, kit.slug, below)
        except (MigrationRefused, CommandError, SQLAlchemyError) as error:
            return [*faults, f"{revision} cannot be undone and done again with rows present: {error}"]
        faults += _losses(kit, revision, held, contents(engine))
    return faults


def _revisions(kit: Kit, engine: Engine) -> Revisions:
    """Each revision from the head down, and the one below it."""
    with engine.connect() as connection:
        script = ScriptDirectory.from_config(config_for(kit.slug, connection))
        return [(r.revision, str(r.down_revision or "base")) for r in script.walk_revisions()]


def _losses(kit: Kit, revision: str, before: Contents, after: Contents) -> list[str]:
    """Rows lost in tables that are still there; of others' tables not one value may change."""
    faults = []
    for table in sorted(set(before) & set(after)):
        lost = len(after[table]) != len(before[table]) if kit.owns(table) else after[table] != before[table]
        if lost and table not in ("jalon_module", "jalon_personal_column"):  # both follow the revisions
            faults.append(
                f"undoing {revision} changes rows of {table}: {len(before[table])} before, {len(after[table])} after"
            )
    return faults


def _leftovers(kit: Kit, before: Schema, after: Schema) -> list[str]:
    own = version_table(kit.slug)
    faults = [f"the way down forgets {name}" for name in sorted(set(after) - set(before) - {own})]
    return faults + [
        f"the way down leaves {name} other than it was"
        for name in sorted(set(after) & set(before))
        if after[name] != before[name]
    ]


def _dangling(engine: Engine) -> list[str]:
    if engine.dialect.name != "sqlite":
        return []  # PostgreSQL checks its keys at all times
    with engine.connect() as connection:
        found = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    return [f"after down and up a row of {row[0]} points at nothing in {row[2]}" for row in found]


@check(16, both_databases=True)
def check_core_goes_on_with_the_package_absent(kit: Kit) -> list[str]:
    """The module needs nobody's code but what it requires; it leaves the core's tables alone, and is not missed."""
    if kit.slug == CORE:
        return _without_any(kit)
    url = kit.databases.empty()
    strangers = [f"jalon_{slug}" for slug in kit.points if slug != kit.slug and slug not in kit.needed]
    with kit.engine(url) as engine:
        faults = _install_others(kit, engine)
        before = schema(engine)
        with without_code(strangers):
            faults += kit.install(engine, kit.registry()) + _touched(before, schema(engine))
        if faults:
            return faults
        with kit.stage(url=url) as stage:
            stage.sample(HERE)
        with without_code([kit.package]):
            return _goes_on(engine, _others(kit), without=kit.slug) + _pages(url, _others(kit), without=kit.slug)


def _without_any(kit: Kit) -> list[str]:
    """The core alone, on a database that has the tables of every module."""
    with kit.stage() as stage:
        stage.sample(HERE)
        url = stage.engine.url.render_as_string(hide_password=False)
    with kit.engine(url) as engine, without_code([f"jalon_{slug}" for slug in kit.points]):
        return _goes_on(engine, kit.registry(), without="any module") + _pages(
            url, kit.registry(), without="any module"
        )


def _goes_on(engine: Engine, registry: Registry, *, without: str) -> list[str]:
    """Upgrading changes nothing, and says where everybody stands."""
    rows = contents(engine)
    faults = [
        f"without {without}, {o.slug} cannot be upgraded: {o.trouble}" for o in upgrade(engine, registry) if o.trouble
    ]
    lost = [t for t in changed(rows, contents(engine)) if t != "jalon_module"]
    faults += [f"without {without}, upgrading changes rows of {t}" for t in lost]
    states = [p for p in status(engine, registry) if p.state not in ("up to date", "code missing")]
    return faults + [f"without {without}, the tables of {p.slug} are “{p.state}”" for p in states]


def _touched(before: Schema, after: Schema) -> list[str]:
    """No module adds anything to a table that is not its own: the core could no longer rebuild it."""
    changes = {table: after.get(table, set()) ^ lines for table, lines in sorted(before.items())}
    return [
        f"its migration changes {table}, which is not its own: {', '.join(sorted(c))[:200]}"
        for table, c in changes.items()
        if c
    ]


def _pages(url: str, registry: Registry, *, without: str) -> list[str]:
    """Core pages of a site that no longer has the code."""
    app = make_app(url, registry=registry, PROPAGATE_EXCEPTIONS=False)
    browser = World(app).client(ADMINISTRATOR)
    answers = {a: browser.get(a).status_code for a in (f"/{HERE}/", f"/{HERE}/modules/", "/health")}
    with app.app_context():
        mount(app).db.engine.dispose()
    return [f"without {without}, GET {where} answers {code}" for where, code in answers.items() if code != 200]
