"""What a booking is held to: papers and licence until the planned end, age, years of licence, and exceptions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from jalon import beneficiaries, settings, situations
from jalon.clock import now, today
from jalon.localtime import to_instant
from jalon.models import Beneficiary, Moment
from jalon.testing.world import World
from jalon_fleet import papers, vehicles
from jalon_fleet.models import Category, Gearbox, PaperKind, Vehicle
from jalon_rental import bookings, guards, licences, requests, troubles, waivers
from jalon_rental.errors import FileClosed, Held, NotWaivable, PersonNeeded, TooLong, WaiverReasonNeeded
from jalon_rental.licences import Known
from jalon_rental.models import Booking, CheckMode, Guard, LicenceCheck, LicenceState, State
from jalon_rental.settings import RentalSettings
from jalon_rental.testing import renter

PARIS = ZoneInfo("Europe/Paris")
OLD, YOUNG = date(1987, 12, 31), date(1988, 1, 1)


def known(*held: str, suspended: bool = False) -> Known:
    return Known(frozenset(held), suspended)


FITS: dict[str, tuple[Category, Gearbox | None, date | None, Known | None, bool | None]] = {
    "a car, B": (Category.CAR, None, YOUNG, known("b"), True),
    "a car, AM only": (Category.CAR, None, YOUNG, known("am"), False),
    "a car, A only": (Category.CAR, None, YOUNG, known("a"), False),
    "a car, nothing known": (Category.CAR, None, YOUNG, None, None),
    "a car, theory test only": (Category.CAR, None, YOUNG, known(), False),
    "a car, suspended": (Category.CAR, None, YOUNG, known("b", suspended=True), False),
    "a car, foreign licence": (Category.CAR, None, YOUNG, known("foreign"), True),
    "manual, code 78": (Category.CAR, Gearbox.MANUAL, YOUNG, known("b_automatic"), False),
    "gearbox not noted, code 78": (Category.CAR, None, YOUNG, known("b_automatic"), False),
    "automatic, code 78": (Category.CAR, Gearbox.AUTOMATIC, YOUNG, known("b_automatic"), True),
    "scooter 50, born before 1988, no licence": (Category.SCOOTER_50, None, OLD, None, True),
    "scooter 50, born before 1988, suspended": (Category.SCOOTER_50, None, OLD, known(suspended=True), True),
    "scooter 50, born in 1988, no licence": (Category.SCOOTER_50, None, YOUNG, known(), False),
    "scooter 50, born in 1988, AM": (Category.SCOOTER_50, None, YOUNG, known("am"), True),
    "scooter 50, born in 1988, B": (Category.SCOOTER_50, None, YOUNG, known("b"), True),
    "scooter 50, birth unknown, nothing known": (Category.SCOOTER_50, None, None, None, None),
    "licence-free car, born before 1988": (Category.LIGHT_CAR, None, OLD, known(), True),
    "licence-free car, born in 1988, none": (Category.LIGHT_CAR, None, YOUNG, known(), False),
    "scooter 125, B alone": (Category.SCOOTER_125, None, YOUNG, known("b"), False),
    "scooter 125, B and seven hours": (Category.SCOOTER_125, None, YOUNG, known("b_125"), True),
    "scooter 125, A1": (Category.SCOOTER_125, None, OLD, known("a1"), True),
    "e-bike, nothing": (Category.EBIKE, None, None, known(suspended=True), True),
    "bicycle, nothing": (Category.BIKE, None, None, None, True),
}


@pytest.mark.parametrize(("category", "gearbox", "born", "held", "fits"), FITS.values(), ids=FITS.keys())
def test_the_licence_that_a_vehicle_needs(
    category: Category, gearbox: Gearbox | None, born: date | None, held: Known | None, fits: bool | None
) -> None:
    assert licences.fits(Vehicle(category=category, gearbox=gearbox), born, held) is fits


MONTHS = [
    (date(2026, 7, 24), 4, date(2026, 11, 24)),
    (date(2025, 10, 31), 4, date(2026, 2, 28)),
    (date(2026, 12, 15), 1, date(2027, 1, 15)),
]


@pytest.mark.parametrize(("verified", "months", "last"), MONTHS)
def test_a_check_is_good_for_some_months(verified: date, months: int, last: date) -> None:
    assert licences.good_until(LicenceCheck(verified_on=verified), months) == last


@pytest.fixture
def session(world: World) -> Iterator[Session]:
    world.structure("relais", enabled=["rental"])
    with world.inside("relais") as session:
        yield session


def car(session: Session, plate: str = "AA-123-BB", **asked: Any) -> Vehicle:
    return vehicles.add(session, category=Category.CAR, make="Renault", model="Clio", plate=plate, **asked)


def days(first: int, last: int) -> dict[str, datetime]:
    """From nine o'clock on one day to five on another, counted from today."""
    return {
        "starts_at": to_instant(datetime.combine(today(PARIS) + timedelta(days=first), time(9)), PARIS),
        "ends_at": to_instant(datetime.combine(today(PARIS) + timedelta(days=last), time(17)), PARIS),
    }


