"""The registry of checks: plain functions from a kit to the faults it finds, by number.

The numbers are those of the kit's specification. An empty list is good; each fault is a sentence that
names the table, route or hook it is about.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from jalon.testing.conformance.kit import Kit

Run = Callable[[Kit], list[str]]


@dataclass(frozen=True)
class Check:
    """One check. `both_databases` when the answer may differ between SQLite and PostgreSQL."""

    number: int
    run: Run
    both_databases: bool
    before_loading: bool

    @property
    def name(self) -> str:
        return f"test_{self.number:02}_{self.run.__name__.removeprefix('check_')}"

    def faults(self, kit: Kit) -> list[str]:
        """What is wrong. A module that did not load has one fault in every check that needs it to run."""
        if kit.trouble and not self.before_loading:
            return [f"module {kit.slug} is not loaded: {kit.trouble}"]
        return self.run(kit)


CHECKS: dict[int, Check] = {}


def check(number: int, *, both_databases: bool = False, before_loading: bool = False) -> Callable[[Run], Run]:
    """Register a function as the check of that number."""

    def register(run: Run) -> Run:
        if number in CHECKS:
            raise ValueError(f"two checks have the number {number}")
        CHECKS[number] = Check(number, run, both_databases, before_loading)
        return run

    return register
