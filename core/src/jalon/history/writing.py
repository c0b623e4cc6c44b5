"""Writing changes down: one INSERT for the entries and one for their values, however many there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import insert, inspect
from sqlalchemy.orm import Session

from jalon.clock import now
from jalon.db import table_of
from jalon.history import subjects
from jalon.history.change import Change
from jalon.history.wording import Wording
from jalon.i18n import DEFAULT_LOCALE, speaking
from jalon.models import HistoryEntry, HistoryValue
from jalon.scope import Scope, current_scope

ERASING = "jalon_erasing"
Subject = tuple[Any, ...]  # structure, table, number


def write(session: Session, changes: Sequence[Change]) -> None:
    """Record these changes in the session's transaction; those of one record are one entry."""
    if not changes:
        return
    grouped: dict[Subject, list[Change]] = defaultdict(list)
    for change in changes:
        grouped[change.structure_id, *change.subject].append(change)
    # the guard refuses bulk INSERTs because they pass under it; these rows carry their change's own structure
    connection = Session.connection(session, bind_arguments={"mapper": inspect(HistoryEntry)})
    entry = table_of(HistoryEntry).c
    subject = (entry.structure_id, entry.subject_table, entry.subject_id)  # in order would be row by row on SQLite
    made = connection.execute(
        insert(table_of(HistoryEntry)).returning(entry.id, *subject), list(_entries(session, grouped))
    ).all()
    with speaking(DEFAULT_LOCALE):
        wording = Wording(session, changes)
        values = [
            {"entry_id": entry_id, **value}
            for entry_id, *told in made
            for change in grouped[tuple(told)]
            for value in _values(change, wording, erasing=bool(session.info.get(ERASING)))
        ]
    if values:
        connection.execute(insert(table_of(HistoryValue)), values)


def _entries(session: Session, grouped: dict[Subject, list[Change]]) -> Iterator[dict[str, Any]]:
    scope = current_scope(session) or Scope()
    said = {
        "at": now(),
        "user_id": scope.actor.user_id,
        "actor_name": scope.actor.name[:120],
        "origin": scope.origin,
    }
    for (structure_id, table, subject_id), parts in grouped.items():
        action = next((c.action for c in parts if c.action != "changed"), "changed")
        yield {
            **said,
            "structure_id": structure_id,
            "subject_table": table,
            "subject_id": subject_id,
            "action": action,
        }


def _values(change: Change, wording: Wording, *, erasing: bool) -> Iterator[dict[str, Any]]:
    part = ", ".join(wording.text(change, field, value) or "" for field, value in change.part)
    for field, before, after in change.values:
        label = subjects.label_of(change.cls, field)
        gone = erasing and field.personal
        yield {
            "structure_id": change.structure_id,
            "field": field.key[:60],
            "label": (f"{label} ({part})" if part and not field.identifies else label)[:120],
            "before": None if gone else wording.text(change, field, before),
            "after": None if gone else wording.text(change, field, after),
            "permission": subjects.permission_of(change.cls, field),
            "personal": field.personal,
            "erased": gone,
        }
