"""The parts of the bookings that matter at the desk, as conditions: what to do today, out, late, to come."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import Session

from jalon import members
from jalon.clock import now, today
from jalon.localtime import to_instant
from jalon.models import Closure
from jalon.scope import scope_of
from jalon_rental.bookings import expired, followed_by
from jalon_rental.models import OPEN, Booking, State


def out(session: Session) -> ColumnElement[bool]:
    """The vehicle is with the renter."""
    return Booking.state == State.OUT


def late(session: Session) -> ColumnElement[bool]:
    """Out, and its end is past."""
    return and_(Booking.state == State.OUT, Booking.ends_at <= now())


def to_come(session: Session) -> ColumnElement[bool]:
    """Promised, not yet handed over."""
    return Booking.state == State.BOOKED


def requested(session: Session) -> ColumnElement[bool]:
    """Asked for, nothing promised yet; an option that has expired is a request again."""
    return or_(Booking.state == State.REQUESTED, expired())


def waiting(session: Session) -> ColumnElement[bool]:
    """Asked for, and no vehicle was found yet."""
    return and_(Booking.state == State.REQUESTED, Booking.vehicle_id.is_(None))


def unmet(session: Session) -> ColumnElement[bool]:
    """Asked for and refused: what the structure could not answer, by reason."""
    return Booking.state == State.REFUSED


def optioned(session: Session) -> ColumnElement[bool]:
    """A vehicle is kept for some hours."""
    return and_(Booking.state == State.OPTIONED, ~expired())


def running(session: Session) -> ColumnElement[bool]:
    """Not over."""
    return Booking.state.in_(OPEN)


def mine(session: Session) -> ColumnElement[bool]:
    """Not over, and followed by whoever looks; nothing for who is no member here."""
    me = members.of_actor(session)
    return followed_by(me.id) if me is not None else false()


def of_member(session: Session, member_id: int) -> ColumnElement[bool]:
    """Not over, and followed by that member."""
    return followed_by(member_id)


def on_closure(session: Session, closure_id: int) -> ColumnElement[bool]:
    """Promised to leave or to come back on the days of that closure; nothing for a closure there is no more."""
    closure = session.scalar(select(Closure).where(Closure.id == closure_id))
    if closure is None:
        return false()
    zone = scope_of(session).zone
    first = to_instant(datetime.combine(closure.first_day, time()), zone)
    last = to_instant(datetime.combine(closure.last_day + timedelta(days=1), time()), zone)
    leaves = and_(Booking.state == State.BOOKED, Booking.starts_at >= first, Booking.starts_at < last)
    return or_(
        leaves, and_(Booking.state.in_([State.BOOKED, State.OUT]), Booking.ends_at >= first, Booking.ends_at < last)
    )


def leaving_today(session: Session) -> ColumnElement[bool]:
    """Keys to hand over before midnight, what was missed on an earlier day included."""
    return and_(Booking.state == State.BOOKED, Booking.starts_at < _midnight(session))


def back_today(session: Session) -> ColumnElement[bool]:
    """Vehicles still due before midnight; what is late already is a list of its own."""
    return and_(Booking.state == State.OUT, Booking.ends_at > now(), Booking.ends_at < _midnight(session))


def due_today(session: Session) -> ColumnElement[bool]:
    """Whom the desk expects today."""
    return or_(leaving_today(session), back_today(session), late(session))


def _midnight(session: Session) -> datetime:
    """The end of the structure's day."""
    zone = scope_of(session).zone
    return to_instant(datetime.combine(today(zone) + timedelta(days=1), time()), zone)
