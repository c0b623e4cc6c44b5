"""Rental on the dashboard: the desk's day by the hour, what should be back, and who waits for an answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from jalon import history
from jalon.clock import now, today
from jalon.declarations import Act, Card, CardList, Line
from jalon.localtime import to_local
from jalon.models import Beneficiary, Resource
from jalon.scope import scope_of
from jalon_fleet.models import Vehicle
from jalon_rental import situations, troubles
from jalon_rental.i18n import _, ngettext
from jalon_rental.models import Booking, State

SHOWN = 6  # lines of a list; the day has more of them than the rest
SHOWN_OF_THE_DAY = 10
BOOKINGS, DAY = "jalon_admin_rental_booking.index_view", "jalon_rental.day"
READ, WRITE = "rental.read", "rental.write"


@dataclass(frozen=True)
class Figures:
    """How many bookings of each kind, and the hour or the day that comes first among them."""

    leaving: int
    back: int
    out: int
    late: int
    requested: int
    next_leaving: datetime | None
    next_back: datetime | None
    oldest_late: datetime | None
    first_wanted: datetime | None
    fleet: int


def figures(session: Session) -> Figures:
    """All of them in one query."""
    parts = (
        situations.leaving_today(session),
        situations.back_today(session),
        situations.out(session),
        situations.late(session),
        situations.requested(session),
    )
    leaving, back, _out, late, requested = parts
    firsts = (
        func.min(Booking.starts_at).filter(leaving),
        func.min(Booking.ends_at).filter(back),
        func.min(Booking.ends_at).filter(late),
        func.min(Booking.starts_at).filter(requested),
    )
    fleet = select(func.count(Vehicle.id)).join(Vehicle.resource).where(Resource.archived_at.is_(None))
    counts = (func.count().filter(part) for part in parts)
    query = select(*counts, *firsts, fleet.scalar_subquery()).select_from(Booking)
    row: Sequence[Any] = session.execute(query.where(situations.running(session))).one()
    return Figures(*row)


def cards(session: Session) -> Sequence[Card]:
    """What the desk does today, what is out, what should be back; each as long as the list behind it."""
    found = figures(session)
    return [
        _card(_("Departures today"), "leaving", found.leaving, "arrow-up-right", _next(session, found.next_leaving)),
        _card(_("Returns today"), "back", found.back, "arrow-down-left", _next(session, found.next_back)),
        _card(_("Vehicles out"), "out", found.out, "car", _("of %(count)s in the fleet", count=found.fleet)),
        _card(_("Late returns"), "late", found.late, "alarm-clock", _since(found.oldest_late), "bad"),
        _card(_("Requests waiting"), "requests", found.requested, "hourglass", _first(session, found.first_wanted)),
    ]


def _card(label: str, show: str, count: int, icon: str, detail: str, alarm: str = "") -> Card:
    tone = alarm if count else ""
    return Card(label, count, BOOKINGS, READ, values={"show": show}, tone=tone, icon=icon, detail=detail)


def _next(session: Session, at: datetime | None) -> str:
    if at is None:
        return _("none today")
    if at < now():
        return _("one should have left")
    return _("the next at %(hour)s", hour=f"{to_local(at, scope_of(session).zone):%H:%M}")


def _since(at: datetime | None) -> str:
    if at is None:
        return _("none")
    days = (now() - at).days
    return ngettext("the longest: %(n)s day", "the longest: %(n)s days", days) if days else _("since today")


def _first(session: Session, at: datetime | None) -> str:
    if at is None:
        return _("none")
    return _("the first wanted for %(day)s", day=f"{to_local(at, scope_of(session).zone):%d/%m}")


def lists(session: Session) -> Sequence[CardList]:
    """For who may see bookings; five queries and those of the guards, however many bookings there are."""
    if not scope_of(session).may(READ):
        return []
    found = figures(session)
    return [_day(session, found.leaving + found.back), _late(session, found.late), _requests(session, found.requested)]


def _day(session: Session, count: int) -> CardList:
    by_hour = case((Booking.state == State.BOOKED, Booking.starts_at), else_=Booking.ends_at)
    expected = situations.leaving_today(session) | situations.back_today(session)
    first = select(Booking).where(expected).order_by(by_hour, Booking.id).limit(SHOWN_OF_THE_DAY)
    rows = _read(session, first.options(selectinload(Booking.waivers)))
    whys = troubles.whys(session, rows) if rows else {}
    return CardList(
        "rental.today",
        _("Departures and returns today"),
        count,
        [_expected(session, booking, whys.get(booking.id, [])) for booking in rows],
        DAY,
        READ,
        _("Nothing to hand over and nothing to take back today."),
        icon="calendar-check",
        first_for=("agent_location", "accueil"),
        order=10,
    )


def _expected(session: Session, booking: Booking, whys: list[tuple[str, bool]]) -> Line:
    leaves = booking.state is State.BOOKED
    at, said, tone = (booking.starts_at, _("Departure"), "info") if leaves else (booking.ends_at, _("Return"), "ok")
    if any(blocks for _sentence, blocks in whys):
        said, tone = _("To check"), "bad"
    elif whys:
        said, tone = _("To check"), "warn"
    return _line(
        session,
        booking,
        when=_hour(session, at),
        detail=_("%(what)s · %(vehicle)s", what=_("Departure") if leaves else _("Return"), vehicle=booking.wanted),
        said=said,
        tone=tone,
        act=_see(booking) if tone == "bad" and leaves else _hand_over(booking) if leaves else _take_back(booking),
    )


def _late(session: Session, count: int) -> CardList:
    overdue = select(Booking).where(situations.late(session)).order_by(Booking.ends_at, Booking.id)
    rows = _read(session, overdue.limit(SHOWN)) if count else []
    return CardList(
        "rental.late",
        _("Late returns"),
        count,
        [
            _line(
                session,
                booking,
                when=_hour(session, booking.ends_at),
                detail=booking.wanted,
                said=_late_by(now() - booking.ends_at),
                tone="bad",
                phone=booking.beneficiary.file.phone or "" if booking.beneficiary and booking.beneficiary.file else "",
                act=_take_back(booking),
            )
            for booking in rows
        ],
        BOOKINGS,
        READ,
        _("Every vehicle that is due is back."),
        values={"show": "late"},
        icon="alarm-clock",
        order=5,
    )


def _requests(session: Session, count: int) -> CardList:
    asked = select(Booking).where(situations.requested(session)).order_by(Booking.id).limit(SHOWN)
    rows = _read(session, asked) if count else []
    since = history.created(session, Booking, [booking.id for booking in rows])
    return CardList(
        "rental.requests",
        _("Requests waiting"),
        count,
        [
            _line(
                session,
                booking,
                detail=_("%(vehicle)s · from %(day)s", vehicle=booking.wanted, day=_day_of(session, booking.starts_at)),
                days=(now() - since[booking.id]).days if booking.id in since else None,
                act=Act(_("Answer"), "jalon_admin_rental_booking.edit_view", WRITE, {"id": booking.id}),
            )
            for booking in rows
        ],
        BOOKINGS,
        READ,
        _("No request waits for a vehicle."),
        values={"show": "requests"},
        icon="hourglass",
        first_for=("agent_location",),
        order=15,
    )


def _line(session: Session, booking: Booking, **values: Any) -> Line:
    """A booking, under the renter's name as the reader may know it."""
    page = "edit_view" if scope_of(session).may(WRITE) else "details_view"
    return Line(
        booking.renter,
        endpoint=f"jalon_admin_rental_booking.{page}",
        permission=READ,
        values={"id": booking.id},
        **values,
    )


