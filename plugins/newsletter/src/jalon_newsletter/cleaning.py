"""What is not kept for ever: addresses that nobody confirmed, and those that have been silent for three years."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

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
    failed = (Message.template == mails.ISSUE_MAIL.name, Message.state == MessageState.FAILED)
    since = Message.created_at > Subscriber.last_word_at
    lost = select(func.count()).select_from(Message).where(*failed, Message.address == Subscriber.email, since)
    query = select(Subscriber).where(Subscriber.state == State.SUBSCRIBED, lost.scalar_subquery() >= FAILURES)
    return list(session.scalars(query.order_by(Subscriber.id)))


def retain(session: Session) -> int:
    """Erase the addresses of those who have said nothing for three years. Source: domain model 5, “Retention”."""
    old = subscribers.silent(session, before=now() - mails.SILENCE)
    for subscriber in old:
        subscribers.erase(session, subscriber)
    return len(old)
