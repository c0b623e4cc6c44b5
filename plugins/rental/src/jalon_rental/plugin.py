"""What the rental module declares and answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from jalon.declarations import Card, MenuItem, Permission, Plugin, Subject
from jalon.hookspecs import hookimpl
from jalon_fleet.models import Vehicle
from jalon_rental import bookings, demo, situations, views
from jalon_rental.admin import BookingScreen
from jalon_rental.i18n import _, _l, ngettext
from jalon_rental.models import Booking

BOOKINGS = "jalon_admin_rental_booking.index_view"

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
        MenuItem(_l("Bookings"), BOOKINGS, "rental.read", icon="key", order=10),
        MenuItem(_l("What is free?"), "jalon_rental.free", "rental.read", icon="search", order=20),
    ),
    blueprints=(views.blueprint,),
    screens=(BookingScreen,),
    subjects=(Subject(Booking, _l("Booking"), "rental.read", "jalon_admin_rental_booking.details_view"),),
    demo=demo.load,
    sample=demo.sample,
)


@hookimpl
def dashboard_cards(session: Session) -> Sequence[Card]:
    """What the desk does today, what is out, what should be back."""
    return [
        _card(session, _("Departures today"), "leaving", situations.leaving_today),
        _card(session, _("Returns today"), "back", situations.back_today),
        _card(session, _("Vehicles out"), "out", situations.out),
        _card(session, _("Late returns"), "late", situations.late, alarming=True),
    ]


@hookimpl
def running_items(session: Session) -> Sequence[str]:
    """Bookings that are not over."""
    count = _count(session, situations.running(session))
    return [ngettext("%(n)s booking is not over", "%(n)s bookings are not over", count)] if count else []


@hookimpl
def describe_occupations(session: Session, ids: Sequence[int]) -> Mapping[int, str]:
    """The vehicle of each booking, nobody's name."""
    rows = session.execute(
        select(Booking.occupation_id, Vehicle)
        .join(Vehicle, Vehicle.id == Booking.vehicle_id)
        .where(Booking.occupation_id.in_(ids))
    )
    return {id: _("Rental of %(vehicle)s", vehicle=vehicle) for id, vehicle in rows if id is not None}


@hookimpl
def resource_withdrawing(session: Session, resource_id: int) -> None:
    """Bookings to come keep their vehicle."""
    bookings.refuse_withdrawal(session, resource_id)


@hookimpl
def apply_retention(session: Session, before: datetime) -> int:
    """Names typed by hand on old bookings."""
    return bookings.forget_renters(session, before=before)


def _card(
    session: Session, label: str, show: str, where: Callable[[Session], ColumnElement[bool]], *, alarming: bool = False
) -> Card:
    count = _count(session, where(session))
    tone = "bad" if alarming and count else ""
    return Card(label, count, BOOKINGS, "rental.read", values={"show": show}, tone=tone)


def _count(session: Session, condition: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(Booking).where(condition)) or 0
