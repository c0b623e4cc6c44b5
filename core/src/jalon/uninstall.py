"""Taking a module out of the database: what there is, exported, then dropped; with or without its code."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, Engine, MetaData, Table, func, inspect, or_, select

from jalon.db import table_of
from jalon.errors import DomainError
from jalon.i18n import _l
from jalon.migrate import exclusive, version_table
from jalon.models import EnabledModule, InstalledModule, Link, ModuleEvent, Occupation, OpenDuty, Resource
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


class CoreStays(DomainError):
    """The core cannot be uninstalled."""

    message = _l("The core cannot be uninstalled.")


@dataclass(frozen=True)
class Found:
    """A module found on this server."""

    slug: str
    version: str
    state: str


@dataclass(frozen=True)
class Count:
    """Rows that uninstalling drops from one table."""

    table: str
    rows: int


def impact(engine: Engine, registry: Registry, slug: str) -> list[Count]:
    """What uninstalling would drop, counted over all structures. Raises as `uninstall` does."""
    with engine.connect() as connection:
        _check(connection, registry, slug)
        return list(_counts(connection, registry, slug))


def uninstall(engine: Engine, registry: Registry, slug: str, *, export_to: Path) -> None:
    """Export everything of a module to a ZIP of CSV files, then drop it, all or nothing.

    Raises CoreStays, NothingToUninstall, StillNeeded, StillEnabled; OSError when the file cannot be written.
    """
    with exclusive(engine) as connection:
        _check(connection, registry, slug)
        own = _own_tables(connection, registry, slug)
        export_to.write_bytes(_archive(connection, own, slug))
        _drop(connection, own, slug)


def _check(connection: Connection, registry: Registry, slug: str) -> None:
    if slug in ("core", "jalon"):
        raise CoreStays
    installed = {row.slug: row.requires.split() for row in connection.execute(select(table_of(InstalledModule)))}
    if slug not in installed and not _own_tables(connection, registry, slug):
        raise NothingToUninstall(slug=slug)
    if needing := sorted(other for other, requires in installed.items() if slug in requires):
        raise StillNeeded(slug=slug, modules=", ".join(needing))
    switched = table_of(EnabledModule)
    query = select(func.count()).select_from(switched).where(switched.c.slug == slug)
    if count := connection.scalar(query):
        raise StillEnabled(slug=slug, count=count)


def _own_tables(connection: Connection, registry: Registry, slug: str) -> list[Table]:
    """The module's tables as they stand in the database, children first; its code may be gone."""
    known = [*registry.modules, *(r.slug for r in connection.execute(select(table_of(InstalledModule).c.slug)))]
    longer = tuple(f"{other}_" for other in known if other.startswith(f"{slug}_"))
    names = [
        n
        for n in inspect(connection).get_table_names()
        if n.startswith(f"{slug}_") and not n.startswith(longer or ("\0",))
    ]
    metadata = MetaData()
    metadata.reflect(connection, only=names)
    return [metadata.tables[n] for n in reversed([t.name for t in metadata.sorted_tables]) if n in names]


def _core_rows(slug: str) -> list[tuple[Table, ColumnElement[bool]]]:
    """The module's rows in core tables, children first."""
    occupation, resource = table_of(Occupation), table_of(Resource)
    its_resources = select(resource.c.id).where(resource.c.module == slug)
    rows = [(occupation, or_(occupation.c.module == slug, occupation.c.resource_id.in_(its_resources)))]
    rows += [(table, table.c.module == slug) for table in map(table_of, (Resource, Link))]
    return rows + [(table, table.c.slug == slug) for table in map(table_of, (ModuleEvent, OpenDuty, InstalledModule))]


def _counts(connection: Connection, registry: Registry, slug: str) -> Iterator[Count]:
    for table in _own_tables(connection, registry, slug):
        yield Count(table.name, connection.scalar(select(func.count()).select_from(table)) or 0)
    for table, condition in _core_rows(slug):
        yield Count(table.name, connection.scalar(select(func.count()).select_from(table).where(condition)) or 0)


def _archive(connection: Connection, own: list[Table], slug: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for table in own:
            archive.writestr(f"{table.name}.csv", _csv(connection, table, None))
        for table, condition in _core_rows(slug):
            archive.writestr(f"{table.name}.csv", _csv(connection, table, condition))
    return buffer.getvalue()


def _csv(connection: Connection, table: Table, condition: ColumnElement[bool] | None) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(table.columns.keys())
    query = select(table) if condition is None else select(table).where(condition)
    writer.writerows(connection.execute(query))
    return text.getvalue()


def _drop(connection: Connection, own: list[Table], slug: str) -> None:
    for table in own:
        table.drop(connection)
    for table, condition in _core_rows(slug):
        connection.execute(table.delete().where(condition))
    connection.exec_driver_sql(f"DROP TABLE IF EXISTS {version_table(slug)}")
