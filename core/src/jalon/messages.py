"""Rules of messages: queueing one with the data it is about, seeing where it stands, sending again, giving it up."""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypedDict, Unpack

from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from jalon import jobs, message_texts, sensitive
from jalon.clock import now
from jalon.errors import DomainError
from jalon.i18n import _l
from jalon.models import MESSAGE_STEPS, Beneficiary, Message, MessageChannel, MessageState
from jalon.scope import scope_of, structure_of

JOB = "jalon.messages"
LONGEST_FIELD = 2000  # characters


class Recipient(TypedDict, total=False):
    """Who is written to, one of these: a person of the platform, a member, a prescripteur, a bare e-mail address."""

    beneficiary_id: int | None
    member_id: int | None
    referrer_id: int | None
    address: str | None


class Unsendable(DomainError):
    """A rule, or the recipient's own word, forbids it; `why` is a sentence without any name."""

    message = _l("%(why)s")


class NothingToRetry(DomainError):
    """It left, or is on its way."""

    message = _l("This message left meanwhile, or is about to: there is nothing to send again.")


class NothingToCancel(DomainError):
    """It left, or ended otherwise."""

    message = _l("This message has left meanwhile, or was cancelled already.")


class NothingToPrint(DomainError):
    """It was printed, or it is no letter."""

    message = _l("This letter was printed already, or was cancelled.")


def queue(
    session: Session,
    template: str,
    *,
    fields: Mapping[str, str] | None = None,
    asked: MessageChannel | None = None,
    once: str | None = None,
    good_until: datetime | None = None,
    **recipient: Unpack[Recipient],
) -> Message:
    """Have a message sent to one recipient (see `Recipient`), in the transaction of the caller's data.

    Address, agreement and channel are chosen when it is sent, unless a channel is `asked` for; after `good_until`
    it is not sent any more. With `once`, asking twice is asking once: the first one is returned. Raises LookupError
    for a template that nobody declares, TypeError for other fields than its own, ValueError unless there is one
    recipient, ScopeViolation without a structure, and what `sensitive.check` raises.
    """
    given = _checked(template, dict(fields or {}))
    to = _one(template, recipient)
    structure_id, key = structure_of(session).id, f"{template}:{once}" if once is not None else None
    if key is not None and (asked_before := _known(session, key)) is not None:
        return asked_before
    made = Message(
        structure_id=structure_id,
        template=template,
        fields=json.dumps(given, sort_keys=True, ensure_ascii=False),
        asked=asked,
        once=key,
        good_until=good_until,
        reference=secrets.token_hex(16),
        user_id=scope_of(session).actor.user_id,
        **to,
    )
    return _add(session, made, key)


def _one(template: str, recipient: Recipient) -> Recipient:
    if sum(value is not None for value in recipient.values()) != 1:
        raise ValueError(f"the message {template} must have one recipient")
    return recipient


def _checked(template: str, given: dict[str, str]) -> dict[str, str]:
    declared = message_texts.find(template)
    if declared is None:
        raise LookupError(f"no module declares the message {template}")
    if strangers := set(given) - {*declared.fields, *message_texts.COMMON}:
        raise TypeError(f"the message {template} has no field {', '.join(sorted(strangers))}")
    for name, text in given.items():
        if len(text) > LONGEST_FIELD:
            refusal: DomainError = message_texts.TextTooLong(most=LONGEST_FIELD, count=len(text))
            refusal.field = name  # type: ignore[misc]
            raise refusal
        sensitive.check(text, field=name)
    return given


def _add(session: Session, made: Message, key: str | None) -> Message:
    """Two who ask at the same moment are told of the same message."""
    try:
        with session.begin_nested():
            session.add(made)
            session.flush()
    except IntegrityError:
        known = _known(session, key) if key is not None else None
        if known is None:
            raise
        return known
    _enqueue(session, made.id, made.rounds)
    return made


def _known(session: Session, key: str) -> Message | None:
    return session.scalar(select(Message).where(Message.once == key))


def _enqueue(session: Session, id: int, rounds: int) -> None:
    jobs.enqueue(session, JOB, {"message": id}, once=f"{id}.{rounds}")


def find(session: Session, id: int) -> Message | None:
    """The message, when it is the structure's and its person's file is open to the reader."""
    return session.scalar(_seen().where(Message.id == id))


def listed(session: Session, *conditions: ColumnElement[bool], limit: int) -> list[Message]:
    """The structure's messages that the reader may see, the last one first."""
    return list(session.scalars(_seen().where(*conditions).order_by(Message.id.desc()).limit(limit)))


