"""Questions about occupations that change nothing: what is taken, out, late, free."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, exists, false, or_, select
from sqlalchemy.orm import Session

from jalon.clock import now
from jalon.models import Occupation, OccupationKind, Resource
from jalon.occupations.refusals import BadPeriod, StillPromised

OUT = and_(Occupation.departed_at.is_not(None), Occupation.returned_at.is_(None))


def promising() -> ColumnElement[bool]:
    """Rows that promise something now; an option that has expired promises nothing."""
    return and_(Occupation.blocking, or_(Occupation.expires_at.is_(None), Occupation.expires_at > now()))


def is_late() -> ColumnElement[bool]:
    """Rows of what left, should be back and is not."""
    return and_(OUT, Occupation.ends_at <= now())


def still_out(starts_at: datetime, ends_at: datetime) -> ColumnElement[bool]:
    """Rows of what is out and leaves the period no chance: late now, or gone before its own promise began."""
    late_now = is_late() if starts_at <= now() else false()
    gone_early = and_(Occupation.departed_at < Occupation.starts_at, Occupation.starts_at > starts_at)
    return and_(OUT, Occupation.departed_at < ends_at, or_(late_now, gone_early))


def conflicts(session: Session, resource_id: int, *, starts_at: datetime, ends_at: datetime) -> list[Occupation]:
    """The promises that stand in `[starts_at, ends_at)`, first one first, preparation left out.

    For a page that lists them with `describe_occupations` when an unavailability is refused.
    """
    query = select(Occupation).where(
        Occupation.resource_id == resource_id,
        promising(),
        Occupation.starts_at < ends_at,
        Occupation.ends_at > starts_at,
    )
    return list(session.scalars(query.order_by(Occupation.starts_at)))


def late(session: Session, *, module: str) -> list[Occupation]:
    """What left, should be back and is not, longest first."""
    query = select(Occupation).where(is_late(), Occupation.module == module)
    return list(session.scalars(query.order_by(Occupation.ends_at)))


def refuse_withdrawal(session: Session, resource_id: int) -> None:
    """A resource that is out or promised does not leave, whoever promised it; an unavailability may stand.

    Raises StillPromised.
    """
    promised = and_(promising(), Occupation.returned_at.is_(None), Occupation.ends_at > now())
    query = select(Occupation.id).where(
        Occupation.resource_id == resource_id,
        Occupation.kind != OccupationKind.UNAVAILABLE,
        or_(promised, OUT),
    )
    if session.scalar(query.limit(1)) is not None:
        raise StillPromised


def what_is_free(
    session: Session, *, module: str, kinds: Iterable[str], starts_at: datetime, ends_at: datetime
) -> list[Resource]:
    """Resources of these kinds that could be booked for the whole period, in the order of their names.

    Raises BadPeriod.
    """
    if starts_at >= ends_at:
        raise BadPeriod
    clash = and_(promising(), Occupation.starts_at < ends_at, Occupation.blocked_until > starts_at)
    of_it = Occupation.resource_id == Resource.id
    query = _usable(module, kinds, starts_at, ends_at).where(
        ~exists().where(of_it, or_(clash, still_out(starts_at, ends_at)))
    )
    candidates = list(session.scalars(query.order_by(Resource.name, Resource.id)))
    without_time = _without_time_after(session, candidates, ends_at)
    return [r for r in candidates if r.id not in without_time]


def _usable(module: str, kinds: Iterable[str], starts_at: datetime, ends_at: datetime) -> Select[Resource]:
    return select(Resource).where(
        Resource.module == module,
        Resource.kind.in_(list(kinds)),
        Resource.archived_at.is_(None),
        or_(Resource.usable_from.is_(None), Resource.usable_from <= starts_at),
        or_(Resource.usable_until.is_(None), Resource.usable_until >= ends_at),
    )


def _without_time_after(session: Session, resources: list[Resource], ends_at: datetime) -> set[int]:
    """Resources whose preparation after this use would run into the next one; one query for all.

    An unavailability that comes first shortens the preparation.
    """
    buffers = {r.id: timedelta(minutes=r.buffer_min) for r in resources if r.buffer_min}
    if not buffers:
        return set()
    following = (
        select(Occupation.resource_id, Occupation.starts_at, Occupation.kind)
        .where(
            Occupation.resource_id.in_(buffers),
            promising(),
            Occupation.starts_at >= ends_at,
            Occupation.starts_at < ends_at + max(buffers.values()),
        )
        .order_by(Occupation.starts_at.desc())
    )
    first = {row.resource_id: row for row in session.execute(following)}
    return {
        resource_id
        for resource_id, row in first.items()
        if row.kind is not OccupationKind.UNAVAILABLE and row.starts_at < ends_at + buffers[resource_id]
    }
