"""Making room for a promise: locks, expired options, preparation time, and the refusals in good order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from jalon.clock import now
from jalon.db import refusal_of
from jalon.models import Occupation, OccupationKind, Resource
from jalon.occupations.questions import conflicts, still_out
from jalon.occupations.refusals import (
    BadPeriod,
    BufferNeedsReason,
    ChangedMeanwhile,
    NotUsable,
    ResourceArchived,
    ResourceTaken,
    StillOut,
    StillPromised,
    UnknownResource,
)


def lock(session: Session, resource_ids: Iterable[int]) -> list[Resource]:
    """Lock resource rows in ascending order: two bookings that cross would otherwise deadlock on PostgreSQL.

    Whoever works on several resources in one transaction locks them all here first. Raises UnknownResource
    when one is not this structure's.
    """
    wanted = sorted(set(resource_ids))
    query = select(Resource).where(Resource.id.in_(wanted)).order_by(Resource.id).with_for_update()
    rows = list(session.scalars(query.execution_options(populate_existing=True)))
    if [r.id for r in rows] != wanted:
        raise UnknownResource
    return rows


def lock_of(session: Session, *occupations: Occupation, also: Iterable[int] = ()) -> dict[int, Resource]:
    """Lock the resources of these occupations, and `also`, and read the occupations again.

    Raises ChangedMeanwhile when one was given another resource before the lock was ours.
    """
    locked = {r.id: r for r in lock(session, {o.resource_id for o in occupations} | set(also))}
    for occupation in occupations:
        session.refresh(occupation)
        if occupation.resource_id not in locked:
            raise ChangedMeanwhile
    return locked


def check_usable(resource: Resource, starts_at: datetime, ends_at: datetime) -> None:
    """Raises BadPeriod, ResourceArchived, NotUsable."""
    if starts_at >= ends_at:
        raise BadPeriod
    if resource.archived_at is not None:
        raise ResourceArchived
    too_early = resource.usable_from is not None and starts_at < resource.usable_from
    too_late = resource.usable_until is not None and ends_at > resource.usable_until
    if too_early or too_late:
        raise NotUsable


def buffer_of(resource: Resource, kind: OccupationKind, asked_min: int | None = None, reason: str = "") -> timedelta:
    """Preparation after a use; an unavailability has none. Raises BufferNeedsReason."""
    if kind is OccupationKind.UNAVAILABLE:
        return timedelta(0)
    if asked_min is None:
        return timedelta(minutes=resource.buffer_min)
    if asked_min < resource.buffer_min and not reason.strip():
        raise BufferNeedsReason
    return timedelta(minutes=max(asked_min, 0))


def kept_buffer(session: Session, occupation: Occupation, resource: Resource) -> timedelta:
    """Another resource has its own preparation; on the same one, what a person shortened stays short."""
    whole = buffer_of(resource, occupation.kind)
    if resource.id != occupation.resource_id or _cut_by_unavailability(session, occupation):
        return whole
    return min(whole, occupation.blocked_until - occupation.ends_at)


def _cut_by_unavailability(session: Session, occupation: Occupation) -> bool:
    begins_there = select(Occupation.id).where(
        Occupation.resource_id == occupation.resource_id,
        Occupation.kind == OccupationKind.UNAVAILABLE,
        Occupation.blocking,
        Occupation.starts_at == occupation.blocked_until,
    )
    return session.scalar(begins_there.limit(1)) is not None


def release_expired_holds(session: Session, resource_id: int) -> None:
    expired = select(Occupation).where(
        Occupation.resource_id == resource_id, Occupation.blocking, Occupation.expires_at <= now()
    )
    for hold in session.scalars(expired):
        hold.blocking = False
    session.flush()


def blocked_until(
    session: Session, resource_id: int, *, ends_at: datetime, buffer: timedelta, besides: int = 0
) -> datetime:
    """The end of the preparation, which an unavailability that begins in it shortens."""
    begins_in_it = select(Occupation.starts_at).where(
        Occupation.resource_id == resource_id,
        Occupation.blocking,
        Occupation.kind == OccupationKind.UNAVAILABLE,
        Occupation.starts_at >= ends_at,
        Occupation.starts_at < ends_at + buffer,
        Occupation.id != besides,
    )
    return session.scalar(begins_in_it.order_by(Occupation.starts_at).limit(1)) or ends_at + buffer


def check_free(session: Session, wanted: Occupation, *, besides: int = 0) -> None:
    """The rules for the sentences; the constraint `occupation_promise` is the truth.

    Raises StillOut, ResourceTaken, and StillPromised for an unavailability over promises.
    """
    mine = Occupation.resource_id == wanted.resource_id
    out = select(Occupation.id).where(mine, still_out(wanted.starts_at, wanted.ends_at), Occupation.id != besides)
    if session.scalar(out.limit(1)) is not None:
        raise StillOut
    if wanted.kind is OccupationKind.UNAVAILABLE:
        _check_free_for_unavailability(session, wanted, besides)
        return
    clash = select(Occupation.id).where(
        mine,
        Occupation.blocking,
        Occupation.starts_at < wanted.blocked_until,
        Occupation.blocked_until > wanted.starts_at,
        Occupation.id != besides,
    )
    if session.scalar(clash.limit(1)) is not None:
        raise ResourceTaken


def _check_free_for_unavailability(session: Session, wanted: Occupation, besides: int) -> None:
    found = conflicts(session, wanted.resource_id, starts_at=wanted.starts_at, ends_at=wanted.ends_at)
    kinds = {o.kind for o in found if o.id != besides}
    if kinds - {OccupationKind.UNAVAILABLE}:
        raise StillPromised
    if kinds:
        raise ResourceTaken


def cut_preparation(session: Session, resource_id: int, at: datetime) -> None:
    """An unavailability begins: the preparation it begins in stops there."""
    begun_in = select(Occupation).where(
        Occupation.resource_id == resource_id,
        Occupation.blocking,
        Occupation.ends_at <= at,
        Occupation.blocked_until > at,
    )
    for earlier in session.scalars(begun_in):
        earlier.blocked_until = at
    session.flush()


def restore_preparation(session: Session, resource: Resource, at: datetime) -> None:
    """An unavailability that began then is gone: the preparation it cut takes its time again, up to what follows."""
    mine = Occupation.resource_id == resource.id
    cut = select(Occupation).where(
        mine, Occupation.blocking, Occupation.blocked_until == at, Occupation.kind != OccupationKind.UNAVAILABLE
    )
    following = select(Occupation.starts_at).where(mine, Occupation.blocking, Occupation.starts_at >= at)
    for earlier in session.scalars(cut):
        until = earlier.ends_at + timedelta(minutes=resource.buffer_min)
        next_start = session.scalar(following.order_by(Occupation.starts_at).limit(1))
        earlier.blocked_until = max(at, min(until, next_start or until))
    session.flush()


@contextmanager
def explained(session: Session) -> Iterator[None]:
    """Flush inside a savepoint; a refusal leaves nothing changed, a constraint's is turned into its sentence."""
    try:
        with session.begin_nested():
            yield
            session.flush()
    except IntegrityError as error:
        refusal = refusal_of(error)
        if refusal is None:
            raise
        raise refusal from None
