"""Rules of bookings: promising, changing, cancelling, handing over, taking back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, select, update
from sqlalchemy.orm import Session

from jalon import history, members, occupations
from jalon.clock import now
from jalon.localtime import to_local
from jalon.models import Member, Occupation
from jalon.scope import scope_of
from jalon.texts import tidy
from jalon_fleet.models import Category, Vehicle
from jalon_rental import limits
from jalon_rental.errors import FollowerLeft, NotChangeable, RenterNeeded, TransitionRefused, VehicleStillBooked
from jalon_rental.models import PROMISING, TRANSITIONS, Booking, State

MODULE = "rental"


def book(
    session: Session,
    vehicle: Vehicle,
    *,
    renter_name: str,
    starts_at: datetime,
    ends_at: datetime,
    note: str | None = None,
    member: Member | None = None,
) -> Booking:
    """Promise a vehicle to somebody; `member` follows it, whoever books when not said.

    Raises RenterNeeded, FollowerLeft and whatever `limits.check` and `occupations.book` raise.
    """
    follower = _follower(member) or members.of_actor(session)
    renter_name = _renter(renter_name)
    limits.check(session, (starts_at, ends_at))
    occupation = occupations.book(session, vehicle.resource_id, module=MODULE, starts_at=starts_at, ends_at=ends_at)
    booking = Booking(
        vehicle=vehicle,
        occupation=occupation,
        renter_name=renter_name,
        starts_at=starts_at,
        ends_at=ends_at,
        note=note,
        member=follower,
    )
    session.add(booking)
    session.flush()
    return booking


def change(
    session: Session,
    booking: Booking,
    *,
    vehicle: Vehicle,
    renter_name: str,
    starts_at: datetime,
    ends_at: datetime,
    note: str | None = None,
    member: Member | None = None,
) -> None:
    """Correct a booking that is not over.

    Raises NotChangeable, RenterNeeded, FollowerLeft and whatever `limits.check` and `occupations.move` raise.
    """
    renter_name = _renter(renter_name)
    if member is not booking.member:
        booking.member = _follower(member)
    if (vehicle.id, starts_at, ends_at) != (booking.vehicle_id, booking.starts_at, booking.ends_at):
        promise = _promise_to_change(booking)
        limits.check(session, (starts_at, ends_at), former=(booking.starts_at, booking.ends_at))
        occupations.move(session, promise, resource_id=vehicle.resource_id, starts_at=starts_at, ends_at=ends_at)
    booking.vehicle, booking.renter_name, booking.note = vehicle, renter_name, note
    booking.starts_at, booking.ends_at = starts_at, ends_at
    session.flush()


def cancel(session: Session, booking: Booking) -> None:
    """Free the vehicle. Raises TransitionRefused."""
    _free(session, booking, State.CANCELLED)


def no_show(session: Session, booking: Booking) -> None:
    """Nobody came for it; the vehicle is free again. Raises TransitionRefused."""
    _free(session, booking, State.NO_SHOW)


def hand_over(session: Session, booking: Booking, *, at: datetime | None = None) -> None:
    """The vehicle leaves. Raises TransitionRefused, and whatever `occupations.depart` raises."""
    occupation = _promise_of(booking, State.OUT)
    occupations.depart(session, occupation, at=at)
    _become(session, booking, State.OUT)


def take_back(session: Session, booking: Booking, *, at: datetime | None = None) -> None:
    """The vehicle is back. Raises TransitionRefused, and whatever `occupations.give_back` raises."""
    occupation = _promise_of(booking, State.RETURNED)
    occupations.give_back(session, occupation, at=at)
    _become(session, booking, State.RETURNED)


def swap(session: Session, one: Booking, other: Booking) -> None:
    """Exchange the vehicles of two bookings. Raises NotChangeable, and whatever `occupations.exchange` raises."""
    promises = [_promise_to_change(booking) for booking in (one, other)]
    occupations.exchange(session, *promises)
    one.vehicle, other.vehicle = other.vehicle, one.vehicle
    session.flush()


def free_vehicles(
    session: Session, *, starts_at: datetime, ends_at: datetime, category: Category | None = None
) -> list[Vehicle]:
    """Vehicles that could be booked for the whole period. Raises BadPeriod."""
    kinds = [c.value for c in ([category] if category else Category)]
    free = occupations.what_is_free(session, module="fleet", kinds=kinds, starts_at=starts_at, ends_at=ends_at)
    by_resource = {
        v.resource_id: v for v in session.scalars(select(Vehicle).where(Vehicle.resource_id.in_([r.id for r in free])))
    }
    return [by_resource[r.id] for r in free if r.id in by_resource]


def is_late(booking: Booking) -> bool:
    """Out, and its end is past."""
    return booking.state is State.OUT and booking.ends_at <= now()


def refuse_withdrawal(session: Session, resource_id: int) -> None:
    """A vehicle that is promised or out does not leave the fleet. Raises VehicleStillBooked."""
    query = (
        select(Booking.starts_at)
        .join(Vehicle, Vehicle.id == Booking.vehicle_id)
        .where(Vehicle.resource_id == resource_id, Booking.state.in_(PROMISING))
        .order_by(Booking.starts_at)
    )
    if starts := list(session.scalars(query)):
        first = to_local(starts[0], scope_of(session).zone)
        raise VehicleStillBooked(count=len(starts), date=f"{first:%d/%m/%Y}")


def forget_renters(session: Session, *, before: datetime) -> int:
    """Erase names and notes of bookings that were over before then; returns how many."""
    back_later = exists().where(Occupation.id == Booking.occupation_id, Occupation.returned_at >= before)
    over = (
        Booking.ends_at < before,
        Booking.state.not_in(PROMISING),
        Booking.renter_name.is_not(None) | Booking.note.is_not(None),
        ~back_later,
    )
    forgotten = list(session.scalars(select(Booking.id).where(*over)))
    with history.erasing(session):
        session.execute(update(Booking).where(*over).values(renter_name=None, note=None))
    history.erase(session, Booking, forgotten, fields=("renter_name", "note"))
    return len(forgotten)


def followed_by(member_id: int) -> ColumnElement[bool]:
    """The bookings that are not over and that a member follows."""
    return and_(Booking.member_id == member_id, Booking.state.in_(PROMISING))


def pass_on(session: Session, *, from_member_id: int, to_member_id: int) -> int:
    """Let another member follow what is not over of somebody's; returns how many. The past keeps its name."""
    found = list(session.scalars(select(Booking).where(followed_by(from_member_id)).order_by(Booking.id)))
    successor = session.get_one(Member, to_member_id)
    for booking in found:
        booking.member = successor
    session.flush()
    return len(found)


