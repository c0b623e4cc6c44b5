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


def groups(scope: Scope, *, counted: bool = True) -> list[Group]:
    """What the reader may open here: daily work first, then the modules, then what is set once.

    `counted` False leaves out what waits behind the entries.
    """
    found = [
        *(Group(str(name), _entries(items, scope, counted)) for name, items in core_menu.FIRST),
        *(Group(module.name, _of(module, module.plugin.menu, scope, counted)) for module in _enabled(scope)),
        *(Group(str(name), _entries(items, scope, counted)) for name, items in core_menu.LAST),
    ]
    return [group for group in found if group.entries]


def actions(scope: Scope) -> list[Entry]:
    """What the reader may begin here, the core's and the modules'."""
    own = _entries(core_menu.ACTIONS, scope, False)
    return own + [entry for module in _enabled(scope) for entry in _of(module, module.plugin.actions, scope, False)]


def _enabled(scope: Scope) -> list[Module]:
    modules = current_app.extensions["jalon"].registry.loaded()
    return [module for module in modules if module.slug in scope.enabled]


def _of(module: Module, items: Iterable[MenuItem], scope: Scope, counted: bool) -> list[Entry]:
    """A module whose entries fail is left out, and says so on its card."""
    try:
        return _entries(sorted(items, key=lambda i: (i.order, i.endpoint)), scope, counted)
    except (BuildError, TypeError) as error:
        module.last_failure = f"menu: {error}"
        log.exception("the menu of module %s cannot be built", module.slug)
        return []


def _entries(items: Iterable[MenuItem], scope: Scope, counted: bool) -> list[Entry]:
    return [_entry(item, counted) for item in items if scope.may(item.permission)]


def _entry(item: MenuItem, counted: bool) -> Entry:
    waiting = item.waiting(session()) if item.waiting and counted else 0
    return Entry(str(item.label), url_for(item.endpoint), item.icon, _is_current(item), waiting)


def _is_current(item: MenuItem) -> bool:
    blueprint, _dot, _name = item.endpoint.rpartition(".")
    own = {*item.within, blueprint} if item.endpoint.endswith(LIST) else set(item.within)
    return request.endpoint == item.endpoint or request.blueprint in own
