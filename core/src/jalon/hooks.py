"""The only caller of hooks: enabled modules, in order, timed, and isolated when they decorate a page."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from sqlalchemy.orm import Session

from jalon import modules, tracing
from jalon.registry import Module, Registry
from jalon.scope import scope_of

log = logging.getLogger(__name__)
SLOW_MS = 200.0
Ask = Callable[[Session, dict[str, Any]], Any]


@dataclass(frozen=True)
class Answer:
    """What one module answered, and how long it took."""

    slug: str
    value: Any
    ms: float


@dataclass
class Shown:
    """Answers of a show hook, and the names of the modules that failed, for a notice on the page."""

    answers: list[Answer] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def __iter__(self) -> Iterator[Answer]:
        return iter(self.answers)


class Hooks:
    """Calls the hooks of a registry."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    def show(self, session: Session, name: str, *, prepare: Callable[[Any], Any] = list, **arguments: Any) -> Shown:
        """Ask every enabled module, each in a savepoint; None is no answer.

        `prepare` runs inside the isolation and realises the answer: a list, unless said otherwise.
        """
        self._check_kind(name, "show")
        session.flush()  # what the caller left to write may fail too, and that is no module's failure
        shown = Shown()
        for module, ask in self._implementations(name, scope_of(session).enabled):
            try:
                with session.begin_nested():
                    answer = _timed(module.slug, name, ask, session, arguments, prepare)
                if answer.value is not None:
                    shown.answers.append(answer)
            except (Exception, SystemExit) as error:  # a decoration must never take the page down
                module.last_failure = f"{name}: {type(error).__name__}: {error}"
                log.exception("hook %s of module %s failed", name, module.slug)
                shown.failed.append(module.name)
        return shown

    def act(self, session: Session, name: str, **arguments: Any) -> list[Answer]:
        """Ask every enabled module; an error rises and the caller's transaction falls."""
        self._check_kind(name, "act")
        return self._all(session, name, scope_of(session).enabled, arguments)

    def duty(self, session: Session, name: str, **arguments: Any) -> list[Answer]:
        """Ask every module whose code and tables are here, switched on or not; errors rise."""
        self._check_kind(name, "duty")
        return self._all(session, name, modules.prepared(session, self.registry), arguments)

    def _all(self, session: Session, name: str, slugs: frozenset[str], arguments: dict[str, Any]) -> list[Answer]:
        return [
            _timed(module.slug, name, ask, session, arguments) for module, ask in self._implementations(name, slugs)
        ]

    def _check_kind(self, name: str, kind: str) -> None:
        spec = getattr(self.registry.hooks.hook, name).spec
        if spec is None or spec.function.jalon_kind != kind:
            raise LookupError(f"{name} is not a hook of kind {kind}")

    def _implementations(self, name: str, slugs: frozenset[str]) -> Iterator[tuple[Module, Ask]]:
        """pluggy's own caller stops at the first exception, so its implementations are called here."""
        found = getattr(self.registry.hooks.hook, name).get_hookimpls()
        plain = [i for i in found if not (i.wrapper or i.hookwrapper)]
        for module in self.registry:
            if module.slug in slugs:
                for implementation in plain:
                    if implementation.plugin_name == module.slug:
                        yield module, _caller(implementation.function, implementation.argnames)


def _realised(answer: Any) -> Any:
    """An act or a duty written with `yield` would otherwise never run."""
    return list(answer) if isinstance(answer, Generator) else answer


def _caller(function: Callable[..., Any], names: tuple[str, ...]) -> Ask:
    def call(session: Session, arguments: dict[str, Any]) -> Any:
        given = {"session": session, **arguments}
        return function(**{name: given[name] for name in names})

    return call


def _timed(
    slug: str,
    name: str,
    ask: Ask,
    session: Session,
    arguments: dict[str, Any],
    prepare: Callable[[Any], Any] = _realised,
) -> Answer:
    started = perf_counter()
    try:
        said = ask(session, arguments)
        value = None if said is None else prepare(said)
    finally:
        ms = (perf_counter() - started) * 1000
        tracing.hook_called(name, slug, ms)
    if ms > SLOW_MS:
        log.warning("hook %s of module %s took %.0f ms", name, slug, ms)
    return Answer(slug, value, ms)
