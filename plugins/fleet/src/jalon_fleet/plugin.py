"""What the fleet module declares and answers."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from jalon.declarations import Card, CardList, Hit, Job, MenuItem, Permission, Plugin, PublicEndpoint, Role, Subject
from jalon.hookspecs import hookimpl
from jalon.schedule import Schedule
from jalon_fleet import dashboard, demo, renewals, vehicles, views
from jalon_fleet.admin import VehicleScreen
from jalon_fleet.i18n import _, _l
from jalon_fleet.imports import VEHICLES
from jalon_fleet.models import Category, Vehicle
from jalon_fleet.settings import FleetSettings

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
    actions=(MenuItem(_l("Add a vehicle"), "jalon_admin_fleet_vehicle.create_view", "fleet.write", icon="plus"),),
    blueprints=(views.blueprint,),
    screens=(VehicleScreen,),
    public=(PublicEndpoint("q", vehicles.LABEL, "the label on a vehicle says whose it is", views.public_label),),
    resource_kinds={category.value: label for category, label in Category.labels().items()},
    subjects=(Subject(Vehicle, _l("Vehicle"), "fleet.read", "jalon_admin_fleet_vehicle.details_view"),),
    settings=FleetSettings,
    jobs=(Job("fleet.papers", _l("Plan the renewal of vehicles’ papers"), renewals.plan, Schedule("20 5 * * *")),),
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


@hookimpl
def search(session: Session, text: str) -> Sequence[Hit]:
    """Vehicles by plate or number, by make and model; those that left the fleet last."""
    screen = "jalon_admin_fleet_vehicle.details_view"
    return [
        Hit(str(vehicle), screen, "fleet.read", {"id": vehicle.id}, detail=_state(vehicle), icon="car")
        for vehicle in vehicles.found(session, text)
    ]


def _state(vehicle: Vehicle) -> str:
    category = str(Category.labels()[vehicle.category])
    left = _("Left the fleet")
    return f"{category} · {left}" if vehicle.resource.archived_at else category
