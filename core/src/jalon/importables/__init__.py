"""The lists that may be imported and exported: the core's, and those of the modules that are on."""

from __future__ import annotations

from typing import Any

from jalon.errors import DomainError
from jalon.i18n import _l
from jalon.importable import Importable
from jalon.importables.organisations import ORGANISATIONS
from jalon.importables.persons import PERSONS
from jalon.registry import Registry
from jalon.scope import Scope

CORE = (PERSONS, ORGANISATIONS)


class ListOff(DomainError):
    """Its module was switched off meanwhile."""

    message = _l("This list belongs to a module that does not answer here any more.")


def known(registry: Registry, scope: Scope) -> list[Importable]:
    """Every list of the structure of a scope, whatever its rights."""
    modules = [m.plugin.importables for m in registry.loaded() if m.slug in scope.enabled]
    return [*CORE, *(importable for offered in modules for importable in offered)]


def named(registry: Registry, scope: Scope, name: str) -> Importable:
    """The list of that name, whatever the rights of a scope. Raises ListOff."""
    for importable in known(registry, scope):
        if importable.name == name:
            return importable
    raise ListOff


def of_model(registry: Registry, scope: Scope, model: type[Any]) -> Importable | None:
    """The list whose records are of that class, whatever the rights of a scope."""
    return next((importable for importable in known(registry, scope) if importable.model is model), None)


def to_import(registry: Registry, scope: Scope) -> list[Importable]:
    """Lists whose records one may write."""
    return [importable for importable in known(registry, scope) if scope.may(importable.write_permission)]


def to_export(registry: Registry, scope: Scope) -> list[Importable]:
    """Lists that one may read."""
    return [importable for importable in known(registry, scope) if scope.may(importable.read_permission)]
