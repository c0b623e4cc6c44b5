"""Exceptions to the structure's own rules: who made one, to which rule, and why."""

from __future__ import annotations

from sqlalchemy.orm import Session

from jalon.scope import scope_of
from jalon.texts import tidy
from jalon_rental.errors import NotWaivable, WaiverReasonNeeded
from jalon_rental.models import OPEN, WAIVABLE, Booking, Guard, Waiver


def grant(session: Session, booking: Booking, guard: Guard, *, reason: str) -> Waiver:
    """Let a booking that is not over pass a rule; a second time corrects the reason.

    Source: domain model 3.1: exceptions are the direction's, with a reason. Raises NotWaivable, WaiverReasonNeeded.
    """
    if guard not in WAIVABLE or booking.state not in OPEN:
        raise NotWaivable(guard=Guard.labels()[guard])
    reason = tidy(reason)[:200]
    if not reason:
        raise WaiverReasonNeeded
    waiver = next((w for w in booking.waivers if w.guard is guard), None)
    if waiver is None:
        waiver = Waiver(booking=booking, guard=guard)
        session.add(waiver)
    waiver.reason, waiver.granted_by = reason, scope_of(session).actor.name[:120]
    session.flush()
    return waiver
