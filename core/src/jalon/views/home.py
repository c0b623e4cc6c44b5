"""A structure's dashboard."""

from __future__ import annotations

from flask import Blueprint, render_template

from jalon import dashboard as first_page
from jalon import first_steps, greetings
from jalon.access import requires
from jalon.admin.member import own_roles
from jalon.db.current import session

blueprint = Blueprint("jalon_home", "jalon", template_folder="templates")


@blueprint.get("/")
@requires("jalon.home")
def dashboard() -> str:
    """Figures and lists of the enabled modules that this member may open."""
    return render_template(
        "jalon/dashboard.html",
        greeting=greetings.read(session()),
        shown=first_page.read(session()),
        own_roles=own_roles,
        first_steps=first_steps.on_dashboard(session()),
    )