def _read(session: Session, query: Select[Booking]) -> list[Booking]:
    person = joinedload(Booking.beneficiary)
    whole = (
        person.joinedload(Beneficiary.identity),
        person.joinedload(Beneficiary.file),
        joinedload(Booking.vehicle),
    )
    return list(session.scalars(query.options(*whole)))


def _hand_over(booking: Booking) -> Act:
    return _step(booking, _("Hand over"), "jalon_rental.hand_over")


def _take_back(booking: Booking) -> Act:
    return _step(booking, _("Take back"), "jalon_rental.take_back")


def _step(booking: Booking, label: str, endpoint: str) -> Act:
    return Act(label, endpoint, WRITE, {"booking_id": booking.id}, post=True)


def _see(booking: Booking) -> Act:
    return Act(_("See why"), "jalon_admin_rental_booking.edit_view", WRITE, {"id": booking.id})


def _hour(session: Session, at: datetime) -> str:
    """The hour of today, the day of another one."""
    zone = scope_of(session).zone
    local = to_local(at, zone)
    return f"{local:%H:%M}" if local.date() == today(zone) else f"{local:%d/%m}"


def _day_of(session: Session, at: datetime) -> str:
    return f"{to_local(at, scope_of(session).zone):%d/%m}"


def _late_by(late: timedelta) -> str:
    hours = max(1, int(late.total_seconds() // 3600))
    if hours < 24:
        return ngettext("%(n)s hour late", "%(n)s hours late", hours)
    return ngettext("%(n)s day late", "%(n)s days late", hours // 24)
