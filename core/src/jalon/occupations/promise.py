"""What was promised: book, move, keep, release, exchange."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from jalon.clock import now
from jalon.models import Occupation, OccupationKind, Resource
from jalon.occupations import room
from jalon.occupations.refusals import AlreadyDeparted, AlreadyReleased, AlreadyReturned, HoldExpired


def book(
    session: Session,
    resource_id: int,
    *,
    module: str,
    starts_at: datetime,
    ends_at: datetime,
    kind: OccupationKind = OccupationKind.USE,
    expires_at: datetime | None = None,
    buffer_min: int | None = None,
    buffer_reason: str = "",
) -> Occupation:
    """Promise a resource for `[starts_at, ends_at)` and its preparation after.

    `buffer_min` (minutes) shortens the resource's preparation and then needs `buffer_reason`; an
    unavailability has none and shortens the one it begins in. Expired holds of the resource are released first.
    Raises UnknownResource, BadPeriod, ResourceArchived, NotUsable, BufferNeedsReason, StillOut, ResourceTaken,
    and StillPromised for an unavailability over promises; nothing has then changed.
    """
    resource = room.lock(session, [resource_id])[0]
    room.check_usable(resource, starts_at, ends_at)
    buffer = room.buffer_of(resource, kind, buffer_min, buffer_reason)
    wanted = Occupation(
        resource_id=resource_id, module=module, kind=kind, starts_at=starts_at, ends_at=ends_at, expires_at=expires_at
    )
    with room.explained(session):
        room.release_expired_holds(session, resource_id)
        wanted.blocked_until = room.blocked_until(session, resource_id, ends_at=ends_at, buffer=buffer)
        _take(session, wanted)
        session.add(wanted)
    return wanted


def move(
    session: Session,
    occupation: Occupation,
    *,
    resource_id: int,
    starts_at: datetime,
    ends_at: datetime,
    buffer_min: int | None = None,
    buffer_reason: str = "",
) -> None:
    """Give a promise another resource or another period. Raises as `book` does, and AlreadyReleased.

    A preparation shortened by a person stays so on the same resource. What has left keeps its resource and
    its start (AlreadyDeparted), what came back keeps all (AlreadyReturned).
    """
    resource = room.lock_of(session, occupation, also=[resource_id])[resource_id]
    check_promising(occupation)
    if occupation.returned_at is not None:
        raise AlreadyReturned
    if occupation.departed_at and (resource_id, starts_at) != (occupation.resource_id, occupation.starts_at):
        raise AlreadyDeparted
    room.check_usable(resource, starts_at, ends_at)
    if buffer_min is None:
        buffer = room.kept_buffer(session, occupation, resource)
    else:
        buffer = room.buffer_of(resource, occupation.kind, buffer_min, buffer_reason)
    with room.explained(session):
        _place(session, occupation, resource, starts_at, ends_at, buffer)


def keep(session: Session, occupation: Occupation) -> None:
    """An option that has not expired becomes a use. Raises AlreadyReleased, HoldExpired."""
    room.lock_of(session, occupation)
    check_promising(occupation)
    occupation.kind, occupation.expires_at = OccupationKind.USE, None
    session.flush()


def release(session: Session, occupation: Occupation) -> None:
    """Promise nothing any more. Raises AlreadyReleased, and AlreadyDeparted for what has left."""
    resource = room.lock_of(session, occupation)[occupation.resource_id]
    if not occupation.blocking:
        raise AlreadyReleased
    if occupation.departed_at is not None:
        raise AlreadyDeparted
    occupation.blocking = False
    session.flush()
    if occupation.kind is OccupationKind.UNAVAILABLE:
        room.restore_preparation(session, resource, occupation.starts_at)


def exchange(session: Session, one: Occupation, other: Occupation) -> None:
    """Swap the resources of two promises: both unblocked, moved, blocked again.

    Raises AlreadyReleased, HoldExpired, AlreadyDeparted, ResourceArchived, NotUsable, StillOut, ResourceTaken;
    nothing has then changed.
    """
    resources = room.lock_of(session, one, other)
    for occupation in (one, other):
        check_promising(occupation)
        if occupation.departed_at is not None:
            raise AlreadyDeparted
    places = [(one, resources[other.resource_id]), (other, resources[one.resource_id])]
    with room.explained(session):
        one.blocking = other.blocking = False
        session.flush()
        for occupation, resource in places:
            room.check_usable(resource, occupation.starts_at, occupation.ends_at)
            buffer = room.buffer_of(resource, occupation.kind)
            _place(session, occupation, resource, occupation.starts_at, occupation.ends_at, buffer)
        one.blocking = other.blocking = True


def check_promising(occupation: Occupation) -> None:
    """Raises AlreadyReleased, HoldExpired."""
    if not occupation.blocking:
        raise AlreadyReleased
    if occupation.expires_at is not None and occupation.expires_at <= now():
        raise HoldExpired


def _place(
    session: Session,
    occupation: Occupation,
    resource: Resource,
    starts_at: datetime,
    ends_at: datetime,
    buffer: timedelta,
) -> None:
    """Give an occupation that exists its place, once it is known to be free."""
    former, former_start = session.get_one(Resource, occupation.resource_id), occupation.starts_at
    room.release_expired_holds(session, resource.id)
    until = room.blocked_until(session, resource.id, ends_at=ends_at, buffer=buffer, besides=occupation.id)
    wanted = Occupation(
        resource_id=resource.id, kind=occupation.kind, starts_at=starts_at, ends_at=ends_at, blocked_until=until
    )
    _take(session, wanted, besides=occupation.id)
    occupation.resource_id = resource.id
    occupation.starts_at, occupation.ends_at, occupation.blocked_until = starts_at, ends_at, until
    session.flush()
    session.expire(occupation, ["resource"])
    if occupation.kind is OccupationKind.UNAVAILABLE and (former, former_start) != (resource, starts_at):
        room.restore_preparation(session, former, former_start)


def _take(session: Session, wanted: Occupation, *, besides: int = 0) -> None:
    room.check_free(session, wanted, besides=besides)
    if wanted.kind is OccupationKind.UNAVAILABLE:
        room.cut_preparation(session, wanted.resource_id, wanted.starts_at)
