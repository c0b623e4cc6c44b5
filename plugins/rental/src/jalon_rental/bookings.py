"""Rules of bookings: promising, changing, giving up, handing over, taking back."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, select, update
from sqlalchemy.orm import Session

from jalon import beneficiaries, history, members, occupations
from jalon.clock import now, today
from jalon.localtime import to_local
from jalon.models import Beneficiary, FileState, Member, Occupation
from jalon.scope import scope_of
from jalon.timeline import tell
from jalon_fleet.models import Category, Vehicle
from jalon_rental import guards, limits
from jalon_rental.errors import (
    FileClosed,
    FollowerLeft,
    NotChangeable,
    PersonGone,
    PersonNeeded,
    RenterNeeded,
    TransitionRefused,
    VehicleNeeded,
    VehicleStillBooked,
)
from jalon_rental.i18n import _
from jalon_rental.models import OPEN, PROMISING, TRANSITIONS, Booking, Guard, Side, State

MODULE = "rental"


def book(
    session: Session,
    vehicle: Vehicle,
    *,
    beneficiary: Beneficiary | None,
    starts_at: datetime,
    ends_at: datetime,
    note: str | None = None,
    member: Member | None = None,
) -> Booking:
    """Promise a vehicle to a person; `member` follows it, whoever books when not said.

    Raises RenterNeeded, FileClosed, PersonGone, FollowerLeft, Held for what a guard refuses, and whatever
    `limits.check` and `occupations.book` raise.
    """
    person, follower = renting(session, beneficiary), following(session, member)
    limits.check(session, (starts_at, ends_at))
    guards.check(session, guards.ask(session, vehicle, person.id, starts_at, ends_at))
    occupation = occupations.book(session, vehicle.resource_id, module=MODULE, starts_at=starts_at, ends_at=ends_at)
    booking = Booking(
        vehicle=vehicle,
        occupation=occupation,
        beneficiary=person,
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
    vehicle: Vehicle | None,
    starts_at: datetime,
    ends_at: datetime,
    beneficiary: Beneficiary | None = None,
    note: str | None = None,
    member: Member | None = None,
    category: Category | None = None,
) -> None:
    """Correct a booking that is not over; a longer one is held to papers and licence at its new end.

    Raises NotChangeable, VehicleNeeded, RenterNeeded, FileClosed, PersonGone, FollowerLeft, Held, and whatever
    `limits.check` and `occupations.move` raise.
    """
    if member is not booking.member:
        booking.member = _follower(member)
    person = _chosen(session, booking, beneficiary)
    if vehicle is not None:
        _hold(session, booking, vehicle, person, starts_at, ends_at)
    if (vehicle and vehicle.id, starts_at, ends_at) != (booking.vehicle_id, booking.starts_at, booking.ends_at):
        _move(session, booking, vehicle, starts_at, ends_at)
    if person is not None and person is not booking.beneficiary:
        booking.beneficiary, booking.renter_name = person, None
    booking.vehicle, booking.note = vehicle, note
    booking.category = category or booking.category
    booking.starts_at, booking.ends_at = starts_at, ends_at
    session.flush()


def cancel(session: Session, booking: Booking, *, by: Side | None = None) -> None:
    """Give it up, the vehicle is free; `by` says who did. Raises TransitionRefused."""
    give_up(session, booking, State.CANCELLED, given_up_by=by)


def no_show(session: Session, booking: Booking) -> None:
    """Nobody came for it; the vehicle is free again. Raises TransitionRefused."""
    give_up(session, booking, State.NO_SHOW)


def hand_over(session: Session, booking: Booking, *, at: datetime | None = None) -> None:
    """The vehicle leaves.

    Raises TransitionRefused, PersonNeeded, Held for papers or licence, and whatever `occupations.depart` raises.
    """
    occupation = _promise_of(booking, State.OUT)
    if booking.beneficiary_id is None:
        raise PersonNeeded
    guards.check(session, guards.of_booking(session, booking, leaving=at or now(), strict=True))
    occupations.depart(session, occupation, at=at)
    become(session, booking, State.OUT)
    _tell(session, booking, "out", _("Rents a vehicle: %(vehicle)s.", vehicle=_plain(booking.vehicle)), at)


def take_back(session: Session, booking: Booking, *, at: datetime | None = None) -> None:
    """The vehicle is back. Raises TransitionRefused, and whatever `occupations.give_back` raises."""
    occupation = _promise_of(booking, State.RETURNED)
    occupations.give_back(session, occupation, at=at)
    become(session, booking, State.RETURNED)
    _tell(session, booking, "back", _("Gave back the vehicle: %(vehicle)s.", vehicle=_plain(booking.vehicle)), at)


def swap(session: Session, one: Booking, other: Booking) -> None:
    """Exchange the vehicles of two bookings. Raises NotChangeable, Held, and what `occupations.exchange` raises."""
    promises = [_promise_to_change(booking) for booking in (one, other)]
    for booking, given in ((one, other.vehicle), (other, one.vehicle)):
        guards.check(session, guards.of_booking(session, booking, vehicle=given))
    occupations.exchange(session, *promises)
    one.vehicle, other.vehicle = other.vehicle, one.vehicle
    session.flush()


def give(session: Session, booking: Booking, vehicle: Vehicle | None) -> None:
    """Another vehicle for the same person and days. Raises VehicleNeeded and as `change`."""
    if vehicle is None:
        raise VehicleNeeded
    person = booking.beneficiary
    values: dict[str, Any] = {"starts_at": booking.starts_at, "ends_at": booking.ends_at, "note": booking.note}
    change(session, booking, vehicle=vehicle, beneficiary=person, member=booking.member, **values)


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


def has_expired(booking: Booking) -> bool:
    """An option whose time is over: the vehicle is no longer kept."""
    return booking.state is State.OPTIONED and booking.option_until is not None and booking.option_until <= now()


def expired() -> ColumnElement[bool]:
    """The condition of `has_expired`."""
    return and_(Booking.state == State.OPTIONED, Booking.option_until <= now())


def refuse_withdrawal(session: Session, resource_id: int) -> None:
    """A vehicle that is promised or out does not leave the fleet. Raises VehicleStillBooked."""
    query = (
        select(Booking.starts_at)
        .join(Vehicle, Vehicle.id == Booking.vehicle_id)
        .where(Vehicle.resource_id == resource_id, Booking.state.in_(PROMISING), ~expired())
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
        Booking.state.not_in(OPEN),
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
    return and_(Booking.member_id == member_id, Booking.state.in_(OPEN))


def pass_on(session: Session, *, from_member_id: int, to_member_id: int) -> int:
    """Let another member follow what is not over of somebody's; returns how many. The past keeps its name."""
    found = list(session.scalars(select(Booking).where(followed_by(from_member_id)).order_by(Booking.id)))
    successor = session.get_one(Member, to_member_id)
    for booking in found:
        booking.member = successor
    session.flush()
    return len(found)


