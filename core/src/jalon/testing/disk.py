"""Modules written to a folder for one test, and the entry points that name them."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path

MANIFEST = """slug = "{slug}"
name = "{slug}"
summary = "A module of a test."
version = "0.1.0"
core = "0.1"
requires = [{requires}]
"""
PLUGIN = "from jalon.declarations import Plugin\nfrom jalon.hookspecs import hookimpl\nplugin = Plugin()\n"


class Disk:
    """A folder on sys.path where modules are written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def module(
        self, slug: str, *, requires: tuple[str, ...] = (), plugin: str = PLUGIN, manifest: str | None = None
    ) -> EntryPoint:
        """Write the package `jalon_<slug>` and return its entry point."""
        package = self.folder / f"jalon_{slug}"
        (package / "migrations" / "versions").mkdir(parents=True)
        (package / "__init__.py").write_text("")
        (package / "plugin.py").write_text(plugin)
        needed = ", ".join(f'"{r}"' for r in requires)
        (package / "manifest.toml").write_text(
            MANIFEST.format(slug=slug, requires=needed) if manifest is None else manifest
        )
        return EntryPoint(slug, f"jalon_{slug}.plugin", "jalon.plugins")
