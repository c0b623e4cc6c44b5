"""The history of one record, below its form and on a page of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request

from jalon import history
from jalon.db.current import session

if TYPE_CHECKING:
    from jalon.admin.screen import AdminScreen

FEW, MANY = 20, 200  # entries below the form, and on a page


def recent(screen: AdminScreen, record: Any) -> list[history.Line]:
    """The newest entries, one more than are shown when there are more."""
    return history.of_record(session(), screen.told_under(record), limit=FEW + 1)


def page(screen: AdminScreen, record: Any) -> Any:
    """All entries of a record, newest first, a page at a time."""
    before = asked_before()
    lines = history.of_record(session(), screen.told_under(record), limit=MANY + 1, before=before)
    return screen.render(
        screen.history_template, model=record, lines=lines[:MANY], more=len(lines) > MANY, before=before
    )


def asked_before() -> int | None:
    """The entry that the address goes on from; none for a number that is no entry's."""
    found = request.args.get("before", type=int)
    return found if found is not None and 0 < found < 2**31 else None
