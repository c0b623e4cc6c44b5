"""What happened: departures and returns."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon.clock import now
from jalon.models import Occupation
from jalon.occupations import room
from jalon.occupations.promise import check_promising
from jalon.occupations.refusals import (
    AlreadyDeparted,
    AlreadyReturned,
    NotDeparted,
    PromiseOver,
    ResourceTaken,
    ReturnBeforeDeparture,
)


def depart(session: Session, occupation: Occupation, *, at: datetime | None = None) -> None:
    """The resource leaves, early if nobody else is promised it meanwhile.

    Raises AlreadyReleased, HoldExpired, AlreadyDeparted, PromiseOver at or after the end, ResourceTaken when
    it would leave during another's promise, and StillOut when it is not back from an earlier use.
    """
    room.lock_of(session, occupation)
    left = at or now()
    check_promising(occupation)
    if occupation.departed_at is not None:
        raise AlreadyDeparted
    if left >= occupation.ends_at:
        raise PromiseOver
    with room.explained(session):
        room.release_expired_holds(session, occupation.resource_id)
        _check_nobody_before(session, occupation, left)
        occupation.departed_at = left


def give_back(session: Session, occupation: Occupation, *, at: datetime | None = None) -> None:
    """The resource comes back; coming back early shortens the promise, late leaves it as it was.

    Raises NotDeparted, AlreadyReturned, ReturnBeforeDeparture.
    """
    resource = room.lock_of(session, occupation)[occupation.resource_id]
    returned = at or now()
    if occupation.departed_at is None:
        raise NotDeparted
    if occupation.returned_at is not None:
        raise AlreadyReturned
    if returned <= occupation.departed_at:
        raise ReturnBeforeDeparture
    with room.explained(session):
        _shorten_promise(occupation, returned, room.kept_buffer(session, occupation, resource))
        occupation.returned_at = returned


def _check_nobody_before(session: Session, occupation: Occupation, left: datetime) -> None:
    """Leaving early may eat into the preparation before, never into another's time."""
    meanwhile = select(Occupation.id).where(
        Occupation.resource_id == occupation.resource_id,
        Occupation.blocking,
        Occupation.departed_at.is_(None),
        Occupation.starts_at < occupation.starts_at,
        Occupation.ends_at > left,
        Occupation.id != occupation.id,
    )
    if session.scalar(meanwhile.limit(1)) is not None:
        raise ResourceTaken


def _shorten_promise(occupation: Occupation, returned: datetime, buffer: timedelta) -> None:
    """Back before the start: nothing is promised any more; back before the end: preparation begins now."""
    if returned <= occupation.starts_at:
        occupation.blocking = False
    elif returned < occupation.ends_at:
        occupation.blocked_until = min(returned + buffer, occupation.blocked_until)
        occupation.ends_at = returned
