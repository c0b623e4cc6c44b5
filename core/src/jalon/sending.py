"""How a message leaves: by the channel the person prefers and agrees to at this moment, in the words of now."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import current_app, render_template
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from jalon import consents, discreet, letterheads, mail, message_texts, messages, modules, pdf, phones, sms
from jalon.app_of import mount
from jalon.clock import now
from jalon.db import open_session
from jalon.declarations import MessageTemplate, Progress
from jalon.errors import DomainError
from jalon.i18n import _, _l
from jalon.message_texts import Words
from jalon.models import (
    Beneficiary,
    Channel,
    File,
    FileState,
    Member,
    Message,
    MessageChannel,
    MessageState,
    Purpose,
    Structure,
    User,
)
from jalon.scope import Scope, scope_of, structure_of

MOST_TRIES = 5
PREFERRED = {
    Channel.SMS: MessageChannel.SMS,
    Channel.MAIL: MessageChannel.MAIL,
    Channel.LETTER: MessageChannel.LETTER,
}
OUTCOME = Scope(across="what became of a message is written, also of a file that was protected meanwhile", origin="job")
ARRIVED = frozenset({MessageState.SENT, MessageState.TO_PRINT})


class Unsendable(DomainError):
    """A rule, or the person's own word, forbids it; `why` is a sentence without any name."""

    message = _l("%(why)s")


@dataclass(frozen=True)
class Way:
    """A channel, and where it leads: an e-mail address, a number in E.164, the lines of a postal address."""

    channel: MessageChannel
    to: str


# --- by which way ---


def way_to(session: Session, message: Message, template: MessageTemplate) -> Way:
    """How this recipient is reached now. Raises Unsendable, with the reason of each way that is barred."""
    if message.beneficiary_id is None:
        return _first(template, message, None, _of_a_professional(session, message))
    file = _open_file(session, message.beneficiary_id)
    if template.purpose is not None and not consents.agrees(session, message.beneficiary_id, template.purpose):
        raise Unsendable(why=_("The person has not agreed to: %(what)s.", what=Purpose.labels()[template.purpose]))
    if message.asked is None and file.channel in (Channel.CALL, Channel.REFERRER):
        raise Unsendable(why=_not_by_message(file.channel))
    barred = {} if consents.agrees(session, message.beneficiary_id, Purpose.SMS) else {MessageChannel.SMS: _no_sms()}
    return _first(template, message, PREFERRED.get(file.channel) if file.channel else None, _of_a_file(file), barred)


def _open_file(session: Session, beneficiary_id: int) -> File:
    file = session.scalar(select(File).where(File.beneficiary_id == beneficiary_id))
    person = session.scalar(select(Beneficiary).where(Beneficiary.id == beneficiary_id))
    if file is None or person is None or person.state is not FileState.ACTIVE:
        raise Unsendable(why=_("The person’s file is closed, archived or protected: nothing is sent."))
    return file


def _not_by_message(preferred: Channel) -> str:
    if preferred is Channel.CALL:
        return _("The person asked to be called: nothing was sent, call them.")
    return _("The person asked to be reached through whoever referred them: nothing was sent.")


def _no_sms() -> str:
    return _("The person has not agreed to SMS.")


def _first(
    template: MessageTemplate,
    message: Message,
    preferred: MessageChannel | None,
    known: Mapping[MessageChannel, str],
    barred: Mapping[MessageChannel, str] | None = None,
) -> Way:
    """The preferred channel first, then the template's own order; only the one that was asked for, when one was."""
    why = []
    for channel in _in_order(template, message.asked, preferred):
        if not known.get(channel):
            why.append(_missing(channel))
        elif barred and channel in barred:
            why.append(barred[channel])
        else:
            return Way(channel, known[channel])
    raise Unsendable(why=" ".join(why) or _("This message leaves by none of the ways that were asked for."))


def _in_order(
    template: MessageTemplate, asked: MessageChannel | None, preferred: MessageChannel | None
) -> Iterator[MessageChannel]:
    if asked is not None:
        yield asked
        return
    if preferred is not None and preferred in template.channels:
        yield preferred
    yield from (channel for channel in template.channels if channel is not preferred)


