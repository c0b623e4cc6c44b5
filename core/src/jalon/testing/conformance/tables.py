"""Checks of a module's tables and migrations."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import entry_points
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, ForeignKeyConstraint, Table, inspect, text

from jalon import migrate
from jalon.app_of import mount
from jalon.db import Base, Owned
from jalon.registry import Registry
from jalon.testing.conformance.kit import CORE, ON, Kit
from jalon.testing.plugin import make_app
from jalon.testing.world import World

NEVER_DELETED = frozenset({"jalon_structure", "jalon_user", "jalon_member", "jalon_resource", "jalon_occupation"})
SNAPSHOT = {
    "sqlite": "SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_master WHERE tbl_name LIKE :prefix",
    "postgresql": """
        SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(c.oid) FROM pg_constraint c
          WHERE conrelid <> 0 AND connamespace = 'public'::regnamespace AND conrelid::regclass::text LIKE :prefix
        UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename LIKE :prefix
        UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal AND tgrelid::regclass::text LIKE :prefix
        UNION ALL SELECT table_name || ' ' || column_name || ' ' || data_type || ' ' || is_nullable || coalesce(column_default, '')
          FROM information_schema.columns WHERE table_schema = 'public' AND table_name LIKE :prefix""",
}


def check_08_prefix(kit: Kit) -> list[str]:
    """8: every table has the module's prefix, and the module has a sample row for each."""
    faults = [
        f"the table {t.name} does not begin with {kit.prefix}" for t in kit.tables if not t.name.startswith(kit.prefix)
    ]
    strangers = [n for n, t in Base.metadata.tables.items() if n.startswith(kit.prefix) and t not in kit.tables]
    faults += [f"the table {name} has no mapped class: the guard cannot confine it" for name in strangers]
    if kit.slug == CORE or not kit.tables:
        return faults
    if kit.plugin.sample is None:
        return [*faults, "the plugin declares no sample rows"]
    kit.found()
    kit.sample(ON, 1)
    return faults + [
        f"no sample row for {table}"
        for table, count in kit.counts().items()
        if not count and table.startswith(kit.prefix)
    ]


def check_09_deletion(kit: Kit) -> list[str]:
    """9: keys to what is never deleted do nothing on delete; SET NULL on one column only; CASCADE inside the module."""
    return [
        fault
        for table in kit.tables
        for key in table.foreign_key_constraints
        if (fault := _deletes_wrongly(kit, table, key))
    ]


def _deletes_wrongly(kit: Kit, table: Table, key: ForeignKeyConstraint) -> str:
    action, target = (key.ondelete or "NO ACTION").upper(), key.referred_table.name
    if action == "NO ACTION":
        return ""
    name = f"{table.name}({', '.join(key.column_keys)}) -> {target}"
    if target in NEVER_DELETED:
        return f"{name} says ON DELETE {action}, but {target} is never deleted"
    if action == "SET NULL" and len(key.column_keys) > 1:
        return f"{name} would set structure_id to null"
    if action == "CASCADE" and not target.startswith(kit.prefix):
        return f"{name} would delete the module's rows with another's"
    return ""


def check_10_scope(kit: Kit) -> list[str]:
    """10: every table declares its scope; structure_id is there, never null and indexed; keys carry it along."""
    return [fault for cls in kit.classes for fault in _scope_faults(cls)]


def _scope_faults(cls: type[Any]) -> Iterator[str]:
    table: Table = cls.__table__
    scope = getattr(cls, "__table_scope__", None)
    if scope not in ("platform", "person", "owned"):
        yield f"{table.name} declares no scope"
    if scope == "owned" and not issubclass(cls, Owned):
        yield f"{table.name} says it is owned, but the guard does not know its class: use jalon.db.Owned"
    if not issubclass(cls, Owned):
        return
    column = table.c.get("structure_id")
    if column is None or column.nullable:
        yield f"{table.name}.structure_id may be null"
    elif not any(next(iter(i.columns)).name == "structure_id" for i in table.indexes):
        yield f"{table.name}.structure_id has no index"
    owned = {m.local_table.name for m in Base.registry.mappers if issubclass(m.class_, Owned)}
    for key in table.foreign_key_constraints:
        composite = "structure_id" in key.column_keys and len(key.column_keys) > 1
        if key.referred_table.name in owned and not composite and "lent_from_id" not in key.column_keys:
            yield f"{table.name}({', '.join(key.column_keys)}) points at {key.referred_table.name} without structure_id"


