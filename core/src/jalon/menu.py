"""The navigation of a structure: the core's entries and those of its enabled modules, each to whoever has the right."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass

from flask import current_app, request, url_for
from werkzeug.routing import BuildError

from jalon import core_menu
from jalon.db.current import session
from jalon.declarations import MenuItem
from jalon.registry import Module
from jalon.scope import Scope

log = logging.getLogger(__name__)
LIST = ".index_view"  # of a generated screen, whose other pages belong to its list


@dataclass(frozen=True)
class Entry:
    """A line of the navigation; `waiting` is a number of things to do behind it, `current` that the page is its own."""

    label: str
    url: str
    icon: str
    current: bool
    waiting: int = 0


@dataclass(frozen=True)
class Group:
    """Entries under one name."""

    name: str
    entries: list[Entry]


def groups(scope: Scope) -> list[Group]:
    """What the reader may open here: daily work first, then the modules, then what is set once."""
    modules = current_app.extensions["jalon"].registry.loaded()
    found = [
        *(Group(str(name), _entries(items, scope)) for name, items in core_menu.FIRST),
        *(Group(module.name, _of(module, scope)) for module in modules if module.slug in scope.enabled),
        *(Group(str(name), _entries(items, scope)) for name, items in core_menu.LAST),
    ]
    return [group for group in found if group.entries]


def _of(module: Module, scope: Scope) -> list[Entry]:
    """A module whose entries fail is left out, and says so on its card."""
    try:
        return _entries(sorted(module.plugin.menu, key=lambda i: (i.order, i.endpoint)), scope)
    except (BuildError, TypeError) as error:
        module.last_failure = f"menu: {error}"
        log.exception("the menu of module %s cannot be built", module.slug)
        return []


def _entries(items: Iterable[MenuItem], scope: Scope) -> list[Entry]:
    return [_entry(item) for item in items if scope.may(item.permission)]


def _entry(item: MenuItem) -> Entry:
    waiting = item.waiting(session()) if item.waiting else 0
    return Entry(str(item.label), url_for(item.endpoint), item.icon, _is_current(item), waiting)


def _is_current(item: MenuItem) -> bool:
    blueprint, _dot, _name = item.endpoint.rpartition(".")
    own = {*item.within, blueprint} if item.endpoint.endswith(LIST) else set(item.within)
    return request.endpoint == item.endpoint or request.blueprint in own