def _missing(channel: MessageChannel) -> str:
    return {
        MessageChannel.MAIL: _("No e-mail address is known."),
        MessageChannel.SMS: _("No telephone number is known."),
        MessageChannel.LETTER: _("No whole postal address is known."),
    }[channel]


def _of_a_file(file: File) -> dict[MessageChannel, str]:
    place = [file.street, file.address_extra, file.hamlet]
    lines = [part for part in place if part]
    if lines and file.commune is not None:
        lines.append(f"{(file.commune.postcodes.split() or [''])[0]} {file.commune.name}")
    else:
        lines = []
    return {
        MessageChannel.MAIL: file.email or "",
        MessageChannel.SMS: file.phone or "",
        MessageChannel.LETTER: "\n".join(lines),
    }


def _of_a_professional(session: Session, message: Message) -> dict[MessageChannel, str]:
    """A bare address, a prescripteur, a member: those are written to at work, for their work."""
    if message.address is not None:
        return {MessageChannel.MAIL: message.address}
    if message.referrer is not None:
        return {MessageChannel.MAIL: "" if message.referrer.left_on else message.referrer.email or ""}
    member = session.scalar(select(Member).where(Member.id == message.member_id))
    if member is None or member.left_at is not None:
        raise Unsendable(why=_("This member has left."))
    account = session.scalar(select(User.email).where(User.id == member.user_id)) if member.user_id else None
    return {MessageChannel.MAIL: member.work_email or account or "", MessageChannel.SMS: _number(member.phone)}


def _number(typed: str | None) -> str:
    try:
        return phones.normal_phone(typed) if typed else ""
    except DomainError:
        return ""


def ways_of(session: Session, beneficiary_id: int) -> list[tuple[MessageChannel, str, str]]:
    """Each channel of a person whose file is open: where it leads, else why it is barred; the preferred one first."""
    file = _open_file(session, beneficiary_id)
    known, preferred = _of_a_file(file), PREFERRED.get(file.channel) if file.channel else None
    agreed = consents.agrees(session, beneficiary_id, Purpose.SMS)
    shown = []
    for channel in sorted(MessageChannel, key=lambda c: c is not preferred):
        why = "" if known[channel] else _missing(channel)
        if not why and channel is MessageChannel.SMS and not agreed:
            why = _no_sms()
        shown.append((channel, known[channel], why))
    return shown


# --- in which words ---


@dataclass(frozen=True)
class Said:
    """What a recipient reads."""

    subject: str
    body: str


def say(session: Session, template: MessageTemplate, values: Mapping[str, str], channel: MessageChannel) -> Said:
    """The structure's words with their fields filled. Raises Indiscreet or Unsendable for what must not leave so."""
    words = message_texts.of(session, template)
    structure = session.get_one(Structure, structure_of(session).id)
    known = {"structure": structure.name, "telephone": structure.phone or "", **values}
    return said_with(words, known, channel)


def said_with(words: Words, values: Mapping[str, str], channel: MessageChannel) -> Said:
    """Words filled, by one channel. Raises as `say` does."""
    typed = values.get(message_texts.FREE, "")
    if channel is MessageChannel.SMS:
        discreet.check(typed, field=message_texts.FREE)
        text = message_texts.line_of_sms(message_texts.fill(words.of(channel), values))
        if len(text) > sms.LONGEST:
            raise message_texts.at_field(
                message_texts.TextTooLong(most=sms.LONGEST, count=len(text)), message_texts.FREE
            )
        return Said("", text)
    subject = message_texts.line(message_texts.fill(words.subject, values))
    return Said(subject, message_texts.fill(words.body, values))


def values_of(session: Session, message: Message) -> dict[str, str]:
    """What fills a message: what its module gave, and the person's names as they are now."""
    given: dict[str, str] = json.loads(message.fields)
    person = message.beneficiary
    if person is None or person.identity is None:
        return given
    return {"prenom": person.identity.first_name or "", "nom": person.identity.usage_name, **given}


# --- the job ---


