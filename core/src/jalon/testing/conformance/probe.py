"""A module that exists for the core's own conformance only: it implements every hook, with no argument."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

from jalon import hookspecs
from jalon.declarations import Plugin
from jalon.hookspecs import hookimpl
from jalon.manifest import Manifest
from jalon.registry import CORE_VERSION, Module, Registry

SLUG = "kitprobe"


def add_to(registry: Registry) -> None:
    """Load the probe as a registry loads a module."""
    python = ModuleType(f"jalon_{SLUG}")
    for name, spec in vars(hookspecs).items():
        if hasattr(spec, "jalon_kind"):
            setattr(python, name, hookimpl(_silent()))
    manifest = Manifest(SLUG, "Probe", "Implements every hook.", "0.1.0", CORE_VERSION)
    registry.modules[SLUG] = Module(SLUG, manifest, Plugin(), python)
    registry.hooks.register(python, name=SLUG)


def _silent() -> Callable[[], list[object]]:
    def silent() -> list[object]:
        return []

    return silent
