"""In which words a message is said: the structure's own of this moment, filled; or those that a module composes."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from jalon import discreet, message_texts, sms
from jalon.declarations import Composed, MessageTemplate
from jalon.errors import DomainError
from jalon.i18n import _l
from jalon.message_texts import Words
from jalon.models import Message, MessageChannel, Structure
from jalon.scope import structure_of

log = logging.getLogger(__name__)


class NotComposed(DomainError):
    """The module that writes it stumbled: it may do better later."""

    message = _l("The module that writes this message met an error while writing it.")


@dataclass(frozen=True)
class Said:
    """What a recipient reads; `whole` is the mail itself when a module composed it."""

    subject: str
    body: str
    whole: Composed | None = None


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


def composed(session: Session, message: Message, template: MessageTemplate) -> Said:
    """The mail that its module writes for this recipient. Raises Indiscreet, NotComposed, what the module refuses."""
    assert template.compose is not None
    try:
        made = template.compose(session, message)
        said = Said(message_texts.line(made.subject), made.text, made)
    except DomainError:
        raise
    except Exception as error:  # whatever a module's code raises, the message has an end that somebody sees
        log.exception("message %s of template %s is not composed", message.id, template.name)
        raise NotComposed from error
    if message.beneficiary_id is not None:
        discreet.check(said.subject, field="subject")
    return said
