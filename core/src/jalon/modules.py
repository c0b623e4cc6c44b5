"""Switching a module on and off for a structure, and the one function that says whether it is on."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon.errors import DomainError
from jalon.i18n import _, _l
from jalon.models import EnabledModule, InstalledModule, ModuleEvent, Structure
from jalon.registry import Module, Registry
from jalon.scope import Scope, scope_of, structure_of

State = Literal["enabled", "disabled", "missing", "absent", "trouble", "unprepared"]
Why = tuple[State, str, str]  # state, the sentence that says why, the technical text behind it


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
    """A module as a structure sees it.

    `on` is what the switch says, whether or not the module can answer. State `missing` is on without code,
    `absent` off without code. `fault` is the technical text behind the sentence `reason`, if there is one.
    `level` is what its manifest promises and the conformance kit holds it to, empty without code.
    """

    slug: str
    name: str
    summary: str
    icon: str
    version: str
    on: bool
    state: State
    reason: str
    requires: list[str]
    dependents: list[str]
    last_failure: str
    fault: str = ""
    level: str = ""


def enabled(scope: Scope, slug: str) -> bool:
    """Whether the module answers for the scope's structure. Nothing else decides this."""
    return slug in scope.enabled


def read_enabled(session: Session, registry: Registry, structure_id: int) -> frozenset[str]:
    """The modules that answer for a structure: switched on, loaded here, tables made, requirements answering."""
    return read_enabled_of(session, registry, [structure_id])[structure_id]


def read_enabled_of(session: Session, registry: Registry, structure_ids: Collection[int]) -> dict[int, frozenset[str]]:
    """As `read_enabled`, for several structures at once: structure -> modules."""
    rows = session.execute(
        select(EnabledModule.structure_id, EnabledModule.slug)
        .join(InstalledModule, InstalledModule.slug == EnabledModule.slug)
        .where(EnabledModule.structure_id.in_(structure_ids), InstalledModule.trouble.is_(None))
    ).all()
    return {id: _answering(registry, {slug for owner, slug in rows if owner == id}) for id in structure_ids}


def _answering(registry: Registry, switched_on: Collection[str]) -> frozenset[str]:
    answering: set[str] = set()
    for module in registry.loaded():  # in dependency order
        if module.slug in switched_on and answering.issuperset(module.requires):
            answering.add(module.slug)
    return frozenset(answering)


def prepared(session: Session, registry: Registry) -> frozenset[str]:
    """Modules whose code is loaded and whose tables are made, switched on or not."""
    made = set(session.scalars(select(InstalledModule.slug).where(InstalledModule.trouble.is_(None))))
    return frozenset(m.slug for m in registry.loaded() if m.slug in made)


def cards(session: Session, registry: Registry) -> list[ModuleCard]:
    """Every module found here or remembered by the database, as the session's structure sees it."""
    on = _switched_on(session)
    answering = read_enabled(session, registry, structure_of(session).id)
    installed = {m.slug: m for m in session.scalars(select(InstalledModule))}
    slugs = [*registry.modules, *sorted((set(installed) | on) - set(registry.modules))]
    made = []
    for slug in slugs:
        why = _state(slug, registry, installed.get(slug), on, answering)
        made.append(_card(slug, registry, installed.get(slug), slug in on, *why))
    return made


def card(session: Session, registry: Registry, slug: str) -> ModuleCard:
    """One module as the session's structure sees it. Raises UnknownModule."""
    found = next((c for c in cards(session, registry) if c.slug == slug), None)
    if found is None:
        raise UnknownModule(slug=slug)
    return found


def _card(
    slug: str,
    registry: Registry,
    installed: InstalledModule | None,
    on: bool,
    state: State,
    reason: str = "",
    fault: str = "",
) -> ModuleCard:
    module = registry.get(slug)
    manifest = module.manifest if module else None
    return ModuleCard(
        slug=slug,
        name=module.name if module else installed.name if installed else slug,
        summary=module.summary if module else "",
        icon=manifest.icon if manifest else "puzzle",
        version=manifest.version if manifest else installed.version if installed else "",
        on=on,
        state=state,
        reason=reason,
        requires=[_name(registry, s) for s in (module.requires if module else ())],
        dependents=[_name(registry, s) for s in registry.dependents(slug)],
        last_failure=module.last_failure if module else "",
        fault=fault,
        level=manifest.level if manifest else "",
    )


