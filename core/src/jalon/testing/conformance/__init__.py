"""The conformance kit: what every module promises, as tests that its distribution inherits.

The whole test file of a module:

    from jalon.testing.conformance import Conformance

    class TestConformance(Conformance):
        module = "rental"
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import pytest

from jalon.testing.conformance import (
    duties,
    hooks,
    jobs,
    levels,
    lifecycle,
    lists,
    migrations,
    packaging,
    screens,
    switching,
    tables,
    traces,
)
from jalon.testing.conformance.check import CHECKS, Check
from jalon.testing.conformance.kit import Arguments, Kit
from jalon.testing.levels import LEVEL, MODULE

Note = Callable[[str, object], None]
WALKS = frozenset({19, 20, 33, 37})  # every route as everybody: on PostgreSQL in the complete run only
GROUPS = (packaging, tables, migrations, screens, switching, hooks, duties, jobs, traces, lifecycle, levels, lists)


class Conformance:
    """Inherit and name the `module`: pytest finds a test for each check.

    The run ends with the level that the module reaches (DESIGN 10).
    `arguments` gives, by endpoint, what the kit cannot guess of an address: `Kit` says how.
    """

    module: ClassVar[str]
    arguments: ClassVar[Arguments] = {}


def _test_of(check: Check) -> Callable[[Conformance, Kit, Note], None]:
    def test(self: Conformance, kit: Kit, record_property: Note) -> None:
        record_property(MODULE, kit.slug)
        if check.run is levels.check_the_level_it_declares_is_reached and not kit.trouble:
            record_property(LEVEL, levels.told(kit))
        faults = check.faults(kit)

        assert not faults, "\n".join([str(check.run.__doc__), *faults])

    test.__name__, test.__doc__ = check.name, check.run.__doc__
    if not check.both_databases:
        return test
    return pytest.mark.both_databases(slow="postgresql" if check.number in WALKS else None)(test)


for _check in CHECKS.values():
    setattr(Conformance, _check.name, _test_of(_check))

__all__ = ["CHECKS", "Arguments", "Check", "Conformance", "Kit"]
