"""Why somebody may do something here: each right, the roles it comes from and until when, or who could give it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from jalon import accounts, core_rights
from jalon.declarations import Permission
from jalon.i18n import _
from jalon.registry import Registry
from jalon.tenures import Held


@dataclass(frozen=True)
class Source:
    """What gives a right, and its last day when it ends."""

    label: str
    last_day: date | None = None


@dataclass(frozen=True)
class Right:
    """One right of a module, held or not: `sources` give it, `givers` are the roles that would."""

    permission: Permission
    sources: tuple[Source, ...]
    givers: tuple[str, ...]

    @property
    def held(self) -> bool:
        return bool(self.sources)


@dataclass(frozen=True)
class Chapter:
    """The rights of one module."""

    name: str
    rights: tuple[Right, ...]


def explained(
    registry: Registry, enabled: frozenset[str], held: list[Held], *, day: date, admin: bool
) -> list[Chapter]:
    """Every right of the core and of the enabled modules, for somebody who holds these roles."""
    current = [h for h in held if h.holds_on(day)]
    core = Chapter(_("The structure"), _rights(registry, core_rights.PERMISSIONS, current, enabled, admin=admin))
    modules = [m for m in registry.loaded() if m.slug in enabled and m.plugin.permissions]
    return [core, *(Chapter(m.name, _rights(registry, m.plugin.permissions, current, enabled)) for m in modules)]


def _rights(
    registry: Registry,
    permissions: Sequence[Permission],
    held: list[Held],
    enabled: frozenset[str],
    *,
    admin: bool = False,
) -> tuple[Right, ...]:
    return tuple(
        Right(
            permission,
            tuple(_sources(registry, permission.name, held, enabled, admin=admin)),
            tuple(accounts.roles_with(registry, permission.name)),
        )
        for permission in permissions
    )


def _sources(
    registry: Registry, permission: str, held: list[Held], enabled: frozenset[str], *, admin: bool
) -> Iterator[Source]:
    if permission in core_rights.EVERY_MEMBER:
        yield Source(_("every member"))
    if admin and permission in core_rights.PLATFORM_ADMIN:
        yield Source(_("platform administrator"))
    for role in held:
        if permission in accounts.permissions_of(registry, {role.role}, enabled, member=False, admin=False):
            yield Source(accounts.role_label(registry, role.role), role.last_day)
