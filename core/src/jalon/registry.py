"""Finds the modules, loads each one apart from the others, and orders them."""

from __future__ import annotations

import importlib.util
import logging
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType

import pluggy

from jalon import hookspecs
from jalon.declarations import Plugin
from jalon.hookspecs import PROJECT
from jalon.i18n import Catalogue
from jalon.manifest import BadManifest, Manifest, read_manifest

GROUP = "jalon.plugins"
CORE_VERSION = "0.1"
log = logging.getLogger(__name__)


@dataclass
class Module:
    """A module as this process found it. `trouble` is why it is not loaded, empty when it is."""

    slug: str
    manifest: Manifest | None = None
    plugin: Plugin = field(default_factory=Plugin)
    python: ModuleType | None = None
    trouble: str = ""
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
        try:
            return Catalogue(f"jalon_{self.slug}").gettext(text)
        except (ImportError, OSError):
            return text

    def fail(self, reason: str, error: BaseException | None = None) -> None:
        self.trouble = reason
        self.detail = "".join(traceback.format_exception(error)) if error else ""
        log.error("module %s is in trouble: %s", self.slug, reason, exc_info=error)


class Registry:
    """All modules found, in (depth, slug) order, and the hooks of those that loaded."""

    def __init__(self, found: Iterable[EntryPoint] | None = None) -> None:
        self.hooks = pluggy.PluginManager(PROJECT)
        self.hooks.add_hookspecs(hookspecs)
        self.modules: dict[str, Module] = {}
        points = {p.name: p for p in (entry_points(group=GROUP) if found is None else found)}
        modules = {slug: _describe(point) for slug, point in points.items()}
        for module in in_order(modules):
            self.modules[module.slug] = module
            if module.loaded:
                self._load(module, points[module.slug])
        self._note_unknown_hooks()

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

    def _load(self, module: Module, point: EntryPoint) -> None:
        broken = [r for r in module.requires if not self.modules[r].loaded]
        if broken:
            module.fail(f"it requires {', '.join(broken)}, which is in trouble")
            return
        try:
            module.python = point.load()
            module.plugin = module.python.plugin
            if module.plugin.hookspecs is not None:
                self.hooks.add_hookspecs(module.plugin.hookspecs)
            self.hooks.register(module.python, name=module.slug)
        except (Exception, SystemExit) as error:  # one module's import or registration must not stop the others
            module.fail(f"{type(error).__name__}: {error}", error)

    def _note_unknown_hooks(self) -> None:
        for name, caller in vars(self.hooks.hook).items():
            if isinstance(caller, pluggy.HookCaller) and not caller.has_spec():
                for implementation in caller.get_hookimpls():
                    module = self.modules[implementation.plugin_name]
                    module.last_failure = f"it implements the hook {name}, which nobody specifies"
                    log.warning("module %s implements an unknown hook: %s", module.slug, name)


def _describe(point: EntryPoint) -> Module:
    """Read a module's manifest without importing the module."""
    module = Module(point.name)
    try:
        package = point.value.partition(":")[0].partition(".")[0]
        spec = importlib.util.find_spec(package)
        if spec is None or not spec.submodule_search_locations:
            raise BadManifest(f"the package {package} cannot be found")
        module.manifest = read_manifest(Path(spec.submodule_search_locations[0]) / "manifest.toml")
        if module.manifest.slug != point.name:
            raise BadManifest(f"slug {module.manifest.slug} is not the entry point {point.name}")
        if module.manifest.core != CORE_VERSION:
            raise BadManifest(f"it is made for core {module.manifest.core}, this is core {CORE_VERSION}")
    except (BadManifest, ImportError, ValueError) as error:
        module.fail(str(error))
    return module


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
        absent = [r for r in module.requires if r not in modules]
        stuck = [r for r in module.requires if r in waiting]
        if absent:
            module.fail(f"it requires {', '.join(absent)}, which is not installed")
        elif _in_loop(module.slug, modules):
            module.fail(f"its requirements form a loop with {', '.join(stuck)}")
        else:
            module.fail(f"it requires {', '.join(stuck)}, which is in trouble")
        module.depth = len(modules)
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
