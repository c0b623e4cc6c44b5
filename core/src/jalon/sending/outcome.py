"""What became of a message, written at once and apart from all else."""

from __future__ import annotations

from typing import Any

from flask import current_app
from sqlalchemy import update
from sqlalchemy.orm import Session

from jalon.app_of import mount
from jalon.clock import now
from jalon.db import open_session
from jalon.models import Message, MessageState
from jalon.scope import Scope, structure_of

OUTCOME = Scope(across="what became of a message is written, also of a file that was protected meanwhile", origin="job")
ARRIVED = frozenset({MessageState.SENT, MessageState.TO_PRINT})


def note(session: Session, id: int, state: MessageState, *, error: str = "", **values: Any) -> None:
    """Write what became of it in a short transaction of its own; what left has left, were it cancelled meanwhile."""
    before = [MessageState.QUEUED, *([MessageState.CANCELLED] if state in ARRIVED else [])]
    mine = (Message.id == id, Message.structure_id == structure_of(session).id, Message.state.in_(before))
    over = now() if state in (MessageState.SENT, MessageState.FAILED, MessageState.REFUSED) else None
    changed = {"state": state, "tries": Message.tries + 1, "error": error[:500], "ended_at": over, **values}
    with open_session(mount(current_app).db, OUTCOME) as writing:
        query = update(Message).where(*mine).values(changed | {"version": Message.version + 1})
        writing.execute(query.execution_options(synchronize_session=False))
        writing.commit()
