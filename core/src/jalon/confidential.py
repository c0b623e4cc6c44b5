"""Who may read what is confidential, and so signs in with two steps."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from jalon import core_rights
from jalon.clock import PARIS, today
from jalon.models import Member, MemberRole, User
from jalon.registry import Registry


def must_have_second_factor(session: Session, registry: Registry, user: User) -> bool:
    """Whether somebody administers the platform, or has in any structure a role that reads what is confidential.

    A role whose last day is past counts no more; one still to come counts already, and so does one whose module
    is off: it may be on tomorrow.
    """
    if user.is_platform_admin:
        return True
    held = (
        select(MemberRole.role)
        .join(Member, Member.id == MemberRole.member_id)
        .where(
            Member.user_id == user.id,
            Member.left_at.is_(None),
            MemberRole.role.in_(roles(registry)),
            or_(MemberRole.last_day.is_(None), MemberRole.last_day >= today(PARIS)),
        )
    )
    return session.scalar(held.limit(1)) is not None


def roles(registry: Registry) -> set[str]:
    """The roles to which the core or a loaded module grants a confidential right."""
    plugins = [module.plugin for module in registry.loaded()]
    declared = [*core_rights.PERMISSIONS, *(p for plugin in plugins for p in plugin.permissions)]
    rights = {permission.name for permission in declared if permission.confidential}
    granted = [core_rights.GRANTS, *(plugin.grants for plugin in plugins)]
    return {role for grants in granted for role, names in grants.items() if rights & set(names)}
