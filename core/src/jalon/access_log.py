"""Who read what is confidential: written once the answer is sent, in a short session of its own."""

from __future__ import annotations

import logging
from datetime import timedelta
from functools import partial

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import delete
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from jalon import access
from jalon.access import Reading
from jalon.clock import now
from jalon.db import open_session
from jalon.models import AccessEntry
from jalon.scope import Actor, Scope, current_scope

KEPT = timedelta(days=365)  # domain model 5, “Logging”: 6 to 12 months
log = logging.getLogger(__name__)


def log_when_sent(response: Response, app: Flask, db: SQLAlchemy) -> Response:
    """Once this answer has left, write down what it showed; a refusal or a failure showed nothing."""
    readings = access.readings()
    scope = current_scope(db.session()) if readings else None
    if (
        scope is not None
        and scope.structure is not None
        and (response.status_code < 400 or response.status_code == 422)
    ):
        response.direct_passthrough = False  # of a file Werkzeug would hand on what is read and never call on close
        response.call_on_close(partial(_write, app, db, scope, readings))
    return response


def record(db: SQLAlchemy, scope: Scope, readings: list[Reading]) -> None:
    """Write down at once, in a session of its own, what is about to leave the house. The caller has no transaction."""
    with open_session(db, Scope(structure=scope.structure, actor=scope.actor)) as session:
        session.add_all(entry(scope.actor, reading) for reading in readings)
        session.commit()


def _write(app: Flask, db: SQLAlchemy, scope: Scope, readings: list[Reading]) -> None:
    try:
        with app.app_context():
            record(db, scope, readings)
    except SQLAlchemyError:  # whoever reads has their answer; that it was not written is for who runs the server
        log.exception("what user %s read could not be logged", scope.actor.user_id)


def entry(actor: Actor, reading: Reading) -> AccessEntry:
    """The line of the log; its structure is the session's, unless the caller says another."""
    return AccessEntry(
        user_id=actor.user_id,
        actor_name=actor.name[:120],
        permission=reading.permission[:60],
        subject_table=reading.table[:60],
        subject_id=reading.subject_id,
        rows=reading.rows,
        reason=reading.reason,
    )


def forget(session: Session) -> int:
    """Remove the entries of the session's structure that are older than twelve months; returns how many."""
    old = delete(AccessEntry).where(AccessEntry.at < now() - KEPT)
    return int(session.execute(old, execution_options={"synchronize_session": False}).rowcount)  # type: ignore[attr-defined]
