"""What a booking's page shows beside its form: what is to be checked, and which vehicles could be given instead."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from jalon.errors import DomainError
from jalon_rental import bookings, contracts, guards, licences, troubles
from jalon_rental.models import OPEN, WAIVABLE, Booking, Ending, Guard, LicenceState, Reason, Side, State

_WAITING = (State.REQUESTED, State.OPTIONED, State.BOOKED)


def beside(session: Session, booking: Booking) -> dict[str, Any]:
    """The values of `booking_actions.html`."""
    said = guards.look(session, [booking]).get(booking.id, [])
    found = [finding for finding in said if finding.guard is not Guard.CONTRACT]
    endangered = booking.id in troubles.endangered(session, [booking.vehicle_id] if booking.vehicle_id else [])
    person = booking.beneficiary_id
    return {
        "findings": found,
        "contract_fault": next((finding for finding in said if finding.guard is Guard.CONTRACT), None),
        "endangered": endangered,
        "expired": bookings.has_expired(booking),
        "others": _others(session, booking) if booking.vehicle is None or endangered or found else [],
        "contracts": contracts.of_booking(session, booking),
        "contract_fits": booking.id in contracts.fitting(session, [booking]),
        "endings": Ending.labels(),
        "no_contract": contracts.why_not(session, booking),
        "checked": licences.latest(session, [person]).get(person) if person is not None else None,
        "is_open": booking.state in OPEN,
        "is_waiting": booking.state in _WAITING,
        "waivable": WAIVABLE,
        "guards": Guard.labels(),
        "reasons": Reason.labels(),
        "sides": Side.labels(),
        "licence_states": LicenceState.labels(),
    }


def _others(session: Session, booking: Booking) -> list[Any]:
    """Vehicles of the same kind, free for the whole period, while it has not begun to be used."""
    category = booking.vehicle.category if booking.vehicle is not None else booking.category
    if booking.state not in _WAITING or category is None:
        return []
    try:
        free = bookings.free_vehicles(session, starts_at=booking.starts_at, ends_at=booking.ends_at, category=category)
    except DomainError:
        return []
    return [vehicle for vehicle in free if vehicle.id != booking.vehicle_id]
