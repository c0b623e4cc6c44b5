"""Who rents, and who follows a booking."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, select, update
from sqlalchemy.orm import Session

from jalon import beneficiaries, history, members
from jalon.clock import today
from jalon.models import Beneficiary, FileState, Member, Occupation
from jalon.scope import scope_of
from jalon_rental.errors import (
    FileClosed,
    FollowerLeft,
    PersonGone,
    RenterNeeded,
)
from jalon_rental.models import OPEN, Booking


def renting(session: Session, person: Beneficiary | None) -> Beneficiary:
    """The person a vehicle may be promised to. Raises RenterNeeded, FileClosed, PersonGone."""
    if person is None:
        raise RenterNeeded
    state, until = beneficiaries.held(session, person)
    if until is not None and until < today(scope_of(session).zone):
        raise FileClosed
    if state in (FileState.DECEASED, FileState.ANONYMISED, FileState.MERGED):
        raise PersonGone(state=FileState.labels()[state])
    return person


def chosen(session: Session, booking: Booking, person: Beneficiary | None) -> Beneficiary | None:
    """Who rents from now on; None where a name from before persons stays. Raises RenterNeeded and as `renting`."""
    if person is None and booking.beneficiary_id is None:
        return None
    return person if person is not None and person.id == booking.beneficiary_id else renting(session, person)


def following(session: Session, member: Member | None) -> Member | None:
    """Who follows a new booking: whoever makes it when nobody is named. Raises FollowerLeft."""
    return follower(member) or members.of_actor(session)


def follower(member: Member | None) -> Member | None:
    """Raises FollowerLeft for who no longer works here."""
    if member is not None and member.left_at is not None:
        raise FollowerLeft
    return member


def followed_by(member_id: int) -> ColumnElement[bool]:
    """The bookings that are not over and that a member follows."""
    return and_(Booking.member_id == member_id, Booking.state.in_(OPEN))


def pass_on(session: Session, *, from_member_id: int, to_member_id: int) -> int:
    """Let another member follow what is not over of somebody's; returns how many. The past keeps its name."""
    found = list(session.scalars(select(Booking).where(followed_by(from_member_id)).order_by(Booking.id)))
    successor = session.get_one(Member, to_member_id)
    for booking in found:
        booking.member = successor
    session.flush()
    return len(found)


def forget_renters(session: Session, *, before: datetime) -> int:
    """Erase names and notes of bookings that were over before then; returns how many."""
    back_later = exists().where(Occupation.id == Booking.occupation_id, Occupation.returned_at >= before)
    over = (
        Booking.ends_at < before,
        Booking.state.not_in(OPEN),
        Booking.renter_name.is_not(None) | Booking.note.is_not(None),
        ~back_later,
    )
    forgotten = list(session.scalars(select(Booking.id).where(*over)))
    with history.erasing(session):
        session.execute(update(Booking).where(*over).values(renter_name=None, note=None))
    history.erase(session, Booking, forgotten, fields=("renter_name", "note"))
    return len(forgotten)
