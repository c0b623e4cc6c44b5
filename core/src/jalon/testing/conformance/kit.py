"""One module under examination by the conformance kit, or the core itself."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, Table, create_engine

from jalon.db import Base, sqlite_rules
from jalon.migrate import CORE, belongs, upgrade
from jalon.registry import GROUP, Module, Registry
from jalon.testing.conformance.databases import Databases

if TYPE_CHECKING:
    from jalon.testing.conformance.stage import Stage

Arguments = Mapping[str, Mapping[str, str]]


class Kit:
    """What a check needs to know of one module, and where it may try it.

    `slug` is the entry point's name, or `core`. `arguments` gives, by endpoint, what the kit cannot guess:
    values of an address' arguments, and of its query string; and what a job takes, by its name. `folder` is the
    checks' to write in.
    """

    def __init__(self, slug: str, databases: Databases, folder: Path, *, arguments: Arguments | None = None) -> None:
        self.slug = slug
        self.databases = databases
        self.folder = folder
        self.arguments = arguments or {}
        self.package = "jalon" if slug == CORE else f"jalon_{slug}"
        self.distribution = self.package.replace("_", "-")

    @cached_property
    def points(self) -> dict[str, EntryPoint]:
        return {point.name: point for point in entry_points(group=GROUP)}

    @cached_property
    def everything(self) -> Registry:
        """All modules of this environment."""
        return Registry()

    @property
    def needed(self) -> list[str]:
        """The modules it requires, directly or not, in loading order."""
        return [] if self.slug == CORE else self.everything.requirements(self.slug)

    def registry(self) -> Registry:
        """A new registry of the core, the module and what it requires: nothing else shall be needed."""
        wanted = [] if self.slug == CORE else [*self.needed, self.slug]
        return Registry([self.points[slug] for slug in wanted if slug in self.points])

    @cached_property
    def module(self) -> Module | None:
        """The module as `registry` loads it, None for the core."""
        return None if self.slug == CORE else self.registry().get(self.slug)

    @property
    def trouble(self) -> str:
        """Why it is not loaded, empty when it is."""
        if self.slug == CORE:
            return ""
        return self.module.said if self.module else "no entry point of this name is installed"

    @property
    def root(self) -> Path:
        """The package's folder. Raises LookupError when there is no such package."""
        spec = find_spec(self.package)
        if spec is None or not spec.submodule_search_locations:
            raise LookupError(f"the package {self.package} cannot be found")
        return Path(spec.submodule_search_locations[0])

    @property
    def tree(self) -> Path | None:
        """The distribution's source tree, None when it was installed from a wheel."""
        tree = self.root.parent.parent
        return tree if self.root.parent.name == "src" and (tree / "pyproject.toml").is_file() else None

    def tables(self) -> list[Table]:
        """The tables that its classes or its prefix make its own, parents first."""
        import_module(self.package if self.slug == CORE else f"{self.package}.plugin")
        mapped = {m.local_table for m in Base.registry.mappers if self.is_ours(m.class_.__module__)}
        return [t for t in Base.metadata.sorted_tables if t in mapped or belongs(t.name, self.slug)]

    def owns(self, table: str) -> bool:
        """Whether a table carries its prefix."""
        return belongs(table, self.slug)

    def is_ours(self, python_module: str) -> bool:
        """Whether a Python module is part of its package."""
        return python_module == self.package or python_module.startswith(f"{self.package}.")

    @contextmanager
    def engine(self, url: str) -> Iterator[Engine]:
        """An engine with our rules on a database, closed at the end."""
        engine = create_engine(url)
        sqlite_rules(engine)
        try:
            yield engine
        finally:
            engine.dispose()

    def install(self, engine: Engine, registry: Registry) -> list[str]:
        """Run all migrations; the faults that stopped one."""
        return [f"the migration of {o.slug} fails: {o.trouble}" for o in upgrade(engine, registry) if o.trouble]

    @contextmanager
    def stage(self, *, url: str | None = None, enabled: bool = True) -> Iterator[Stage]:
        """A site with structures and people to try the module in, on a fresh database unless told."""
        from jalon.testing.conformance.stage import Stage

        stage = Stage(self, url or self.databases.fresh(), enabled=enabled)
        try:
            yield stage
        finally:
            stage.close()


@contextmanager
def without_code(packages: list[str]) -> Iterator[None]:
    """As if these packages were not installed: importing them fails."""
    held: dict[str, Any] = {
        name: module for name, module in sys.modules.items() if any(f"{name}.".startswith(f"{p}.") for p in packages)
    }
    sys.modules.update(dict.fromkeys([*held, *packages]))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in packages:
            sys.modules.pop(name, None)
        sys.modules.update(held)
