"""Switching a module on and off for a structure, and the one function that says whether it is on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon.errors import DomainError
from jalon.i18n import _, _l
from jalon.models import EnabledModule, InstalledModule, ModuleEvent
from jalon.registry import Registry
from jalon.scope import Scope, scope_of, structure_of

State = Literal["enabled", "disabled", "missing", "trouble", "unprepared"]


class UnknownModule(DomainError):
    """No module of that name, neither here nor in the database."""

    message = _l("There is no module called “%(slug)s”.")


class ModuleNotReady(DomainError):
    """The module is in trouble, or its tables are not made."""

    message = _l("The module “%(name)s” cannot be switched on: %(reason)s")


class PrerequisitesNeeded(DomainError):
    """Enabling would pull other modules, and nobody has agreed to it yet."""

    message = _l("“%(name)s” needs %(modules)s, which would be switched on with it.")


class DependentsEnabled(DomainError):
    """Disabling would cut off other modules, and nobody has agreed to it yet."""

    message = _l("%(modules)s would stop working without “%(name)s”: switch them off with it.")


@dataclass(frozen=True)
class ModuleCard:
    """A module as a structure sees it."""

    slug: str
    name: str
    summary: str
    icon: str
    version: str
    state: State
    reason: str
    requires: list[str]
    dependents: list[str]
    last_failure: str


def enabled(scope: Scope, slug: str) -> bool:
    """Whether the module answers for the scope's structure. Nothing else decides this."""
    return slug in scope.enabled


def read_enabled(session: Session, registry: Registry, structure_id: int) -> frozenset[str]:
    """The modules that answer for a structure: switched on, loaded here, tables made, requirements answering."""
    rows = session.execute(
        select(EnabledModule.slug)
        .join(InstalledModule, InstalledModule.slug == EnabledModule.slug)
        .where(EnabledModule.structure_id == structure_id, InstalledModule.trouble.is_(None))
    )
    answering: set[str] = set()
    switched_on = {row.slug for row in rows}
    for module in registry.loaded():  # in dependency order
        if module.slug in switched_on and answering.issuperset(module.requires):
            answering.add(module.slug)
    return frozenset(answering)


def cards(session: Session, registry: Registry) -> list[ModuleCard]:
    """Every module found here or remembered by the database, as the session's structure sees it."""
    switched_on = _switched_on(session)
    installed = {m.slug: m for m in session.scalars(select(InstalledModule))}
    slugs = [*registry.modules, *sorted((set(installed) | switched_on) - set(registry.modules))]
    return [_card(slug, registry, installed.get(slug), slug in switched_on) for slug in slugs]


def card(session: Session, registry: Registry, slug: str) -> ModuleCard:
    """One module as the session's structure sees it. Raises UnknownModule."""
    found = next((c for c in cards(session, registry) if c.slug == slug), None)
    if found is None:
        raise UnknownModule(slug=slug)
    return found


def _card(slug: str, registry: Registry, installed: InstalledModule | None, switched_on: bool) -> ModuleCard:
    module = registry.get(slug)
    state, reason = _state(slug, registry, installed, switched_on)
    return ModuleCard(
        slug=slug,
        name=module.name if module else installed.name if installed else slug,
        summary=module.summary if module else "",
        icon=module.manifest.icon if module and module.manifest else "puzzle",
        version=module.manifest.version if module and module.manifest else installed.version if installed else "",
        state=state,
        reason=reason,
        requires=[_name(registry, s) for s in (module.requires if module else ())],
        dependents=[_name(registry, s) for s in registry.dependents(slug)],
        last_failure=module.last_failure if module else "",
    )


def _state(slug: str, registry: Registry, installed: InstalledModule | None, on: bool) -> tuple[State, str]:
    module = registry.get(slug)
    if module is None:
        return "missing", _("The code of this module is not installed on this server. Its data is kept.")
    if module.trouble:
        return "trouble", module.trouble
    if installed is None:
        return "unprepared", _("Its tables are not made yet: run “jalon db upgrade”.")
    if installed.trouble:
        return "trouble", installed.trouble
    if on:
        broken = [r for r in registry.requirements(slug) if r not in _healthy(registry)]
        return (
            ("trouble", _("It requires %(names)s, which is in trouble.", names=", ".join(broken)))
            if broken
            else ("enabled", "")
        )
    return "disabled", ""


def _healthy(registry: Registry) -> set[str]:
    return {m.slug for m in registry.loaded()}


def _name(registry: Registry, slug: str) -> str:
    module = registry.get(slug)
    return module.name if module else slug


def _switched_on(session: Session) -> set[str]:
    return set(session.scalars(select(EnabledModule.slug)))


def missing_requirements(session: Session, registry: Registry, slug: str) -> list[str]:
    """What would be switched on together with `slug`, in order."""
    on = _switched_on(session)
    return [r for r in registry.requirements(slug) if r not in on]


def enabled_dependents(session: Session, registry: Registry, slug: str) -> list[str]:
    """What would be switched off together with `slug`, dependents first."""
    on = _switched_on(session)
    return [d for d in reversed(registry.dependents(slug)) if d in on]


def enable(session: Session, registry: Registry, slug: str, *, with_requirements: bool = False) -> list[str]:
    """Switch a module on for the session's structure; doing it twice is doing it once.

    Returns the slugs switched on. Raises UnknownModule, ModuleNotReady, and PrerequisitesNeeded when
    other modules would be pulled and `with_requirements` does not say that this was agreed to.
    """
    needed = missing_requirements(session, registry, slug)
    for wanted in [*needed, slug]:
        found = card(session, registry, wanted)
        if found.state in ("missing", "trouble", "unprepared"):
            raise ModuleNotReady(name=found.name, reason=found.reason)
    if needed and not with_requirements:
        raise PrerequisitesNeeded(name=_name(registry, slug), modules=", ".join(_name(registry, s) for s in needed))
    fresh = [s for s in [*needed, slug] if s not in _switched_on(session)]
    for wanted in fresh:
        session.add(EnabledModule(slug=wanted))
        _note(session, wanted, "enabled")
    session.flush()
    return fresh


def disable(session: Session, registry: Registry, slug: str, *, with_dependents: bool = False) -> list[str]:
    """Switch a module off for the session's structure; all its data stays.

    Returns the slugs switched off, none when it was off. Raises UnknownModule, and DependentsEnabled
    when other modules would be cut off and `with_dependents` does not say that this was agreed to.
    """
    found = card(session, registry, slug)
    dependents = enabled_dependents(session, registry, slug)
    if dependents and not with_dependents:
        raise DependentsEnabled(name=found.name, modules=", ".join(_name(registry, s) for s in dependents))
    gone = []
    for unwanted in [*dependents, slug]:
        row = session.scalar(select(EnabledModule).where(EnabledModule.slug == unwanted))
        if row is not None:
            session.delete(row)
            _note(session, unwanted, "disabled")
            gone.append(unwanted)
    session.flush()
    return gone


def _note(session: Session, slug: str, action: str) -> None:
    actor = scope_of(session).actor
    session.add(ModuleEvent(slug=slug, action=action, user_id=actor.user_id, actor_name=actor.name))


def history(session: Session, *, limit: int = 20) -> list[ModuleEvent]:
    """Who switched what for the session's structure, newest first."""
    structure_of(session)
    return list(
        session.scalars(select(ModuleEvent).order_by(ModuleEvent.at.desc(), ModuleEvent.id.desc()).limit(limit))
    )
