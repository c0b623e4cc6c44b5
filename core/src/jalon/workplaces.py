"""Where somebody works, and the scope they work in there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon import accounts, modules, structures, tenures
from jalon.clock import today
from jalon.models import Member, Structure, User
from jalon.registry import Registry
from jalon.scope import Actor, Scope


def scope_in(
    session: Session, registry: Registry, structure: Structure, *, actor: Actor, host_roles: Sequence[str] = ()
) -> Scope | None:
    """The scope of somebody in a structure; None for who neither works there nor administers the platform."""
    zone = ZoneInfo(structure.zone)
    held = tenures.held_by_user(session, structure.id, actor.user_id, today(zone))
    roles = _roles_here(host_roles, structure.slug)
    if held is None and not roles and not actor.platform_admin:
        return None
    is_member = held is not None or bool(roles)
    roles |= held or set()
    enabled = modules.read_enabled(session, registry, structure.id)
    return Scope(
        structure=structures.ref(structure),
        actor=actor,
        enabled=enabled,
        permissions=accounts.permissions_of(registry, roles, enabled, member=is_member, admin=actor.platform_admin),
        roles=frozenset(roles),
        zone=zone,
    )


def seen_as(session: Session, registry: Registry, scope: Scope, member_id: int) -> Scope:
    """The same person with the rights of a member, to look and not to act; `scope` itself when they may not.

    What only the member may read that is confidential stays hidden. `session` works across structures.
    """
    if scope.structure is None or not scope.may("jalon.members.see_as"):
        return scope
    member = session.scalar(
        select(Member).where(
            Member.id == member_id,
            Member.structure_id == scope.structure.id,
            Member.user_id.is_not(None),
            Member.left_at.is_(None),
        )
    )
    if member is None:
        return scope
    day = today(scope.zone)
    roles = {held.role for held in tenures.of(member) if held.holds_on(day)}
    theirs = accounts.permissions_of(registry, roles, scope.enabled, member=True, admin=False)
    return replace(
        scope,
        permissions=theirs - (accounts.confidential(registry) - scope.permissions),
        roles=frozenset(roles),
        seen_as=member.name,
    )


def structures_of(session: Session, actor: Actor, host_roles: Sequence[str] = ()) -> list[Structure]:
    """Where somebody can work: their own structures, or all for a platform administrator."""
    query = select(Structure).where(Structure.closed_at.is_(None)).order_by(Structure.name)
    if not actor.platform_admin:
        named = {role.rpartition("/")[0] for role in host_roles}
        mine = select(Member.structure_id).where(Member.user_id == actor.user_id, Member.left_at.is_(None))
        query = query.where(Structure.id.in_(mine) | Structure.slug.in_(named))
    return list(session.scalars(query))


def first_place(session: Session, user: User, places: Sequence[Structure]) -> Structure:
    """Where to land after signing in: a structure one works in before one that one only administers."""
    mine = set(session.scalars(select(Member.structure_id).where(Member.user_id == user.id, Member.left_at.is_(None))))
    return next((p for p in places if p.id in mine), places[0])


def _roles_here(host_roles: Sequence[str], slug: str) -> set[str]:
    """`agent` counts everywhere it is said, `relais/agent` at relais only."""
    split = [role.rpartition("/") for role in host_roles]
    return {role for where, _, role in split if where in ("", slug)}
