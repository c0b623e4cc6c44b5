"""What must not stay: values that say who a person is, taken out of the history with the person."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from jalon.db import Base
from jalon.history.writing import ERASING
from jalon.models import HistoryEntry, HistoryValue

AT_ONCE = 500  # ids in one statement; SQLite takes 32 766 values


def erase(session: Session, model: type[Base], ids: Sequence[int], fields: Collection[str] | None = None) -> None:
    """Take the values of personal fields of these records out of their history, for ever.

    `fields` limits it to these attributes. Who changed which field and when stays. Flushes, never commits.
    """
    session.flush()
    for first in range(0, len(ids), AT_ONCE):
        entries = select(HistoryEntry.id).where(
            HistoryEntry.subject_table == model.__tablename__,
            HistoryEntry.subject_id.in_(ids[first : first + AT_ONCE]),
        )
        gone = update(HistoryValue).where(HistoryValue.entry_id.in_(entries), HistoryValue.personal)
        if fields is not None:
            gone = gone.where(HistoryValue.field.in_(fields))
        session.execute(
            gone.values(before=None, after=None, erased=True), execution_options={"synchronize_session": "fetch"}
        )


@contextmanager
def erasing(session: Session) -> Iterator[None]:
    """What is changed inside stores no value of a personal field: an erasure must not keep what it erases."""
    session.flush()
    session.info[ERASING] = True
    try:
        yield
        session.flush()
    finally:
        session.info.pop(ERASING, None)
