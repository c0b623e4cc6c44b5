"""Whether the site can work, for whoever watches the server: no more than that, for anybody may ask."""

from __future__ import annotations

from flask import Blueprint, current_app
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from jalon import migrate
from jalon.access import open_to_all

blueprint = Blueprint("jalon_health", "jalon")


@blueprint.get("/health")
@open_to_all("for whoever watches the server")
def health() -> ResponseReturnValue:
    """200 when the database answers and the core's tables fit this code, 503 otherwise."""
    try:
        with current_app.extensions["jalon"].db.engine.connect() as connection:
            fits = _fits(connection)
    except SQLAlchemyError:
        return {"status": "error", "database": "error", "migrations": "unknown"}, 503
    if not fits:
        return {"status": "error", "database": "ok", "migrations": "error"}, 503
    return {"status": "ok", "database": "ok", "migrations": "ok"}


def _fits(connection: Connection) -> bool:
    """The core's tables only: one module that is behind must not take the others off the air."""
    return migrate.current_revision(connection, migrate.CORE) == migrate.head(migrate.CORE)
