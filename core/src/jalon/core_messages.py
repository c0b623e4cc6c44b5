"""The core's own messages: what is written by hand on a person's page."""

from __future__ import annotations

from jalon import message_texts
from jalon.declarations import MessageTemplate
from jalon.i18n import _l
from jalon.models import MessageChannel
from jalon.registry import Registry

EVERY_WAY = (MessageChannel.SMS, MessageChannel.MAIL, MessageChannel.LETTER)
WORD = "jalon.word"
CORE_MESSAGES = (
    MessageTemplate(
        WORD,
        _l("A few words"),
        EVERY_WAY,
        subject=_l("A message from {structure}"),
        body=_l("Hello {prenom},\n\n{texte}\n\n{structure}\n{telephone}"),
        short=_l("Hello, {texte} {structure} {telephone}"),
        fields={message_texts.FREE: _l("what you type")},
    ),
    MessageTemplate(
        "jalon.call_back",
        _l("Please call us back"),
        EVERY_WAY,
        subject=_l("Please call us back"),
        body=_l(
            "Hello {prenom},\n\nWe have tried to reach you. Please call us on {telephone}.\n\n{texte}\n\n{structure}"
        ),
        short=_l("Hello, please call us on {telephone}. {texte} {structure}"),
        fields={message_texts.FREE: _l("what you type")},
    ),
)
message_texts.declare("core", CORE_MESSAGES)


def by_hand() -> list[MessageTemplate]:
    """Those that somebody may send: nothing but typed words is missing in them."""
    return [t for t in CORE_MESSAGES if set(t.fields) <= {message_texts.FREE}]


def offered(registry: Registry, enabled: frozenset[str]) -> list[MessageTemplate]:
    """The core's and those of the modules that are on, whose words a structure may change."""
    on = {"core", *(m.slug for m in registry.loaded() if m.slug in enabled)}
    return [t for t in message_texts.known() if t.compose is None and message_texts.owner_of(t.name) in on]
