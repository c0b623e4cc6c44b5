"""The words of messages: a module's templates, a structure's own version of them, and what fills both."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon import discreet, sensitive, sms
from jalon.declarations import MessageTemplate
from jalon.errors import DomainError
from jalon.i18n import _l
from jalon.models import MessageChannel, MessageText

COMMON = {
    "prenom": _l("first name of the person"),
    "nom": _l("last name of the person"),
    "structure": _l("name of your structure"),
    "telephone": _l("telephone number of your structure"),
}
EXAMPLES = {"prenom": "Amina", "nom": "EXEMPLE"}  # of a person who does not exist
LONGEST = {"subject": 120, "body": 4000, "short": sms.LONGEST}
FREE = "texte"  # what is typed by hand
_NAME = re.compile(r"[a-z][a-z0-9]*(\.[a-z][a-z0-9_]*)+")
_FIELD = re.compile(r"\{([^{}]*)\}")
_declared: dict[str, MessageTemplate] = {}


class UnknownField(DomainError):
    """Something between braces that nothing fills."""

    message = _l("“%(word)s” is not known here. Between braces may stand: %(known)s.")


class TextNeeded(DomainError):
    """A message without words."""

    message = _l("Write something here.")


class TextTooLong(DomainError):
    """More than fits."""

    message = _l("This text is too long: %(most)s characters at most, and it has %(count)s.")


class TextChanged(DomainError):
    """Two people edit the same text."""

    message = _l("Somebody else changed this text meanwhile: nothing was saved. Copy yours, then open the page again.")


@dataclass(frozen=True)
class Words:
    """Subject of mail, body of mail and letters, text of SMS; an empty `short` is the body."""

    subject: str
    body: str
    short: str = ""

    def of(self, channel: MessageChannel) -> str:
        """What is said through a channel."""
        return self.short if channel is MessageChannel.SMS and self.short.strip() else self.body


def declare(owner: str, templates: Iterable[MessageTemplate]) -> None:
    """Make a module's templates known. Raises ValueError for a name, a field or a word that must not be."""
    prefix = "jalon" if owner == "core" else owner
    for template in templates:
        if not _NAME.fullmatch(template.name) or len(template.name) > 80 or not template.name.startswith(f"{prefix}."):
            raise ValueError(f"the message {template.name} must be called {prefix}.something, in at most 80 characters")
        if template.compose is None:
            _check_original(template)
        elif tuple(template.channels) != (MessageChannel.MAIL,):
            raise ValueError(f"the message {template.name} is composed: it leaves by mail and by nothing else")
        _declared[template.name] = template


def _check_original(template: MessageTemplate) -> None:
    try:
        check(template, original(template))
    except DomainError as refusal:
        raise ValueError(f"the message {template.name}, {refusal.field}: {refusal}") from refusal


def known() -> list[MessageTemplate]:
    """All that are declared, by name."""
    return [_declared[name] for name in sorted(_declared)]


def find(name: str) -> MessageTemplate | None:
    return _declared.get(name)


def owner_of(name: str) -> str:
    """The module whose template that is, `core` for ours."""
    slug = name.partition(".")[0]
    return "core" if slug == "jalon" else slug


def original(template: MessageTemplate) -> Words:
    """As its module says it, in the reader's language."""
    return Words(str(template.subject), str(template.body), str(template.short))


def own(session: Session, template: MessageTemplate) -> MessageText | None:
    """The structure's own version, when there is one."""
    return session.scalar(select(MessageText).where(MessageText.template == template.name))


def of(session: Session, template: MessageTemplate) -> Words:
    """What the structure says."""
    changed = own(session, template)
    return Words(changed.subject, changed.body, changed.short) if changed else original(template)


def check(template: MessageTemplate, words: Words) -> None:
    """Raises TextNeeded, TextTooLong, UnknownField, Indiscreet, and what `sensitive.check` raises; with its field."""
    for name, most in LONGEST.items():
        text = getattr(words, name)
        if not text.strip() and name != "short":
            raise at_field(TextNeeded(), name)
        if len(text) > most:
            raise at_field(TextTooLong(most=most, count=len(text)), name)
        _check_fields(template, text, field=name)
        sensitive.check(text, field=name)
    discreet.check(words.subject, field="subject")
    if MessageChannel.SMS in template.channels:
        discreet.check(words.of(MessageChannel.SMS), field="short" if words.short.strip() else "body")


def _check_fields(template: MessageTemplate, text: str, *, field: str) -> None:
    may = {**COMMON, **template.fields}
    listed = ", ".join(f"{{{name}}}" for name in may)
    for word in _FIELD.findall(text):
        if word not in may:
            raise at_field(UnknownField(word=f"{{{word}}}", known=listed), field)
    left = _FIELD.sub("", text)
    if lone := next((c for c in left if c in "{}"), None):
        raise at_field(UnknownField(word=lone, known=listed), field)


def at_field(refusal: DomainError, field: str) -> DomainError:
    """The refusal, about a field."""
    refusal.field = field  # type: ignore[misc]
    return refusal


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with what stands for its fields; what nothing stands for is left out."""
    return _FIELD.sub(lambda found: values.get(found[1], ""), text).strip()


def line(text: str) -> str:
    """One line, as subjects are."""
    return " ".join(text.split())[:200]


def line_of_sms(text: str) -> str:
    """Without empty lines nor doubled spaces: each character of an SMS is paid for."""
    return "\n".join(" ".join(part.split()) for part in text.splitlines() if part.strip())


def examples(template: MessageTemplate) -> dict[str, str]:
    """What stands for the fields of a template in a preview: of a person who does not exist."""
    shown = {name: f"[{label}]" for name, label in template.fields.items()}
    return {**EXAMPLES, **shown}


def save(session: Session, template: MessageTemplate, words: Words, *, version: str) -> MessageText:
    """Keep the structure's own version; `version` is what the form was opened on, empty for the original.

    Raises TextChanged and what `check` raises.
    """
    check(template, words)
    changed = own(session, template)
    if version != version_of(changed):
        raise TextChanged
    if changed is None:
        changed = MessageText(module=owner_of(template.name), template=template.name)
        session.add(changed)
    changed.subject, changed.body, changed.short = line(words.subject), words.body, words.short
    session.flush()
    return changed


def version_of(changed: MessageText | None) -> str:
    """What a form carries to know on what it was opened."""
    return str(changed.version) if changed else ""


def reset(session: Session, template: MessageTemplate) -> None:
    """Speak as the module does again; nothing happens when that is so."""
    if changed := own(session, template):
        session.delete(changed)
        session.flush()