def of_person(session: Session, beneficiary_id: int, *, limit: int = 5) -> list[Message]:
    """What was last written to a person."""
    return listed(session, Message.beneficiary_id == beneficiary_id, limit=limit)


def _seen() -> Select[Message]:
    named = joinedload(Message.beneficiary).joinedload(Beneficiary.identity)
    return select(Message).options(named, joinedload(Message.member), joinedload(Message.referrer))


def to_leave(session: Session) -> ColumnElement[bool]:
    """On the way."""
    return Message.state == MessageState.QUEUED


def to_print(session: Session) -> ColumnElement[bool]:
    """Letters that are made and not printed."""
    return Message.state == MessageState.TO_PRINT


def stuck(session: Session) -> ColumnElement[bool]:
    """Did not leave: somebody must look at it."""
    return Message.state.in_((MessageState.FAILED, MessageState.REFUSED))


def sent(session: Session) -> ColumnElement[bool]:
    """Left."""
    return Message.state == MessageState.SENT


def anything(session: Session) -> ColumnElement[bool]:
    """All of them."""
    return Message.id > 0


def may_retry(message: Message) -> bool:
    return _leads(message.state, MessageState.QUEUED)


def may_cancel(message: Message) -> bool:
    return _leads(message.state, MessageState.CANCELLED)


def retry(session: Session, message: Message) -> None:
    """Try it again now, by what holds now. Raises NothingToRetry."""
    rounds = message.rounds + 1
    values = {"rounds": rounds, "tries": 0, "error": "", "channel": None, "ended_at": None, "subject": "", "body": ""}
    if not _move(session, message, MessageState.QUEUED, values):
        raise NothingToRetry
    _enqueue(session, message.id, rounds)


def cancel(session: Session, message: Message) -> None:
    """Never send it. Raises NothingToCancel."""
    if not _move(session, message, MessageState.CANCELLED, {"ended_at": now(), "pdf": None}):
        raise NothingToCancel


def printed(session: Session, message: Message) -> None:
    """The letter is on paper: its file is kept no longer, its words are. Raises NothingToPrint."""
    if message.state is not MessageState.TO_PRINT:
        raise NothingToPrint
    if not _move(session, message, MessageState.SENT, {"ended_at": now(), "pdf": None}):
        raise NothingToPrint


def counts(session: Session, template: str, once_prefix: str) -> Counter[MessageState]:
    """How far a sending is: of the messages of that template whose `once` begins so, how many are in which state.

    once_prefix: up to its colon, `12:` for all those of no. 12. States in which there is none count 0.
    """
    query = select(Message.state, func.count()).where(*_of_batch(template, once_prefix)).group_by(Message.state)
    return Counter({state: int(count) for state, count in session.execute(query)})


def cancel_all(session: Session, template: str, once_prefix: str) -> int:
    """Never send those of them that have not left; how many that were."""
    mine = (*_of_batch(template, once_prefix), Message.state == MessageState.QUEUED)
    changed = {"state": MessageState.CANCELLED, "ended_at": now(), "version": Message.version + 1}
    done = session.execute(update(Message).where(*mine).values(changed).execution_options(synchronize_session=False))
    session.expire_all()
    return int(done.rowcount)  # type: ignore[attr-defined]  # of an UPDATE there is one


def retry_all(session: Session, template: str, once_prefix: str) -> int:
    """Send again those of them that were given up, not those that were refused; how many that are."""
    query = _seen().where(*_of_batch(template, once_prefix), Message.state == MessageState.FAILED).order_by(Message.id)
    tried = 0
    for message in session.scalars(query).all():
        retry(session, message)
        tried += 1
    return tried


def _of_batch(template: str, once_prefix: str) -> tuple[ColumnElement[bool], ...]:
    return Message.template == template, Message.once.startswith(f"{template}:{once_prefix}", autoescape=True)


def _leads(before: MessageState, after: MessageState) -> bool:
    return (before, after) in MESSAGE_STEPS


def _move(session: Session, message: Message, to: MessageState, values: dict[str, Any]) -> bool:
    """Change its state from one that leads there; False when a worker or a colleague was faster."""
    before = [state for state in MessageState if _leads(state, to) and state is message.state]
    mine = (Message.id == message.id, Message.state.in_(before), Message.rounds == message.rounds)
    changed = {"state": to, "version": Message.version + 1, **values}
    done = session.execute(update(Message).where(*mine).values(changed).execution_options(synchronize_session=False))
    session.expire(message)
    return bool(done.rowcount)  # type: ignore[attr-defined]  # of an UPDATE there is one
