"""What a module brings, by level (DESIGN 10), and the check that it brings what its manifest promises."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from jalon.hookspecs import PROJECT
from jalon.manifest import LEVELS
from jalon.migrate import CORE
from jalon.testing import catalogues
from jalon.testing.conformance.check import check
from jalon.testing.conformance.kit import Kit
from jalon.testing.conformance.routes import routes_of

PERSONS = frozenset({"jalon_beneficiary", "jalon_beneficiary_structure"})
USES_PDF = re.compile(r"^\s*(from jalon import .*\bpdf\b|(from|import) jalon\.pdf\b)", re.M)


@dataclass(frozen=True)
class Feature:
    """Something that a module of `level` has; `name` is told when it is missing."""

    level: str
    name: str
    has: Callable[[Kit], bool]


def _declares(field: str) -> Callable[[Kit], bool]:
    return lambda kit: bool(getattr(_plugin(kit), field))


def _answers(*beginnings: str) -> Callable[[Kit], bool]:
    return lambda kit: any(name.startswith(beginnings) for name in _hooks(kit))


FEATURES = (
    Feature("runs", "a table of its own", lambda kit: bool(kit.tables())),
    Feature("runs", "rights, and roles that have them", lambda kit: _declared(kit, "permissions", "grants")),
    Feature("runs", "a generated screen", _declares("screens")),
    Feature("runs", "a French catalogue", lambda kit: catalogues.catalogue_path(kit.package).exists()),
    Feature("runs", "demo data, and a sample for the kit", lambda kit: _declared(kit, "demo", "sample")),
    Feature("serves", "a working screen beside the generated ones", lambda kit: _has_page(kit)),
    Feature("serves", "an entry of the menu", _declares("menu")),
    Feature("serves", "a figure on the dashboard (dashboard_cards)", _answers("dashboard_cards")),
    Feature("serves", "records that carry notes, tasks and documents (subjects)", _declares("subjects")),
    Feature("serves", "a document on paper (jalon.pdf)", lambda kit: bool(USES_PDF.search(_source(kit)))),
    Feature("serves", "a job", _declares("jobs")),
    Feature("serves", "a list that is imported and exported (importables)", _declares("importables")),
    Feature("serves", "its part of a person's path or page, as its rows name persons", lambda kit: _on_the_path(kit)),
    Feature("shines", "a block or an audience for the newsletter", _answers("newsletter_")),
    Feature("shines", "indicators for the yearly report", _answers("indicators")),
    Feature("shines", "a feed", lambda kit: any(e.door == "feeds" for e in _plugin(kit).public)),
)


def missing(kit: Kit, level: str) -> list[str]:
    """What a module lacks to be of that level, its lower levels left out."""
    return [feature.name for feature in FEATURES if feature.level == level and not feature.has(kit)]


def brought(kit: Kit) -> str:
    """The highest level for which, and for those below which, nothing is missing; empty when the first is not had."""
    reached = ""
    for level in LEVELS:
        if missing(kit, level):
            break
        reached = level
    return reached


def told(kit: Kit) -> str:
    """One line for whoever runs the kit: the level reached, and what the next one asks for."""
    if kit.slug == CORE:
        return ""
    reached = brought(kit)
    above = LEVELS[LEVELS.index(reached) + 1 :] if reached else LEVELS
    asked = f"; “{above[0]}” asks for {', '.join(missing(kit, above[0]))}" if above else ""
    return f"{kit.slug}: level “{reached or 'none'}”, declared “{declared(kit)}”{asked}"


def declared(kit: Kit) -> str:
    """The level that the manifest promises."""
    manifest = kit.module.manifest if kit.module else None
    return manifest.level if manifest else LEVELS[0]


@check(60)
def check_the_level_it_declares_is_reached(kit: Kit) -> list[str]:
    """Everything that its level, and each below it, asks for is there."""
    if kit.slug == CORE:
        return []
    held_to = LEVELS[: LEVELS.index(declared(kit)) + 1]
    return [f"level {level} asks for {name}" for level in held_to for name in missing(kit, level)]


def _plugin(kit: Kit) -> Any:
    assert kit.module is not None
    return kit.module.plugin


def _declared(kit: Kit, *fields: str) -> bool:
    return all(getattr(_plugin(kit), field) for field in fields)


def _hooks(kit: Kit) -> Iterable[str]:
    """Names of the hooks it answers."""
    assert kit.module is not None
    return [name for name, value in vars(kit.module.python).items() if hasattr(value, f"{PROJECT}_impl")]


def _has_page(kit: Kit) -> bool:
    names = {blueprint.name for blueprint in _plugin(kit).blueprints}
    with kit.stage() as stage:
        found = [r for r in routes_of(kit, stage.app, stage.jalon) if "GET" in (r.rule.methods or ())]
    return any(route.endpoint.rpartition(".")[0] in names for route in found)


def _source(kit: Kit) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(kit.root.rglob("*.py")))


def _on_the_path(kit: Kit) -> bool:
    names_persons = any(k.referred_table.name in PERSONS for t in kit.tables() for k in t.foreign_key_constraints)
    return not names_persons or bool(_plugin(kit).timeline) or "person_tabs" in _hooks(kit)
