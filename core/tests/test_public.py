"""The public part of the core: what a module or a host may import stays, and grows on purpose only."""

from __future__ import annotations

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
