"""The check of the installation, for platform administrators."""

from __future__ import annotations

from flask import Blueprint, current_app, render_template

from jalon import checks
from jalon.access import requires
from jalon.db.current import session
from jalon.scope import scope_of

blueprint = Blueprint("jalon_check", "jalon", template_folder="templates")


@blueprint.get("/check/")
@requires("jalon.checks.read")
def index() -> str:
    """What is wrong, what could be better, what is good; about the installation and about no person."""
    with checks.looking_at(current_app, scope_of(session()).actor, hurried=True) as place:
        found = checks.run(place)
    return render_template("jalon/check.html", found=found)
