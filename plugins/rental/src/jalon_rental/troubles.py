"""What is in the way of bookings that are not over: papers, licences, and vehicles that did not come back."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon.clock import now
from jalon_rental import guards
from jalon_rental.i18n import _
from jalon_rental.models import Booking, State


def whys(session: Session, bookings: Iterable[Booking]) -> dict[int, list[tuple[str, bool]]]:
    """Why each of these is to be looked at, by id, and whether that refuses; a constant number of queries."""
    rows = list(bookings)
    found = {id: [(str(f.sentence), f.blocks) for f in said] for id, said in guards.look(session, rows).items()}
    vehicles = {b.vehicle_id for b in rows if b.state in (State.BOOKED, State.OPTIONED) and b.vehicle_id is not None}
    for id in endangered(session, vehicles) if vehicles else ():
        found[id] = [(_("The vehicle is not back: give this booking another one."), True), *found.get(id, [])]
    return found


def endangered(session: Session, vehicle_ids: Iterable[int] | None = None) -> set[int]:
    """The next booking of each vehicle that is late: what can no longer be kept. One query."""
    late = select(Booking.vehicle_id).where(Booking.state == State.OUT, Booking.ends_at <= now())
    promised = select(Booking.vehicle_id, Booking.id).where(
        Booking.state.in_([State.BOOKED, State.OPTIONED]), Booking.vehicle_id.in_(late)
    )
    if vehicle_ids is not None:
        promised = promised.where(Booking.vehicle_id.in_(list(vehicle_ids)))
    first: dict[int, int] = {}
    for vehicle_id, id in session.execute(promised.order_by(Booking.starts_at, Booking.id)):
        first.setdefault(vehicle_id or 0, id)
    return set(first.values())