def prepare(session: Session, message: int) -> str:
    """Send it, and write down at once what became of it: killed in between, it is sent twice, by the same reference.

    Raises what is tried again: MailFailed, PdfNotMade, OSError.
    """
    found = messages.find(session, message)
    if found is None:
        _note(session, message, MessageState.REFUSED, error=_("The person’s file is closed or protected."))
        return _("Not sent.")
    if found.state is not MessageState.QUEUED:
        return _("Nothing to do.")
    try:
        return _send(session, found)
    except (DomainError, OSError) as error:
        return _not_sent(session, found, error)


def _send(session: Session, message: Message) -> str:
    template = _template(session, message)
    way = way_to(session, message, template)
    said = say(session, template, values_of(session, message), way.channel)
    kept: dict[str, Any] = {"channel": way.channel, "subject": said.subject, "body": said.body}
    if way.channel is MessageChannel.LETTER:
        made = pdf.render(_letter(session, message, way, said))
        _note(session, message.id, MessageState.TO_PRINT, pdf=made, **kept)
        return _("The letter waits to be printed.")
    _hand_over(session, message, way, said)
    _note(session, message.id, MessageState.SENT, **kept)
    return _("Sent.")


def _template(session: Session, message: Message) -> MessageTemplate:
    template, owner = message_texts.find(message.template), message_texts.owner_of(message.template)
    if template is None:
        raise Unsendable(why=_("This version does not know this message any more."))
    if owner != "core" and not modules.enabled(scope_of(session), owner):
        raise Unsendable(why=_("The module that wrote it is off."))
    if message.good_until is not None and message.good_until <= now():
        raise Unsendable(why=_("It is too late: what it announces is over."))
    return template


def _hand_over(session: Session, message: Message, way: Way, said: Said) -> None:
    if way.channel is MessageChannel.SMS:
        config, beside = current_app.config, current_app.instance_path
        sms.gateway(config, beside).send(message.reference, way.to, said.body)
    else:
        by = structure_of(session).name
        mail.send(way.to, said.subject, said.body, reference=message.reference, written_by=by)


def _letter(session: Session, message: Message, way: Way, said: Said) -> str:
    head, day = letterheads.of(session), now().astimezone(scope_of(session).zone)
    name = str(message.beneficiary or message.recipient)
    return render_template("jalon/letter.html", _=_, head=head, name=name, to=way.to, said=said, day=day)


def _not_sent(session: Session, message: Message, error: Exception) -> str:
    """A refusal ends it; anything else is tried again, as often as the job is."""
    again = isinstance(error, (mail.MailFailed, pdf.PdfNotMade, OSError)) and not isinstance(error, mail.AddressRefused)
    told = str(error) if isinstance(error, DomainError) else _("The folder for SMS cannot be written.")
    if not again:
        failed = isinstance(error, mail.AddressRefused)
        _note(session, message.id, MessageState.FAILED if failed else MessageState.REFUSED, error=told)
        return _("Not sent.")
    tries = message.tries + 1
    _note(session, message.id, MessageState.FAILED if tries >= MOST_TRIES else MessageState.QUEUED, error=told)
    raise error


def _note(session: Session, id: int, state: MessageState, *, error: str = "", **values: Any) -> None:
    """Write what became of it in a short transaction of its own; what left has left, were it cancelled meanwhile."""
    before = [MessageState.QUEUED, *([MessageState.CANCELLED] if state in ARRIVED else [])]
    mine = (Message.id == id, Message.structure_id == structure_of(session).id, Message.state.in_(before))
    over = now() if state in (MessageState.SENT, MessageState.FAILED, MessageState.REFUSED) else None
    changed = {"state": state, "tries": Message.tries + 1, "error": error[:500], "ended_at": over, **values}
    with open_session(mount(current_app).db, OUTCOME) as writing:
        query = update(Message).where(*mine).values(changed | {"version": Message.version + 1})
        writing.execute(query.execution_options(synchronize_session=False))
        writing.commit()


def done(session: Session, message: int, prepared: str) -> Progress:
    """The outcome stands with the message already."""
    return Progress(done=1, total=1, text=prepared)