def verified(session: Session, person: Beneficiary, **values: Any) -> LicenceCheck:
    whole = {"mode": CheckMode.ADCS, "adcs_number": "A1", "categories": ("b",), **values}
    return licences.record(session, person, **whole)


def said_of(
    session: Session, vehicle: Vehicle, person: Beneficiary, first: int = 1, last: int = 9
) -> set[tuple[Guard, bool]]:
    facts = guards.read(session, [vehicle.id], [person.id])
    asked = guards.ask(session, vehicle, person.id, **days(first, last))
    return {(found.guard, found.blocks) for found in guards.findings(facts, asked)}


# --- planted case 9: a technical inspection that ends in the middle of a rental ---

PAPERS = {"the day before the end": (8, True), "on the day of the end": (9, False), "before the start": (0, True)}


@pytest.mark.both_databases
@pytest.mark.parametrize("kind", PaperKind)
@pytest.mark.parametrize(("left", "refused"), PAPERS.values(), ids=PAPERS.keys())
def test_papers_must_be_valid_until_the_planned_end(
    session: Session, kind: PaperKind, left: int, refused: bool
) -> None:
    vehicle, person = car(session), renter(session)
    papers.note(session, vehicle, kind, valid_until=today(PARIS) + timedelta(days=left))

    if not refused:
        assert bookings.book(session, vehicle, beneficiary=person, **days(1, 9)).state is State.BOOKED
        return
    with pytest.raises(Held) as held:
        bookings.book(session, vehicle, beneficiary=person, **days(1, 9))
    assert (held.value.guard.value, held.value.field) == (kind.value, "ends_at")


def test_a_longer_rental_is_held_to_papers_at_its_new_end(session: Session) -> None:
    vehicle = car(session)
    papers.note(session, vehicle, PaperKind.INSPECTION, valid_until=today(PARIS) + timedelta(days=10))
    booking = bookings.book(session, vehicle, beneficiary=renter(session), **days(0, 9))
    bookings.hand_over(session, booking, at=booking.starts_at)
    same: dict[str, Any] = {"vehicle": vehicle, "beneficiary": booking.beneficiary, "starts_at": booking.starts_at}

    bookings.change(session, booking, ends_at=days(0, 10)["ends_at"], **same)
    with pytest.raises(Held):
        bookings.change(session, booking, ends_at=days(0, 11)["ends_at"], **same)

    assert booking.ends_at == days(0, 10)["ends_at"]


def test_papers_that_fail_since_mark_the_booking_and_refuse_the_departure(session: Session) -> None:
    vehicle = car(session)
    booking = bookings.book(session, vehicle, beneficiary=renter(session), **days(0, 9))
    papers.note(session, vehicle, PaperKind.INSURANCE, valid_until=today(PARIS) + timedelta(days=3))

    marked = guards.look(session, [booking])[booking.id]

    assert (marked[0].guard, marked[0].blocks) == (Guard.INSURANCE, True)
    with pytest.raises(Held):
        bookings.hand_over(session, booking, at=booking.starts_at)
    assert booking.state is State.BOOKED


