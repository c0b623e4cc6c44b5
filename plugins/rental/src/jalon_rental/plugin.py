"""What the rental module declares and answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from jalon.clock import now
from jalon.declarations import Card, MenuItem, Permission, Plugin
from jalon.hookspecs import hookimpl
from jalon_fleet.models import Vehicle
from jalon_rental import bookings, demo, views
from jalon_rental.admin import BookingScreen
from jalon_rental.i18n import _, _l, ngettext
from jalon_rental.models import Booking, State

plugin = Plugin(
    permissions=(
        Permission("rental.read", _l("see the bookings")),
        Permission("rental.write", _l("book, hand over and take back vehicles")),
    ),
    grants={
        "direction": ("rental.read",),
        "conseiller": ("rental.read",),
        "accueil": ("rental.read",),
        "agent_location": ("rental.read", "rental.write"),
    },
    menu=(
        MenuItem(_l("Bookings"), "jalon_admin_rental_booking.index_view", "rental.read", icon="key", order=10),
        MenuItem(_l("What is free?"), "jalon_rental.free", "rental.read", icon="search", order=20),
    ),
    blueprints=(views.blueprint,),
    screens=(BookingScreen,),
    demo=demo.load,
    sample=demo.sample,
)


@hookimpl
def dashboard_cards(session: Session) -> Sequence[Card]:
    """What is out, what should be back."""
    out = _count(session, Booking.state == State.OUT)
    late = _count(session, (Booking.state == State.OUT) & (Booking.ends_at <= now()))
    screen = "jalon_admin_rental_booking.index_view"
    return [
        Card(_("Vehicles out"), out, screen, "rental.read"),
        Card(_("Late returns"), late, screen, "rental.read", tone="bad" if late else ""),
    ]


@hookimpl
def running_items(session: Session) -> Sequence[str]:
    """Bookings that are not over."""
    count = _count(session, Booking.state.in_([State.BOOKED, State.OUT]))
    return [ngettext("%(n)s booking is not over", "%(n)s bookings are not over", count)] if count else []


@hookimpl
def describe_occupations(session: Session, ids: Sequence[int]) -> Mapping[int, str]:
    """The vehicle of each booking, nobody's name."""
    rows = session.execute(
        select(Booking.occupation_id, Vehicle)
        .join(Vehicle, Vehicle.id == Booking.vehicle_id)
        .where(Booking.occupation_id.in_(ids))
    )
    return {occupation_id: _("Rental of %(vehicle)s", vehicle=vehicle) for occupation_id, vehicle in rows}


@hookimpl
def resource_withdrawing(session: Session, resource_id: int) -> None:
    """Bookings to come keep their vehicle."""
    bookings.refuse_withdrawal(session, resource_id)


@hookimpl
def apply_retention(session: Session, before: datetime) -> int:
    """Names typed by hand on old bookings."""
    return bookings.forget_renters(session, before=before)


def _count(session: Session, condition: object) -> int:
    return session.scalar(select(func.count()).select_from(Booking).where(condition)) or 0  # type: ignore[arg-type]
