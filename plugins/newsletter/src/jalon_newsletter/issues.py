"""Rules of issues: writing one, and a second person's look at it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, selectinload

from jalon import sensitive
from jalon.clock import now
from jalon.scope import scope_of
from jalon.texts import tidy
from jalon_newsletter.errors import ChangedMeanwhile, NoSuchStep, NotADraft, NothingInIt, TitleNeeded
from jalon_newsletter.models import ISSUE_STEPS, Issue, IssueState


def add(session: Session, *, title: str) -> Issue:
    """An empty draft. Raises TitleNeeded."""
    issue = Issue(title=_title(title))
    session.add(issue)
    session.flush()
    return issue


def rename(session: Session, issue: Issue, *, title: str) -> None:
    """Another subject. Raises TitleNeeded, NotADraft."""
    touch(session, issue)
    issue.title = _title(title)
    session.flush()


def touch(session: Session, issue: Issue) -> None:
    """It is about to change: whoever approved it approved something else. Raises NotADraft."""
    if issue.state is not IssueState.DRAFT:
        raise NotADraft
    issue.approved_by = issue.approved_by_id = issue.approved_at = None


def seal(issue: Issue) -> str:
    """What an issue says, so short that a form can say which one was read."""
    said = [issue.title, *(f"{block.id} {block.version}" for block in issue.blocks)]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:32]


def check_seen(issue: Issue, seen: str) -> None:
    """Raises ChangedMeanwhile when it says something else than what was read."""
    if seen != seal(issue):
        raise ChangedMeanwhile


def approve(session: Session, issue: Issue, *, seen: str | None = None) -> None:
    """Somebody has read it and finds it good; `seen` is the seal of what they read.

    Raises NotADraft, NothingInIt, ChangedMeanwhile.
    """
    if seen is not None:
        check_seen(issue, seen)
    touch(session, issue)
    if not issue.blocks:
        raise NothingInIt
    actor = scope_of(session).actor
    issue.approved_by, issue.approved_by_id, issue.approved_at = actor.name, actor.user_id, now()
    session.flush()


def is_approved_by_another(session: Session, issue: Issue) -> bool:
    """Whether somebody other than whoever asks has approved it."""
    return issue.approved_at is not None and issue.approved_by_id != scope_of(session).actor.user_id


def step(issue: Issue, to: IssueState) -> None:
    """Raises NoSuchStep."""
    if (issue.state, to) not in ISSUE_STEPS:
        raise NoSuchStep(state=IssueState.labels()[issue.state])
    issue.state = to


def find(session: Session, id: int) -> Issue | None:
    """The issue with its blocks, when it is the structure's."""
    return session.scalar(select(Issue).where(Issue.id == id).options(selectinload(Issue.blocks)))


def drafts(session: Session) -> ColumnElement[bool]:
    return Issue.state == IssueState.DRAFT


def published(session: Session) -> ColumnElement[bool]:
    """Those that everybody may read."""
    return Issue.state == IssueState.SENT


def listed(session: Session, *conditions: ColumnElement[bool], limit: int = 100) -> Sequence[Issue]:
    """Drafts first, then the last sent."""
    order = (Issue.sent_at.is_not(None), Issue.sent_at.desc(), Issue.id.desc())
    return session.scalars(select(Issue).where(*conditions).order_by(*order).limit(limit)).all()


def count(session: Session, condition: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(Issue).where(condition)) or 0


def _title(typed: str) -> str:
    title = " ".join(tidy(typed or "").split())[:120]
    if not title:
        raise TitleNeeded
    sensitive.check(title, field="title")
    return title
