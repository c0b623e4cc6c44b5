"""Noting what a generated page shows under a confidential right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from flask import current_app

from jalon import access, accounts
from jalon.db.current import session
from jalon.history import Line
from jalon.scope import scope_of

if TYPE_CHECKING:
    from jalon.admin.screen import AdminScreen


def note_page(screen: AdminScreen, shown: dict[str, Any]) -> None:
    """What a template of a screen is given: a record with its form or its details, or rows of a list."""
    record = shown.get("model")
    if record is not None:
        fields = [key for key, _ in shown.get("details_columns", ())] or list(getattr(shown.get("form"), "_fields", ()))
        id = int(screen.get_pk_value(record))
        note(screen, fields, id=id)
        note_past([*shown.get("past", ()), *shown.get("lines", ())], screen.model.__tablename__, id)
    elif "data" in shown:
        note(screen, [key for key, _ in shown["list_columns"]], rows=len(shown["data"]))


def note(screen: AdminScreen, fields: Iterable[str], *, id: int | None = None, rows: int = 1) -> None:
    """These fields of a record, or of so many rows, are shown."""
    for permission in _confidential(screen, fields):
        access.note(permission, screen.model.__tablename__, id, rows)


def note_past(lines: Sequence[Line], table: str, id: int | None = None) -> None:
    """These lines of the history are shown: of a record, or of a whole list of them."""
    registry = current_app.extensions["jalon"].registry
    needed = Counter(p for line in lines for p in {value.permission for value in line.values} if p is not None)
    for permission, count in needed.items():
        if accounts.is_confidential(registry, permission):
            access.note(permission, table, id, 1 if id is not None else count)


def _confidential(screen: AdminScreen, fields: Iterable[str]) -> set[str]:
    needed = getattr(screen, "field_permissions", {})
    rights = {needed[name] for name in fields if name in needed} | {screen.read_permission}
    may, registry = scope_of(session()).may, current_app.extensions["jalon"].registry
    return {right for right in rights if may(right) and accounts.is_confidential(registry, right)}
