"""The life of a booking: promised, changed, handed over, taken back, given up, forgotten."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from jalon import occupations, retention
from jalon.clock import now
from jalon.db import refusal_of
from jalon.errors import DomainError
from jalon.localtime import to_instant
from jalon.testing.world import World
from jalon_fleet import vehicles
from jalon_fleet.models import Category, Vehicle
from jalon_rental import bookings, requests
from jalon_rental.errors import NameUnreadable, NotChangeable, RenterNeeded, TransitionRefused, VehicleStillBooked
from jalon_rental.models import OPEN, TRANSITIONS, Booking, Reason, State
from jalon_rental.testing import renter

HOUR = timedelta(hours=1)
PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture
def session(world: World) -> Iterator[Session]:
    world.structure("relais", enabled=["rental"])
    with world.inside("relais") as session:
        yield session


def car(session: Session, plate: str = "AA-123-BB") -> Vehicle:
    return vehicles.add(session, category=Category.CAR, make="Renault", model="Clio", plate=plate)


def book(session: Session, vehicle: Vehicle, first: float = 1, last: float = 3, **options: Any) -> Booking:
    """`first` and `last` are hours from now."""
    period = {"starts_at": now() + first * HOUR, "ends_at": now() + last * HOUR}
    return bookings.book(session, vehicle, **{"beneficiary": renter(session), **period, **options})


def change(session: Session, booking: Booking, **changes: Any) -> None:
    as_it_is = {name: getattr(booking, name) for name in ("vehicle", "beneficiary", "starts_at", "ends_at", "note")}
    bookings.change(session, booking, **{**as_it_is, **changes})


STEPS: dict[State, Callable[[Session, Booking], None]] = {
    State.REQUESTED: requests.back_to_request,
    State.OPTIONED: requests.option,
    State.BOOKED: requests.confirm,
    State.REFUSED: lambda session, booking: requests.refuse(session, booking, reason=Reason.NO_VEHICLE),
    State.OUT: bookings.hand_over,
    State.RETURNED: bookings.take_back,
    State.CANCELLED: bookings.cancel,
    State.NO_SHOW: bookings.no_show,
}
WAYS = {  # how a booking gets to each state
    State.REQUESTED: [],
    State.OPTIONED: [State.OPTIONED],
    State.BOOKED: [State.BOOKED],
    State.OUT: [State.BOOKED, State.OUT],
    State.RETURNED: [State.OPTIONED, State.BOOKED, State.OUT, State.RETURNED],
    State.REFUSED: [State.REFUSED],
    State.CANCELLED: [State.BOOKED, State.CANCELLED],
    State.NO_SHOW: [State.BOOKED, State.NO_SHOW],
}


def booking_in(session: Session, state: State, vehicle: Vehicle | None = None) -> Booking:
    period = {"starts_at": now() - HOUR, "ends_at": now() + 3 * HOUR}
    booking = requests.ask(session, vehicle=vehicle or car(session), beneficiary=renter(session), **period)
    for step in WAYS[state]:
        STEPS[step](session, booking)
    return booking


@pytest.mark.parametrize("before", State)
@pytest.mark.parametrize("after", STEPS)
def test_a_booking_takes_the_steps_of_the_table_and_no_other(session: Session, before: State, after: State) -> None:
    booking = booking_in(session, before)

    if (before, after) in TRANSITIONS:
        STEPS[after](session, booking)
        assert booking.state is after
    else:
        with pytest.raises(TransitionRefused):
            STEPS[after](session, booking)
        assert booking.state is before


PROMISES = {
    State.OPTIONED: (True, False, False),
    State.BOOKED: (True, False, False),
    State.OUT: (True, True, False),
    State.RETURNED: (True, True, True),
    State.CANCELLED: (False, False, False),
    State.NO_SHOW: (False, False, False),
}


@pytest.mark.both_databases
@pytest.mark.parametrize(("state", "facts"), PROMISES.items())
def test_the_engine_knows_what_the_booking_says(session: Session, state: State, facts: tuple[bool, bool, bool]) -> None:
    promise = booking_in(session, state).occupation

    assert promise is not None
    assert (promise.blocking, promise.departed_at is not None, promise.returned_at is not None) == facts


@pytest.mark.both_databases
def test_a_second_booking_of_the_same_hours_is_refused_and_leaves_no_row(session: Session) -> None:
    vehicle = car(session)
    book(session, vehicle)
    session.commit()

    with pytest.raises(occupations.ResourceTaken):
        book(session, vehicle, 2, 4)

    assert session.query(Booking).count() == 1


def test_a_booking_is_for_somebody(session: Session) -> None:
    with pytest.raises(RenterNeeded):
        book(session, car(session), beneficiary=None)


def test_a_booking_that_ends_before_it_starts_is_refused(session: Session) -> None:
    with pytest.raises(occupations.BadPeriod):
        book(session, car(session), 3, 1)


@pytest.mark.parametrize("state", State)
def test_the_renter_and_the_note_can_always_be_corrected(session: Session, state: State) -> None:
    booking, luc = booking_in(session, state), renter(session, "Luc Tessier")

    change(session, booking, beneficiary=luc, note="key under the mat")

    assert (booking.beneficiary, booking.note) == (luc, "key under the mat")


@pytest.mark.parametrize("state", State)
def test_the_end_can_be_moved_until_it_is_over(session: Session, state: State) -> None:
    booking = booking_in(session, state)
    later = booking.ends_at + HOUR

    if state in OPEN:
        change(session, booking, ends_at=later)
        assert booking.ends_at == later
        assert booking.occupation is None or booking.occupation.ends_at == later
    else:
        with pytest.raises(NotChangeable):
            change(session, booking, ends_at=later)


def test_what_is_out_keeps_its_vehicle_and_its_start(session: Session) -> None:
    booking = booking_in(session, State.OUT)
    vehicle, other = booking.vehicle, car(session, "BB-456-CC")

    for changes in ({"vehicle": other}, {"starts_at": booking.starts_at + HOUR}):
        with pytest.raises(occupations.AlreadyDeparted):
            change(session, booking, **changes)

    assert booking.vehicle is vehicle


def test_a_change_that_meets_another_booking_changes_nothing(session: Session) -> None:
    vehicle = car(session)
    book(session, vehicle, 10, 12)
    booking = book(session, vehicle, 1, 3)
    end = booking.ends_at

    with pytest.raises(occupations.ResourceTaken):
        change(session, booking, ends_at=now() + 11 * HOUR, beneficiary=renter(session, "Luc Tessier"))

    assert (booking.ends_at, booking.beneficiary) == (end, renter(session))


def test_a_refused_hand_over_leaves_the_booking_booked(session: Session) -> None:
    vehicle = car(session)
    late = book(session, vehicle, -5, -1)
    bookings.hand_over(session, late, at=late.starts_at)
    following = book(session, vehicle, 1, 3)

    with pytest.raises(occupations.StillOut):
        bookings.hand_over(session, following)
    session.commit()

    assert following.state is State.BOOKED
    assert bookings.is_late(late)


def test_a_refused_return_leaves_the_booking_out(session: Session) -> None:
    booking = booking_in(session, State.OUT)

    with pytest.raises(occupations.ReturnBeforeDeparture):
        bookings.take_back(session, booking, at=now() - HOUR)
    session.commit()

    assert booking.state is State.OUT


@pytest.fixture
def seen(session: Session) -> Booking:
    """A booking as somebody looks at it while others go on working."""
    session.expire_on_commit = False
    booking = book(session, car(session))
    session.commit()
    return booking


@pytest.mark.both_databases
def test_a_step_holds_although_somebody_corrected_the_note_meanwhile(
    world: World, session: Session, seen: Booking
) -> None:
    with world.inside("relais") as other:
        change(other, other.get_one(Booking, seen.id), note="key under the mat")
        other.commit()

    bookings.cancel(session, seen)
    session.commit()

    assert (seen.state, seen.note) == (State.CANCELLED, "key under the mat")


@pytest.mark.both_databases
def test_what_was_cancelled_meanwhile_is_not_handed_over(world: World, session: Session, seen: Booking) -> None:
    with world.inside("relais") as other:
        bookings.cancel(other, other.get_one(Booking, seen.id))
        other.commit()

    with pytest.raises(occupations.AlreadyReleased):
        bookings.hand_over(session, seen)


@pytest.mark.both_databases
def test_swap_gives_each_the_others_vehicle(session: Session) -> None:
    clio, zoe = car(session), car(session, "BB-456-CC")
    one, other = book(session, clio, 1, 3), book(session, zoe, 2, 4)

    bookings.swap(session, one, other)
    session.commit()

    assert (one.vehicle, other.vehicle) == (zoe, clio)
    assert [b.occupation and b.occupation.resource_id for b in (one, other)] == [zoe.resource_id, clio.resource_id]


@pytest.mark.parametrize(
    ("state", "refusal"),
    [(State.OUT, occupations.AlreadyDeparted), (State.CANCELLED, NotChangeable), (State.RETURNED, NotChangeable)],
)
def test_swap_is_for_bookings_to_come(session: Session, state: State, refusal: type[DomainError]) -> None:
    one, other = booking_in(session, state), book(session, car(session, "BB-456-CC"))

    with pytest.raises(refusal):
        bookings.swap(session, one, other)

    assert other.vehicle.plate == "BB-456-CC"


WEEKENDS = {"clock forward": ((2026, 3, 28), 23), "clock back": ((2026, 10, 24), 25)}


@pytest.mark.both_databases
@pytest.mark.parametrize(("saturday", "hours"), WEEKENDS.values(), ids=WEEKENDS.keys())
def test_a_weekend_when_the_clock_changes_is_booked_by_the_clock_on_the_wall(
    session: Session, saturday: tuple[int, int, int], hours: int
) -> None:
    starts_at = to_instant(datetime(*saturday, 18), PARIS)
    ends_at = to_instant(datetime(*saturday, 18) + timedelta(days=1), PARIS)
    scooter = vehicles.add(session, category=Category.SCOOTER_50, make="Piaggio", model="Zip", plate="AA-123-BB")

    booking = bookings.book(session, scooter, beneficiary=renter(session), starts_at=starts_at, ends_at=ends_at)
    touching = bookings.book(session, scooter, beneficiary=renter(session), starts_at=ends_at, ends_at=ends_at + HOUR)
    session.commit()

    assert booking.ends_at - booking.starts_at == hours * HOUR
    assert touching.state is State.BOOKED


VETOES = {
    State.REQUESTED: None,
    State.OPTIONED: VehicleStillBooked,
    State.REFUSED: None,
    State.BOOKED: VehicleStillBooked,
    State.OUT: VehicleStillBooked,
    State.RETURNED: None,
    State.CANCELLED: None,
    State.NO_SHOW: None,
}


@pytest.mark.parametrize(("state", "refusal"), VETOES.items())
def test_a_vehicle_is_not_retired_while_somebody_counts_on_it(
    world: World, session: Session, state: State, refusal: type[DomainError] | None
) -> None:
    vehicle = car(session)
    booking_in(session, state, vehicle)

    if refusal is None:
        vehicles.retire(session, world.jalon.hooks, vehicle)
        assert vehicle.resource.archived_at is not None
    else:
        with pytest.raises(refusal) as refused:
            vehicles.retire(session, world.jalon.hooks, vehicle)
        assert "1" in str(refused.value)
        assert vehicle.resource.archived_at is None


def test_a_vehicle_is_not_retired_while_rental_is_switched_off_either(world: World, session: Session) -> None:
    vehicle_id = car(session).id
    book(session, session.get_one(Vehicle, vehicle_id))
    session.commit()
    world.disable("relais", "rental")

    with world.inside("relais") as later, pytest.raises(occupations.StillPromised):
        vehicles.retire(later, world.jalon.hooks, later.get_one(Vehicle, vehicle_id))


def test_a_label_of_an_occupation_names_the_vehicle_and_nobody(world: World, session: Session) -> None:
    booking = book(session, car(session), note="for Awa Meunier's daughter")
    assert booking.occupation_id is not None

    shown = world.jalon.hooks.show(session, "describe_occupations", prepare=dict, ids=[booking.occupation_id, 4711])

    (answer,) = [a.value for a in shown if a.value]
    assert list(answer) == [booking.occupation_id]
    assert "Clio" in answer[booking.occupation_id]
    assert "Awa" not in answer[booking.occupation_id]


DAY = 24  # hours
RETENTION = {  # ended so many hours ago, in which state, back so many hours ago: forgotten after 30 days?
    "returned long ago": (40 * DAY, State.RETURNED, 40 * DAY, True),
    "returned lately": (20 * DAY, State.RETURNED, 20 * DAY, False),
    "should have been back long ago, came back lately": (40 * DAY, State.RETURNED, 20 * DAY, False),
    "never came back": (40 * DAY, State.OUT, None, False),
    "nobody noted whether they came": (40 * DAY, State.BOOKED, None, False),
    "cancelled long ago": (40 * DAY, State.CANCELLED, None, True),
    "did not come, long ago": (40 * DAY, State.NO_SHOW, None, True),
    "cancelled lately": (20 * DAY, State.CANCELLED, None, False),
}


@pytest.mark.both_databases
@pytest.mark.parametrize(("ended", "state", "back", "forgotten"), RETENTION.values(), ids=RETENTION.keys())
def test_names_are_forgotten_when_their_time_is_over_and_not_before(
    world: World, session: Session, ended: float, state: State, back: float | None, forgotten: bool
) -> None:
    booking = book(session, car(session), -ended - 10, -ended, note="calls at noon")
    booking.renter_name = "Awa Meunier"
    if State.OUT in WAYS[state]:
        bookings.hand_over(session, booking, at=booking.starts_at)
    if back is not None:
        bookings.take_back(session, booking, at=now() - back * HOUR)
    elif state in (State.CANCELLED, State.NO_SHOW):
        STEPS[state](session, booking)

    report = retention.apply(session, world.jalon.hooks, before=now() - timedelta(days=30))
    session.refresh(booking)

    assert booking.state is state
    assert report.erased["rental"] == int(forgotten)
    assert (booking.renter_name, booking.note) == ((None, None) if forgotten else ("Awa Meunier", "calls at noon"))


def test_what_is_forgotten_is_counted_once(world: World, session: Session) -> None:
    bookings.cancel(session, book(session, car(session), -1000, -990, note="calls at noon"))
    limit = now() - timedelta(days=30)
    retention.apply(session, world.jalon.hooks, before=limit)

    assert retention.apply(session, world.jalon.hooks, before=limit).erased["rental"] == 0


def test_names_of_another_structure_are_left_alone(world: World, session: Session) -> None:
    booking = book(session, car(session), -1000, -990, note="calls at noon")
    bookings.cancel(session, booking)
    booking_id = booking.id
    session.commit()
    world.structure("scop", enabled=["rental"])

    with world.inside("scop") as elsewhere:
        retention.apply(elsewhere, world.jalon.hooks, before=now())
        elsewhere.commit()

    with world.inside("relais") as again:
        assert again.get_one(Booking, booking_id).note == "calls at noon"


CHECKS = {
    "booked without a promise": {"occupation_id": None},
    "ends before it starts": {"ends_at": now() - 1000 * HOUR},
    "for nobody": {"beneficiary_id": None},
    "without a vehicle": {"vehicle_id": None},
    "without a vehicle or a wish": {"vehicle_id": None, "state": State.REQUESTED},
    "refused without saying why": {"state": State.REFUSED},
    "an option for ever": {"state": State.OPTIONED},
}


@pytest.mark.both_databases
@pytest.mark.parametrize("values", CHECKS.values(), ids=CHECKS.keys())
def test_the_database_refuses_an_impossible_booking(session: Session, values: dict[str, Any]) -> None:
    booking = book(session, car(session))
    for name, value in values.items():
        setattr(booking, name, value)

    with pytest.raises(IntegrityError):
        session.flush()


@pytest.mark.both_databases
def test_the_database_refuses_a_renter_nobody_can_read(session: Session) -> None:
    booking = book(session, car(session))
    booking.renter_name = "  "

    with pytest.raises(IntegrityError) as refused:
        session.flush()

    assert type(refusal_of(refused.value)) is NameUnreadable
