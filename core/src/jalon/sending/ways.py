"""By which way a recipient is reached: what they prefer, have agreed to, and what is known of them, at this moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon import consents, phones
from jalon.declarations import MessageTemplate
from jalon.errors import DomainError
from jalon.i18n import _
from jalon.messages import Unsendable
from jalon.models import (
    Beneficiary,
    Channel,
    File,
    FileState,
    Member,
    Message,
    MessageChannel,
    Purpose,
    User,
)

PREFERRED = {
    Channel.SMS: MessageChannel.SMS,
    Channel.MAIL: MessageChannel.MAIL,
    Channel.LETTER: MessageChannel.LETTER,
}


@dataclass(frozen=True)
class Way:
    """A channel, and where it leads: an e-mail address, a number in E.164, the lines of a postal address."""

    channel: MessageChannel
    to: str


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
