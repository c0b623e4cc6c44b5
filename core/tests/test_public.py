"""The public part of the core: what a module or a host may import stays, and grows on purpose only."""

from __future__ import annotations

import re
from pathlib import Path

import jalon

PUBLIC = [
    "Actor",
    "DomainError",
    "GuardedSession",
    "Identity",
    "Jalon",
    "Scope",
    "ScopeViolation",
    "StructureRef",
    "create_app",
    "hookimpl",
    "scope_of",
    "tell",
]


def test_the_names_of_the_public_part_are_these() -> None:
    assert sorted(jalon.__all__) == PUBLIC


def test_every_public_name_is_there() -> None:
    assert [name for name in jalon.__all__ if not hasattr(jalon, name)] == []


def test_every_public_name_is_explained_and_no_other() -> None:
    page = (Path(__file__).parents[2] / "docs" / "plugin-api.md").read_text(encoding="utf-8")

    explained = re.findall(r"^\| `(\w+)` \| .{10,} \|$", page, re.M)

    assert explained == PUBLIC