def test_papers_that_nobody_noted_are_marked_and_refuse_only_where_the_structure_says_so(session: Session) -> None:
    vehicle, person = car(session), renter(session)
    booking = bookings.book(session, vehicle, beneficiary=person, **days(0, 1))

    assert {(Guard.INSPECTION, False), (Guard.INSURANCE, False)} <= said_of(session, vehicle, person)
    settings.change(session, RentalSettings, {"papers_must_be_noted": True}, valid_from=today(PARIS))
    with pytest.raises(Held):
        bookings.hand_over(session, booking, at=booking.starts_at)


# --- the licence ---

CHECKS: dict[str, tuple[dict[str, Any], Guard | None]] = {
    "verified today": ({}, None),
    "verified five months ago": ({"verified_on": today(PARIS) - timedelta(days=155)}, Guard.CHECK),
    "suspended": ({"licence_state": LicenceState.SUSPENDED}, Guard.LICENCE),
    "for a moped only": ({"categories": ("am",)}, Guard.LICENCE),
    "ends before the vehicle is back": ({"valid_until": today(PARIS) + timedelta(days=8)}, Guard.LICENCE),
    "ends on that day": ({"valid_until": today(PARIS) + timedelta(days=9)}, None),
}


@pytest.mark.both_databases
@pytest.mark.parametrize(("check", "refusal"), CHECKS.values(), ids=CHECKS.keys())
def test_a_vehicle_leaves_with_a_licence_verified_lately(
    session: Session, check: dict[str, Any], refusal: Guard | None
) -> None:
    vehicle, person = car(session), renter(session, verified=False)
    booking = bookings.book(session, vehicle, beneficiary=person, **days(0, 9))
    verified(session, person, **check)

    if refusal is None:
        bookings.hand_over(session, booking, at=booking.starts_at)
        assert booking.state is State.OUT
        return
    with pytest.raises(Held) as held:
        bookings.hand_over(session, booking, at=booking.starts_at)
    assert held.value.guard is refusal


def test_without_any_check_the_vehicle_does_not_leave(session: Session) -> None:
    booking = bookings.book(session, car(session), beneficiary=renter(session, verified=False), **days(0, 1))

    with pytest.raises(Held) as held:
        bookings.hand_over(session, booking, at=booking.starts_at)

    assert held.value.guard is Guard.CHECK


def test_what_the_situation_says_of_a_licence_refuses_without_saying_it(session: Session) -> None:
    person = renter(session, verified=False)
    situations.note(session, person.id, {"moment": Moment.ENTRY, "on_day": today(PARIS)}, licences=["suspended"])

    with pytest.raises(Held) as held:
        bookings.book(session, car(session), beneficiary=person, **days(1, 2))

    assert held.value.guard is Guard.LICENCE


def test_a_name_from_before_persons_waits_for_its_person(session: Session) -> None:
    booking = bookings.book(session, car(session), beneficiary=renter(session), **days(0, 1))
    booking.beneficiary, booking.renter_name = None, "Nora Diarra"
    session.flush()

    with pytest.raises(PersonNeeded):
        bookings.hand_over(session, booking, at=booking.starts_at)

    assert booking.renter == "Nora Diarra"


def test_a_closed_file_is_booked_for_no_more_and_keeps_its_name_on_what_was(session: Session) -> None:
    person = renter(session)
    booking = bookings.book(session, car(session), beneficiary=person, **days(1, 2))
    beneficiaries.link_of(session, person).since -= timedelta(days=9)
    beneficiaries.close(session, person, until=today(PARIS) - timedelta(days=1))
    session.expire_all()

    with pytest.raises(FileClosed):
        bookings.book(session, car(session, "BB-456-CC"), beneficiary=person, **days(3, 4))

    assert session.get_one(Booking, booking.id).renter == "MEUNIER Awa"


