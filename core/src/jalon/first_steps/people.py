"""Who leads the first structure, and the role one takes to make its first record."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon import members
from jalon.errors import DomainError
from jalon.i18n import _l
from jalon.models import Member, MemberRole, Structure, User
from jalon.scope import scope_of, structure_of

DIRECTION = "direction"


class NobodyNamed(DomainError):
    """Neither oneself nor somebody else."""

    field = "name"
    message = _l("Tick the box, or type the name of whoever leads the structure.")


def name_direction(session: Session, *, myself: bool, name: str) -> None:
    """Make oneself, somebody else by name, or both the direction of the session's structure.

    Doing it twice is doing it once. Raises NobodyNamed.
    """
    other = " ".join(name.replace("\0", "").split())
    if not myself and not other:
        raise NobodyNamed
    if myself:
        take_role(session, DIRECTION)
    known = select(Member.id).where(Member.name == other, Member.left_at.is_(None))
    if other and session.scalar(known) is None:
        members.join(session, _structure(session), None, name=other, roles=[DIRECTION])


def take_role(session: Session, role: str) -> None:
    """Give a role in the session's structure to whoever acts, as a member of it."""
    user = session.get_one(User, scope_of(session).actor.user_id)
    mine = session.scalar(select(Member).where(Member.user_id == user.id))
    if mine is None:
        members.join(session, _structure(session), user, roles=[role])
        return
    mine.left_at = None
    if role not in {held.role for held in mine.roles}:
        mine.roles.append(MemberRole(role=role, structure_id=mine.structure_id))
    session.flush()


def leaders(session: Session) -> list[str]:
    """Names of the direction of the session's structure."""
    query = select(Member.name).join(MemberRole, MemberRole.member_id == Member.id)
    led = query.where(MemberRole.role == DIRECTION, Member.left_at.is_(None)).order_by(Member.name)
    return list(session.scalars(led))


def _structure(session: Session) -> Structure:
    return session.get_one(Structure, structure_of(session).id)
