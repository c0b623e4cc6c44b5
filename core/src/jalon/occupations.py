"""Who has what, when: the one engine that promises resources for all modules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from jalon.clock import now
from jalon.db import explains, refusal_of
from jalon.errors import DomainError
from jalon.i18n import _l
from jalon.models import Occupation, OccupationKind, Resource
from jalon.models.overlap import FACT, PROMISE


@explains("ck_jalon_occupation_period")
class BadPeriod(DomainError):
    """The end is not after the start."""

    field = "ends_at"
    message = _l("The end must come after the start.")


@explains(PROMISE)
class ResourceTaken(DomainError):
    """The resource is already promised for a part of the period."""

    field = "starts_at"
    message = _l("It is already taken for a part of this period.")


@explains(FACT)
class StillOut(DomainError):
    """The resource has not come back from an earlier use."""

    field = "starts_at"
    message = _l("It has not come back yet from an earlier use.")


class NotUsable(DomainError):
    """The resource is archived, or the period leaves the dates between which it can be used."""

    field = "starts_at"
    message = _l("It cannot be used during the whole of this period.")


class UnknownResource(DomainError):
    """No such resource in this structure."""

    message = _l("This does not exist, or no longer.")


class BufferNeedsReason(DomainError):
    """The time kept after a use was shortened without saying why."""

    field = "buffer_reason"
    message = _l("Say why the preparation time is shortened.")


class HoldExpired(DomainError):
    """The option was not confirmed in time."""

    message = _l("The option has expired: book again.")


class AlreadyReleased(DomainError):
    """The occupation promises nothing any more."""

    message = _l("It was already released.")


class AlreadyDeparted(DomainError):
    """The resource has already left."""

    message = _l("It has already left.")


class NotDeparted(DomainError):
    """A return without a departure."""

    message = _l("It has not left yet.")


class AlreadyReturned(DomainError):
    """A second return."""

    message = _l("It has already come back.")


@explains("ck_jalon_occupation_return_after_departure")
class ReturnBeforeDeparture(DomainError):
    """The return is not after the departure."""

    field = "returned_at"
    message = _l("The return must come after the departure.")


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
    """Promise a resource for `[starts_at, ends_at)` and its buffer after.

    `buffer_min` shortens the resource's buffer and then needs `buffer_reason`; an unavailability has none
    and shortens the buffer it begins in. Expired holds of the resource are released first.
    Raises UnknownResource, BadPeriod, NotUsable, BufferNeedsReason, StillOut, ResourceTaken.
    """
    resource = lock(session, [resource_id])[0]
    _check_period(resource, starts_at, ends_at)
    _release_expired_holds(session, resource_id)
    if starts_at <= now() and _late(session, resource_id):
        raise StillOut
    if kind is OccupationKind.UNAVAILABLE:
        _shorten_buffer_before(session, resource_id, starts_at)
    buffer = _buffer(resource, kind, buffer_min, buffer_reason)
    occupation = Occupation(
        resource_id=resource_id,
        module=module,
        kind=kind,
        starts_at=starts_at,
        ends_at=ends_at,
        blocked_until=ends_at + buffer,
        expires_at=expires_at,
    )
    _refuse_overlap(session, occupation)
    with _explained(session):
        session.add(occupation)
    return occupation


def move(session: Session, occupation: Occupation, *, resource_id: int, starts_at: datetime, ends_at: datetime) -> None:
    """Give a promise another resource or another period. Raises as `book` does, and AlreadyReleased.

    What has left keeps its resource and its start: AlreadyDeparted.
    """
    resource = next(r for r in lock(session, {resource_id, occupation.resource_id}) if r.id == resource_id)
    session.refresh(occupation)
    _check_promising(occupation)
    if occupation.departed_at and (resource_id, starts_at) != (occupation.resource_id, occupation.starts_at):
        raise AlreadyDeparted
    _check_period(resource, starts_at, ends_at)
    _release_expired_holds(session, resource_id)
    buffer = _buffer(resource, occupation.kind, None, "")
    wanted = Occupation(resource_id=resource_id, starts_at=starts_at, blocked_until=ends_at + buffer)
    _refuse_overlap(session, wanted, besides=occupation.id)
    with _explained(session):
        occupation.resource_id = resource_id
        occupation.starts_at, occupation.ends_at = starts_at, ends_at
        occupation.blocked_until = ends_at + buffer


def release(session: Session, occupation: Occupation) -> None:
    """Promise nothing any more. Raises AlreadyReleased, and AlreadyDeparted for what has left."""
    lock(session, [occupation.resource_id])
    session.refresh(occupation)
    if not occupation.blocking:
        raise AlreadyReleased
    if occupation.departed_at is not None:
        raise AlreadyDeparted
    occupation.blocking = False
    session.flush()


def exchange(session: Session, one: Occupation, other: Occupation) -> None:
    """Swap the resources of two promises: both unblocked, moved, blocked again.

    Raises AlreadyReleased, AlreadyDeparted, NotUsable, ResourceTaken; nothing has then changed.
    """
    resources = {r.id: r for r in lock(session, {one.resource_id, other.resource_id})}
    for occupation in (one, other):
        session.refresh(occupation)
        _check_promising(occupation)
        if occupation.departed_at is not None:
            raise AlreadyDeparted
    with _explained(session):
        one.blocking = other.blocking = False
        session.flush()
        one.resource_id, other.resource_id = other.resource_id, one.resource_id
        for occupation in (one, other):
            resource = resources[occupation.resource_id]
            _check_period(resource, occupation.starts_at, occupation.ends_at)
            occupation.blocked_until = occupation.ends_at + _buffer(resource, occupation.kind, None, "")
        session.flush()
        one.blocking = other.blocking = True


def depart(session: Session, occupation: Occupation, *, at: datetime | None = None) -> None:
    """The resource leaves. Raises AlreadyReleased, HoldExpired, AlreadyDeparted, and StillOut if it is not back."""
    lock(session, [occupation.resource_id])
    session.refresh(occupation)
    _check_promising(occupation)
    if occupation.departed_at is not None:
        raise AlreadyDeparted
    with _explained(session):
        occupation.departed_at = at or now()


def give_back(session: Session, occupation: Occupation, *, at: datetime | None = None) -> None:
    """The resource comes back; coming back early shortens the promise, late leaves it as it was.

    Raises NotDeparted, AlreadyReturned, ReturnBeforeDeparture.
    """
    lock(session, [occupation.resource_id])
    session.refresh(occupation)
    returned = at or now()
    if occupation.departed_at is None:
        raise NotDeparted
    if occupation.returned_at is not None:
        raise AlreadyReturned
    if returned <= occupation.departed_at:
        raise ReturnBeforeDeparture
    with _explained(session):
        occupation.returned_at = returned
        _shorten_promise(occupation, returned)


def _shorten_promise(occupation: Occupation, returned: datetime) -> None:
    buffer = occupation.blocked_until - occupation.ends_at
    if returned <= occupation.starts_at:
        occupation.blocking = False
    elif returned < occupation.ends_at:
        occupation.ends_at, occupation.blocked_until = returned, returned + buffer


def what_is_free(
    session: Session, *, module: str, kinds: Iterable[str], starts_at: datetime, ends_at: datetime
) -> list[Resource]:
    """Resources of these kinds that could be booked for the whole period, in the order of their names.

    Raises BadPeriod.
    """
    if starts_at >= ends_at:
        raise BadPeriod
    query = _usable(module, kinds, starts_at, ends_at).where(~_promised_then(starts_at, ends_at))
    if starts_at <= now():
        query = query.where(~exists().where(_is_late(Occupation), Occupation.resource_id == Resource.id))
    candidates = list(session.scalars(query.order_by(Resource.name, Resource.id)))
    cut_short = _cut_short(session, candidates, starts_at, ends_at)
    return [r for r in candidates if r.id not in cut_short]


def late(session: Session, *, module: str) -> list[Occupation]:
    """What left, should be back and is not, longest first."""
    query = select(Occupation).where(_is_late(Occupation), Occupation.module == module)
    return list(session.scalars(query.order_by(Occupation.ends_at)))


def lock(session: Session, resource_ids: Iterable[int]) -> list[Resource]:
    """Lock resource rows in ascending order: two bookings that cross would otherwise deadlock on PostgreSQL.

    Raises UnknownResource when one is not this structure's.
    """
    wanted = sorted(set(resource_ids))
    query = select(Resource).where(Resource.id.in_(wanted)).order_by(Resource.id).with_for_update()
    rows = list(session.scalars(query.execution_options(populate_existing=True)))
    if [r.id for r in rows] != wanted:
        raise UnknownResource
    return rows


def _check_period(resource: Resource, starts_at: datetime, ends_at: datetime) -> None:
    if starts_at >= ends_at:
        raise BadPeriod
    too_early = resource.usable_from is not None and starts_at < resource.usable_from
    too_late = resource.usable_until is not None and ends_at > resource.usable_until
    if resource.archived_at is not None or too_early or too_late:
        raise NotUsable


def _check_promising(occupation: Occupation) -> None:
    if not occupation.blocking:
        raise AlreadyReleased
    if occupation.expires_at is not None and occupation.expires_at <= now():
        raise HoldExpired


def _buffer(resource: Resource, kind: OccupationKind, asked_min: int | None, reason: str) -> timedelta:
    if kind is OccupationKind.UNAVAILABLE:
        return timedelta(0)
    if asked_min is None or asked_min >= resource.buffer_min:
        return timedelta(minutes=max(asked_min or 0, resource.buffer_min))
    if not reason.strip():
        raise BufferNeedsReason
    return timedelta(minutes=max(asked_min, 0))


def _release_expired_holds(session: Session, resource_id: int) -> None:
    expired = select(Occupation).where(
        Occupation.resource_id == resource_id, Occupation.blocking, Occupation.expires_at <= now()
    )
    for hold in session.scalars(expired):
        hold.blocking = False
    session.flush()


def _shorten_buffer_before(session: Session, resource_id: int, starts_at: datetime) -> None:
    begun_in = select(Occupation).where(
        Occupation.resource_id == resource_id,
        Occupation.blocking,
        Occupation.ends_at <= starts_at,
        Occupation.blocked_until > starts_at,
    )
    for earlier in session.scalars(begun_in):
        earlier.blocked_until = starts_at
    session.flush()


def _refuse_overlap(session: Session, wanted: Occupation, *, besides: int | None = None) -> None:
    """The rule for the sentence; the constraint `occupation_promise` is the truth."""
    clash = select(Occupation.id).where(
        Occupation.resource_id == wanted.resource_id,
        Occupation.blocking,
        Occupation.starts_at < wanted.blocked_until,
        Occupation.blocked_until > wanted.starts_at,
        Occupation.id != (besides or 0),
    )
    if session.scalar(clash.limit(1)) is not None:
        raise ResourceTaken


def _late(session: Session, resource_id: int) -> bool:
    found = select(Occupation.id).where(_is_late(Occupation), Occupation.resource_id == resource_id)
    return session.scalar(found.limit(1)) is not None


def _is_late(occupation: type[Occupation]) -> ColumnElement[bool]:
    return and_(occupation.departed_at.is_not(None), occupation.returned_at.is_(None), occupation.ends_at <= now())


def _usable(module: str, kinds: Iterable[str], starts_at: datetime, ends_at: datetime) -> Select[Resource]:
    return select(Resource).where(
        Resource.module == module,
        Resource.kind.in_(list(kinds)),
        Resource.archived_at.is_(None),
        or_(Resource.usable_from.is_(None), Resource.usable_from <= starts_at),
        or_(Resource.usable_until.is_(None), Resource.usable_until >= ends_at),
    )


def _promised_then(starts_at: datetime, ends_at: datetime) -> ColumnElement[bool]:
    live = or_(Occupation.expires_at.is_(None), Occupation.expires_at > now())
    return exists().where(
        Occupation.resource_id == Resource.id,
        Occupation.blocking,
        live,
        Occupation.starts_at < ends_at,
        Occupation.blocked_until > starts_at,
    )


def _cut_short(session: Session, resources: list[Resource], starts_at: datetime, ends_at: datetime) -> set[int]:
    """Resources whose time of preparation after this use would run into their next promise; one query for all."""
    buffers = {r.id: timedelta(minutes=r.buffer_min) for r in resources if r.buffer_min}
    if not buffers:
        return set()
    following = select(Occupation.resource_id, Occupation.starts_at).where(
        Occupation.resource_id.in_(buffers),
        Occupation.blocking,
        or_(Occupation.expires_at.is_(None), Occupation.expires_at > now()),
        Occupation.starts_at >= ends_at,
        Occupation.starts_at < ends_at + max(buffers.values()),
    )
    return {row.resource_id for row in session.execute(following) if row.starts_at < ends_at + buffers[row.resource_id]}


@contextmanager
def _explained(session: Session) -> Iterator[None]:
    """Flush inside a savepoint; a constraint that refuses is turned into its sentence."""
    try:
        with session.begin_nested():
            yield
            session.flush()
    except IntegrityError as error:
        refusal = refusal_of(error)
        if refusal is None:
            raise
        raise refusal from None