# --- age, years of licence, and exceptions ---


def of_age(years: int) -> date:
    """Born so that somebody is that old today."""
    day = today(PARIS)
    return day.replace(year=day.year - years, day=min(day.day, 28))


AGES = {"too young": (20, True), "just old enough": (21, False)}


@pytest.mark.parametrize(("years", "refused"), AGES.values(), ids=AGES.keys())
def test_the_minimum_age_is_that_of_the_vehicle(session: Session, years: int, refused: bool) -> None:
    vehicle, person = car(session, minimum_age=21), renter(session, born=of_age(years))

    assert ((Guard.AGE, True) in said_of(session, vehicle, person)) is refused


SENIORITY = {"a year": (1, True), "three years": (3, False), "not noted": (None, False)}


@pytest.mark.parametrize(("years", "refused"), SENIORITY.values(), ids=SENIORITY.keys())
def test_a_vehicle_may_ask_for_years_of_licence(session: Session, years: int | None, refused: bool) -> None:
    vehicle, person = car(session, licence_years=2), renter(session, verified=False)
    verified(session, person, obtained_on=of_age(years) if years else None)

    assert ((Guard.SENIORITY, True) in said_of(session, vehicle, person)) is refused


@pytest.mark.both_databases
def test_the_direction_makes_an_exception_to_the_structures_own_rule(session: Session) -> None:
    vehicle, person = car(session, minimum_age=21), renter(session, born=of_age(19))
    request = requests.ask(session, vehicle=vehicle, beneficiary=person, **days(1, 200))
    with pytest.raises(TooLong):
        requests.confirm(session, request)

    waivers.grant(session, request, Guard.LENGTH, reason="a training of seven months")
    with pytest.raises(Held):
        requests.confirm(session, request)
    waivers.grant(session, request, Guard.AGE, reason="agreed by the insurer")
    requests.confirm(session, request)

    assert request.state is State.BOOKED
    assert {w.guard: w.reason for w in request.waivers}[Guard.AGE] == "agreed by the insurer"


@pytest.mark.parametrize("guard", [g for g in Guard if g not in {Guard.AGE, Guard.SENIORITY, Guard.LENGTH}])
def test_no_exception_is_made_to_the_law(session: Session, guard: Guard) -> None:
    booking = bookings.book(session, car(session), beneficiary=renter(session), **days(1, 2))

    with pytest.raises(NotWaivable):
        waivers.grant(session, booking, guard, reason="please")


def test_an_exception_says_why(session: Session) -> None:
    booking = bookings.book(session, car(session), beneficiary=renter(session), **days(1, 2))

    with pytest.raises(WaiverReasonNeeded):
        waivers.grant(session, booking, Guard.AGE, reason=" \u200b ")


# --- planted case 10: a vehicle that is not back blocks the next booking ---


@pytest.mark.both_databases
def test_a_vehicle_that_is_not_back_marks_the_next_booking_alone(session: Session) -> None:
    scooter, person = car(session), renter(session)
    late = bookings.book(session, scooter, beneficiary=person, **days(-5, -1))
    bookings.hand_over(session, late, at=late.starts_at)
    following = bookings.book(session, scooter, beneficiary=renter(session, "Luc Tessier"), **days(1, 2))
    bookings.book(session, scooter, beneficiary=person, **days(5, 6))
    other = car(session, "BB-456-CC")

    assert bookings.is_late(late)
    assert troubles.endangered(session) == {following.id}
    free = bookings.free_vehicles(session, starts_at=now(), ends_at=days(1, 2)["ends_at"], category=Category.CAR)
    assert free == [other]
    bookings.give(session, following, other)
    bookings.hand_over(session, following, at=following.starts_at)
    assert following.state is State.OUT
