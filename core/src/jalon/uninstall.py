"""Taking a module out of the database: what there is, exported, then dropped; with or without its code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, Engine, MetaData, Table, and_, false, func, inspect, not_, or_, select
from sqlalchemy.engine.interfaces import ReflectedForeignKeyConstraint

from jalon.archive import Archive
from jalon.db import table_of
from jalon.errors import DomainError
from jalon.i18n import _l
from jalon.manifest import RESERVED, SLUG
from jalon.migrate import exclusive, version_table
from jalon.models import (
    EnabledModule,
    InstalledModule,
    Link,
    MessageText,
    ModuleEvent,
    Number,
    Occupation,
    OpenDuty,
    PersonalColumn,
    QueuedJob,
    Resource,
    Setting,
)
from jalon.registry import Registry


class NothingToUninstall(DomainError):
    """Neither tables nor rows of that module."""

    message = _l("There is nothing of “%(slug)s” in this database.")


class StillNeeded(DomainError):
    """Another installed module requires it."""

    message = _l("%(modules)s requires “%(slug)s” and is installed: uninstall it first.")


class StillEnabled(DomainError):
    """It is switched on somewhere."""

    message = _l("“%(slug)s” is switched on for %(count)s structures: switch it off first.")


class StillPointedAt(DomainError):
    """Rows of another module point at its rows."""

    message = _l("%(tables)s still points at what belongs to “%(slug)s”: nothing was dropped.")


class CoreStays(DomainError):
    """The core cannot be uninstalled."""

    message = _l("The core cannot be uninstalled.")


@dataclass(frozen=True)
class Count:
    """Rows that uninstalling drops from one table."""

    table: str
    rows: int


@dataclass(frozen=True)
class _Share:
    """A module's part of one table: all of it, or the rows of a core table that meet a condition."""

    table: Table
    condition: ColumnElement[bool] | None = None

    def count(self, connection: Connection) -> int:
        query = select(func.count()).select_from(self.table)
        return connection.scalar(query if self.condition is None else query.where(self.condition)) or 0


def impact(engine: Engine, registry: Registry, slug: str) -> list[Count]:
    """What uninstalling would drop, counted over all structures. Raises as `uninstall` does."""
    with engine.connect() as connection:
        shares = _check(connection, registry, slug)
        return [Count(share.table.name, share.count(connection)) for share in shares]


def uninstall(engine: Engine, registry: Registry, slug: str, *, export_to: Path) -> list[Count]:
    """Export everything of a module to a new ZIP of CSV files, then drop it, all or nothing; returns what was dropped.

    Raises CoreStays, NothingToUninstall, StillNeeded, StillEnabled, StillPointedAt; OSError when the file
    cannot be written or is there already.
    """
    with exclusive(engine) as connection:
        shares = _check(connection, registry, slug)
        with Archive(export_to) as archive:
            counts = [Count(s.table.name, archive.add(connection, s.table, s.condition)) for s in shares]
            _drop(connection, shares, slug)
        return counts


def _check(connection: Connection, registry: Registry, slug: str) -> list[_Share]:
    """The module's part of the database, children first; refuses what cannot be uninstalled."""
    if slug in ("core", "jalon"):
        raise CoreStays
    wants = {row.slug: row.requires.split() for row in connection.execute(select(table_of(InstalledModule)))}
    own = _own_tables(connection, slug) if SLUG.fullmatch(slug) and slug not in RESERVED else []
    if not own and slug not in wants:
        raise NothingToUninstall(slug=slug)
    if needing := sorted(other for other, required in wants.items() if slug in required):
        names = (module.name if (module := registry.get(other)) else other for other in needing)
        raise StillNeeded(slug=slug, modules=", ".join(names))
    if count := _Share(table_of(EnabledModule), table_of(EnabledModule).c.slug == slug).count(connection):
        raise StillEnabled(slug=slug, count=count)
    shares = [*(_Share(table) for table in own), *_core_rows(slug)]
    if pointing := sorted(_pointing(connection, shares)):
        raise StillPointedAt(slug=slug, tables=", ".join(pointing))
    return shares


def _own_tables(connection: Connection, slug: str) -> list[Table]:
    """The module's tables as they stand in the database, children first; its code may be gone."""
    names = [n for n in inspect(connection).get_table_names() if n.startswith(f"{slug}_")]
    metadata = MetaData()
    metadata.reflect(connection, only=names)
    return [table for table in reversed(metadata.sorted_tables) if table.name in names]


def _core_rows(slug: str) -> list[_Share]:
    """The module's rows in core tables, children first."""
    occupation, resource = table_of(Occupation), table_of(Resource)
    its_resources = select(resource.c.id).where(resource.c.module == slug)
    shares = [_Share(occupation, or_(occupation.c.module == slug, occupation.c.resource_id.in_(its_resources)))]
    named = map(table_of, (Resource, Link, Setting, PersonalColumn, QueuedJob, MessageText, Number))
    shares += [_Share(table, table.c.module == slug) for table in named]
    about_it = map(table_of, (ModuleEvent, OpenDuty, InstalledModule))
    return shares + [_Share(table, table.c.slug == slug) for table in about_it]


def _pointing(connection: Connection, shares: list[_Share]) -> Iterator[str]:
    """Tables of others that would point at nothing: SQLite would let them, PostgreSQL would refuse in SQL."""
    going = {share.table.name: share for share in shares}
    inspector = inspect(connection)
    for name in inspector.get_table_names():
        keys = [key for key in inspector.get_foreign_keys(name) if key["referred_table"] in going]
        mine = going.get(name) or _Share(_bare(connection, name), false())
        if keys and mine.condition is not None and any(_points(connection, mine, key, going) for key in keys):
            yield name


def _points(
    connection: Connection, pointing: _Share, key: ReflectedForeignKeyConstraint, going: dict[str, _Share]
) -> bool:
    """Whether rows that stay point at rows that go; a whole table that goes must not be pointed at even by none."""
    target, stays = going[key["referred_table"]], pointing.table
    if target.condition is None:
        return True
    gone = select(*(target.table.c[c] for c in key["referred_columns"])).where(target.condition).subquery()
    pairs = zip(key["constrained_columns"], key["referred_columns"], strict=True)
    met = and_(*(stays.c[here] == gone.c[there] for here, there in pairs))
    assert pointing.condition is not None
    query = select(func.count()).select_from(stays).join(gone, met).where(not_(pointing.condition))
    return bool(connection.scalar(query))


def _bare(connection: Connection, name: str) -> Table:
    metadata = MetaData()
    metadata.reflect(connection, only=[name], resolve_fks=False)
    return metadata.tables[name]


def _drop(connection: Connection, shares: list[_Share], slug: str) -> None:
    own = [share.table for share in shares if share.condition is None]
    for metadata in {table.metadata for table in own}:
        metadata.drop_all(connection, tables=own, checkfirst=False)  # tables that point at each other too
    for share in shares:
        if share.condition is not None:
            connection.execute(share.table.delete().where(share.condition))
    connection.exec_driver_sql(f"DROP TABLE IF EXISTS {version_table(slug)}")
