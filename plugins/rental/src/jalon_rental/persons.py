"""The bookings of a person, as the person's page shows them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from jalon.models import Beneficiary, File
from jalon.scope import scope_of
from jalon_fleet import vehicles
from jalon_rental import bookings, guards, licences
from jalon_rental.models import OPEN, Booking, LicenceState, State

SHOWN = 10


def bookings_of(session: Session, beneficiary_id: int) -> dict[str, Any]:
    """The values of `person_tab.html`: those that are not over first, then the latest; and how many there are."""
    of_person = Booking.beneficiary_id == beneficiary_id
    running_first = case((Booking.state.in_(OPEN), 0), else_=1)
    query = select(Booking).where(of_person).options(joinedload(Booking.vehicle), joinedload(Booking.member))
    rows = session.scalars(query.order_by(running_first, Booking.starts_at.desc(), Booking.id.desc()).limit(SHOWN))
    readable = session.scalar(select(File.id).where(File.beneficiary_id == beneficiary_id)) is not None
    return {
        "rentals": list(rows),
        "count": session.scalar(select(func.count()).select_from(Booking).where(of_person)) or 0,
        "states": State.labels(),
        "is_late": bookings.is_late,
        "has_expired": bookings.has_expired,
        "checked": licences.latest(session, [beneficiary_id]).get(beneficiary_id),
        "licence_states": LicenceState.labels(),
        "may_book": readable and scope_of(session).may("rental.write"),
        "beneficiary_id": beneficiary_id,
    }


def missing_of(session: Session, beneficiary_id: int) -> list[str]:
    """What the guards have to say of a person who drives, for what is not over; each sentence once."""
    running = (Booking.beneficiary_id == beneficiary_id, Booking.state.in_(OPEN))
    query = select(Booking).where(*running).options(joinedload(Booking.vehicle), selectinload(Booking.waivers))
    found = guards.look(session, session.scalars(query.order_by(Booking.starts_at).limit(SHOWN)))
    said = (str(finding.sentence) for each in found.values() for finding in each if finding.field == "beneficiary")
    return list(dict.fromkeys(said))


def bookings_by_plate(session: Session, typed: str) -> list[Booking]:
    """Bookings that are not over, of vehicles whose plate holds what was typed, a figure among it; the next first."""
    if not any(c.isdigit() for c in typed):
        return []
    ids = [vehicle.id for vehicle in vehicles.found(session, typed)]
    if not ids:
        return []
    whose = joinedload(Booking.beneficiary).joinedload(Beneficiary.identity)
    running = select(Booking).where(Booking.vehicle_id.in_(ids), Booking.state.in_(OPEN)).options(whose)
    return list(session.scalars(running.order_by(Booking.starts_at, Booking.id).limit(3)))
