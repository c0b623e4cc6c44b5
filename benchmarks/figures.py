"""How a figure is measured, and how figures are shown."""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

from jalon.testing.world import Browser

QUICK = bool(os.environ.get("QUICK"))


@dataclass(frozen=True)
class Figure:
    """One measure: its median in milliseconds over so many samples."""

    name: str
    ms: float
    samples: int


def median(name: str, act: Callable[[int], object], *, samples: int) -> Figure:
    """Time `act(0)`, `act(1)`, …; the first is a warm-up and does not count."""
    samples = max(3, samples // 5) if QUICK else samples
    times = []
    for number in range(samples + 1):
        began = perf_counter()
        act(number)
        times.append((perf_counter() - began) * 1000)
    return Figure(name, statistics.median(times[1:]), samples)


def page(name: str, browser: Browser, address: str, *, samples: int) -> Figure:
    """Time an answer that must be 200: a refusal would be quick."""

    def ask(number: int) -> None:
        answer = browser.get(address)
        assert answer.status_code == 200, f"{address}: {answer.status}"

    return median(name, ask, samples=samples)


def table(start: Figure, results: dict[str, list[Figure]]) -> str:
    """The figures as a Markdown table, milliseconds."""
    lines = ["| what | SQLite, ms | PostgreSQL, ms | samples |", "| --- | ---: | ---: | ---: |"]
    lines.append(f"| {start.name} | {start.ms:.0f} | | {start.samples} |")
    for one, other in zip(results["sqlite"], results["postgresql"], strict=True):
        lines.append(f"| {one.name} | {one.ms:.2f} | {other.ms:.2f} | {one.samples} |")
    return "\n".join(lines)
