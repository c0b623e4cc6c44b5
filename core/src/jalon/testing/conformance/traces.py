"""The check that what is erased is gone from the history too."""

from __future__ import annotations

from typing import Any

from sqlalchemy import String, inspect, select
from sqlalchemy.orm import Session

from jalon import history
from jalon.db import Base
from jalon.history.fields import fields_of, has_personal_fields, is_recorded
from jalon.history.wording import STAFF
from jalon.models import HistoryValue
from jalon.testing.conformance.check import check
from jalon.testing.conformance.kit import Kit
from jalon.testing.conformance.stage import HERE, SHORTEST_MARK


@check(40)
def check_erasure_leaves_no_trace(kit: Kit) -> list[str]:
    """What the columns declared personal hold is nowhere in the history once their records are erased from it."""
    with kit.stage() as stage:
        ids = stage.sample(HERE)
        with stage.world.inside(HERE) as session:
            personal = _personal(kit)
            said = [(cls, *word) for cls in personal for word in _erased(session, cls, ids.get(cls.__tablename__))]
            left = [
                f"the history still says what was erased from {column}, in the field {field} of {kind}"
                for cls, column, word in said
                for field, kind in _where(session, word)
                if not _names_staff(cls, field, kind)
            ]
            session.rollback()
            return sorted(set(left))


def _personal(kit: Kit) -> list[Any]:
    """The module's recorded classes that declare a personal column."""
    classes = [m.class_ for m in Base.registry.mappers if kit.is_ours(m.class_.__module__) and "id" in m.columns]
    return [cls for cls in classes if is_recorded(cls) and has_personal_fields(cls)]


def _erased(session: Session, cls: Any, id: int | None) -> list[tuple[str, str]]:
    """What the personal columns of a sample row hold, (column, text); afterwards its history has forgotten it.

    They are changed first, so that the history of this structure tells of them, whoever made the row.
    """
    row = session.scalar(select(cls).where(cls.id == id))
    if row is None:
        return []
    columns = [c for c in inspect(cls).columns if "personal" in c.info and isinstance(c.type, String)]
    keys = {str(c): inspect(cls).get_property_by_column(c).key for c in columns if "unrecorded" not in c.info}
    held = [(column, getattr(row, key)) for column, key in keys.items()]
    for key in keys.values():
        if isinstance(getattr(row, key), str):
            setattr(row, key, f"{getattr(row, key)}0")
    session.flush()
    history.erase(session, cls, [row.id])
    return [(column, text) for column, text in held if isinstance(text, str) and len(text) >= SHORTEST_MARK]


def _names_staff(cls: Any, field: str, table: str) -> bool:
    """Whether a field says who of the staff worked on a record, which stays as the author of a change does."""
    told = next((m.class_ for m in Base.registry.mappers if m.class_.__tablename__ == table), None)
    return cls in STAFF and told is not None and any(f.key == field and f.target is cls for f in fields_of(told))


def _where(session: Session, word: str) -> list[tuple[str, str]]:
    """Field and table of the values that hold a text."""
    holds = HistoryValue.after.contains(word, autoescape=True) | HistoryValue.before.contains(word, autoescape=True)
    values = session.scalars(select(HistoryValue).where(holds)).all()
    return [(value.field, value.entry.subject_table) for value in values]
