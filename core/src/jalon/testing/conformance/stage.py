"""The stage on which a check tries a module: two structures that have it, one that has not, and people."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from flask import got_request_exception
from sqlalchemy import Engine, Enum, ForeignKeyConstraint, String, Table, and_, event, false, select
from sqlalchemy.orm import Session

from jalon import core_rights
from jalon.app_of import mount
from jalon.declarations import Permission
from jalon.migrate import CORE
from jalon.models import InstalledModule
from jalon.testing.conformance import probe, samples
from jalon.testing.conformance.forms import forms_in
from jalon.testing.conformance.kit import Kit
from jalon.testing.conformance.routes import Route, address, fields, routes_of
from jalon.testing.conformance.snapshot import Contents, contents
from jalon.testing.plugin import make_app
from jalon.testing.world import Browser, World

HERE, THERE, ELSEWHERE = "here", "there", "elsewhere"
HOLDER, READER, NOBODY, STRANGER = "holder", "reader", "nobody", "stranger"
ADMINISTRATOR = "administrator"
SHORTEST_MARK = 6
OF_READING = "jalon_access"
ALL_RIGHTS, READING_RIGHTS = "kit_all_rights", "kit_reading_rights"


@dataclass(frozen=True)
class Reply:
    """What the site answered; `error` is the exception behind a 500."""

    status: int
    text: str
    location: str
    error: str = ""

    def __str__(self) -> str:
        return f"{self.status} ({self.error})" if self.error else str(self.status)


class Stage:
    """`here` and `there` have the module, `elsewhere` has not.

    `holder` has every right of the module in all three, `reader` those that end in `.read`, `nobody` works
    `here` without any, `stranger` has every right `there` and does not work `here`.
    """

    def __init__(self, kit: Kit, url: str, *, enabled: bool = True) -> None:
        self.kit = kit
        registry = kit.registry()
        if kit.slug == CORE:
            probe.add_to(registry)
        for module in registry.loaded():
            given = [*module.plugin.permissions, *(core_rights.PERMISSIONS if kit.slug == CORE else ())]
            module.plugin = replace(module.plugin, grants={**module.plugin.grants, **_test_roles(given)})
        self.app = make_app(url, registry=registry, PROPAGATE_EXCEPTIONS=False)
        self.jalon = mount(self.app)
        self.world = World(self.app)
        self.slug = probe.SLUG if kit.slug == CORE else kit.slug
        self._browsers: dict[str, Browser] = {}
        self._sampled = 0
        self._errors: list[str] = []
        self._replaced: list[tuple[str, Any, Any, Any]] = []
        self._structures: dict[str, int] = {}
        got_request_exception.connect(self._note, self.app)
        self._found(enabled)

    def close(self) -> None:
        with self.app.app_context():
            self.jalon.db.engine.dispose()

    def _found(self, enabled: bool) -> None:
        if self.kit.slug == CORE:
            with self.world.across() as session:
                session.add(InstalledModule(slug=probe.SLUG, name="Probe", version="0.1.0"))
                session.commit()
        for slug in (HERE, THERE, ELSEWHERE):
            on = [self.slug] if enabled and (slug != ELSEWHERE or self.kit.slug == CORE) else []
            self._structures[slug] = self.world.structure(slug, enabled=on).id
        # the roles of the core hold its rights where no module is on to give them
        held = [ALL_RIGHTS, "direction", "conseiller"] if self.kit.slug == CORE else [ALL_RIGHTS]
        everywhere = dict.fromkeys((HERE, THERE, ELSEWHERE), held)
        self.world.user(HOLDER, admin=self.kit.slug == CORE, **everywhere)
        self.world.user(READER, here=[READING_RIGHTS])
        self.world.user(NOBODY, here=[])
        self.world.user(STRANGER, there=[ALL_RIGHTS])
        self.world.user(ADMINISTRATOR, admin=True, **everywhere)

    @property
    def engine(self) -> Engine:
        with self.app.app_context():
            return self.jalon.db.engine

    def routes(self) -> list[Route]:
        return routes_of(self.kit, self.app, self.jalon)

    def contents(self) -> Contents:
        """Every row; what is noted of reading left out, for it is no change."""
        return {table: rows for table, rows in contents(self.engine).items() if table != OF_READING}

    def sample(self, structure: str) -> dict[str, Any]:
        """New rows of the module and of what it requires; table -> id."""
        self._sampled += 1
        if self.kit.slug == CORE:
            with self.world.across() as session:
                ids = samples.core_rows(session, structure, self._sampled)
                session.commit()
                return ids
        ids = {}
        for slug in [*self.kit.needed, self.kit.slug]:
            module = self.jalon.registry.get(slug)
            if module is not None and module.plugin.sample is not None:
                with self.world.inside(structure) as session:
                    rows: list[Any] = list(module.plugin.sample(session, self._sampled))
                    ids |= {row.__tablename__: getattr(row, "id", None) for row in rows}
                    session.commit()
        return ids

    def browser(self, who: str | None) -> Browser:
        """The same browser each time; `None` is somebody who did not sign in."""
        key = who or ""
        if key not in self._browsers:
            self._browsers[key] = self.world.client(who)
        return self._browsers[key]

    def get(self, who: str | None, where: str) -> Reply:
        return self._reply(lambda: self.browser(who).get(where))

    def ask(
        self,
        who: str | None,
        route: Route,
        structure: str,
        ids: Mapping[str, Any],
        *,
        token: bool = True,
        values: Mapping[str, Any] | None = None,
    ) -> Reply:
        """Ask for a route about these sample rows, with `values` in its form."""
        where = address(self.kit, route, structure, ids)
        if route.method == "GET":
            return self.get(who, where)
        sent = {**fields(route, ids), **(values or {})}
        return self._reply(lambda: self.browser(who).send(where, token=token, **sent))

    def shown_values(self, route: Route, structure: str, ids: Mapping[str, Any]) -> dict[str, str]:
        """What the form of a page holds when `holder` opens it, ready to be sent back."""
        reply = self.get(HOLDER, address(self.kit, route, structure, ids))
        form = next((f for f in forms_in(reply.text) if f.method == "post" and not f.action), None)
        return {name: value for name, value in form.fields.items() if name != "csrf_token"} if form else {}

    @contextmanager
    def queries(self) -> Iterator[list[str]]:
        """The statements sent to the database inside the block."""
        sent: list[str] = []

        def note(connection: Any, cursor: Any, statement: str, *others: Any) -> None:
            if not statement.startswith(("PRAGMA", "BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK")):
                sent.append(statement)

        event.listen(self.engine, "before_cursor_execute", note)
        try:
            yield sent
        finally:
            event.remove(self.engine, "before_cursor_execute", note)

    def address(self, route: Route, structure: str, ids: Mapping[str, Any]) -> str:
        return address(self.kit, route, structure, ids)

    def rows_of(self, structure: str) -> Contents:
        """Every row that belongs to a structure, by table."""
        return contents(self.engine, structure_id=self._structures[structure])

    def texts(self, structure: str, ids: Mapping[str, Any] | None = None) -> set[str]:
        """Texts of the module's rows in a structure, of those of `ids` only when given; short ones tell nothing."""
        found: set[Any] = set()
        with self.engine.connect() as connection:
            for table in self.kit.tables():
                columns = [c for c in table.c if isinstance(c.type, String) and not isinstance(c.type, Enum)]
                if not columns or "structure_id" not in table.c:
                    continue
                query = select(*columns).where(table.c.structure_id == self._structures[structure])
                if ids is not None:
                    query = query.where(table.c.id == ids.get(table.name)) if "id" in table.c else query.where(false())
                found.update(*map(tuple, connection.execute(query)))
        return {text for text in found if isinstance(text, str) and len(text) >= SHORTEST_MARK}

    def crosses(self, table: Table, key: ForeignKeyConstraint) -> bool:
        """Whether a row's key points at a row of another structure."""
        target = key.referred_table.alias("target")
        if "structure_id" not in target.c or "structure_id" not in table.c:
            return False
        if any(element.parent.info.get("crosses") for element in key.elements):
            return False
        same = [e.parent == target.c[e.column.name] for e in key.elements if e.parent.name != "structure_id"]
        query = (
            select(table.c.structure_id).join(target, and_(*same)).where(table.c.structure_id != target.c.structure_id)
        )
        with self.engine.connect() as connection:
            return bool(same) and connection.execute(query.limit(1)).first() is not None

    # --- hooks ---

    def replace_hooks(self, answer: Callable[[str, Session], Any]) -> list[str]:
        """Make every hook the module implements call `answer(name, session)`; the names of these hooks."""
        for name, caller in sorted(vars(self.jalon.registry.hooks.hook).items()):
            for implementation in caller.get_hookimpls() if caller.has_spec() else ():
                if implementation.plugin_name == self.slug:
                    self._replaced.append((name, implementation, implementation.function, implementation.argnames))
                    implementation.function = lambda session, _name=name: answer(_name, session)
                    implementation.argnames = ("session",)
        return [name for name, *_ in self._replaced]

    def restore_hooks(self) -> None:
        for _, implementation, function, names in self._replaced:
            implementation.function, implementation.argnames = function, names
        self._replaced.clear()

    def kind_of(self, hook: str) -> str:
        return str(getattr(self.jalon.registry.hooks.hook, hook).spec.function.jalon_kind)

    def call_hook(self, session: Session, hook: str) -> Any:
        """Ask for a replaced hook as the code that needs its answer does; its arguments are not used."""
        spec = getattr(self.jalon.registry.hooks.hook, hook).spec
        given: dict[str, Any] = {name: None for name in spec.argnames if name != "session"}
        kind = self.kind_of(hook)
        if kind == "show":
            return self.jalon.hooks.show(session, hook, prepare=lambda answer: answer, **given)
        return getattr(self.jalon.hooks, kind)(session, hook, **given)

    def _note(self, sender: Any, exception: BaseException, **extra: Any) -> None:
        self._errors.append(f"{type(exception).__name__}: {str(exception).splitlines()[0] if str(exception) else ''}")

    def _reply(self, ask: Callable[[], Any]) -> Reply:
        self._errors.clear()
        response = ask()
        text = response.get_data(as_text=True) if "charset" in response.content_type else ""
        return Reply(response.status_code, text, response.location or "", "; ".join(self._errors))


def shows(text: str, mark: str) -> bool:
    """Whether a page holds a text as a whole: “Sample 3” is not in “Sample 30”."""
    return mark in text and re.search(rf"(?<!\w){re.escape(mark)}(?!\w)", text) is not None


def _test_roles(permissions: Iterable[Permission]) -> dict[str, tuple[str, ...]]:
    """Two roles with exactly known rights, so that the matrix does not depend on the module's own."""
    names = tuple(permission.name for permission in permissions)
    return {ALL_RIGHTS: names, READING_RIGHTS: tuple(n for n in names if n.endswith(".read"))}
