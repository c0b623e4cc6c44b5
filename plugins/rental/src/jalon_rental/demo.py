"""A year of bookings for the demo, and one row of each table for the conformance kit."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon.clock import now, today
from jalon.errors import DomainError
from jalon.localtime import to_instant
from jalon.scope import scope_of, structure_of
from jalon_fleet.demo import sample as fleet_sample
from jalon_fleet.models import Category, Vehicle
from jalon_rental import bookings
from jalon_rental.models import Booking

FIRST = ("Amina", "Léo", "Fatou", "Kévin", "Nora", "Hugo", "Inès", "Moussa", "Chloé", "Yanis", "Sofia", "Théo")
LAST = ("Marchand", "Besson", "Diarra", "Lemoine", "Haddad", "Carpentier", "Rousselle", "Traoré", "Vasseur", "Perrin")
# domain model 7.4: contracts of the closed year and their mean length in days
CONTRACTS = {
    "plateforme": {
        Category.CAR: (28, 42),
        Category.SCOOTER_50: (13, 50),
        Category.EBIKE: (11, 60),
        Category.BIKE: (3, 40),
    },
    "relais": {Category.CAR: (38, 42), Category.SCOOTER_50: (31, 50), Category.EBIKE: (11, 60), Category.BIKE: (3, 40)},
}


def load(session: Session) -> None:
    """The last civil year, closed, and a live week around today; the same at each loading of a day."""
    draw = random.Random(f"rental of {structure_of(session).slug}")
    _closed_year(session, draw)
    _live_week(session, draw)


def _closed_year(session: Session, draw: random.Random) -> None:
    year = today(scope_of(session).zone).year - 1
    for category, (count, mean) in CONTRACTS.get(structure_of(session).slug, {}).items():
        vehicles = _vehicles(session, category)
        for number in range(count):
            _past_booking(
                session,
                draw,
                vehicles[number % len(vehicles)],
                year,
                number // len(vehicles),
                count / len(vehicles),
                mean,
            )


def _past_booking(
    session: Session, draw: random.Random, vehicle: Vehicle, year: int, turn: int, turns: float, mean: int
) -> None:
    """The turn-th booking of a vehicle in its part of the year: handed over, and back in time or late."""
    part = 365 / turns
    start = date(year, 1, 2) + timedelta(days=int(turn * part) + draw.randrange(0, 3))
    days = max(2, min(int(part) - 4, round(mean * draw.uniform(0.8, 1.2))))
    starts_at, ends_at = _at(session, start, 9), _at(session, min(start + timedelta(days=days), date(year, 12, 31)), 17)
    booking = bookings.book(session, vehicle, renter_name=_name(draw), starts_at=starts_at, ends_at=ends_at)
    fate = draw.random()
    if fate < 0.09:
        bookings.cancel(session, booking)
    elif fate < 0.12:
        bookings.no_show(session, booking)
    else:
        late = timedelta(hours=draw.choice((2, 26))) if fate > 0.85 else timedelta(minutes=-draw.randrange(5, 120))
        bookings.hand_over(session, booking, at=starts_at)
        bookings.take_back(session, booking, at=ends_at + late)


def _live_week(session: Session, draw: random.Random) -> None:
    """Vehicles out, one of them late, and bookings of the coming days."""
    day = today(scope_of(session).zone)
    for number, vehicle in enumerate(_vehicles(session, None)):
        if number % 3 == 0:
            end = -1 if number == 3 else draw.randrange(1, 5)
            booking = _book(session, draw, vehicle, day + timedelta(days=-4), day + timedelta(days=end))
            if booking is not None:
                bookings.hand_over(session, booking, at=booking.starts_at)
        elif number % 3 == 1:
            first = day + timedelta(days=draw.randrange(1, 4))
            _book(session, draw, vehicle, first, first + timedelta(days=draw.randrange(2, 9)))


def _book(session: Session, draw: random.Random, vehicle: Vehicle, first: date, last: date) -> Booking | None:
    try:
        return bookings.book(
            session, vehicle, renter_name=_name(draw), starts_at=_at(session, first, 9), ends_at=_at(session, last, 17)
        )
    except DomainError:  # in January the closed year reaches into the live week: that vehicle stays as it is
        return None


def _vehicles(session: Session, category: Category | None) -> list[Vehicle]:
    query = select(Vehicle).order_by(Vehicle.id)
    return list(session.scalars(query.where(Vehicle.category == category) if category else query))


def _name(draw: random.Random) -> str:
    return f"{draw.choice(FIRST)} {draw.choice(LAST)}"


def _at(session: Session, day: date, hour: int) -> datetime:
    return to_instant(datetime.combine(day, time(hour)), scope_of(session).zone)


def sample(session: Session, number: int) -> Sequence[object]:
    """One row of each table; `number` tells samples apart."""
    vehicle = next(v for v in fleet_sample(session, number + 400) if isinstance(v, Vehicle))
    starts_at = now() + timedelta(days=1 + number)
    booking = bookings.book(
        session, vehicle, renter_name=f"Sample {number}", starts_at=starts_at, ends_at=starts_at + timedelta(days=1)
    )
    return [booking]
