"""The session of the running application, whoever made it."""

from __future__ import annotations

from typing import cast

from flask import current_app
from sqlalchemy.orm import Session


def session() -> Session:
    """The request's session, from the handle Jalon was mounted with."""
    return cast(Session, current_app.extensions["jalon"].db.session())
