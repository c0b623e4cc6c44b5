"""A message leaves: by the way of this moment, in the words of now; what came of it is written at once."""

from __future__ import annotations

from typing import Any

from flask import current_app, render_template
from sqlalchemy.orm import Session

from jalon import letterheads, mail, message_texts, messages, modules, pdf, sms
from jalon.clock import now
from jalon.declarations import MessageTemplate, Progress
from jalon.errors import DomainError
from jalon.i18n import _
from jalon.messages import Unsendable
from jalon.models import Message, MessageChannel, MessageState
from jalon.scope import scope_of, structure_of
from jalon.sending import turns
from jalon.sending.outcome import note
from jalon.sending.ways import Way, way_to
from jalon.sending.words import NotComposed, Said, composed, say, values_of

MOST_TRIES = 5
TRIED_AGAIN = (mail.MailFailed, pdf.PdfNotMade, NotComposed, OSError)


def prepare(session: Session, message: int) -> str:
    """Send it, and write down at once what became of it: killed in between, it is sent twice, by the same reference.

    Raises what is tried again: MailFailed, PdfNotMade, NotComposed, OSError; and NotYet when its turn has not come.
    """
    found = messages.find(session, message)
    if found is None:
        note(session, message, MessageState.REFUSED, error=_("The person’s file is closed or protected."))
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
    if template.compose is not None:
        said = composed(session, message, template)
    else:
        said = say(session, template, values_of(session, message), way.channel)
    kept: dict[str, Any] = {"channel": way.channel, "subject": said.subject, "body": said.body}
    if way.channel is MessageChannel.LETTER:
        made = pdf.render(_letter(session, message, way, said))
        note(session, message.id, MessageState.TO_PRINT, pdf=made, **kept)
        return _("The letter waits to be printed.")
    _hand_over(session, message, way, said)
    note(session, message.id, MessageState.SENT, **kept)
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
    """Raises MailFailed, MailUnfit, OSError, and NotYet when the site has sent its mails of this minute."""
    if way.channel is MessageChannel.SMS:
        config, beside = current_app.config, current_app.instance_path
        sms.gateway(config, beside).send(message.reference, way.to, said.body)
        return
    turns.take()
    more: dict[str, Any] = {"reference": message.reference, "written_by": structure_of(session).name}
    if whole := said.whole:
        more |= {"html": whole.html, "headers": whole.headers, "one_click": whole.one_click}
    mail.send(way.to, said.subject, said.body, **more)


def _letter(session: Session, message: Message, way: Way, said: Said) -> str:
    head, day = letterheads.of(session), now().astimezone(scope_of(session).zone)
    name = str(message.beneficiary or message.recipient)
    return render_template("jalon/letter.html", _=_, head=head, name=name, to=way.to, said=said, day=day)


def _not_sent(session: Session, message: Message, error: Exception) -> str:
    """A refusal ends it; anything else is tried again, as often as the job is."""
    again = isinstance(error, TRIED_AGAIN) and not isinstance(error, mail.AddressRefused)
    told = str(error) if isinstance(error, DomainError) else _("The folder for SMS cannot be written.")
    if not again:
        failed = isinstance(error, mail.AddressRefused)
        note(session, message.id, MessageState.FAILED if failed else MessageState.REFUSED, error=told)
        return _("Not sent.")
    tries = message.tries + 1
    note(session, message.id, MessageState.FAILED if tries >= MOST_TRIES else MessageState.QUEUED, error=told)
    raise error


def done(session: Session, message: int, prepared: str) -> Progress:
    """The outcome stands with the message already."""
    return Progress(done=1, total=1, text=prepared)
