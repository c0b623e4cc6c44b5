"""Rules of leaving a structure: hand over what one follows, end the roles, keep the past; and of coming back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon import occupations, saved_views, tasks, tenures
from jalon.clock import now, today
from jalon.declarations import Owned
from jalon.errors import DomainError
from jalon.hooks import Hooks
from jalon.i18n import _l, ngettext
from jalon.localtime import to_instant
from jalon.members import AlreadyLeft
from jalon.models import Member, MemberChange, Resource
from jalon.scope import scope_of


class BadLeavingDay(DomainError):
    """Leaving is noted when it happens or afterwards."""

    field = "on"
    message = _l(
        "The last day is today or earlier, and not before the person came. "
        "To plan a departure, end the roles on that day instead."
    )


class SuccessorNeeded(DomainError):
    """What somebody follows would be nobody's."""

    field = "successor"
    message = _l("Somebody must take over what this person follows: choose who.")


class BadSuccessor(DomainError):
    """Only another member who is still there takes over."""

    field = "successor"
    message = _l("Choose another member, who still works here.")


class NotTold(DomainError):
    """A module could not say what a member follows."""

    message = _l("“%(names)s” could not say what this person follows: try again later. Nothing was changed.")


@dataclass(frozen=True)
class Departure:
    """What leaving did: items handed over, and the names of what is still promised and was therefore kept."""

    handed_over: int
    kept: tuple[str, ...]


def leave(
    session: Session, hooks: Hooks, member: Member, *, successor: Member | None = None, on: date | None = None
) -> Departure:
    """End somebody's work here: what they follow goes to `successor`, their roles end, their account sees nothing.

    `on` is the last day, today when not said. Raises AlreadyLeft, BadLeavingDay, LastDirection, NotTold,
    SuccessorNeeded, BadSuccessor, and whatever a module refuses the hand-over for.
    """
    if member.left_at is not None:
        raise AlreadyLeft
    day = today(scope_of(session).zone)
    last = on or day
    if last > day or last < (member.joined_on or last):
        raise BadLeavingDay
    tenures.keep_direction(session, member, None)
    moved = _hand_over(session, hooks, member, successor)
    kept = _archive_resource(session, hooks, member)
    _end_roles(session, member, last)
    if member.user_id is not None:
        saved_views.forget(session, member.user_id)
    member.left_at = now() if last == day else _end_of(session, last)
    tenures.note(session, member, MemberChange.LEFT)
    return Departure(moved, kept)


def _hand_over(session: Session, hooks: Hooks, member: Member, successor: Member | None) -> int:
    if successor is None:
        if any(item.count for item in follows(session, hooks, member)):
            raise SuccessorNeeded
        return 0
    if successor.id == member.id or successor.left_at is not None or successor.structure_id != member.structure_id:
        raise BadSuccessor
    given = tasks.reassign(session, member.id, successor.id)
    answers = hooks.act(session, "hand_over", from_member_id=member.id, to_member_id=successor.id)
    return given + sum(int(answer.value or 0) for answer in answers)


def follows(session: Session, hooks: Hooks, member: Member) -> list[Owned]:
    """What is open and a member's to follow, of the core and every module. Raises NotTold when one could not say."""
    shown = hooks.show(session, "owned_items", member_id=member.id)
    if shown.failed:
        raise NotTold(names=", ".join(shown.failed))
    return [*of_the_core(session, member.id), *(item for answer in shown for item in answer.value)]


def of_the_core(session: Session, member_id: int) -> list[Owned]:
    """A member's tasks: the core is no module, and answers no hook."""
    count = len(tasks.open_of(session, member_id))
    return [Owned(ngettext("%(n)s task to do", "%(n)s tasks to do", count, n=count), count, "jalon_tasks.index")]


def _archive_resource(session: Session, hooks: Hooks, member: Member) -> tuple[str, ...]:
    """Take a driver who leaves out of what can be booked; what is still promised stays, and is named."""
    resource = session.scalar(select(Resource).where(Resource.member_id == member.id, Resource.archived_at.is_(None)))
    if resource is None:
        return ()
    occupations.lock(session, [resource.id])
    try:
        hooks.act(session, "resource_withdrawing", resource_id=resource.id)
        occupations.refuse_withdrawal(session, resource.id)
    except DomainError:
        return (resource.name,)
    resource.archived_at = now()
    session.flush()
    return ()


def _end_roles(session: Session, member: Member, last: date) -> None:
    for row in list(member.roles):
        if row.first_day and row.first_day > last:
            member.roles.remove(row)
        elif row.last_day is None or row.last_day > last:
            row.last_day = last
    session.flush()


def _end_of(session: Session, day: date) -> datetime:
    return to_instant(datetime.combine(day + timedelta(days=1), time()), scope_of(session).zone)


def come_back(session: Session, member: Member) -> None:
    """Let somebody who left work here again, without any role: these are given anew.

    Doing it twice is doing it once.
    """
    if member.left_at is None:
        return
    day = today(scope_of(session).zone)
    member.left_at = None
    for row in list(member.roles):
        if row.last_day is None or row.last_day >= day:
            member.roles.remove(row)
    session.flush()
    tenures.note(session, member, MemberChange.CAME_BACK)
