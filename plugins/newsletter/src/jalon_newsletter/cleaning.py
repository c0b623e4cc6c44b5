"""What is not kept for ever: addresses that nobody confirmed, and those that have been silent for three years."""

from __future__ import annotations

from itertools import takewhile
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from jalon import messages
from jalon.clock import now
from jalon.declarations import Progress
from jalon.models import Message, MessageState
from jalon_newsletter import mails, subscribers
from jalon_newsletter.i18n import ngettext
from jalon_newsletter.models import State, Subscriber

FAILURES = 3  # issues that did not arrive. Source: domain model 3.5, “soft ×3 issues → Suspendu”


def clean(session: Session) -> Progress:
    """Each night: who did not confirm is removed, to whom three issues did not arrive gets none any more."""
    old = subscribers.unconfirmed(session, before=now() - subscribers.UNCONFIRMED_KEPT)
    count = subscribers.forget(session, old)
    for subscriber in _unreachable(session):
        subscribers.stop(session, subscriber)
        count += 1
    said = ngettext("%(n)s address was tidied up.", "%(n)s addresses were tidied up.", count)
    return Progress(done=count, total=count, text=said)


def _unreachable(session: Session) -> list[Subscriber]:
    """To whom the last issues failed, each of which reached others: a server that is down is nobody's fault."""
    lost = select(func.count()).where(*_failed(), Message.address == Subscriber.email, _since(Subscriber.last_word_at))
    suspected = select(Subscriber).where(Subscriber.state == State.SUBSCRIBED, lost.scalar_subquery() >= FAILURES)
    found = session.scalars(suspected.order_by(Subscriber.id)).all()
    return [subscriber for subscriber in found if _in_a_row(session, subscriber) >= FAILURES]


def _in_a_row(session: Session, subscriber: Subscriber) -> int:
    """How many of the last issues did not arrive there, though they reached somebody."""
    ended = Message.state.in_((MessageState.FAILED, MessageState.SENT, MessageState.REFUSED))
    mine = (Message.template == mails.ISSUE_MAIL.name, Message.address == subscriber.email, ended)
    query = select(Message).where(*mine, _since(subscriber.last_word_at)).order_by(Message.id.desc())
    said = takewhile(lambda m: m.state is MessageState.FAILED, session.scalars(query.limit(10 * FAILURES)))
    return sum(_reached_others(session, message) for message in said)


def _reached_others(session: Session, message: Message) -> bool:
    issue = (message.once or "").removeprefix(f"{mails.ISSUE_MAIL.name}:").partition(":")[0]
    return messages.counts(session, mails.ISSUE_MAIL.name, f"{issue}:")[MessageState.SENT] > 0


def _failed() -> tuple[ColumnElement[bool], ...]:
    return Message.template == mails.ISSUE_MAIL.name, Message.state == MessageState.FAILED


def _since(last: Any) -> ColumnElement[bool]:
    after: ColumnElement[bool] = Message.created_at >= last
    return after


def retain(session: Session) -> int:
    """Erase the addresses of those who have said nothing for three years. Source: domain model 5, “Retention”."""
    old = subscribers.silent(session, before=now() - mails.SILENCE)
    for subscriber in old:
        subscribers.erase(session, subscriber)
    return len(old)
