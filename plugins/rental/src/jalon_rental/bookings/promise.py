"""Promising a vehicle, and changing what is promised: other days, another vehicle, another person."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from jalon import occupations
from jalon.clock import today
from jalon.models import Beneficiary, Member, Occupation
from jalon.scope import scope_of
from jalon_fleet.models import Category, Vehicle
from jalon_rental import guards, limits
from jalon_rental.bookings.people import chosen, follower, following, renting
from jalon_rental.bookings.questions import waived
from jalon_rental.errors import NotChangeable, VehicleNeeded
from jalon_rental.models import PROMISING, Booking, Guard, State

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
        booking.member = follower(member)
    person = chosen(session, booking, beneficiary)
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
