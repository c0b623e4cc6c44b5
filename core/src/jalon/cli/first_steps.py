"""`jalon first-steps`: the address at which the first account is opened."""

from __future__ import annotations

import os
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy.exc import SQLAlchemyError

from jalon import first_steps as steps
from jalon.app_of import mount
from jalon.cli.common import Refused, across, refusing
from jalon.db import open_session
from jalon.scope import Scope

ADVICE = "Nobody has an account yet. Within a day, open this address and follow the five steps:"


@click.command("first-steps")
@with_appcontext
def first_steps() -> None:
    """Print the address, good once and for a day, at which the first account is opened."""
    with across("see whether anybody has an account") as session:
        nobody = steps.nobody_yet(session)
    if not nobody:
        raise Refused("somebody already has an account here: sign in")
    with refusing():
        click.echo(f"{ADVICE}\n  {_address()}")


def tell_first_steps() -> None:
    """The same when the site starts and nobody has an account; silent when that cannot be known yet."""
    looking = Scope(across="see whether anybody has an account")
    try:
        with open_session(mount(current_app).db, looking, read_only=True) as session:
            nobody = steps.nobody_yet(session)
    except SQLAlchemyError:  # no tables yet: “jalon check” says so
        return
    finally:
        mount(current_app).db.engine.dispose()  # whoever forks must not share this connection
    if nobody:
        click.echo(f"{ADVICE}\n  {_address()}")


def _address() -> str:
    here = f"http://{os.environ.get('JALON_HOST', '127.0.0.1')}:{os.environ.get('JALON_PORT', '8000')}"
    public = str(current_app.config["JALON_PUBLIC_URL"] or here).rstrip("/")
    key = steps.new_key(Path(current_app.config["JALON_DATA_DIR"]), current_app.config["SECRET_KEY"])
    return f"{public}/first-steps/{key}"
