"""What the fleet module declares and answers."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from jalon.declarations import Card, CardList, MenuItem, Permission, Plugin, PublicEndpoint, Role, Subject
from jalon.hookspecs import hookimpl
from jalon_fleet import dashboard, demo, vehicles, views
from jalon_fleet.admin import VehicleScreen
from jalon_fleet.i18n import _l
from jalon_fleet.imports import VEHICLES
from jalon_fleet.models import Category, Vehicle

plugin = Plugin(
    permissions=(
        Permission("fleet.read", _l("see the vehicles")),
        Permission("fleet.write", _l("add and change vehicles")),
    ),
    roles=(Role("agent_location", _l("Rental agent")), Role("regulateur", _l("Transport dispatcher"))),
    grants={
        "direction": ("fleet.read",),
        "conseiller": ("fleet.read",),
        "accueil": ("fleet.read",),
        "regulateur": ("fleet.read",),
        "agent_location": ("fleet.read", "fleet.write"),
    },
    menu=(MenuItem(_l("Vehicles"), "jalon_admin_fleet_vehicle.index_view", "fleet.read", icon="car", order=50),),
    blueprints=(views.blueprint,),
    screens=(VehicleScreen,),
    public=(PublicEndpoint("q", vehicles.LABEL, "the label on a vehicle says whose it is", views.public_label),),
    resource_kinds={category.value: label for category, label in Category.labels().items()},
    subjects=(Subject(Vehicle, _l("Vehicle"), "fleet.read", "jalon_admin_fleet_vehicle.details_view"),),
    importables=(VEHICLES,),
    demo=demo.load,
    sample=demo.sample,
)


@hookimpl
def dashboard_cards(session: Session) -> Sequence[Card]:
    """How many vehicles the fleet has."""
    return dashboard.cards(session)


@hookimpl
def dashboard_lists(session: Session) -> Sequence[CardList]:
    """Papers that end soon."""
    return dashboard.lists(session)