def renting(session: Session, person: Beneficiary | None) -> Beneficiary:
    """The person a vehicle may be promised to. Raises RenterNeeded, FileClosed, PersonGone."""
    if person is None:
        raise RenterNeeded
    state, until = beneficiaries.held(session, person)
    if until is not None and until < today(scope_of(session).zone):
        raise FileClosed
    if state in (FileState.DECEASED, FileState.ANONYMISED, FileState.MERGED):
        raise PersonGone(state=FileState.labels()[state])
    return person


def following(session: Session, member: Member | None) -> Member | None:
    """Who follows a new booking: whoever makes it when nobody is named. Raises FollowerLeft."""
    return _follower(member) or members.of_actor(session)


def allow(booking: Booking, wanted: State) -> None:
    """Raises TransitionRefused for a step that the table of transitions does not know."""
    if (booking.state, wanted) not in TRANSITIONS:
        labels = State.labels()
        raise TransitionRefused(state=labels[booking.state], wanted=labels[wanted])


def become(session: Session, booking: Booking, state: State, **values: Any) -> None:
    """Write the state, and what goes with it, last: a refusal leaves the booking as it was.

    The promise's lock is ours by now; the row is read again because its note may have been corrected.
    """
    session.refresh(booking, with_for_update=True)
    for name, value in {**values, "state": state}.items():
        setattr(booking, name, value)
    session.flush()


