"""A closed year and a live week of bookings for the demo, and one row of each table for the conformance kit.

The closed year is the last civil year, domain model 7.4: 138 contracts that took place (66 cars, 44 scooters,
22 e-bikes, 6 bicycles) with 90 people, 23 of them back late, 6 of these by more than 24 hours; and beside them,
not among them, 14 cancellations and 5 no-shows, each of whose vehicles then went to somebody else.
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
from jalon.models import Beneficiary, BeneficiaryStructure, File, Identity, Member
from jalon.scope import scope_of, structure_of
from jalon_fleet.demo import sample as fleet_sample
from jalon_fleet.models import Category, Vehicle
from jalon_rental import bookings, contracts, demo_contracts, licences, requests, waivers
from jalon_rental.demo_renters import Renter, likeliest, renters, shared_out, spread, verify
from jalon_rental.models import Booking, CheckMode, Guard, Side

MEAN_DAYS = {Category.CAR: 42, Category.SCOOTER_50: 50, Category.EBIKE: 60, Category.BIKE: 40}
SEASON_DAYS = 344  # from 9 January on: the year is closed well before the live week, even on 1 January
LATER = {Category.EBIKE: (48, 8), Category.BIKE: (30, 20)}  # days until the first leaves, and between it and the next
LATE, VERY_LATE = timedelta(hours=2), timedelta(hours=30)


@dataclass(frozen=True)
class Year:
    """What a structure's closed year is made of; `people` rent, each in one category; `late` includes `very_late`."""

    contracts: dict[Category, int]
    people: dict[Category, int]
    late: int
    very_late: int
    cancelled: int
    no_shows: int


