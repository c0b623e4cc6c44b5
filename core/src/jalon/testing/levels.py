"""The end of a run says which level each module reached: what the kit's tests noted, from whichever process."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

MODULE, LEVEL = "jalon_module", "jalon_level"  # names of what the tests note


@pytest.hookimpl
def pytest_terminal_summary(terminalreporter: Any) -> None:
    """A line for each module whose kit ran: its level, or how many checks stand between it and the first."""
    stats = terminalreporter.stats
    failed = [slug for report in stats.get("failed", []) for slug in _noted(report, MODULE)]
    told = [line for state in ("passed", "failed") for r in stats.get(state, []) for line in _noted(r, LEVEL) if line]
    for line in dict.fromkeys(told):
        slug = line.partition(":")[0]
        held = f"{slug}: no level, {failed.count(slug)} checks of the kit fail" if slug in failed else line
        terminalreporter.write_line(held)


def _noted(report: Any, name: str) -> Iterator[str]:
    return (str(value) for noted, value in getattr(report, "user_properties", ()) if noted == name)
