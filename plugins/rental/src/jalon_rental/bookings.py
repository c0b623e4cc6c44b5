"""Rules of bookings: promising, changing, cancelling, handing over, taking back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from jalon import occupations
from jalon.clock import now
from jalon.localtime import to_local
from jalon.scope import scope_of
from jalon_fleet.models import Category, Vehicle
from jalon_rental.errors import NotChangeable, RenterNeeded, TransitionRefused, VehicleStillBooked
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
) -> Booking:
    """Promise a vehicle to somebody. Raises RenterNeeded and whatever `occupations.book` raises."""
    if not (renter_name or "").strip():
        raise RenterNeeded
    occupation = occupations.book(session, vehicle.resource_id, module=MODULE, starts_at=starts_at, ends_at=ends_at)
    booking = Booking(
        vehicle=vehicle,
        occupation=occupation,
        renter_name=renter_name.strip(),
        starts_at=starts_at,
        ends_at=ends_at,
        note=note,
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
) -> None:
    """Correct a booking that is not over. Raises NotChangeable, RenterNeeded and whatever `occupations.move` raises."""
    moved = (vehicle.id, starts_at, ends_at) != (booking.vehicle_id, booking.starts_at, booking.ends_at)
    if moved and (booking.state not in PROMISING or booking.occupation is None):
        raise NotChangeable(state=State.labels()[booking.state])
    if not (renter_name or "").strip():
        raise RenterNeeded
    if moved and booking.occupation is not None:
        occupations.move(
            session, booking.occupation, resource_id=vehicle.resource_id, starts_at=starts_at, ends_at=ends_at
        )
    booking.vehicle, booking.renter_name, booking.note = vehicle, renter_name.strip(), note
    booking.starts_at, booking.ends_at = starts_at, ends_at
    session.flush()


def cancel(session: Session, booking: Booking) -> None:
    """Free the vehicle. Raises TransitionRefused."""
    _become(booking, State.CANCELLED)
    _free(session, booking)


def no_show(session: Session, booking: Booking) -> None:
    """Nobody came for it; the vehicle is free again. Raises TransitionRefused."""
    _become(booking, State.NO_SHOW)
    _free(session, booking)


def hand_over(session: Session, booking: Booking, *, at: datetime | None = None) -> None:
    """The vehicle leaves. Raises TransitionRefused, and StillOut when an earlier renter still has it."""
    _become(booking, State.OUT)
    if booking.occupation is not None:
        occupations.depart(session, booking.occupation, at=at)
    session.flush()


def take_back(session: Session, booking: Booking, *, at: datetime | None = None) -> None:
    """The vehicle is back. Raises TransitionRefused, ReturnBeforeDeparture."""
    _become(booking, State.RETURNED)
    if booking.occupation is not None:
        occupations.give_back(session, booking.occupation, at=at)
    session.flush()


def swap(session: Session, one: Booking, other: Booking) -> None:
    """Exchange the vehicles of two bookings. Raises whatever `occupations.exchange` raises."""
    if one.occupation is None or other.occupation is None:
        raise occupations.AlreadyReleased
    occupations.exchange(session, one.occupation, other.occupation)
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
    """Erase names and notes of bookings that ended before then; returns how many."""
    result = session.execute(
        update(Booking)
        .where(
            Booking.ends_at < before,
            Booking.state.not_in(PROMISING),
            Booking.renter_name.is_not(None) | Booking.note.is_not(None),
        )
        .values(renter_name=None, note=None)
    )
    return int(result.rowcount)  # type: ignore[attr-defined]


def _become(booking: Booking, wanted: State) -> None:
    if (booking.state, wanted) not in TRANSITIONS:
        labels = State.labels()
        raise TransitionRefused(state=labels[booking.state], wanted=labels[wanted])
    booking.state = wanted


def _free(session: Session, booking: Booking) -> None:
    if booking.occupation is not None:
        occupations.release(session, booking.occupation)
    session.flush()