def _follower(member: Member | None) -> Member | None:
    """Raises FollowerLeft for who no longer works here."""
    if member is not None and member.left_at is not None:
        raise FollowerLeft
    return member


def _renter(typed: str | None) -> str:
    name = tidy(typed or "")
    if not name:
        raise RenterNeeded
    return name


def _promise_to_change(booking: Booking) -> Occupation:
    """The promise of a booking that is not over. Raises NotChangeable."""
    if booking.state not in PROMISING or booking.occupation is None:
        raise NotChangeable(state=State.labels()[booking.state])
    return booking.occupation


def _promise_of(booking: Booking, wanted: State) -> Occupation:
    """The promise of a booking that may take that step. Raises TransitionRefused."""
    if (booking.state, wanted) not in TRANSITIONS or booking.occupation is None:
        labels = State.labels()
        raise TransitionRefused(state=labels[booking.state], wanted=labels[wanted])
    return booking.occupation


def _become(session: Session, booking: Booking, state: State) -> None:
    """Write the state last: a refusal leaves the booking as it was.

    The promise's lock is ours by now; the row is read again because its name or note may have been corrected.
    """
    session.refresh(booking, with_for_update=True)
    booking.state = state
    session.flush()


def _free(session: Session, booking: Booking, state: State) -> None:
    occupations.release(session, _promise_of(booking, state))
    _become(session, booking, state)
