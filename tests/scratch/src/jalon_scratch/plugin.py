"""What the scratch module declares and answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from jalon.declarations import Card, MenuItem, Permission, Plugin, PublicEndpoint, PublicPage
from jalon.hookspecs import hookimpl
from jalon.scope import structure_of
from jalon_scratch import hookspecs, views
from jalon_scratch.admin import ThingScreen
from jalon_scratch.i18n import _l
from jalon_scratch.models import Box, Thing


def sample(session: Session, number: int) -> Sequence[object]:
    """One row of each table; `number` and the structure tell samples apart."""
    where = structure_of(session).slug
    box = Box(name=f"Box {number} of {where}")
    thing = Thing(name=f"Thing {number} of {where}", box=box)
    session.add_all([box, thing])
    session.flush()
    return [box, thing]


def load(session: Session) -> None:
    """A thing for the demo."""
    session.add(Thing(name=f"Thing of {structure_of(session).slug}", box=Box(name="Box")))
    session.flush()


plugin = Plugin(
    permissions=(Permission("scratch.read", _l("see things")), Permission("scratch.write", _l("change things"))),
    grants={"direction": ("scratch.read", "scratch.write")},
    menu=(MenuItem(_l("Things"), "jalon_admin_scratch_thing.index_view", "scratch.read"),),
    blueprints=(views.blueprint,),
    screens=(ThingScreen,),
    public=(PublicEndpoint("q", "thing_label", "the label on a thing", views.public_thing),),
    public_pages=(
        PublicPage("", "things", "whoever passes may see what there is", views.public_things),
        PublicPage(
            "things/<int:thing_id>", "thing", "whoever wants it may say so", views.wanted, methods=("GET", "POST")
        ),
        PublicPage("about", "about", "what this was is told for ever", views.about, gated=False),
    ),
    hookspecs=hookspecs,
    demo=load,
    sample=sample,
)


@hookimpl
def dashboard_cards(session: Session) -> Sequence[Card]:
    """How many things there are."""
    count = session.scalar(select(func.count()).select_from(Thing)) or 0
    return [Card("Things", count, "jalon_admin_scratch_thing.index_view", "scratch.read")]


@hookimpl
def resource_withdrawing(session: Session, resource_id: int) -> None:
    """Nothing speaks against it."""


@hookimpl
def apply_retention(session: Session, before: datetime) -> int:
    """Things name nobody."""
    return 0
