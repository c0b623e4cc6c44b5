"""What happens in one request, noted while somebody listens: `jalon trace` does, and nobody in a web process."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from sqlalchemy import Connection, Engine, event

LONGEST_HEAD = 160  # characters
LITERAL = re.compile(r"'(?:[^']|'')*'|(?<![\w%(.:])\d+\b")
COLUMNS = re.compile(r"^SELECT .+? FROM ", re.S)


@dataclass(frozen=True)
class Decision:
    """One question of the gate: what was asked, whether it let pass, about what."""

    step: str
    passed: bool
    about: str


@dataclass(frozen=True)
class HookCall:
    """A module's answer to a hook, and how long it took."""

    hook: str
    module: str
    ms: float


@dataclass(frozen=True)
class Query:
    """The head of a statement, without any value, and how long the database took."""

    head: str
    ms: float


@dataclass
class Trace:
    """Everything noted, each list in its order."""

    gate: list[Decision] = field(default_factory=list)
    hooks: list[HookCall] = field(default_factory=list)
    queries: list[Query] = field(default_factory=list)


_heard: ContextVar[Trace | None] = ContextVar("jalon_trace", default=None)


def decided(step: str, passed: bool, about: str | None = None) -> None:
    """The gate asked something."""
    if (trace := _heard.get()) is not None:
        trace.gate.append(Decision(step, passed, about or ""))


def hook_called(hook: str, module: str, ms: float) -> None:
    """A module answered, or failed to."""
    if (trace := _heard.get()) is not None:
        trace.hooks.append(HookCall(hook, module, ms))


@contextmanager
def listening(engine: Engine) -> Iterator[Trace]:
    """Note what happens inside the block, in which `engine` writes nothing: the database refuses it."""
    trace, started = Trace(), [0.0]

    def before(*_given: Any) -> None:
        started[0] = perf_counter()

    def after(_connection: Any, _cursor: Any, statement: str, *_given: Any) -> None:
        trace.queries.append(Query(head(statement), (perf_counter() - started[0]) * 1000))

    listeners = {"begin": _only_read, "before_cursor_execute": before, "after_cursor_execute": after}
    token = _heard.set(trace)
    for name, listener in listeners.items():
        event.listen(engine, name, listener)
    try:
        yield trace
    finally:
        for name, listener in listeners.items():
            event.remove(engine, name, listener)
        _heard.reset(token)


def head(statement: str) -> str:
    """The beginning of a statement on one line: what it reads or writes and by what, never a value."""
    line = LITERAL.sub("?", " ".join(statement.split()))
    line = COLUMNS.sub("SELECT … FROM ", line)
    return line if len(line) <= LONGEST_HEAD else f"{line[: LONGEST_HEAD - 1]}…"


def _only_read(connection: Connection) -> None:
    """After our own rules, which let a session that is not the page's write."""
    reading = "PRAGMA query_only=1" if connection.dialect.name == "sqlite" else "SET TRANSACTION READ ONLY"
    connection.exec_driver_sql(reading)
