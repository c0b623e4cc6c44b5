"""What the checks look at: one module in a fresh application, with people, rows and routes to try."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Table, event, func, select
from werkzeug.routing import Rule

from jalon import accounts
from jalon.admin import AdminScreen
from jalon.app_of import mount
from jalon.db import Base
from jalon.declarations import Plugin
from jalon.registry import Module, Registry
from jalon.testing.world import Browser, World

CORE = "core"
ON, OTHER, OFF = "kit-on", "kit-other", "kit-off"


@dataclass(frozen=True)
class Page:
    """One route of the module with one method, and what is sent to it."""

    rule: str
    endpoint: str
    method: str
    address: str
    fields: dict[str, str] = field(default_factory=dict)
    offered: bool = True

    def __str__(self) -> str:
        return f"{self.method} {self.rule}"


class Kit:
    """One module under test; `fresh` gives the address of another migrated database of the same kind."""

    def __init__(
        self, slug: str, app: Flask, *, fresh: Callable[[], str], empty: Callable[[], str], folder: Path
    ) -> None:
        self.slug, self.app, self.fresh, self.empty, self.folder = slug, app, fresh, empty, folder
        self.jalon = mount(app)
        self.world = World(app)

    # --- the module ---

    @property
    def package(self) -> str:
        return "jalon" if self.slug == CORE else f"jalon_{self.slug}"

    @property
    def prefix(self) -> str:
        return "jalon_" if self.slug == CORE else f"{self.slug}_"

    @property
    def package_folder(self) -> Path:
        return Path(sys.modules[self.package].__file__ or "").parent

    @property
    def project(self) -> Path | None:
        """The distribution's source folder, None when only a wheel is installed."""
        found = self.package_folder.parents[1]
        return found if (found / "pyproject.toml").exists() else None

    @property
    def registry(self) -> Registry:
        return self.jalon.registry

    @property
    def module(self) -> Module:
        return self.registry.modules[self.slug]

    @property
    def plugin(self) -> Plugin:
        return Plugin() if self.slug == CORE else self.module.plugin

    @cached_property
    def classes(self) -> list[type[Any]]:
        """The module's mapped classes, whatever their tables are called."""
        mappers = Base.registry.mappers
        return sorted(
            (m.class_ for m in mappers if m.class_.__module__.partition(".")[0] == self.package),
            key=lambda c: str(c.__tablename__),
        )

    @property
    def tables(self) -> list[Table]:
        return [cls.__table__ for cls in self.classes]

    @property
    def screens(self) -> dict[str, AdminScreen]:
        return {e: s for e, s in self.jalon.screens.items() if self.jalon.owner_of(e) == self.slug}

    @property
    def rules(self) -> list[Rule]:
        """Every route whose view or blueprint is the module's, its static files left out."""
        return [r for r in self.app.url_map.iter_rules() if self._is_its(r) and not r.endpoint.endswith(".static")]

    def _is_its(self, rule: Rule) -> bool:
        if self.jalon.owner_of(rule.endpoint.rpartition(".")[0]) == self.slug:
            return True
        view = self.app.view_functions[rule.endpoint]
        return getattr(view, "__module__", "").partition(".")[0] == self.package

    # --- a world to try it in ---

    def found(self) -> None:
        """The module on in two structures and off in one; in each somebody with every role, somebody with none."""
        roles = [role.slug for role in accounts.all_roles(self.registry)]
        on = [] if self.slug == CORE else [self.slug]
        for slug, names in ((ON, on), (OTHER, on), (OFF, [])):
            self.world.structure(slug, enabled=names)
            self.world.user(f"full-{slug}", **{slug: roles})
            self.world.user(f"none-{slug}", **{slug: []})

    def sample(self, slug: str, number: int) -> None:
        """Let the module add one row to each of its tables."""
        assert self.plugin.sample is not None
        with self.world.inside(slug) as session:
            self.plugin.sample(session, number)
            session.commit()

    def browser(self, name: str | None) -> Browser:
        return self.world.client(name)

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of the module's tables and of the core's occupancy, in all structures."""
        watched = [*self.tables, *(Base.metadata.tables[n] for n in ("jalon_resource", "jalon_occupation"))]
        with self.world.across() as session:
            return {t.name: sorted(map(tuple, session.execute(select(t))), key=repr) for t in watched}

    def counts(self) -> dict[str, int]:
        return {name: len(rows) for name, rows in self.rows().items()}

    def ids(self, slug: str) -> dict[str, int]:
        """The first id of each table with one, in a structure: `{"booking_id": 4, "rental_booking": 4}`."""
        found: dict[str, int] = {}
        with self.world.inside(slug) as session:
            for cls in Base.registry.mappers:
                if "id" in cls.columns and "structure_id" in cls.columns:
                    first = session.scalar(select(func.min(cls.class_.id)))
                    if first is not None:
                        table = str(cls.class_.__tablename__)
                        found[table] = first
                        found.setdefault(f"{table.partition('_')[2]}_id", first)
        return found

    def pages(self, structure: str, ids: dict[str, int]) -> list[Page]:
        """Every route and method of the module, addressed at a structure with these ids."""
        return [page for rule in self.rules for page in self._pages_of(rule, structure, ids)]

    def _pages_of(self, rule: Rule, structure: str, ids: dict[str, int]) -> Iterator[Page]:
        blueprint, _, view = rule.endpoint.rpartition(".")
        screen = self.screens.get(blueprint)
        values = {a: self._value(a, structure, ids) for a in rule.arguments}
        fields: dict[str, str] = {}
        if screen is not None:
            row_id = str(ids.get(str(screen.model.__tablename__), 1))
            fields = {"action_view": {"action": "delete", "rowid": row_id}, "delete_view": {"id": row_id}}.get(view, {})
            if view in ("edit_view", "details_view"):
                values["id"] = row_id
            if view == "ajax_update":
                fields = {"list_form_pk": row_id}
        with self.app.test_request_context():
            address = self.app.url_map.bind("localhost").build(rule.endpoint, values, append_unknown=True)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield Page(rule.rule, rule.endpoint, method, address, fields, screen is None or screen.offers(view))

    def _value(self, argument: str, structure: str, ids: dict[str, int]) -> Any:
        if argument == "structure":
            return structure
        return ids.get(argument, "csv" if argument == "export_type" else 1)

    def send(self, browser: Browser, page: Page, *, token: bool = True) -> Any:
        if page.method == "GET":
            return browser.get(page.address)
        return browser.send(page.address, token=token, **page.fields)

    @contextmanager
    def queries(self) -> Iterator[list[str]]:
        """The SQL sent inside the block."""
        sent: list[str] = []
        with self.app.app_context():
            engine = self.jalon.db.engine

        def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
            if not statement.startswith(("PRAGMA", "BEGIN", "SAVEPOINT", "RELEASE")):
                sent.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        try:
            yield sent
        finally:
            event.remove(engine, "before_cursor_execute", note)

    def hookimpls(self) -> list[Any]:
        """pluggy's record of each hook the module implements."""
        callers = self.registry.hooks.get_hookcallers(self.module.python) or []
        return [i for caller in callers for i in caller.get_hookimpls() if i.plugin_name == self.slug]

    def kind_of(self, hook: str) -> str:
        spec = getattr(self.registry.hooks.hook, hook).spec
        return str(spec.function.jalon_kind) if spec is not None else ""
