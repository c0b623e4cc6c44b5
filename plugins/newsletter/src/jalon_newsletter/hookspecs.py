"""What the newsletter asks of other modules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from jalon.hookspecs import hookspec

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from jalon.declarations import Excerpt


@hookspec("show")
def newsletter_blocks(session: Session) -> Sequence[Excerpt]:  # type: ignore[empty-body]
    """Facts for a letter that anybody reads, a few lines each; asked while an issue is written, and when it is sent."""