YEARS = {
    "plateforme": Year(
        {Category.CAR: 33, Category.SCOOTER_50: 13, Category.EBIKE: 11, Category.BIKE: 3},
        {Category.CAR: 22, Category.SCOOTER_50: 8, Category.BIKE: 2, Category.EBIKE: 7},
        late=10,
        very_late=2,
        cancelled=6,
        no_shows=2,
    ),
    "relais": Year(
        {Category.CAR: 33, Category.SCOOTER_50: 31, Category.EBIKE: 11, Category.BIKE: 3},
        {Category.CAR: 22, Category.SCOOTER_50: 20, Category.BIKE: 2, Category.EBIKE: 7},
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
    if slug not in YEARS and not _vehicles(session, None):
        return
    if slug in YEARS:
        _closed_year(session, YEARS[slug], draw)
    _live_week(session, draw)
    demo_contracts.load(session)


def _closed_year(session: Session, year: Year, draw: random.Random) -> None:
    told = [
        (contract, renter, people)
        for category, people in _people(session, year)
        for contract, renter in shared_out(list(_contracts(session, category, year.contracts[category], draw)), people)
    ]
    fates = draw.sample(range(len(told)), year.late + year.cancelled + year.no_shows)
    late, given_up = fates[: year.late], fates[year.late :]
    for number, (contract, renter, people) in enumerate(told):
        if number in given_up:
            other = draw.choice([r for r in people if r is not renter and r.since <= contract.first] or people)
            _given_up(session, contract, other, cancelled=given_up.index(number) < year.cancelled)
        _took_place(session, contract, renter, _delay(number, late, year.very_late, draw))


def _people(session: Session, year: Year) -> Iterator[tuple[Category, list[Renter]]]:
    """Who rents of each category, the first to come first."""
    left = renters(session)
    for category, count in year.people.items():
        chosen = spread(left, _vehicles(session, category)[0], count)
        left = [renter for renter in left if renter not in chosen]
        yield category, sorted(chosen, key=lambda renter: (renter.since, renter.person.id))


def _contracts(session: Session, category: Category, count: int, draw: random.Random) -> Iterator[Contract]:
    """Each vehicle's turns in equal parts of the year; the lengths' mean is the category's."""
    vehicles = _vehicles(session, category)
    lengths = _lengths(count, MEAN_DAYS[category], draw)
    begin = date(today(scope_of(session).zone).year - 1, 1, 9)
    later, apart = LATER.get(category, (0, 0))
    for number, days in enumerate(lengths):
        turn, place = divmod(number, len(vehicles))
        turns = -(-(count - place) // len(vehicles))
        wait = later + place * apart
        first = begin + timedelta(days=wait + turn * (SEASON_DAYS - wait) // turns + draw.randrange(2))
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


def _took_place(session: Session, contract: Contract, renter: Renter, delay: timedelta) -> None:
    booking = _out(session, contract, renter)
    bookings.take_back(session, booking, at=booking.ends_at + delay)


def _out(session: Session, contract: Contract, renter: Renter) -> Booking:
    verify(session, renter, contract.vehicle, contract.first)
    booking = _book(session, contract, renter)
    bookings.hand_over(session, booking, at=booking.starts_at)
    return booking


def _given_up(session: Session, contract: Contract, renter: Renter, *, cancelled: bool) -> None:
    booking = _book(session, contract, renter)
    if cancelled:
        bookings.cancel(session, booking, by=Side.RENTER)
    else:
        bookings.no_show(session, booking)


def _live_week(session: Session, draw: random.Random) -> None:
    """A third of the fleet is out, one vehicle late although it is promised tomorrow; another third is promised.

    Somebody waits for a car, and a car is kept for somebody else as an option.
    """
    day, vehicles, left = today(scope_of(session).zone), _vehicles(session, None), renters(session, still=True)
    if vehicles:
        waiting, kept = _next(left, vehicles[2]), _next(left, vehicles[2])
        _wishes(session, vehicles[2], waiting.person, kept.person, day)
    for number, vehicle in enumerate(vehicles):
        if number % 3 == 0:
            is_late = number == 6
            back = day + timedelta(days=-1 if is_late else draw.randrange(1, 5))
            _out(session, Contract(vehicle, day - timedelta(days=4), back), _next(left, vehicle))
            if is_late:
                tomorrow = Contract(vehicle, day + timedelta(days=1), day + timedelta(days=3))
                _book(session, tomorrow, _next(left, vehicle))
        elif number % 3 == 1:
            first, renter = day + timedelta(days=draw.randrange(1, 4)), _next(left, vehicle)
            if number != 1:  # one whose licence is still to be verified
                verify(session, renter, vehicle, day)
            _book(session, Contract(vehicle, first, first + timedelta(days=draw.randrange(2, 9))), renter)


def _next(left: list[Renter], vehicle: Vehicle) -> Renter:
    """Taken out of `left`: nobody drives two vehicles at once."""
    renter = likeliest(left, vehicle)[0]
    left.remove(renter)
    return renter


def _wishes(session: Session, vehicle: Vehicle, waiting: Beneficiary, kept: Beneficiary, day: date) -> None:
    first, last = _at(session, day + timedelta(days=2), 9), _at(session, day + timedelta(days=9), 17)
    requests.ask(session, beneficiary=waiting, category=Category.CAR, starts_at=first, ends_at=last)
    option = requests.ask(session, beneficiary=kept, vehicle=vehicle, starts_at=first, ends_at=last)
    requests.option(session, option)


def _book(session: Session, contract: Contract, renter: Renter) -> Booking:
    return bookings.book(
        session,
        contract.vehicle,
        beneficiary=renter.person,
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
    slug = structure_of(session).slug
    person = Beneficiary(code=f"sample-{slug}-{number}", identity=Identity(usage_name="Sample", single_name=True))
    person.file = File()
    session.add(BeneficiaryStructure(beneficiary=person, reason="Sample", since=today(scope_of(session).zone)))
    session.flush()
    starts_at = now() + timedelta(days=1 + number)
    booking = bookings.book(
        session, vehicle, beneficiary=person, starts_at=starts_at, ends_at=starts_at + timedelta(days=1)
    )
    check = licences.record(session, person, mode=CheckMode.ORIGINAL, categories=("b",))
    contract = contracts.make(session, booking)
    contract.renter = f"Signed {number}"  # a name that stands nowhere else
    return [booking, check, waivers.grant(session, booking, Guard.AGE, reason=f"Waived {number}"), contract, person]
