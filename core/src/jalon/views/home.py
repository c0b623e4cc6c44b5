"""A structure's dashboard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flask import Blueprint, current_app, render_template, url_for

from jalon import first_steps, referrals
from jalon.access import requires
from jalon.admin.member import own_roles
from jalon.db.current import session
from jalon.declarations import Card
from jalon.i18n import _
from jalon.scope import scope_of

blueprint = Blueprint("jalon_home", "jalon", template_folder="templates")


@blueprint.get("/")
@requires("jalon.home")
def dashboard() -> str:
    """Cards of the enabled modules that this member may open."""
    may = scope_of(session()).may

    def prepare(cards: Sequence[Card]) -> list[tuple[Card, str]]:
        """What the page shows is made inside the hook's isolation: a wrong endpoint is that module's failure."""
        return [
            (replace(c, label=str(c.label), value=int(c.value)), url_for(c.endpoint, **c.values))
            for c in cards
            if may(c.permission)
        ]

    shown = current_app.extensions["jalon"].hooks.show(session(), "dashboard_cards", prepare=prepare)
    return render_template(
        "jalon/dashboard.html",
        shown=shown,
        own=_own_cards(),
        own_roles=own_roles,
        first_steps=first_steps.on_dashboard(session()),
    )


def _own_cards() -> list[tuple[Card, str]]:
    """What the core itself has to say: referrals that wait, when there are any."""
    count = referrals.waiting(session()) if scope_of(session()).may("jalon.referrals.read") else 0
    card = Card(_("Referrals to answer"), count, "jalon_referrals.index", "jalon.referrals.read")
    return [(card, url_for(card.endpoint))] if count else []
