"""Who leads the first structure, and the role one takes to make its first record."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon import departures, members, tenures
from jalon.clock import today
from jalon.errors import DomainError
from jalon.i18n import _l
from jalon.models import Member, MemberRole, Structure, User
from jalon.scope import scope_of, structure_of
from jalon.tenures import Held
from jalon.texts import tidy

DIRECTION = "direction"


class NobodyNamed(DomainError):
    """Neither oneself nor somebody else."""

    field = "name"
    message = _l("Tick the box, or type the name of whoever leads the structure.")


def name_direction(session: Session, *, myself: bool, name: str) -> list[Held]:
    """Make oneself, somebody else by name, or both the direction of the session's structure.

    Doing it twice is doing it once. Returns the roles one gave oneself. Raises NobodyNamed.
    """
    other = " ".join(tidy(name).split())
    if not myself and not other:
        raise NobodyNamed
    given = take_role(session, DIRECTION) if myself else []
    known = select(Member.id).where(Member.name == other, Member.left_at.is_(None))
    if other and session.scalar(known) is None:
        members.join(session, _structure(session), None, name=other, roles=[DIRECTION])
    return given


def take_role(session: Session, role: str) -> list[Held]:
    """Give a role in the session's structure to whoever acts, as a member of it; what was given, for it is told.

    One that holds today is left as it is.
    """
    user = session.get_one(User, scope_of(session).actor.user_id)
    mine = session.scalar(select(Member).where(Member.user_id == user.id))
    if mine is None:
        members.join(session, _structure(session), user, roles=[role])
        return [Held(role)]
    departures.come_back(session, mine)
    held, day = tenures.of(mine), today(scope_of(session).zone)
    if any(h.role == role and h.holds_on(day) for h in held):
        return []
    return tenures.give(session, mine, [*(h for h in held if h.role != role), Held(role)])


def leaders(session: Session) -> list[str]:
    """Names of the direction of the session's structure."""
    query = select(Member.name).join(MemberRole, MemberRole.member_id == Member.id)
    led = query.where(MemberRole.role == DIRECTION, Member.left_at.is_(None)).order_by(Member.in_order)
    return list(session.scalars(led))


def _structure(session: Session) -> Structure:
    return session.get_one(Structure, structure_of(session).id)
