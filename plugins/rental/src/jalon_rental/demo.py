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

from jalon import beneficiaries, members
from jalon.clock import now, today
from jalon.localtime import to_instant
from jalon.models import Beneficiary, BeneficiaryStructure, File, FileState, Identity, Member, Title
from jalon.scope import scope_of, structure_of
from jalon_fleet.demo import sample as fleet_sample
from jalon_fleet.models import Category, Vehicle
from jalon_rental import bookings, licences, requests, waivers
from jalon_rental.models import Booking, CheckMode, Guard, Side

FIRST = ("Amina", "Léo", "Fatou", "Kévin", "Nora", "Hugo", "Inès", "Moussa", "Chloé", "Yanis", "Sofia", "Théo")
LAST = ("Marchand", "Besson", "Diarra", "Lemoine", "Haddad", "Carpentier", "Rousselle", "Traoré", "Vasseur", "Perrin")
RENTERS = 60  # persons made where there are none yet; the demo's own come with the core's
REASON = "Location d’un véhicule"
MEAN_DAYS = {Category.CAR: 42, Category.SCOOTER_50: 50, Category.EBIKE: 60, Category.BIKE: 40}
SEASON_DAYS = 350  # from 2 January on: the year is closed well before the live week, even on 1 January
CHECK_MONTHS = 4  # the default of the setting
LICENSED = date(2010, 6, 1)
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
    if slug not in YEARS and not _vehicles(session, None):
        return
    people = renters(session)
    if slug in YEARS:
        _closed_year(session, YEARS[slug], people, draw)
    _live_week(session, people, draw)


def renters(session: Session) -> list[Beneficiary]:
    """The persons of the structure to whom vehicles are lent, in the order of their ids.

    Some are made, all fictitious, where there is nobody. Each may drive a car; `verify` notes the check.
    """
    open_files = select(Beneficiary).join(Beneficiary.file).where(Beneficiary.state == FileState.ACTIVE)
    found = list(session.scalars(open_files.order_by(Beneficiary.id)))
    return found or [_person(session, number) for number in range(RENTERS)]


def verify(session: Session, person: Beneficiary, on: date) -> None:
    """Note that the licence was verified that day, unless an older check is still good."""
    last = licences.latest(session, [person.id], on=on).get(person.id)
    if last is None or licences.good_until(last, CHECK_MONTHS) < on:
        number = f"{person.id:04}{on:%y%m%d}"
        licences.record(
            session,
            person,
            mode=CheckMode.ADCS,
            adcs_number=number,
            categories=("am", "b"),
            verified_on=on,
            obtained_on=LICENSED,
        )


def _person(session: Session, number: int) -> Beneficiary:
    first, last = FIRST[number % len(FIRST)], LAST[number // len(FIRST) * 2 % len(LAST)]
    born = date(1962 + number * 7 % 40, number % 12 + 1, number % 28 + 1)
    identity = {"title": Title.NEUTRAL, "usage_name": last, "first_name": first, "birth_date": born}
    digits = f"{structure_of(session).id % 10}{number:03}"
    file = {"phone": f"06 39 98 {digits[:2]} {digits[2:]}"}  # ARCEP keeps 06 39 98 for fiction
    return beneficiaries.create(session, identity, file, reason=REASON)


def _closed_year(session: Session, year: Year, people: Sequence[Beneficiary], draw: random.Random) -> None:
    contracts = [c for category, count in year.contracts.items() for c in _contracts(session, category, count, draw)]
    fates = draw.sample(range(len(contracts)), year.late + year.cancelled + year.no_shows)
    late, given_up = fates[: year.late], fates[year.late :]
    for number, contract in enumerate(contracts):
        if number in given_up:
            _given_up(session, contract, draw.choice(people), cancelled=given_up.index(number) < year.cancelled)
        _took_place(session, contract, draw.choice(people), _delay(number, late, year.very_late, draw))


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


def _took_place(session: Session, contract: Contract, person: Beneficiary, delay: timedelta) -> None:
    booking = _out(session, contract, person)
    bookings.take_back(session, booking, at=booking.ends_at + delay)


def _out(session: Session, contract: Contract, person: Beneficiary) -> Booking:
    verify(session, person, contract.first)
    booking = _book(session, contract, person)
    bookings.hand_over(session, booking, at=booking.starts_at)
    return booking


def _given_up(session: Session, contract: Contract, person: Beneficiary, *, cancelled: bool) -> None:
    booking = _book(session, contract, person)
    if cancelled:
        bookings.cancel(session, booking, by=Side.RENTER)
    else:
        bookings.no_show(session, booking)


def _live_week(session: Session, people: Sequence[Beneficiary], draw: random.Random) -> None:
    """A third of the fleet is out, one vehicle late although it is promised tomorrow; another third is promised.

    Somebody waits for a car, and a car is kept for somebody else as an option.
    """
    day = today(scope_of(session).zone)
    turn = iter(draw.sample(people, len(people)))  # nobody drives two vehicles at once
    vehicles = _vehicles(session, None)
    for number, vehicle in enumerate(vehicles):
        if number % 3 == 0:
            is_late = number == 6
            back = day + timedelta(days=-1 if is_late else draw.randrange(1, 5))
            _out(session, Contract(vehicle, day - timedelta(days=4), back), next(turn))
            if is_late:
                _book(session, Contract(vehicle, day + timedelta(days=1), day + timedelta(days=3)), next(turn))
        elif number % 3 == 1:
            first = day + timedelta(days=draw.randrange(1, 4))
            person = next(turn)
            if number != 1:  # one whose licence is still to be verified
                verify(session, person, day)
            _book(session, Contract(vehicle, first, first + timedelta(days=draw.randrange(2, 9))), person)
    if vehicles:
        _wishes(session, vehicles[2], next(turn), next(turn), day)


def _wishes(session: Session, vehicle: Vehicle, waiting: Beneficiary, kept: Beneficiary, day: date) -> None:
    first, last = _at(session, day + timedelta(days=2), 9), _at(session, day + timedelta(days=9), 17)
    requests.ask(session, beneficiary=waiting, category=Category.CAR, starts_at=first, ends_at=last)
    option = requests.ask(session, beneficiary=kept, vehicle=vehicle, starts_at=first, ends_at=last)
    requests.option(session, option)


def _book(session: Session, contract: Contract, person: Beneficiary) -> Booking:
    return bookings.book(
        session,
        contract.vehicle,
        beneficiary=person,
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
    return [booking, check, waivers.grant(session, booking, Guard.AGE, reason="Sample"), person]
