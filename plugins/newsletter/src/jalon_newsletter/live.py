"""What modules say of themselves in a letter: asked while it is written, frozen when it is sent."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from sqlalchemy.orm import Session

from jalon.declarations import Excerpt
from jalon.hooks import Hooks
from jalon_newsletter.errors import NothingLive
from jalon_newsletter.models import Block, Issue, Kind

HOOK = "newsletter_blocks"


@dataclass(frozen=True)
class Offered:
    """What modules say now, by name, and which modules failed to answer."""

    excerpts: dict[str, Excerpt]
    failed: list[str]


def offered(session: Session, hooks: Hooks) -> Offered:
    """Ask the modules that are on; one that fails is named and spoils nothing."""
    shown = hooks.show(session, HOOK)
    found = {excerpt.name: excerpt for answer in shown for excerpt in answer.value}
    return Offered(found, list(shown.failed))


def freeze(session: Session, hooks: Hooks, issue: Issue) -> None:
    """Keep what each live block says now, so that mail and archive say the same. Raises NothingLive."""
    living = [block for block in issue.blocks if block.kind is Kind.LIVE]
    said = offered(session, hooks).excerpts if living else {}
    for block in living:
        excerpt = said.get(block.source)
        if excerpt is None or not excerpt.lines:
            raise NothingLive
        block.frozen = json.dumps(asdict(excerpt), ensure_ascii=False)
    session.flush()


def said_by(block: Block, now: Offered | None) -> Excerpt | None:
    """What a live block says: as it was sent, else as it would be sent now."""
    if block.frozen is not None:
        kept = json.loads(block.frozen)
        return Excerpt(kept["name"], kept["title"], tuple(kept["lines"]), kept["address"])
    return now.excerpts.get(block.source) if now else None
