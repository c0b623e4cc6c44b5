"""Rules of tasks: what is to do about a record, by a day, by somebody, and what comes after."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from jalon import sensitive, subjects
from jalon.clock import now, today
from jalon.db import explains
from jalon.errors import DomainError
from jalon.i18n import _l
from jalon.models import Member, Task
from jalon.scope import scope_of
from jalon.subjects import Found

LONGEST_WAIT_DAYS = 3 * 366


class TitleNeeded(DomainError):
    """Nobody would know what to do."""

    field = "title"
    message = _l("Say what is to do.")


class NextTitleNeeded(DomainError):
    """A number of days, and nothing to do then."""

    field = "next_title"
    message = _l("Say what comes next, or leave the number of days empty.")


@explains("ck_jalon_task_next_in_days")
class NextDayNeeded(DomainError):
    """Something comes next, nobody knows when."""

    field = "next_in_days"
    message = _l("Say in how many days: from 1 to 1,098.")


class MemberGone(DomainError):
    """The task would be somebody's who does not work here any more."""

    field = "member"
    message = _l("This member has left the structure.")


class AlreadyDone(DomainError):
    """Done by a colleague a moment ago, or by a second click."""

    message = _l("This was done already.")


def add(
    session: Session,
    subject: Found,
    *,
    title: str,
    due_on: date,
    member: Member | None = None,
    next_title: str = "",
    next_in_days: int | None = None,
) -> Task:
    """Plan something about a record that the session sees.

    Raises TitleNeeded, NextTitleNeeded, NextDayNeeded, MemberGone, and what `sensitive.check` raises.
    """
    task = Task(subject_table=subject.table, subject_id=subject.id, beneficiary_id=subject.beneficiary_id)
    _plan(task, title, due_on, member, next_title, next_in_days)
    session.add(task)
    session.flush()
    return task


def change(
    session: Session,
    task: Task,
    *,
    title: str,
    due_on: date,
    member: Member | None = None,
    next_title: str = "",
    next_in_days: int | None = None,
) -> None:
    """Plan it anew. Raises as `add` does."""
    _plan(task, title, due_on, member, next_title, next_in_days)
    session.flush()


def _plan(
    task: Task, title: str, due_on: date, member: Member | None, next_title: str, next_in_days: int | None
) -> None:
    title, next_title = title.strip(), next_title.strip()
    if not title:
        raise TitleNeeded
    if next_in_days is not None and not next_title:
        raise NextTitleNeeded
    if next_title and (next_in_days is None or not 1 <= next_in_days <= LONGEST_WAIT_DAYS):
        raise NextDayNeeded
    if member is not None and member.left_at is not None and member.id != task.member_id:
        raise MemberGone
    sensitive.check(title, field="title")
    sensitive.check(next_title, field="next_title")
    task.title, task.due_on, task.member_id = title, due_on, member.id if member else None
    task.next_title, task.next_in_days = next_title or None, next_in_days


def do(session: Session, task: Task, *, then: bool = True) -> Task | None:
    """It is done; the one that comes next is planned and returned, unless `then` says that it is not needed.

    The next one is due so many days after today, for the same member. Raises AlreadyDone.
    """
    if task.done_at is not None:
        raise AlreadyDone
    task.done_at = now()
    following = None
    if then and task.next_title and task.next_in_days:
        following = Task(
            subject_table=task.subject_table,
            subject_id=task.subject_id,
            beneficiary_id=task.beneficiary_id,
            title=task.next_title,
            due_on=today(scope_of(session).zone) + timedelta(days=task.next_in_days),
            member_id=task.member_id,
            follows_id=task.id,
        )
        session.add(following)
    session.flush()
    return following


def undo(session: Session, task: Task) -> None:
    """It was not done after all; what was planned after it stays, for somebody may have begun it."""
    task.done_at = None
    session.flush()


def find(session: Session, id: int) -> Task | None:
    """The task, when its subject is seen."""
    return session.scalar(select(Task).where(Task.id == id, subjects.visible(session, Task)))


def of(session: Session, subject: Found, *, limit: int = 50) -> list[Task]:
    """What is to do about a record, the most urgent first, then what was done last."""
    mine = select(Task).where(Task.subject_table == subject.table, Task.subject_id == subject.id)
    to_do = mine.where(Task.done_at.is_(None)).order_by(Task.due_on, Task.id).limit(limit)
    done = mine.where(Task.done_at.is_not(None)).order_by(Task.done_at.desc(), Task.id.desc()).limit(5)
    return [*session.scalars(to_do), *session.scalars(done)]


def listed(session: Session, *conditions: ColumnElement[bool], limit: int) -> list[Task]:
    """Tasks whose subjects are seen, the most urgent first."""
    seen = select(Task).where(subjects.visible(session, Task), *conditions)
    return list(session.scalars(seen.order_by(Task.due_on, Task.id).limit(limit)))


def to_do(session: Session) -> ColumnElement[bool]:
    """Not done."""
    return Task.done_at.is_(None)


def mine(session: Session) -> ColumnElement[bool]:
    """To do by whoever asks."""
    me = select(Member.id).where(Member.user_id == scope_of(session).actor.user_id)
    return and_(Task.done_at.is_(None), Task.member_id.in_(me))


def due(session: Session) -> ColumnElement[bool]:
    """To do by whoever asks, today or before."""
    return and_(mine(session), Task.due_on <= today(scope_of(session).zone))


def nobodys(session: Session) -> ColumnElement[bool]:
    """To do, and nobody's yet."""
    return and_(Task.done_at.is_(None), Task.member_id.is_(None))


def late(session: Session) -> ColumnElement[bool]:
    """To do, and its day is past."""
    return and_(Task.done_at.is_(None), Task.due_on < today(scope_of(session).zone))


def done(session: Session) -> ColumnElement[bool]:
    """Done."""
    return Task.done_at.is_not(None)


def open_of(session: Session, member_id: int) -> Sequence[Task]:
    """What a member has still to do, as far as the session sees it: a restricted person's is its readers'."""
    found = select(Task).where(Task.member_id == member_id, Task.done_at.is_(None))
    return session.scalars(found.order_by(Task.due_on, Task.id)).all()


def reassign(session: Session, from_id: int, to_id: int) -> int:
    """Give what `open_of` finds to another member of the structure; returns how many. Raises MemberGone."""
    taker = session.scalar(select(Member).where(Member.id == to_id))
    if taker is None or taker.left_at is not None:
        raise MemberGone
    given = open_of(session, from_id)
    for task in given:  # one by one: each is a change that its history tells, and that a form open elsewhere meets
        task.member_id = taker.id
    session.flush()
    return len(given)


def members(session: Session) -> Sequence[Member]:
    """Who can be given a task."""
    return session.scalars(select(Member).where(Member.left_at.is_(None)).order_by(Member.in_order, Member.id)).all()
