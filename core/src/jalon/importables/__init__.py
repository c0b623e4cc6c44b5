"""The lists that may be imported and exported: the core's, and those of the modules that are on."""

from __future__ import annotations

from jalon.importable import Importable
from jalon.importables.organisations import ORGANISATIONS
from jalon.importables.persons import PERSONS
from jalon.registry import Registry
from jalon.scope import Scope

CORE = (PERSONS, ORGANISATIONS)


def known(registry: Registry, scope: Scope) -> list[Importable]:
    """Every list of the structure of a scope, whatever its rights."""
    modules = [m.plugin.importables for m in registry.loaded() if m.slug in scope.enabled]
    return [*CORE, *(importable for offered in modules for importable in offered)]


def to_import(registry: Registry, scope: Scope) -> list[Importable]:
    """Lists whose records one may write."""
    return [importable for importable in known(registry, scope) if scope.may(importable.write_permission)]


def to_export(registry: Registry, scope: Scope) -> list[Importable]:
    """Lists that one may read."""
    return [importable for importable in known(registry, scope) if scope.may(importable.read_permission)]
