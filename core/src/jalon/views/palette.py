"""The box in the frame of each page: one place to ask for everything."""

from __future__ import annotations

from flask import Blueprint, current_app, render_template, request

from jalon import palette, people
from jalon.access import posts_to_read, requires
from jalon.db import open_session
from jalon.db.current import session
from jalon.scope import scope_of
from jalon.texts import tidy

blueprint = Blueprint("jalon_palette", "jalon", template_folder="templates")


@blueprint.post("/palette")
@requires("jalon.home")
@posts_to_read("a person's name stands in no address")
def ask() -> str:
    """What answers `q`; a part of a page when a script asks for one, else a page of its own.

    It reads in a session of its own: a POST on SQLite waits for whoever writes, and here somebody is typing.
    """
    typed = tidy(request.form.get("q", ""))[: people.LONGEST]
    mount = current_app.extensions["jalon"]
    with open_session(mount.db, scope_of(session()), read_only=True) as reading:
        found = palette.ask(reading, mount.hooks, typed)
    template = "jalon/palette_hits.html" if "part" in request.form else "jalon/palette.html"
    return render_template(template, found=found, typed=typed)
