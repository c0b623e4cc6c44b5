"""Every address of a module, found in the application's own map, and how to ask for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from inspect import unwrap
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

from jalon.access import is_open, permission_of
from jalon.admin import AdminScreen
from jalon.admin.screen import READING
from jalon.app import Jalon
from jalon.declarations import PublicPage
from jalon.testing.conformance.kit import Kit

WITH_ID_IN_QUERY = frozenset({"edit_view", "details_view", "history_view", "glance_view", "neighbour_view"})


@dataclass(frozen=True)
class Route:
    """One method of one address."""

    rule: Rule
    method: str
    view: Any
    screen: AdminScreen | None

    def __str__(self) -> str:
        return f"{self.method} {self.rule.rule}"

    @property
    def endpoint(self) -> str:
        return self.rule.endpoint  # type: ignore[no-any-return]

    @property
    def page(self) -> str:
        return self.endpoint.rpartition(".")[2]

    @property
    def permission(self) -> str | None:
        """The right it needs, as the gate reads it."""
        return self.screen.permission_for(self.page) if self.screen else permission_of(self.view)

    @property
    def open(self) -> bool:
        """Whether it answers without sign-in."""
        return is_open(self.view)

    @property
    def page_declared(self) -> PublicPage | None:
        """The public page that it is, declared by a module."""
        return public_page_of(self.view)[1]

    @property
    def offered(self) -> bool:
        """Flask-Admin registers the routes of all its pages, also those a screen has not."""
        return self.screen is None or self.screen.offers(self.page)

    @property
    def writes(self) -> bool:
        """Whether it changes something, or is the form that does."""
        if getattr(self.view, "jalon_posts_to_read", ""):
            return False
        return self.method == "POST" or (self.screen is not None and self.page not in READING)

    @property
    def in_structure(self) -> bool:
        return "structure" in self.rule.arguments

    @property
    def of_record(self) -> bool:
        """Whether it is about one record, named by its id."""
        if self.screen is None:
            return any(name.endswith("_id") for name in self.rule.arguments)
        return self.page in WITH_ID_IN_QUERY | {"delete_view", "action_view", "ajax_update"}


def routes_of(kit: Kit, app: Flask, jalon: Jalon) -> list[Route]:
    """The module's routes: on its blueprints, or on another's but written in its package. Static files left out."""
    found = []
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        blueprint = rule.endpoint.rpartition(".")[0]
        ours = jalon.owner_of(blueprint) == kit.slug or kit.is_ours(getattr(unwrap(view), "__module__", ""))
        if kit.slug == "core":
            ours = blueprint.startswith("jalon_") and jalon.owner_of(blueprint) in ("core", None)
        if module := public_page_of(view)[0]:  # mounted by the core, and the module's all the same
            ours = module == kit.slug
        if not ours or rule.endpoint.endswith(".static"):
            continue
        screen = jalon.screens.get(blueprint)
        found += [Route(rule, method, view, screen) for method in sorted((rule.methods or set()) & {"GET", "POST"})]
    return sorted(found, key=lambda r: (r.rule.rule, r.method))


def public_page_of(view: Any) -> tuple[str, PublicPage | None]:
    """The module whose public page a view shows, and the page; of any other view, nobody's."""
    found: tuple[str, PublicPage | None] = getattr(view, "jalon_public_page", ("", None))
    return found


def missing_arguments(kit: Kit, route: Route, ids: Mapping[str, Any]) -> list[str]:
    """Arguments of an address for which neither a sample nor the kit's `arguments` gives a value."""
    return sorted(n for n in route.rule.arguments if n != "structure" and _argument(kit, route, n, ids) is None)


def address(kit: Kit, route: Route, structure: str, ids: Mapping[str, Any]) -> str:
    """The address in a structure, about the sample rows of these ids (table -> id)."""
    values: dict[str, Any] = dict(kit.arguments.get(route.endpoint, {}))
    for name in route.rule.arguments:
        values[name] = structure if name == "structure" else _argument(kit, route, name, ids)
    if route.screen is not None and route.page in WITH_ID_IN_QUERY:
        values["id"] = ids.get(route.screen.model.__tablename__)
    if route.screen is not None and route.page == "ajax_lookup":
        values |= {"name": next(iter(route.screen._form_ajax_refs), "none"), "query": ""}
    built = route.rule.build(values)
    assert built is not None, f"{route} cannot be built from {values}"
    return built[1]


def _argument(kit: Kit, route: Route, name: str, ids: Mapping[str, Any]) -> Any:
    """By convention `<int:booking_id>` is the id of a row of `rental_booking`, of a required module or of the core."""
    given = kit.arguments.get(route.endpoint, {})
    if name in given:
        return given[name]
    if name == "export_type":
        return (route.screen.export_types or ["csv"])[0] if route.screen else "csv"
    noun = name.removesuffix("_id")
    prefixes = [kit.slug, *reversed(kit.needed), "jalon"]
    return next((ids[f"{p}_{noun}"] for p in prefixes if f"{p}_{noun}" in ids), None)


def fields(route: Route, ids: Mapping[str, Any]) -> dict[str, Any]:
    """What the form of a generated page sends about a sample row; empty for the others."""
    if route.screen is None or route.method != "POST":
        return {}
    record = ids.get(route.screen.model.__tablename__)
    if route.page == "action_view":
        return {"action": next((name for name, _ in route.screen._actions), "delete"), "rowid": record}
    if route.page == "ajax_update":
        column = next(iter(route.screen.column_editable_list or ()), "none")
        return {"list_form_pk": record, column: "changed by the kit"}
    return {"id": record} if route.page == "delete_view" else {}
