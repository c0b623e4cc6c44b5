"""The steps of a booking: given up, handed over, taken back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from jalon import occupations
from jalon.clock import now
from jalon.models import Occupation
from jalon.timeline import tell
from jalon_fleet.models import Vehicle
from jalon_rental import contracts, guards
from jalon_rental.bookings.promise import MODULE
from jalon_rental.errors import Held, PersonNeeded, TransitionRefused
from jalon_rental.i18n import _
from jalon_rental.models import TRANSITIONS, Booking, Guard, Side, State


def cancel(session: Session, booking: Booking, *, by: Side | None = None) -> None:
    """Give it up, the vehicle is free; `by` says who did. Raises TransitionRefused."""
    give_up(session, booking, State.CANCELLED, given_up_by=by)


def no_show(session: Session, booking: Booking) -> None:
    """Nobody came for it; the vehicle is free again. Raises TransitionRefused."""
    give_up(session, booking, State.NO_SHOW)


def hand_over(session: Session, booking: Booking, *, at: datetime | None = None) -> None:
    """The vehicle leaves.

    Raises TransitionRefused, PersonNeeded, Held for papers, licence or contract, and whatever
    `occupations.depart` raises.
    """
    occupation = _promise_of(booking, State.OUT)
    if booking.beneficiary_id is None:
        raise PersonNeeded
    guards.check(session, guards.of_booking(session, booking, leaving=at or now(), strict=True))
    if told := contracts.must_have(session, booking):
        raise Held(Guard.CONTRACT, told, "contract")
    occupations.depart(session, occupation, at=at)
    become(session, booking, State.OUT)
    _tell(session, booking, "out", _("Rents a vehicle: %(vehicle)s.", vehicle=_plain(booking.vehicle)), at)


def take_back(session: Session, booking: Booking, *, at: datetime | None = None) -> None:
    """The vehicle is back. Raises TransitionRefused, and whatever `occupations.give_back` raises."""
    occupation = _promise_of(booking, State.RETURNED)
    occupations.give_back(session, occupation, at=at)
    become(session, booking, State.RETURNED)
    _tell(session, booking, "back", _("Gave back the vehicle: %(vehicle)s.", vehicle=_plain(booking.vehicle)), at)


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
    contracts.cancel(session, booking)
    become(session, booking, state, **values)


def _promise_of(booking: Booking, wanted: State) -> Occupation:
    """The promise of a booking that may take that step. Raises TransitionRefused."""
    allow(booking, wanted)
    assert booking.occupation is not None
    return booking.occupation


def _tell(session: Session, booking: Booking, kind: str, text: str, at: datetime | None) -> None:
    """On the path of the person, for the other structures too if they agree; a booking from before persons is not."""
    if booking.beneficiary_id is not None:
        tell(session, booking.beneficiary_id, f"{MODULE}.{kind}", text, at=at, subject=booking, shared=True)


def _plain(vehicle: Vehicle | None) -> str:
    """What it is, not which: the plate is nobody else's business."""
    return f"{vehicle.make} {vehicle.model}" if vehicle is not None else ""
