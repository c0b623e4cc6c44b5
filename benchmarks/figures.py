"""How a figure is measured, and how figures are shown."""

from __future__ import annotations

import os
import re
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import perf_counter

from jalon.testing.world import Browser

QUICK = bool(os.environ.get("QUICK"))


WORSE = 1.5
NUMBER = re.compile(r"\d+(\.\d+)?")
COUNTED = re.compile(r"(jobs|messages by mail), \d")


@dataclass(frozen=True)
class Rate:
    """So many a second, over so many."""

    name: str
    per_second: float
    count: int


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
    """The figures as a Markdown table, milliseconds, and how many times as long PostgreSQL takes."""
    lines = ["| what | SQLite, ms | PostgreSQL, ms | ratio | samples |", "| --- | ---: | ---: | ---: | ---: |"]
    lines.append(f"| {start.name} | {start.ms:.0f} | | | {start.samples} |")
    for one, other in zip(results["sqlite"], results["postgresql"], strict=True):
        ratio = other.ms / one.ms
        lines.append(f"| {one.name} | {one.ms:.2f} | {other.ms:.2f} | {ratio:.1f} | {one.samples} |")
    return "\n".join(lines)


def rates(results: dict[str, list[Rate]]) -> str:
    """How many a second, as a Markdown table."""
    lines = ["| how many a second | SQLite | PostgreSQL | ratio | of |", "| --- | ---: | ---: | ---: | ---: |"]
    for one, other in zip(results["sqlite"], results["postgresql"], strict=True):
        ratio = other.per_second / one.per_second
        lines.append(f"| {one.name} | {one.per_second:.0f} | {other.per_second:.0f} | {ratio:.1f} | {one.count} |")
    return "\n".join(lines)


def regressed(before: str, now: str) -> str:
    """What takes half as long again as in the figures `before`, or does a third less a second, in a sentence."""
    old, new = _read(before), _read(now)
    worse = [f"{name} ({kind}, {ratio:.1f} times)" for name, kind, ratio in _ratios(old, new) if ratio >= WORSE]
    if not old:
        return "There are no figures from before to compare these with."
    return f"Slower than before, by half or more: {', '.join(worse) or 'nothing'}."


def _read(page: str) -> dict[str, list[float]]:
    """The first two figures of each row of the tables of a page."""
    found = {}
    for line in page.splitlines():
        name, *cells = (cell.strip() for cell in line.strip("| ").split(" | "))
        values = [float(cell) for cell in cells[:2] if NUMBER.fullmatch(cell)]
        if line.startswith("| ") and len(values) == 2:
            found[name] = values
    return found


def _ratios(old: dict[str, list[float]], new: dict[str, list[float]]) -> Iterator[tuple[str, str, float]]:
    """How many times as slow each is, on each database; of what is counted a second, the inverse."""
    for name in new:
        for kind, before, now in zip(("SQLite", "PostgreSQL"), old.get(name, []), new[name], strict=False):
            slower = before / now if COUNTED.match(name) else now / before
            yield name, kind, slower