def _state(
    slug: str, registry: Registry, installed: InstalledModule | None, on: set[str], answering: frozenset[str]
) -> Why:
    module = registry.get(slug)
    if module is None:
        said = _("The code of this module is not installed on this server. Its data is kept.")
        return ("missing" if slug in on else "absent"), said, ""
    if unready := _unready(module, installed):
        return unready
    if slug not in on:
        return "disabled", "", ""
    if slug in answering:
        return "enabled", "", ""
    off = [r for r in registry.requirements(slug) if r not in on]
    if off:
        names = ", ".join(_name(registry, r) for r in off)
        return "trouble", _("It requires %(names)s, which is off here: switch it off and on again.", names=names), ""
    names = ", ".join(_name(registry, r) for r in registry.requirements(slug) if r not in answering)
    return "trouble", _("It requires %(names)s, which is in trouble.", names=names), ""


def _unready(module: Module, installed: InstalledModule | None) -> Why | None:
    """Why a module whose code is found can be switched on nowhere, None when it can."""
    if module.trouble:
        return "trouble", module.trouble, module.fault
    if installed is None:
        return "unprepared", _("Its tables are not made yet: run “jalon db upgrade”."), ""
    if not installed.trouble:
        return None
    reason, _line, fault = installed.trouble.partition("\n")
    return "trouble", reason, fault


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
    """What would be switched off together with `slug`, dependents first; those whose code is absent too."""
    wants = {m.slug: m.requires.split() for m in session.scalars(select(InstalledModule))}
    wants.update((m.slug, list(m.requires)) for m in registry)
    found: set[str] = set()
    todo = {slug}
    while todo:
        todo = {other for other, required in wants.items() if todo.intersection(required)} - found - {slug}
        found |= todo
    on = _switched_on(session)
    absent = sorted(found - set(registry.modules))
    return [d for d in [*absent, *reversed([s for s in registry.modules if s in found])] if d in on]


def enable(session: Session, registry: Registry, slug: str, *, with_requirements: bool = False) -> list[str]:
    """Switch a module on for the session's structure; doing it twice is doing it once.

    Returns the slugs switched on. Raises UnknownModule, ModuleNotReady, and PrerequisitesNeeded when
    other modules would be pulled and `with_requirements` does not say that this was agreed to.
    """
    _one_at_a_time(session)
    known = {m.slug: m for m in session.scalars(select(InstalledModule))}
    found = card(session, registry, slug)
    for wanted in [*registry.requirements(slug), slug]:
        module = registry.get(wanted)
        unready = _unready(module, known.get(wanted)) if module else (found.state, found.reason, "")
        if unready:
            raise ModuleNotReady(name=_name(registry, wanted), reason=unready[1])
    needed = missing_requirements(session, registry, slug)
    if needed and not with_requirements:
        raise PrerequisitesNeeded(name=found.name, modules=", ".join(_name(registry, s) for s in needed))
    fresh = [*needed, *([] if found.on else [slug])]
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
    _one_at_a_time(session)
    found = card(session, registry, slug)
    dependents = enabled_dependents(session, registry, slug)
    if dependents and not with_dependents:
        raise DependentsEnabled(name=found.name, modules=", ".join(_name(registry, s) for s in dependents))
    gone = [*dependents, *([slug] if found.on else [])]
    for row in session.scalars(select(EnabledModule).where(EnabledModule.slug.in_(gone))):
        session.delete(row)
    for unwanted in gone:
        _note(session, unwanted, "disabled")
    session.flush()
    return gone


def _one_at_a_time(session: Session) -> None:
    """Two people who switch modules of one structure at once do it one after the other."""
    mine = select(Structure.id).where(Structure.id == structure_of(session).id)
    session.execute(mine.with_for_update(key_share=True))  # bookings need not wait; SQLite already holds its lock


def _note(session: Session, slug: str, action: str) -> None:
    actor = scope_of(session).actor
    session.add(ModuleEvent(slug=slug, action=action, user_id=actor.user_id, actor_name=actor.name))


def history(session: Session, *, limit: int = 20) -> list[ModuleEvent]:
    """Who switched what for the session's structure, newest first."""
    structure_of(session)
    return list(
        session.scalars(select(ModuleEvent).order_by(ModuleEvent.at.desc(), ModuleEvent.id.desc()).limit(limit))
    )
