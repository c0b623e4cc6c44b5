"""The plan of the fleet: which vehicle is promised or out on which half day, over some days; four queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, joinedload

from jalon.clock import now, today
from jalon.localtime import to_instant, to_local
from jalon.models import Beneficiary, Occupation, OccupationKind, Resource
from jalon.scope import scope_of
from jalon_fleet.models import Category, Vehicle
from jalon_rental import bookings, troubles
from jalon_rental.models import Booking, State

LENGTHS = {"week": 7, "fortnight": 14, "month": 31}  # days
TONES = {State.OPTIONED: "hold", State.BOOKED: "info", State.OUT: "warn", State.RETURNED: "ok"}


@dataclass(frozen=True)
class Bar:
    """A booking, or what another module does with the vehicle, on half days `[first, last)` of the plan."""

    first: int
    last: int
    booking: Booking | None
    tone: str
    late: bool = False
    endangered: bool = False


@dataclass(frozen=True)
class Cell:
    """Half days of a row: a bar over `span` of them, or a free one of that civil day."""

    span: int
    day: date
    bar: Bar | None = None
    afternoon: bool = False


@dataclass(frozen=True)
class Plan:
    """Days, and a row of cells for each vehicle."""

    days: list[date]
    rows: list[tuple[Vehicle, list[Cell]]]


def read(session: Session, first: date, length: int, category: Category | None = None) -> Plan:
    """The plan from a day on, for that many days."""
    zone = scope_of(session).zone
    days = [first + timedelta(days=n) for n in range(length)]
    begin, end = (to_instant(datetime.combine(day, time()), zone) for day in (first, first + timedelta(days=length)))
    vehicles = _vehicles(session, category)
    endangered = troubles.endangered(session)
    bars: dict[int, list[Bar]] = defaultdict(list)
    for booking in _bookings(session, begin, end):
        if booking.vehicle_id is not None:
            bars[booking.vehicle_id] += _bar(booking, endangered, first, length, zone)
    by_resource = {vehicle.resource_id: vehicle.id for vehicle in vehicles}
    for other in _others(session, list(by_resource), begin, end):
        tone = "off" if other.kind is OccupationKind.UNAVAILABLE else ""
        span = _halves(other.starts_at, other.ends_at, first, length, zone)
        if span is not None:
            bars[by_resource[other.resource_id]].append(Bar(*span, None, tone))
    return Plan(days, [(vehicle, list(_cells(bars[vehicle.id], days))) for vehicle in vehicles])


def _vehicles(session: Session, category: Category | None) -> list[Vehicle]:
    query = select(Vehicle).join(Vehicle.resource).where(Resource.archived_at.is_(None))
    query = query.where(Vehicle.category == category) if category else query
    return list(session.scalars(query.order_by(Vehicle.category, Vehicle.make, Vehicle.model, Vehicle.plate)))


def _bookings(session: Session, begin: datetime, end: datetime) -> Iterable[Booking]:
    """Those that touch the plan; what is out and late holds its vehicle until it is back."""
    over = Booking.ends_at > begin
    out = and_(Booking.state == State.OUT, Booking.ends_at <= now()) if now() > begin else over
    seen = Booking.state.in_(list(TONES)), ~bookings.expired(), Booking.starts_at < end, or_(over, out)
    person = joinedload(Booking.beneficiary).joinedload(Beneficiary.identity)
    query = select(Booking).where(*seen).options(person, joinedload(Booking.occupation))
    return session.scalars(query.order_by(Booking.starts_at, Booking.id))


def _others(session: Session, resources: list[int], begin: datetime, end: datetime) -> Iterable[Occupation]:
    """What other modules promised, and the days a vehicle cannot be used."""
    return session.scalars(
        select(Occupation)
        .where(
            Occupation.resource_id.in_(resources),
            Occupation.blocking,
            Occupation.module != bookings.MODULE,
            Occupation.starts_at < end,
            Occupation.ends_at > begin,
        )
        .order_by(Occupation.starts_at)
    )


def _bar(booking: Booking, endangered: set[int], first: date, length: int, zone: ZoneInfo) -> Iterator[Bar]:
    """Source: domain model 3.1, point 2: taken from the real departure to the real return, or to now when late."""
    late = bookings.is_late(booking)
    fact = booking.occupation
    ends_at = max(booking.ends_at, now()) if late else booking.ends_at
    if booking.state is State.RETURNED and fact is not None and fact.returned_at is not None:
        ends_at = fact.returned_at
    span = _halves(booking.starts_at, ends_at, first, length, zone)
    if span is not None:
        threatened = booking.id in endangered
        tone = "bad" if late or threatened else TONES[booking.state]
        yield Bar(*span, booking, tone, late, threatened)


def _halves(starts_at: datetime, ends_at: datetime, first: date, length: int, zone: ZoneInfo) -> tuple[int, int] | None:
    """The half days a period touches: 0 is the morning of the first day. None outside the plan."""
    begin, end = (to_local(at, zone) for at in (starts_at, ends_at))
    low = (begin.date() - first).days * 2 + (begin.hour >= 12)
    noon = end.time() > time(12)
    high = (end.date() - first).days * 2 + (1 if end.time() > time() else 0) + noon
    low, high = max(low, 0), min(max(high, low + 1), length * 2)
    return (low, high) if low < high else None


def _cells(bars: list[Bar], days: list[date]) -> Iterator[Cell]:
    """The row from left to right; of two that touch the same half day the second is drawn after the first."""
    at = 0
    for bar in sorted(bars, key=lambda b: (b.first, b.last)):
        begin = max(bar.first, at)
        yield from _free(at, begin, days)
        end = max(bar.last, begin + 1)
        if begin >= len(days) * 2:
            return
        end = min(end, len(days) * 2)
        yield Cell(end - begin, days[begin // 2], bar)
        at = end
    yield from _free(at, len(days) * 2, days)


def _free(begin: int, end: int, days: list[date]) -> Iterator[Cell]:
    """Free half days, two in one cell where the whole day is free."""
    at = begin
    while at < end:
        whole = at % 2 == 0 and at + 1 < end
        yield Cell(2 if whole else 1, days[at // 2], afternoon=at % 2 == 1)
        at += 2 if whole else 1


def first_day(session: Session, asked: date | None, length: int) -> date:
    """The Monday before a day, today when none is asked; a month begins where it is asked."""
    day = asked or today(scope_of(session).zone)
    return day - timedelta(days=day.weekday()) if length < LENGTHS["month"] or asked is None else day
