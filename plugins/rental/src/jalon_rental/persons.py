"""The bookings of a person, as the person's page shows them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session, joinedload

from jalon.models import File
from jalon.scope import scope_of
from jalon_rental import bookings, licences
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
