"""Finds the modules, loads each one apart from the others, and orders them."""

from __future__ import annotations

import importlib.util
import logging
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType

import pluggy
from sqlalchemy.orm import configure_mappers

from jalon import hookspecs
from jalon.db import Base
from jalon.declarations import Plugin
from jalon.hookspecs import PROJECT
from jalon.i18n import Catalogue, _
from jalon.manifest import BadManifest, Manifest, read_manifest
from jalon.setting_types import settings_in

GROUP = "jalon.plugins"
CORE_VERSION = "0.1"
log = logging.getLogger(__name__)


@dataclass
class Module:
    """A module as this process found it.

    `trouble` is why it is not loaded, a sentence, empty when it is; `fault` what Python said of it, if it did.
    """

    slug: str
    manifest: Manifest | None = None
    plugin: Plugin = field(default_factory=Plugin)
    python: ModuleType | None = None
    trouble: str = ""
    fault: str = ""
    detail: str = ""
    depth: int = 0
    last_failure: str = ""

    @property
    def loaded(self) -> bool:
        return not self.trouble

    @property
    def requires(self) -> tuple[str, ...]:
        return self.manifest.requires if self.manifest else ()

    @property
    def name(self) -> str:
        """The module's name in the reader's language, in its manifest's when its catalogue cannot be read."""
        return self._translated(self.manifest.name) if self.manifest else self.slug

    @property
    def summary(self) -> str:
        return self._translated(self.manifest.summary) if self.manifest else ""

    def _translated(self, text: str) -> str:
        package = f"jalon_{self.slug}"
        if package not in sys.modules:  # looking for its catalogue would import what failed to import
            return text
        try:
            return Catalogue(package).gettext(text)
        except Exception:  # a catalogue may be unreadable in many ways; the name then stays as the manifest says it
            return text

    @property
    def said(self) -> str:
        """Its trouble in one line, for a terminal and a log."""
        return f"{self.trouble} {self.fault}".strip()

    def fail(self, reason: str, error: BaseException | None = None, *, fault: str = "") -> None:
        self.trouble = reason
        self.fault = fault or (f"{type(error).__name__}: {error}" if error else "")
        self.detail = "".join(traceback.format_exception(error)) if error else ""
        log.error("module %s is in trouble: %s", self.slug, self.said)
        log.debug("module %s", self.slug, exc_info=error)


class Registry:
    """All modules found, in (depth, slug) order, and the hooks of those that loaded."""

    def __init__(self, found: Iterable[EntryPoint] | None = None) -> None:
        self.hooks = pluggy.PluginManager(PROJECT)
        self.hooks.add_hookspecs(hookspecs)
        self.modules: dict[str, Module] = {}
        points = _by_slug(entry_points(group=GROUP) if found is None else found)
        modules = {slug: _describe(slug, offered) for slug, offered in points.items()}
        self.modules.update((module.slug, module) for module in in_order(modules))
        for module in self.loaded():
            self._guarded(module, lambda m: self._import(m, points[m.slug][0]))
        for module in self.loaded():  # once all contracts are known: a wrong signature is then its own author's trouble
            self._guarded(module, lambda m: self.hooks.register(m.python, name=m.slug))
        self._note_deaf_hooks()

    def __iter__(self) -> Iterator[Module]:
        return iter(self.modules.values())

    def get(self, slug: str) -> Module | None:
        return self.modules.get(slug)

    def loaded(self) -> list[Module]:
        return [m for m in self if m.loaded]

    def requirements(self, slug: str) -> list[str]:
        """Every module that `slug` needs, directly or not, in loading order."""
        wanted: set[str] = set()
        todo = [slug]
        while todo:
            module = self.get(todo.pop())
            fresh = set(module.requires if module else ()) - wanted
            wanted |= fresh
            todo.extend(fresh)
        return [s for s in self.modules if s in wanted] + sorted(wanted - set(self.modules))

    def dependents(self, slug: str) -> list[str]:
        """Every module that needs `slug`, directly or not, in loading order."""
        return [other for other in self.modules if slug in self.requirements(other)]

    def _guarded(self, module: Module, step: Callable[[Module], object]) -> None:
        """One module's import or registration must not stop the others."""
        broken = [r for r in module.requires if not self.modules[r].loaded]
        if broken:
            module.fail(_("It requires %(names)s, which is in trouble.", names=", ".join(broken)))
            return
        try:
            step(module)
        except (Exception, SystemExit) as error:
            module.fail(_("Its code cannot be loaded."), error)

    def _import(self, module: Module, point: EntryPoint) -> None:
        try:
            module.python = point.load()
            configure_mappers()  # a relation that leads nowhere would otherwise break every query of the site
        except BaseException:
            _forget_classes(f"jalon_{module.slug}")
            raise
        plugin = getattr(module.python, "plugin", None)
        if not isinstance(plugin, Plugin):
            raise TypeError(f"{point.value} has no variable `plugin` that is a jalon.declarations.Plugin")
        if plugin.hookspecs is not None:
            _check_kinds(plugin.hookspecs)
            self.hooks.add_hookspecs(plugin.hookspecs)
        if plugin.settings is not None:
            settings_in(plugin.settings)  # a setting of a type nobody knows is told now, not on a page
        module.plugin = plugin

    def _note_deaf_hooks(self) -> None:
        """Implementations that nothing will ever call are told on the Modules page."""
        for name, caller in vars(self.hooks.hook).items():
            if not isinstance(caller, pluggy.HookCaller):
                continue
            for implementation in caller.get_hookimpls():
                module = self.modules[implementation.plugin_name]
                if not caller.has_spec() and not implementation.optionalhook:
                    module.last_failure = f"it implements the hook {name}, which nobody specifies"
                elif implementation.wrapper or implementation.hookwrapper:
                    module.last_failure = f"it wraps the hook {name}: wrappers are not called"
                else:
                    continue
                log.warning("module %s: %s", module.slug, module.last_failure)


