"""Forms that were received: what is sent twice, by a double click or a browser that tries again, is one record."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from jalon.clock import now
from jalon.models import SentForm

KEPT = timedelta(days=31)  # as long as the token of an open form is good


def claim(session: Session, digest: str) -> SentForm | None:
    """The same form received before; None when this is the first time, which is noted in the same transaction.

    Of two sent at once, the second waits until the first has committed.
    """
    known = select(SentForm).where(SentForm.digest == digest)
    if (found := session.scalar(known)) is not None:
        return found
    session.execute(delete(SentForm).where(SentForm.at < now() - KEPT))
    try:
        with session.begin_nested():
            session.add(SentForm(digest=digest))
    except IntegrityError:
        return session.scalar(known)
    return None


def led(session: Session, digest: str, address: str) -> None:
    """Note where the form led whoever sent it, for those who send it again."""
    session.execute(update(SentForm).where(SentForm.digest == digest).values(led_to=address))