def check_12_migrations_make_the_models(kit: Kit) -> list[str]:
    """12: a database upgraded from nothing is what the models say, also where autogenerate is blind."""
    engine = _engine(kit)
    with engine.connect() as connection:
        options = {
            "version_table": migrate.version_table(kit.slug),
            "include_object": lambda item, name, kind, *rest: migrate.belongs(
                name if kind == "table" else item.table.name, kit.slug
            ),
            "compare_server_default": True,
        }
        difference = compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata)
        migrated = _snapshot(connection, kit)
    faults = [f"the migrations differ from the models: {_short(d)}" for d in difference]
    made = make_app(kit.empty())
    with made.app_context():
        other = mount(made).db.engine
        if other.dialect.name == "postgresql":
            with other.begin() as connection:
                connection.execute(text("CREATE EXTENSION IF NOT EXISTS btree_gist"))
        Base.metadata.create_all(other)
        with other.connect() as connection:
            modelled = _snapshot(connection, kit)
        other.dispose()
    faults += [f"only the migrations make: {line}" for line in sorted(migrated - modelled)]
    return faults + [f"only the models make: {line}" for line in sorted(modelled - migrated)]


def _engine(kit: Kit) -> Engine:
    with kit.app.app_context():
        return kit.jalon.db.engine


def _short(difference: Any) -> str:
    return " ".join(str(part) for part in (difference if isinstance(difference, tuple) else difference[0]))[:200]


def _snapshot(connection: Any, kit: Kit) -> set[str]:
    """What the database says of the module's tables, a line for each thing; columns of a table in any order."""
    lines = connection.scalars(text(SNAPSHOT[connection.dialect.name]), {"prefix": f"{kit.prefix}%"})
    return {_normal(line) for line in lines if line}


def _normal(line: str) -> str:
    """One spelling for what both ways of making a table write differently: quotes, spaces, order of clauses."""
    plain = " ".join(line.replace('"', "").replace("\t", " ").split())
    head, opened, body = plain.partition("(")
    if not plain.startswith("table ") or not opened:
        return plain
    return head + "(" + ", ".join(sorted(part.strip() for part in _clauses(body.rpartition(")")[0])))


def _clauses(body: str) -> list[str]:
    """The clauses of a CREATE TABLE, cut at commas outside brackets."""
    parts, depth, current = [], 0, ""
    for character in body:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and not depth:
            parts.append(current)
            current = ""
        else:
            current += character
    return [*parts, current]


def check_13_up_down_up(kit: Kit) -> list[str]:
    """13: with rows present, down and up again leaves the core's rows, no dangling key and no leftover table."""
    kit.found()
    if kit.slug != CORE and kit.plugin.sample is not None:
        kit.sample(ON, 1)
    engine = _engine(kit)
    before = {n: c for n, c in _all_counts(engine).items() if n.startswith("jalon_") and n not in ("jalon_module",)}
    for slug in [
        *reversed(kit.registry.dependents(kit.slug) if kit.slug != CORE else list(kit.registry.modules)),
        kit.slug,
    ]:
        try:
            migrate.downgrade(engine, slug, "base")
        except migrate.MigrationRefused as error:
            return [f"the way down fails with rows present: {error}"]
    left = [n for n in inspect(engine).get_table_names() if n.startswith(kit.prefix)]
    faults = [f"the way down leaves the table {name}" for name in left]
    if failed := [f"{o.slug}: {o.trouble}" for o in migrate.upgrade(engine, kit.registry) if o.trouble]:
        return [*faults, *(f"the way up again fails: {line}" for line in failed)]
    if kit.slug != CORE:
        after = _all_counts(engine)
        faults += [
            f"{n} had {c} rows and has {after.get(n)} after down and up" for n, c in before.items() if after.get(n) != c
        ]
    return faults + _dangling(engine)


def _all_counts(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        names = inspect(connection).get_table_names()
        return {n: connection.scalar(text(f'SELECT count(*) FROM "{n}"')) for n in names if not n.startswith("alembic")}  # noqa: S608


def _dangling(engine: Engine) -> list[str]:
    if engine.dialect.name != "sqlite":
        return []
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    return [f"after down and up a row of {row[0]} points at nothing in {row[2]}" for row in rows]


def check_16_core_upgrades_without_it(kit: Kit) -> list[str]:
    """16: with the module's code gone and its tables there, the core upgrades and its pages answer."""
    kit.found()
    if kit.plugin.sample is not None:
        kit.sample(ON, 1)
    gone = {kit.slug, *kit.registry.dependents(kit.slug)}
    without = Registry(p for p in entry_points(group="jalon.plugins") if p.name not in gone)
    app = make_app(str(_engine(kit).url.render_as_string(hide_password=False)), registry=without)
    with app.app_context():
        outcomes = migrate.upgrade(mount(app).db.engine, without)
    faults = [f"without {kit.slug} the upgrade fails: {o.slug} {o.trouble}" for o in outcomes if o.trouble]
    browser = World(app).client(f"full-{ON}")
    for address in (f"/{ON}/", f"/{ON}/modules/", "/health"):
        if (status := browser.get(address).status_code) != 200:
            faults.append(f"without {kit.slug} the page {address} answers {status}")
    return faults