def _by_slug(found: Iterable[EntryPoint]) -> dict[str, list[EntryPoint]]:
    """Entry points by name; the same one seen twice (a package installed twice) is one."""
    points: dict[str, list[EntryPoint]] = {}
    for point in found:
        offered = points.setdefault(point.name, [])
        if all(point.value != other.value for other in offered):
            offered.append(point)
    return points


def _check_kinds(specs: ModuleType) -> None:
    for name, function in vars(specs).items():
        if getattr(function, f"{PROJECT}_spec", None) and not hasattr(function, "jalon_kind"):
            raise TypeError(f"the hook {name} says no kind: mark it with jalon.hookspecs.hookspec")


def _forget_classes(package: str) -> None:
    """Take a module's mapped classes out of what SQLAlchemy configures for everybody.

    By its private names `_set_dispose_flags` and `_configure_failed`; core/tests/test_guard.py holds them.
    """
    for mapper in list(Base.registry.mappers):
        if mapper.class_.__module__.partition(".")[0] == package:
            mapper._set_dispose_flags()  # there is no public way to drop one class of a registry
    for mapper in Base.registry.mappers:
        mapper.__dict__.pop("_configure_failed", None)


def _describe(slug: str, offered: list[EntryPoint]) -> Module:
    """Read a module's manifest without importing the module."""
    module = Module(slug)
    try:
        package = offered[0].value.partition(":")[0].partition(".")[0]
        if len(offered) > 1:
            raise BadManifest(f"two modules have this name: {', '.join(sorted(p.value for p in offered))}")
        if package != f"jalon_{slug}":
            raise BadManifest(f"its package is {package} and must be jalon_{slug}")
        module.manifest = _manifest_of(package)
        if module.manifest.slug != slug:
            raise BadManifest(f"slug {module.manifest.slug} is not the entry point {slug}")
        if module.manifest.core != CORE_VERSION:
            raise BadManifest(f"it is made for core {module.manifest.core}, this is core {CORE_VERSION}")
    except BadManifest as error:
        module.fail(_("Its manifest cannot be used."), fault=str(error))
    except Exception as error:  # a package may be damaged in many ways; it must not stop the others
        module.fail(_("Its manifest cannot be used."), error)
    return module


def _manifest_of(package: str) -> Manifest:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise BadManifest(f"the package {package} cannot be found")
    return read_manifest(Path(spec.submodule_search_locations[0]) / "manifest.toml")


def in_order(modules: dict[str, Module]) -> list[Module]:
    """Modules sorted by (depth, slug); a loop or a missing requirement puts its module in trouble, no other.

    What requires such a module is in trouble too, and comes after all that is well.
    """
    placed: dict[str, int] = {}
    waiting = dict(modules)
    while ready := [m for m in waiting.values() if all(r in placed for r in m.requires)]:
        for module in ready:
            module.depth = 1 + max((placed[r] for r in module.requires), default=-1)
        for module in ready:
            placed[module.slug] = module.depth
            del waiting[module.slug]
    for module in waiting.values():
        module.depth = len(modules)
        if not module.loaded:
            continue
        absent = [r for r in module.requires if r not in modules]
        stuck = [r for r in module.requires if r in waiting]
        if absent:
            module.fail(_("It requires %(names)s, which is not installed.", names=", ".join(absent)))
        elif _in_loop(module.slug, modules):
            module.fail(_("Its requirements form a loop with %(names)s.", names=", ".join(stuck)))
        else:
            module.fail(_("It requires %(names)s, which is in trouble.", names=", ".join(stuck)))
    return sorted(modules.values(), key=lambda m: (m.depth, m.slug))


def _in_loop(slug: str, modules: dict[str, Module]) -> bool:
    seen: set[str] = set()
    todo = list(modules[slug].requires)
    while todo:
        current = todo.pop()
        if current == slug:
            return True
        if current in modules and current not in seen:
            seen.add(current)
            todo.extend(modules[current].requires)
    return False
