"""Rules of sending: a test to oneself, the whole list in batches, how far it is, stopping it, trying again."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon import jobs, members, messages
from jalon.clock import now
from jalon.declarations import Progress
from jalon.hooks import Hooks
from jalon.models import MessageState
from jalon.scope import scope_of
from jalon_newsletter import blocks, issues, live, mails, subscribers
from jalon_newsletter.errors import CountChanged, NobodyToSendTo, NoOwnAddress, NothingInIt, SecondLookNeeded
from jalon_newsletter.i18n import _, ngettext
from jalon_newsletter.models import Issue, IssueState, Subscriber
from jalon_newsletter.settings import four_eyes_from

JOB = "newsletter.send"
BATCH = 50


@dataclass(frozen=True)
class Sent:
    """How far an issue is: messages by what became of them."""

    queued: int
    sent: int
    failed: int
    refused: int
    cancelled: int

    @property
    def all(self) -> int:
        return self.queued + self.sent + self.failed + self.refused + self.cancelled


def test(session: Session, issue: Issue) -> None:
    """Write it to oneself. Raises NoOwnAddress, NothingInIt."""
    member = members.of_actor(session)
    if member is None:
        raise NoOwnAddress
    if not issue.blocks:
        raise NothingInIt
    messages.queue(session, mails.ISSUE_MAIL.name, member_id=member.id, fields={"issue": str(issue.id)})


def needs_second_look(session: Session, issue: Issue, count: int) -> bool:
    """Whether somebody else must approve it before whoever asks may send it."""
    return count >= four_eyes_from(session) and not issues.is_approved_by_another(session, issue)


def send(session: Session, hooks: Hooks, issue: Issue, *, confirmed: int, seen: str | None = None) -> None:
    """Begin to send it to all who are subscribed; `confirmed` is the number that was agreed to, `seen` the seal
    of what was read.

    Raises ChangedMeanwhile, NothingInIt, NobodyToSendTo, CountChanged, SecondLookNeeded, NothingLive, NoSuchStep.
    """
    count = subscribers.count(session)
    if seen is not None:
        issues.check_seen(issue, seen)
    if not issue.blocks:
        raise NothingInIt
    if not count:
        raise NobodyToSendTo
    if count != confirmed:
        raise CountChanged(count=count)
    if needs_second_look(session, issue, count):
        raise SecondLookNeeded(count=count)
    live.freeze(session, hooks, issue)
    blocks.forget_removed(session, issue)
    issues.step(issue, IssueState.SENDING)
    issue.sent_at, issue.sent_by, issue.recipients = now(), scope_of(session).actor.name, count
    session.flush()
    issue.job_id = jobs.enqueue(session, JOB, {"issue": issue.id}, once=str(issue.id)).id
    session.flush()


def batch(session: Session, issue: int, cursor: int | None = None) -> Progress:
    """Queue a message for each of the next subscribers; each of them once, however often the job is done."""
    found = issues.find(session, issue)
    if found is None or found.state is not IssueState.SENDING:
        return Progress(text=_("The sending was stopped."))
    later = Subscriber.id > (cursor or 0)
    query = select(Subscriber).where(subscribers.subscribed(session), later).order_by(Subscriber.id).limit(BATCH)
    some = session.scalars(query).all()
    for subscriber in some:
        _queue(session, found, subscriber)
    done = sum(messages.counts(session, mails.ISSUE_MAIL.name, _prefix(found)).values())
    said = ngettext("%(n)s mail is ready to leave.", "%(n)s mails are ready to leave.", done)
    if len(some) == BATCH:
        return Progress(cursor=some[-1].id, done=done, total=max(found.recipients, done), text=said)
    issues.step(found, IssueState.SENT)
    session.flush()
    return Progress(done=done, total=done, text=said)


def _queue(session: Session, issue: Issue, subscriber: Subscriber) -> None:
    mails.address_to_leave(session, subscriber)
    fields = {"issue": str(issue.id), "subscriber": str(subscriber.id)}
    once = f"{_prefix(issue)}{subscriber.id}"
    messages.queue(session, mails.ISSUE_MAIL.name, address=subscriber.email, fields=fields, once=once)


def _prefix(issue: Issue) -> str:
    return f"{issue.id}:"


def progress(session: Session, issue: Issue) -> Sent:
    """What became of its messages so far."""
    by = messages.counts(session, mails.ISSUE_MAIL.name, _prefix(issue))
    states = (MessageState.QUEUED, MessageState.SENT, MessageState.FAILED, MessageState.REFUSED, MessageState.CANCELLED)
    return Sent(*(by[state] for state in states))


def stop(session: Session, issue: Issue) -> int:
    """What has not left never leaves; how many that are. Raises NoSuchStep."""
    issues.step(issue, IssueState.STOPPED)
    session.flush()
    return messages.cancel_all(session, mails.ISSUE_MAIL.name, _prefix(issue))


def retry(session: Session, issue: Issue) -> int:
    """Try again what the mail server refused; how many that are."""
    return messages.retry_all(session, mails.ISSUE_MAIL.name, _prefix(issue))
