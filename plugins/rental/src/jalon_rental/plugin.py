"""What the rental module declares and answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from jalon.core_settings import Opening
from jalon.declarations import (
    Card,
    CardList,
    Excerpt,
    Hit,
    Job,
    MenuItem,
    Missing,
    Owned,
    Permission,
    PersonTab,
    Plugin,
    Subject,
)
from jalon.hookspecs import hookimpl
from jalon.schedule import Schedule
from jalon.scope import scope_of
from jalon_fleet.models import Vehicle
from jalon_rental import (
    bookings,
    contracts,
    dashboard,
    demo,
    excerpts,
    imports,
    limits,
    persons,
    reminders,
    situations,
    views,
)
from jalon_rental.admin import BookingScreen
from jalon_rental.dashboard import BOOKINGS
from jalon_rental.i18n import _, _l, ngettext
from jalon_rental.models import Booking, State
from jalon_rental.settings import RentalSettings

plugin = Plugin(
    permissions=(
        Permission("rental.read", _l("see the bookings")),
        Permission("rental.write", _l("book, hand over and take back vehicles")),
        Permission("rental.waive", _l("make exceptions to the structure's own rules of rental")),
        Permission("rental.notes", _l("read the notes on the bookings"), confidential=True),
    ),
    grants={
        "direction": ("rental.read", "rental.waive", "rental.notes"),
        "conseiller": ("rental.read", "rental.notes"),
        "accueil": ("rental.read",),
        "agent_location": ("rental.read", "rental.write", "rental.notes"),
    },
    menu=(
        MenuItem(_l("Departures and returns"), "jalon_rental.day", "rental.read", icon="calendar-check", order=5),
        MenuItem(_l("Planning"), "jalon_rental.plan", "rental.read", icon="calendar-range", order=8),
        MenuItem(_l("Bookings"), BOOKINGS, "rental.read", icon="key-round", order=10),
        MenuItem(_l("What is free?"), "jalon_rental.free", "rental.read", icon="search", order=20),
    ),
    sequences=(contracts.NUMBERS,),
    actions=(MenuItem(_l("New booking"), "jalon_admin_rental_booking.create_view", "rental.write", icon="plus"),),
    blueprints=(views.blueprint,),
    screens=(BookingScreen,),
    settings=RentalSettings,
    timeline={"out": _l("Rental begins"), "back": _l("Rental ends")},
    subjects=(
        Subject(
            Booking,
            _l("Booking"),
            "rental.read",
            "jalon_admin_rental_booking.details_view",
            about=lambda booking: booking.beneficiary_id,
        ),
    ),
    messages=(reminders.RETURN_TOMORROW,),
    jobs=(
        Job(
            "rental.remind",
            _l("Remind renters of tomorrow’s returns"),
            reminders.remind,
            schedule=Schedule("0 17 * * *"),
        ),
    ),
    importables=(imports.BOOKINGS,),
    demo=demo.load,
    sample=demo.sample,
)


@hookimpl
def dashboard_cards(session: Session) -> Sequence[Card]:
    """What the desk does today, what is out, what should be back."""
    return dashboard.cards(session)


@hookimpl
def dashboard_lists(session: Session) -> Sequence[CardList]:
    """The desk's day by the hour, late returns, requests that wait."""
    return dashboard.lists(session)


@hookimpl
def person_tabs(session: Session, beneficiary_id: int) -> Sequence[PersonTab]:
    """The person's bookings, those that are not over first; for who may see bookings."""
    if not scope_of(session).may("rental.read"):
        return []
    values = persons.bookings_of(session, beneficiary_id)
    return [PersonTab(_("Rentals"), "jalon_rental/person_tab.html", values)]


@hookimpl
def person_missing(session: Session, beneficiary_id: int) -> Sequence[Missing]:
    """What the guards say of the driver of bookings that are not over; for who may see bookings."""
    if not scope_of(session).may("rental.read"):
        return []
    values = {"beneficiary_id": beneficiary_id}
    said = persons.missing_of(session, beneficiary_id)
    return [Missing(sentence, "jalon_rental.licence", "rental.write", values) for sentence in said]


@hookimpl
def search(session: Session, text: str) -> Sequence[Hit]:
    """Who has, or will have, the vehicle of that plate."""
    if not scope_of(session).may("rental.read"):
        return []
    screen, states = "jalon_admin_rental_booking.details_view", State.labels()
    return [
        Hit(str(b), screen, "rental.read", {"id": b.id}, detail=str(states[b.state]), icon="key-round")
        for b in persons.bookings_by_plate(session, text)
    ]


@hookimpl
def running_items(session: Session) -> Sequence[str]:
    """Bookings that are not over."""
    count = _count(session, situations.running(session))
    return [ngettext("%(n)s booking is not over", "%(n)s bookings are not over", count)] if count else []


@hookimpl
def settings_impact(session: Session, before: object, after: object, valid_from: date) -> Sequence[str]:
    """Bookings to come that other limits, or other opening hours, would leave outside."""
    if not isinstance(after, (RentalSettings, Opening)):
        return []
    long, closed = limits.left_outside(session, before, after, valid_from=valid_from)
    lines = []
    if long:
        lines.append(ngettext("%(n)s booking to come is longer", "%(n)s bookings to come are longer", long))
    if closed:
        lines.append(
            ngettext(
                "%(n)s booking to come begins or ends while you are closed",
                "%(n)s bookings to come begin or end while you are closed",
                closed,
            )
        )
    if lines:
        lines.append(_("They stay as they are; only a change of their dates is held to the new rule."))
    return lines


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
def owned_items(session: Session, member_id: int) -> Sequence[Owned]:
    """Bookings that are not over."""
    count = _count(session, bookings.followed_by(member_id))
    label = ngettext("%(n)s booking that is not over", "%(n)s bookings that are not over", count)
    return [Owned(label, count, BOOKINGS, {"show": "of-member", "member": member_id})]


@hookimpl
def closure_items(session: Session, closure_id: int) -> Sequence[Owned]:
    """Vehicles promised to leave or to come back on those days."""
    count = _count(session, situations.on_closure(session, closure_id))
    label = ngettext("%(n)s booking begins or ends then", "%(n)s bookings begin or end then", count)
    return [Owned(label, count, BOOKINGS, {"show": "on-closure", "closure": closure_id})]


@hookimpl
def hand_over(session: Session, from_member_id: int, to_member_id: int) -> int:
    """Bookings that are not over get another follower."""
    return bookings.pass_on(session, from_member_id=from_member_id, to_member_id=to_member_id)


@hookimpl
def apply_retention(session: Session, before: datetime) -> int:
    """Names typed by hand on old bookings, and who signed contracts that may no longer have to be shown."""
    return bookings.forget_renters(session, before=before) + contracts.forget(session, before=before)


@hookimpl(optionalhook=True)
def newsletter_blocks(session: Session) -> Sequence[Excerpt]:
    """Vehicles that are free this week; asked by the newsletter, where it is installed."""
    return excerpts.free_this_week(session)


def _count(session: Session, condition: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(Booking).where(condition)) or 0