def give_up(session: Session, booking: Booking, state: State, **values: Any) -> None:
    """Promise nothing any more, where something is still promised. Raises TransitionRefused."""
    allow(booking, state)
    promise = booking.occupation
    if promise is not None and (promise.blocking or booking.state is not State.OPTIONED):
        occupations.release(session, promise)
    become(session, booking, state, **values)


def waived(booking: Booking, guard: Guard) -> bool:
    return any(waiver.guard is guard for waiver in booking.waivers)


def _tell(session: Session, booking: Booking, kind: str, text: str, at: datetime | None) -> None:
    """On the path of the person, for the other structures too if they agree; a booking from before persons is not."""
    if booking.beneficiary_id is not None:
        tell(session, booking.beneficiary_id, f"{MODULE}.{kind}", text, at=at, subject=booking, shared=True)


def _plain(vehicle: Vehicle | None) -> str:
    """What it is, not which: the plate is nobody else's business."""
    return f"{vehicle.make} {vehicle.model}" if vehicle is not None else ""


def _follower(member: Member | None) -> Member | None:
    """Raises FollowerLeft for who no longer works here."""
    if member is not None and member.left_at is not None:
        raise FollowerLeft
    return member


def _chosen(session: Session, booking: Booking, person: Beneficiary | None) -> Beneficiary | None:
    """Who rents from now on; None where a name from before persons stays. Raises RenterNeeded and as `renting`."""
    if person is None and booking.beneficiary_id is None:
        return None
    return person if person is not None and person.id == booking.beneficiary_id else renting(session, person)


def _move(session: Session, booking: Booking, vehicle: Vehicle | None, starts_at: datetime, ends_at: datetime) -> None:
    """Another vehicle or other days."""
    if booking.state is State.REQUESTED:
        if starts_at >= ends_at:
            raise occupations.BadPeriod
        return
    promise = _promise_to_change(booking)
    if vehicle is None:
        raise VehicleNeeded
    former = (booking.starts_at, booking.ends_at)
    limits.check(session, (starts_at, ends_at), former=former, any_length=waived(booking, Guard.LENGTH))
    occupations.move(session, promise, resource_id=vehicle.resource_id, starts_at=starts_at, ends_at=ends_at)


def _hold(
    session: Session,
    booking: Booking,
    vehicle: Vehicle,
    person: Beneficiary | None,
    starts_at: datetime,
    ends_at: datetime,
) -> None:
    """What is promised is held to the guards again when it asks for more: vehicle, person, start or a later end."""
    person_id = person.id if person is not None else None
    as_it_is = (booking.vehicle_id, booking.beneficiary_id, booking.starts_at)
    same = (vehicle.id, person_id, starts_at) == as_it_is and ends_at <= booking.ends_at
    if same or booking.state not in PROMISING:
        return
    out = booking.state is State.OUT
    asked = guards.ask(
        session, vehicle, person_id, starts_at, ends_at, waived=frozenset(w.guard for w in booking.waivers)
    )
    if out and person is not None:
        asked = dataclasses.replace(asked, strict=True, leaving=today(scope_of(session).zone))
    guards.check(session, asked)


def _promise_to_change(booking: Booking) -> Occupation:
    """The promise of a booking that is not over. Raises NotChangeable."""
    if booking.state not in PROMISING or booking.occupation is None:
        raise NotChangeable(state=State.labels()[booking.state])
    return booking.occupation


def _promise_of(booking: Booking, wanted: State) -> Occupation:
    """The promise of a booking that may take that step. Raises TransitionRefused."""
    allow(booking, wanted)
    assert booking.occupation is not None
    return booking.occupation
