"""What an issue says, in parts ready to be shown: as mail, as plain text, as a page."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from babel.dates import format_datetime
from markupsafe import Markup, escape
from sqlalchemy.orm import Session

from jalon import localtime
from jalon.i18n import current_locale
from jalon.scope import scope_of
from jalon_newsletter import live
from jalon_newsletter.i18n import _
from jalon_newsletter.live import Offered
from jalon_newsletter.models import Block, Issue, Kind

LINK = re.compile(
    r"\[([^\[\]\n]{1,200})\]\((https://[^\s()<>\"']{3,500})\)|(https://[^\s<>\"']{3,500}[^\s<>\"'.,;:!?)])"
)
Style = Callable[[str], Markup]


@dataclass(frozen=True)
class Part:
    """One block as its reader meets it; `missing` when a module said nothing for it."""

    kind: Kind
    title: str = ""
    paragraphs: Sequence[str] = ()
    lines: Sequence[str] = ()
    label: str = ""
    address: str = ""
    missing: bool = False


def parts(session: Session, issue: Issue, offered: Offered | None = None) -> list[Part]:
    """The blocks in order; live ones as they were sent, else as `offered` says them."""
    return [_part(session, block, offered) for block in issue.blocks]


def _part(session: Session, block: Block, offered: Offered | None) -> Part:
    if block.kind is Kind.HEADING:
        return Part(block.kind, title=block.words)
    if block.kind is Kind.TEXT:
        return Part(block.kind, paragraphs=paragraphs(block.words))
    if block.kind is Kind.BUTTON:
        return Part(block.kind, label=block.label, address=block.address)
    if block.kind is Kind.EVENT:
        lines = [line for line in (_when(session, block), block.place) if line]
        more = _("Find out more") if block.address else ""
        said = paragraphs(block.words)
        return Part(block.kind, block.label, said, lines, more, block.address)
    said_live = live.said_by(block, offered)
    if said_live is None or not said_live.lines:
        return Part(block.kind, missing=True)
    label = _("Find out more") if said_live.address else ""
    return Part(block.kind, title=said_live.title, lines=said_live.lines, label=label, address=said_live.address)


def _when(session: Session, block: Block) -> str:
    if block.starts_at is None:
        return ""
    local = localtime.to_local(block.starts_at, scope_of(session).zone)
    day, hour = (format_datetime(local, p, locale=current_locale()) for p in ("EEEE d MMMM yyyy", "HH:mm"))
    return _("%(day)s at %(hour)s", day=day.capitalize(), hour=hour)


def paragraphs(words: str) -> list[str]:
    """Separated by an empty line."""
    return [p.strip() for p in re.split(r"\n\s*\n", words.replace("\r\n", "\n")) if p.strip()]


def rich(paragraph: str, style: Style) -> Markup:
    """A paragraph as HTML: everything escaped, line breaks kept, `https://…` and `[words](https://…)` made links."""
    out, end = Markup(), 0
    for found in LINK.finditer(paragraph):
        words, target = (found[1], found[2]) if found[2] else (found[3], found[3])
        out += _broken(paragraph[end : found.start()])
        out += Markup('<a href="{}"{}>{}</a>').format(target, style("a"), words)
        end = found.end()
    return out + _broken(paragraph[end:])


def _broken(text: str) -> Markup:
    return Markup("<br>\n").join(escape(line) for line in text.split("\n"))


def as_text(title: str, found: Sequence[Part]) -> str:
    """The letter without any HTML."""
    said = [title, *filter(None, map(_text_of, found))]
    return "\n\n".join(said)


def _text_of(part: Part) -> str:
    if part.missing:
        return ""
    plain = [LINK.sub(lambda m: f"{m[1]} ({m[2]})" if m[2] else m[3], p) for p in part.paragraphs]
    if part.kind is Kind.HEADING:
        return f"{part.title.upper()}\n{'=' * min(len(part.title), 60)}"
    top = [part.title, *(f"- {line}" for line in part.lines)] if part.title else list(part.lines)
    words = ["\n\n".join(plain)] if plain else []
    link = [part.label, part.address] if part.address else []
    return "\n".join([*top, *words, *link])
