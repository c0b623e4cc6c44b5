"""What scratch asks other modules."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from jalon.hookspecs import hookspec


@hookspec("show")
def thing_colours(session: Session, thing_id: int) -> Sequence[str]:
    """The colours that other modules know for a thing."""
