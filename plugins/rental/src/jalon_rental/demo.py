"""A closed year and a live week of bookings for the demo, and one row of each table for the conformance kit.

The closed year is the last civil year, domain model 7.4: 138 contracts that took place (66 cars, 44 scooters,
22 e-bikes, 6 bicycles), 23 of them back late, 6 of these by more than 24 hours; and beside them, not among
them, 14 cancellations and 5 no-shows, each of whose vehicles then went to somebody else.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon import members
from jalon.clock import now, today
from jalon.localtime import to_instant
from jalon.models import Member
from jalon.scope import scope_of, structure_of
from jalon_fleet.demo import sample as fleet_sample
from jalon_fleet.models import Category, Vehicle
from jalon_rental import bookings
from jalon_rental.models import Booking

FIRST = ("Amina", "Léo", "Fatou", "Kévin", "Nora", "Hugo", "Inès", "Moussa", "Chloé", "Yanis", "Sofia", "Théo")
LAST = ("Marchand", "Besson", "Diarra", "Lemoine", "Haddad", "Carpentier", "Rousselle", "Traoré", "Vasseur", "Perrin")
MEAN_DAYS = {Category.CAR: 42, Category.SCOOTER_50: 50, Category.EBIKE: 60, Category.BIKE: 40}
SEASON_DAYS = 350  # from 2 January on: the year is closed well before the live week, even on 1 January
LATE, VERY_LATE = timedelta(hours=2), timedelta(hours=30)


@dataclass(frozen=True)
class Year:
    """What a structure's closed year is made of; `late` includes `very_late`."""

    contracts: dict[Category, int]
    late: int
    very_late: int
    cancelled: int
    no_shows: int


YEARS = {
    "plateforme": Year(
        {Category.CAR: 33, Category.SCOOTER_50: 13, Category.EBIKE: 11, Category.BIKE: 3},
        late=10,
        very_late=2,
        cancelled=6,
        no_shows=2,
    ),
    "relais": Year(
        {Category.CAR: 33, Category.SCOOTER_50: 31, Category.EBIKE: 11, Category.BIKE: 3},
        late=13,
        very_late=4,
        cancelled=8,
        no_shows=3,
    ),
}


@dataclass(frozen=True)
class Contract:
    """A vehicle for some civil days."""

    vehicle: Vehicle
    first: date
    last: date


def load(session: Session) -> None:
    """The last civil year, closed, and a live week around today; the same at each loading of a day."""
    slug = structure_of(session).slug
    draw = random.Random(f"rental of {slug}")
    if slug in YEARS:
        _closed_year(session, YEARS[slug], draw)
    _live_week(session, draw)


def _closed_year(session: Session, year: Year, draw: random.Random) -> None:
    contracts = [c for category, count in year.contracts.items() for c in _contracts(session, category, count, draw)]
    fates = draw.sample(range(len(contracts)), year.late + year.cancelled + year.no_shows)
    late, given_up = fates[: year.late], fates[year.late :]
    for number, contract in enumerate(contracts):
        if number in given_up:
            _given_up(session, contract, draw, cancelled=given_up.index(number) < year.cancelled)
        _took_place(session, contract, draw, _delay(number, late, year.very_late, draw))


def _contracts(session: Session, category: Category, count: int, draw: random.Random) -> Iterator[Contract]:
    """Each vehicle's turns in equal parts of the year; the lengths' mean is the category's."""
    vehicles = _vehicles(session, category)
    lengths = _lengths(count, MEAN_DAYS[category], draw)
    begin = date(today(scope_of(session).zone).year - 1, 1, 2)
    for number, days in enumerate(lengths):
        turn, place = divmod(number, len(vehicles))
        turns = -(-(count - place) // len(vehicles))
        first = begin + timedelta(days=turn * SEASON_DAYS // turns + draw.randrange(2))
        yield Contract(vehicles[place], first, first + timedelta(days=days - 1))


def _lengths(count: int, mean: int, draw: random.Random) -> list[int]:
    """Civil days of each contract, some shorter and as many longer than the mean by as much."""
    spreads = [draw.randrange(5) for _ in range(count // 2)]
    lengths = [mean + s for s in spreads] + [mean - s for s in spreads] + [mean] * (count % 2)
    draw.shuffle(lengths)
    return lengths


def _delay(number: int, late: Sequence[int], very_late: int, draw: random.Random) -> timedelta:
    if number not in late:
        return -timedelta(minutes=draw.randrange(5, 120))
    return VERY_LATE if late.index(number) < very_late else LATE


def _took_place(session: Session, contract: Contract, draw: random.Random, delay: timedelta) -> None:
    booking = _book(session, draw, contract)
    bookings.hand_over(session, booking, at=booking.starts_at)
    bookings.take_back(session, booking, at=booking.ends_at + delay)


def _given_up(session: Session, contract: Contract, draw: random.Random, *, cancelled: bool) -> None:
    booking = _book(session, draw, contract)
    (bookings.cancel if cancelled else bookings.no_show)(session, booking)


def _live_week(session: Session, draw: random.Random) -> None:
    """A third of the fleet is out, one vehicle late although it is promised tomorrow; another third is promised."""
    day = today(scope_of(session).zone)
    for number, vehicle in enumerate(_vehicles(session, None)):
        if number % 3 == 0:
            is_late = number == 6
            back = day + timedelta(days=-1 if is_late else draw.randrange(1, 5))
            out = _book(session, draw, Contract(vehicle, day - timedelta(days=4), back))
            bookings.hand_over(session, out, at=out.starts_at)
            if is_late:
                _book(session, draw, Contract(vehicle, day + timedelta(days=1), day + timedelta(days=3)))
        elif number % 3 == 1:
            first = day + timedelta(days=draw.randrange(1, 4))
            _book(session, draw, Contract(vehicle, first, first + timedelta(days=draw.randrange(2, 9))))


def _book(session: Session, draw: random.Random, contract: Contract) -> Booking:
    return bookings.book(
        session,
        contract.vehicle,
        renter_name=f"{draw.choice(FIRST)} {draw.choice(LAST)}",
        starts_at=_at(session, contract.first, 9),
        ends_at=_at(session, contract.last, 17),
        member=_follower(session, contract.vehicle),
    )


def _follower(session: Session, vehicle: Vehicle) -> Member | None:
    """The rental agents share the fleet among them."""
    agents = members.with_role(session, "agent_location")
    return agents[vehicle.id % len(agents)] if agents else None


def _vehicles(session: Session, category: Category | None) -> list[Vehicle]:
    query = select(Vehicle).order_by(Vehicle.id)
    return list(session.scalars(query.where(Vehicle.category == category) if category else query))


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
