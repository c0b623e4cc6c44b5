"""The conformance kit: what every module promises, as tests that its distribution inherits.

A module's whole test file:

    from jalon.testing.conformance import Conformance

    class TestConformance(Conformance):
        module = "rental"

The numbers are those of the list the project began with (module systems, D 5.3).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import pytest

from jalon.testing.conformance import hooks, packaging, screens, switching, tables
from jalon.testing.conformance.kit import CORE, Kit

Check = Callable[[Kit], list[str]]
CHECKS: dict[str, Check] = {
    name: check
    for group in (packaging, tables, screens, switching, hooks)
    for name, check in vars(group).items()
    if name.startswith("check_")
}
ON_BOTH = ("check_12_migrations_make_the_models", "check_13_up_down_up", "check_54_life")
OF_THE_CORE = ("check_08_prefix", "check_09_deletion", "check_10_scope", "check_35_hooks_documented", *ON_BOTH[:2])
OTHERS = sorted(set(CHECKS) - set(ON_BOTH))


class Conformance:
    """Inherit, name the `module`, and pytest finds a test for each check."""

    module: ClassVar[str]

    @pytest.mark.parametrize("check", OTHERS)
    def test_conforms(self, check: str, kit: Kit) -> None:
        self._hold(check, kit)

    @pytest.mark.both_databases
    @pytest.mark.parametrize("check", ON_BOTH)
    def test_conforms_on_both_databases(self, check: str, kit: Kit) -> None:
        self._hold(check, kit)

    def _hold(self, check: str, kit: Kit) -> None:
        if self.module == CORE and check not in OF_THE_CORE:
            return
        faults = CHECKS[check](kit)
        assert not faults, "\n".join([str(CHECKS[check].__doc__), *faults])


__all__ = ["CHECKS", "Check", "Conformance", "Kit"]
