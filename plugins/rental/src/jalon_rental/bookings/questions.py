"""What is asked of bookings: free vehicles, what is late or has expired, what keeps a vehicle in the fleet."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from jalon import occupations
from jalon.clock import now
from jalon.localtime import to_local
from jalon.scope import scope_of
from jalon_fleet.models import Category, Vehicle
from jalon_rental.errors import (
    VehicleStillBooked,
)
from jalon_rental.models import PROMISING, Booking, Guard, State


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


def waived(booking: Booking, guard: Guard) -> bool:
    return any(waiver.guard is guard for waiver in booking.waivers)


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
