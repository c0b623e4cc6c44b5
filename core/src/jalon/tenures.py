"""Rules of roles: who holds which one from when to when, and who may give it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, attributes

from jalon.clock import now, today
from jalon.db import explains
from jalon.errors import DomainError
from jalon.i18n import _l
from jalon.models import Member, MemberChange, MemberEvent, MemberRole, Structure, User
from jalon.scope import scope_of

DIRECTION = "direction"
NOTICE = timedelta(days=30)  # how long the direction is shown that somebody gave themselves a role


@explains("ck_jalon_member_role_period")
class BadRolePeriod(DomainError):
    """The last day of a role is before its first."""

    field = "roles"
    message = _l("The last day of a role comes after its first one.")


class OwnRole(DomainError):
    """Somebody gives themselves a role."""

    field = "roles"
    message = _l("Nobody gives themselves a role, or more time in one: ask another member of the direction.")


class LastDirection(DomainError):
    """The structure would be left without direction."""

    field = "roles"
    message = _l(
        "The structure would have no direction any more: give the role to somebody else with an account first, "
        "or ask a platform administrator."
    )


@dataclass(frozen=True)
class Held:
    """A role from its first day to its last, both included; None is open-ended."""

    role: str
    first_day: date | None = None
    last_day: date | None = None

    def holds_on(self, day: date) -> bool:
        return (self.first_day or day) <= day <= (self.last_day or day)

    def exceeds(self, other: Held | None) -> bool:
        """Whether it covers a day that `other` does not."""
        if other is None:
            return True
        first, last = other.first_day or date.min, other.last_day or date.max
        return (self.first_day or date.min) < first or (self.last_day or date.max) > last


def of(member: Member) -> list[Held]:
    """The roles of a member, past and future ones included, by name."""
    return sorted(
        (Held(r.role, r.first_day, r.last_day) for r in member.roles),
        key=lambda held: held.role,
    )


def on_day(day: date) -> ColumnElement[bool]:
    """The roles that count on a civil day of their structure."""
    return and_(
        or_(MemberRole.first_day.is_(None), MemberRole.first_day <= day),
        or_(MemberRole.last_day.is_(None), MemberRole.last_day >= day),
    )


def give(session: Session, member: Member, wanted: Iterable[Held]) -> list[Held]:
    """Let a member hold exactly these roles; returns those that somebody just gave themselves.

    Raises BadRolePeriod, OwnRole, LastDirection.
    """
    before, after = {h.role: h for h in of(member)}, {h.role: h for h in wanted}
    if any(h.first_day and h.last_day and h.last_day < h.first_day for h in after.values()):
        raise BadRolePeriod
    given = [h for h in after.values() if h.exceeds(before.get(h.role))]
    own = _is_oneself(session, member)
    if given and own and not scope_of(session).actor.platform_admin:
        raise OwnRole
    if before.get(DIRECTION) != after.get(DIRECTION):
        keep_direction(session, member, after.get(DIRECTION))
    if before != after:
        _write(session, member, after)
    for held in given:
        note(session, member, MemberChange.ROLE_GIVEN, role=held.role, by_oneself=own)
    for held in (h for h in before.values() if h.exceeds(after.get(h.role))):
        note(session, member, MemberChange.ROLE_TAKEN, role=held.role, by_oneself=own)
    return given if own else []


def take_over(session: Session, member: Member) -> list[Held]:
    """The roles that whoever acts gives themselves by becoming a member who holds them, noted as such.

    Raises OwnRole for all but a platform administrator.
    """
    day = today(scope_of(session).zone)
    taken = [h for h in of(member) if h.last_day is None or h.last_day >= day]
    if taken and not scope_of(session).actor.platform_admin:
        raise OwnRole
    for held in taken:
        note(session, member, MemberChange.ROLE_GIVEN, role=held.role, by_oneself=True)
    return taken


def _is_oneself(session: Session, member: Member) -> bool:
    actor = scope_of(session).actor.user_id
    return actor is not None and actor == member.user_id


def _write(session: Session, member: Member, after: dict[str, Held]) -> None:
    """The member's version counts too: of two who change the roles, the second is told."""
    stored = {r.role: r for r in member.roles}
    for role in set(stored) - set(after):
        member.roles.remove(stored[role])
    for held in after.values():
        row = stored.get(held.role)
        if row is None:
            row = MemberRole(role=held.role, structure_id=member.structure_id)
            member.roles.append(row)
        row.first_day, row.last_day = held.first_day, held.last_day
    if member in session:
        attributes.flag_modified(member, "name")
    session.flush()


def keep_direction(session: Session, member: Member, after: Held | None) -> None:
    """Refuse what would leave the structure without direction on some day to come; Raises LastDirection.

    A platform administrator may, and so may commands: nobody is then locked out by accident.
    """
    actor = scope_of(session).actor
    if actor.platform_admin or actor.user_id is None or member.id is None:
        return
    session.execute(select(Structure.id).where(Structure.id == member.structure_id).with_for_update())
    others = _directions_besides(session, member)
    held = [h for h in of(member) if h.role == DIRECTION and member.left_at is None]
    day = today(scope_of(session).zone)
    if _reaches(day, [*others, *held]) and not _reaches(day, [*others, *([after] if after else [])]):
        raise LastDirection


def _directions_besides(session: Session, member: Member) -> list[Held]:
    """When the other members with an account hold the direction."""
    rows = session.execute(
        select(MemberRole.first_day, MemberRole.last_day)
        .join(Member, Member.id == MemberRole.member_id)
        .join(User, User.id == Member.user_id)
        .where(
            MemberRole.role == DIRECTION,
            Member.structure_id == member.structure_id,
            Member.id != member.id,
            Member.left_at.is_(None),
            User.closed_at.is_(None),
        )
    )
    return [Held(DIRECTION, first, last) for first, last in rows]


def _reaches(day: date, periods: Sequence[Held]) -> bool:
    """Whether these periods cover every day from that one on."""
    for held in sorted(periods, key=lambda h: h.first_day or date.min):
        if (held.first_day or day) > day:
            return False
        if held.last_day is None:
            return True
        day = max(day, held.last_day + timedelta(days=1))
    return False


def note(
    session: Session, member: Member, kind: MemberChange, *, role: str | None = None, by_oneself: bool = False
) -> None:
    """Write down what happened to a member, and who did it."""
    actor = scope_of(session).actor
    session.add(
        MemberEvent(
            structure_id=member.structure_id,
            member_id=member.id,
            kind=kind,
            role=role,
            by_oneself=by_oneself,
            user_id=actor.user_id,
            actor_name=actor.name[:120],
        )
    )
    session.flush()


def given_to_oneself(session: Session) -> list[MemberEvent]:
    """Roles that somebody gave themselves of late, the last first; the direction is shown them."""
    query = select(MemberEvent).where(
        MemberEvent.kind == MemberChange.ROLE_GIVEN, MemberEvent.by_oneself, MemberEvent.at >= now() - NOTICE
    )
    return list(session.scalars(query.order_by(MemberEvent.at.desc(), MemberEvent.id.desc())))


def held_by_user(session: Session, structure_id: int, user_id: int | None, day: date) -> set[str] | None:
    """The roles that count on a day for somebody in a structure; None for who does not work there.

    `session` works across structures: it is what says which structure somebody may enter.
    """
    member = session.scalar(
        select(Member.id).where(
            Member.structure_id == structure_id, Member.user_id == user_id, Member.left_at.is_(None)
        )
    )
    if member is None:
        return None
    return set(session.scalars(select(MemberRole.role).where(MemberRole.member_id == member, on_day(day))))
