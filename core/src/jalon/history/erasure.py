"""What must not stay: values that say who a person is, taken out of the history with the person."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from jalon.db import Base
from jalon.history.fields import fields_of, recorded_in
from jalon.history.writing import ERASING
from jalon.models import HistoryEntry, HistoryValue

AT_ONCE = 500  # ids in one statement; SQLite takes 32 766 values


def erase(session: Session, model: type[Base], ids: Sequence[int], fields: Collection[str] | None = None) -> None:
    """Take the values of personal fields of these records out of their history, for ever.

    `fields` limits it to these attributes. Who changed which field and when stays. Rows that are told of another
    record are forgotten there, so they must still be there to lead to it. Flushes, never commits.
    """
    session.flush()
    table, key = recorded_in(model) or (model.__tablename__, "id")
    if key != "id" and fields is None:
        fields = [field.key for field in fields_of(model)]
    cls: Any = model
    for first in range(0, len(ids), AT_ONCE):
        some = ids[first : first + AT_ONCE]
        told = some if key == "id" else session.scalars(select(getattr(cls, key)).where(cls.id.in_(some))).all()
        entries = select(HistoryEntry.id).where(HistoryEntry.subject_table == table, HistoryEntry.subject_id.in_(told))
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
