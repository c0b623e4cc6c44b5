"""Rules of subscribers: asking, confirming, being entered, leaving, coming back, being forgotten."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from jalon import history, links
from jalon.clock import now, today
from jalon.emails import normal_email
from jalon.localtime import to_instant
from jalon.models import Link
from jalon.scope import scope_of, structure_of
from jalon.texts import tidy
from jalon_newsletter import mails, proofs
from jalon_newsletter.errors import (
    AlreadyKnown,
    ConsentNeeded,
    DayNeeded,
    DayToCome,
    HasLeft,
    NoSuchStep,
    SourceNeeded,
)
from jalon_newsletter.i18n import _
from jalon_newsletter.models import STATED, STEPS, Fact, State, Subscriber, Way
from jalon_newsletter.settings import consent_words

ASK_AGAIN = timedelta(minutes=15)  # whoever types somebody's address all day fills no mailbox
CONFIRM_WITHIN = timedelta(days=7)
UNCONFIRMED_KEPT = timedelta(days=30)
NOON = time(12)  # no clock jumps then: a day somebody agreed on, as an instant
LONGEST_NAME = 120
KNOWN = frozenset({State.SUBSCRIBED, State.UNSUBSCRIBED, State.STOPPED})


def digest_of(session: Session, email: str) -> str:
    """What is left of an address once it is erased, in one structure; case does not tell two addresses apart."""
    return hashlib.sha256(f"{structure_of(session).id}:{email.casefold()}".encode()).hexdigest()


def find(session: Session, email: str) -> Subscriber | None:
    """Who has, or had, that address. Raises BadEmail."""
    return session.scalar(select(Subscriber).where(Subscriber.digest == digest_of(session, normal_email(email))))


def of_link(session: Session, link: Link) -> Subscriber | None:
    """The subscriber whom a link of ours is about."""
    return session.scalar(select(Subscriber).where(Subscriber.id == link.subject_id))


# --- on the public page ---


def ask(session: Session, *, email: str, name: str = "", agrees: bool, remote: str | None = None) -> None:
    """Somebody asks for the letter: a mail goes out, to confirm or to say that it is done; nothing else tells which.

    Raises BadEmail, ConsentNeeded.
    """
    address = normal_email(email)
    if not agrees:
        raise ConsentNeeded
    known = find(session, address)
    if known is not None and known.email and now() - known.asked_at < ASK_AGAIN:
        return
    subscriber = known or _add(session, address, name)
    if subscriber.state is State.ERASED:
        _step(subscriber, State.WAITING)
    subscriber.email, subscriber.asked_at = subscriber.email or address, now()
    if subscriber.state is State.WAITING:
        subscriber.name = _name(name)
    session.flush()
    if subscriber.state is State.SUBSCRIBED:
        mails.say_already(session, subscriber)
        return
    proofs.note(session, subscriber, Fact.ASKED, Way.PAGE, words=consent_words(session), remote=remote)
    mails.ask_to_confirm(session, subscriber, until=now() + CONFIRM_WITHIN)


def confirm(session: Session, subscriber: Subscriber, *, remote: str | None = None) -> None:
    """The address is theirs. Nothing happens when that is known. Raises NoSuchStep."""
    if subscriber.state is State.SUBSCRIBED:
        return
    _step(subscriber, State.SUBSCRIBED)
    _heard(session, subscriber)
    words = proofs.last_words(session, subscriber)
    proofs.note(session, subscriber, Fact.CONFIRMED, Way.MAIL, words=words, remote=remote)


# --- by somebody of ours ---


def enter(
    session: Session, *, email: str, name: str = "", way: Way | None, source: str = "", given_on: date | None
) -> Subscriber:
    """Write down who agreed elsewhere, and how.

    Raises BadEmail, SourceNeeded, DayNeeded, DayToCome, AlreadyKnown, HasLeft.
    """
    address = normal_email(email)
    if way not in STATED:
        raise SourceNeeded
    if given_on is None:
        raise DayNeeded
    if given_on > today(scope_of(session).zone):
        raise DayToCome
    subscriber = _newcomer(session, address, name)
    _step(subscriber, State.SUBSCRIBED)
    _heard(session, subscriber, at=to_instant(datetime.combine(given_on, NOON), scope_of(session).zone))
    words, where = consent_words(session), tidy(source)[:160]
    proofs.note(session, subscriber, Fact.ENTERED, way, words=words, source=where, given_on=given_on)
    return subscriber


def _newcomer(session: Session, address: str, name: str) -> Subscriber:
    known = find(session, address)
    if known is None:
        return _add(session, address, name)
    if known.state is State.WAITING and known.left_at is None:
        known.name = _name(name) or known.name
        return known
    raise AlreadyKnown if known.state is State.SUBSCRIBED else HasLeft


def has_left(subscriber: Subscriber) -> bool:
    """Whether only they themselves can come back."""
    return subscriber.left_at is not None or subscriber.state in (State.UNSUBSCRIBED, State.ERASED, State.STOPPED)


# --- staying, leaving, coming back ---


def leave(
    session: Session, subscriber: Subscriber, *, reason: str = "", by_us: bool = False, remote: str | None = None
) -> None:
    """No letter any more. Nothing happens when that is so already."""
    if subscriber.state in (State.UNSUBSCRIBED, State.ERASED):
        return
    if subscriber.state is State.WAITING:
        forget(session, [subscriber])
        return
    _step(subscriber, State.UNSUBSCRIBED)
    subscriber.left_at = now()
    _close(session, subscriber, mails.CONFIRM)  # an old mail brings nobody back
    way = Way.NONE if by_us else Way.MAIL
    proofs.note(session, subscriber, Fact.LEFT, way, words=tidy(reason)[:500], remote=remote)


def come_back(session: Session, subscriber: Subscriber, *, remote: str | None = None) -> None:
    """They hold their own link, so nothing is to be confirmed. Raises NoSuchStep."""
    if subscriber.state is State.SUBSCRIBED:
        return
    _step(subscriber, State.SUBSCRIBED)
    _heard(session, subscriber)
    proofs.note(session, subscriber, Fact.CAME_BACK, Way.MAIL, words=consent_words(session), remote=remote)


def stay(session: Session, subscriber: Subscriber, *, remote: str | None = None) -> None:
    """They still want it: three more years. Raises NoSuchStep."""
    if subscriber.state is not State.SUBSCRIBED:
        raise NoSuchStep(state=State.labels()[subscriber.state])
    subscriber.last_word_at = now()
    proofs.note(session, subscriber, Fact.STAYED, Way.MAIL, remote=remote)


def stop(session: Session, subscriber: Subscriber) -> None:
    """Mail does not arrive there. Raises NoSuchStep."""
    _step(subscriber, State.STOPPED)
    proofs.note(session, subscriber, Fact.STOPPED, Way.NONE)


# --- forgetting ---


def erase(session: Session, subscriber: Subscriber, *, by_themselves: bool = False) -> None:
    """Take the address out of the list, the history and the outbox; its digest and the proofs' words stay.

    Nothing happens when that is done. Source: GDPR, article 17; article 7(1) for the proof that stays.
    """
    if subscriber.state is State.ERASED:
        return
    mails.forget(session, subscriber)
    proofs.forget_traces(session, subscriber)
    with history.erasing(session):
        _step(subscriber, State.ERASED)
        subscriber.email, subscriber.name, subscriber.left_at = None, "", subscriber.left_at or now()
    history.erase(session, Subscriber, [subscriber.id])
    for purpose in (mails.CONFIRM, mails.LEAVE):
        _close(session, subscriber, purpose)
    proofs.note(session, subscriber, Fact.ERASED, Way.MAIL if by_themselves else Way.NONE)


def forget(session: Session, found: Collection[Subscriber]) -> int:
    """Remove who never confirmed: there is nothing to prove. Who had left before is erased again. Returns how many."""
    for subscriber in found:
        if subscriber.left_at is not None:
            erase(session, subscriber)
            continue
        mails.forget(session, subscriber)
        history.erase(session, Subscriber, [subscriber.id])
        with history.erasing(session):
            session.delete(subscriber)
    session.flush()
    return len(found)


# --- lists ---


def subscribed(session: Session) -> ColumnElement[bool]:
    return Subscriber.state == State.SUBSCRIBED


def waiting(session: Session) -> ColumnElement[bool]:
    return Subscriber.state == State.WAITING


def gone(session: Session) -> ColumnElement[bool]:
    return Subscriber.state.in_((State.UNSUBSCRIBED, State.STOPPED, State.ERASED))


def count(session: Session) -> int:
    """How many get the letter now."""
    return session.scalar(select(func.count()).select_from(Subscriber).where(subscribed(session))) or 0


def unconfirmed(session: Session, *, before: datetime) -> list[Subscriber]:
    query = select(Subscriber).where(waiting(session), Subscriber.asked_at < before)
    return list(session.scalars(query.order_by(Subscriber.id)))


def silent(session: Session, *, before: datetime) -> list[Subscriber]:
    """Who said nothing since that instant, by which they have agreed, come back, stayed or left."""
    query = select(Subscriber).where(Subscriber.state.in_(KNOWN), Subscriber.last_word_at < before)
    return list(session.scalars(query.order_by(Subscriber.id)))


def _close(session: Session, subscriber: Subscriber, purpose: str) -> None:
    links.revoke(session, purpose=purpose, subject_table=Subscriber.__tablename__, subject_id=subscriber.id)


def _add(session: Session, address: str, name: str) -> Subscriber:
    long_ago = now() - ASK_AGAIN
    made = Subscriber(
        email=address, name=_name(name), digest=digest_of(session, address), state=State.WAITING, asked_at=long_ago
    )
    session.add(made)
    session.flush()
    return made


def _name(typed: str) -> str:
    return " ".join(tidy(typed or "").split())[:LONGEST_NAME]


def _heard(session: Session, subscriber: Subscriber, *, at: datetime | None = None) -> None:
    subscriber.last_word_at, subscriber.left_at = at or now(), None
    session.flush()


def _step(subscriber: Subscriber, to: State) -> None:
    if (subscriber.state, to) not in STEPS:
        raise NoSuchStep(state=State.labels()[subscriber.state])
    subscriber.state = to


def said_of(subscriber: Subscriber) -> str:
    """Whose page it is, for the reader of a link: the address they know."""
    return subscriber.email or _("an erased address")
