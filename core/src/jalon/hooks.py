"""The only caller of hooks: enabled modules, in order, timed, and isolated when they decorate a page."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from sqlalchemy.orm import Session

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
        """Ask every enabled module, each in a savepoint. `prepare` runs inside the isolation: it realises the answer."""
        self._check_kind(name, "show")
        shown = Shown()
        for module, ask in self._implementations(name, scope_of(session).enabled):
            try:
                with session.begin_nested():
                    shown.answers.append(_timed(module.slug, name, ask, session, arguments, prepare))
            except Exception as error:  # a decoration must never take the page down
                module.last_failure = f"{name}: {type(error).__name__}: {error}"
                log.exception("hook %s of module %s failed", name, module.slug)
                shown.failed.append(module.name)
        return shown

    def act(self, session: Session, name: str, **arguments: Any) -> list[Answer]:
        """Ask every enabled module; an error rises and the caller's transaction falls."""
        self._check_kind(name, "act")
        return self._all(session, name, scope_of(session).enabled, arguments)

    def duty(self, session: Session, name: str, **arguments: Any) -> list[Answer]:
        """Ask every loaded module, switched on or not; errors rise."""
        self._check_kind(name, "duty")
        return self._all(session, name, frozenset(m.slug for m in self.registry.loaded()), arguments)

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
        found = {i.plugin_name: i for i in getattr(self.registry.hooks.hook, name).get_hookimpls()}
        for module in self.registry:
            implementation = found.get(module.slug)
            if (
                implementation is None
                or module.slug not in slugs
                or implementation.wrapper
                or implementation.hookwrapper
            ):
                continue
            yield module, _caller(implementation.function, implementation.argnames)


def _same(answer: Any) -> Any:
    return answer


def _caller(function: Callable[..., Any], names: tuple[str, ...]) -> Ask:
    def call(session: Session, arguments: dict[str, Any]) -> Any:
        given = {"session": session, **arguments}
        return function(**{name: given[name] for name in names})

    return call


def _timed(
    slug: str, name: str, ask: Ask, session: Session, arguments: dict[str, Any], prepare: Callable[[Any], Any] = _same
) -> Answer:
    started = perf_counter()
    value = prepare(ask(session, arguments))
    ms = (perf_counter() - started) * 1000
    if ms > SLOW_MS:
        log.warning("hook %s of module %s took %.0f ms", name, slug, ms)
    return Answer(slug, value, ms)
