"""Rules of a vehicle's papers: what was seen, until when it is valid, and what fails on a day."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from jalon.clock import today
from jalon.models import Resource
from jalon.scope import scope_of
from jalon_fleet import renewals
from jalon_fleet.errors import PaperSeenLater, PaperTooFar
from jalon_fleet.i18n import _
from jalon_fleet.models import Category, Paper, PaperKind, Vehicle

LONGEST = timedelta(days=6 * 366)  # a first inspection is due after four years, five for a two-wheeler
SOON = timedelta(days=60)  # domain model 3.1, alerts: an inspection is looked after 60 days before
_PEDALLED = frozenset({Category.EBIKE, Category.BIKE})
Expiries = dict[int, dict[PaperKind, date]]


def needed(category: Category) -> frozenset[PaperKind]:
    """What a vehicle of that kind must have. A cycle with pedals needs neither.

    Source: code des assurances L211-1 (every motor vehicle, a kick scooter included); code de la route R323-22
    (cars), decree 2021-1062 and following (two-wheelers and licence-free cars).
    """
    if category in _PEDALLED:
        return frozenset()
    return frozenset({PaperKind.INSURANCE}) if category is Category.KICK_SCOOTER else frozenset(PaperKind)


def note(
    session: Session, vehicle: Vehicle, kind: PaperKind, *, valid_until: date, seen_on: date | None = None
) -> Paper:
    """Write down what was seen; the same paper seen again is the same row. A newer one ticks the task to renew it.

    Raises PaperSeenLater, PaperTooFar.
    """
    day = today(scope_of(session).zone)
    seen_on = seen_on or day
    if seen_on > day:
        raise PaperSeenLater
    if not day - LONGEST <= valid_until <= day + LONGEST:
        raise PaperTooFar
    same = select(Paper).where(Paper.vehicle_id == vehicle.id, Paper.kind == kind, Paper.valid_until == valid_until)
    paper = session.scalar(same) or Paper(vehicle_id=vehicle.id, kind=kind, valid_until=valid_until)
    paper.seen_on = seen_on
    session.add(paper)
    session.flush()
    renewals.tick(session, vehicle, kind, renewed=paper)
    return paper


def expiries(session: Session, vehicle_ids: Collection[int]) -> Expiries:
    """The last day of each kind of paper that was seen, by vehicle; one query."""
    found: Expiries = {id: {} for id in vehicle_ids}
    query = (
        select(Paper.vehicle_id, Paper.kind, func.max(Paper.valid_until))
        .where(Paper.vehicle_id.in_(vehicle_ids))
        .group_by(Paper.vehicle_id, Paper.kind)
    )
    for vehicle_id, kind, last in session.execute(query) if vehicle_ids else ():
        found[vehicle_id][kind] = last
    return found


def of_vehicle(session: Session, vehicle: Vehicle) -> list[Paper]:
    """What was seen, the one that lasts longest first."""
    query = select(Paper).where(Paper.vehicle_id == vehicle.id)
    return list(session.scalars(query.order_by(Paper.valid_until.desc(), Paper.id.desc())))


def told(session: Session, vehicle: Vehicle, known: dict[PaperKind, date]) -> tuple[str, str] | None:
    """Tone and words of the paper to look after first; None for a vehicle that needs none."""
    wanted = sorted(needed(vehicle.category), key=lambda kind: kind.value)
    if not wanted:
        return None
    labels = PaperKind.labels()
    if missing := [kind for kind in wanted if kind not in known]:
        return "warn", _("%(paper)s: not noted", paper=labels[missing[0]])
    kind = min(wanted, key=lambda one: known[one])
    day, until = today(scope_of(session).zone), known[kind]
    if until < day:
        return "bad", _("%(paper)s: over since %(day)s", paper=labels[kind], day=f"{until:%d/%m/%Y}")
    text = _("%(paper)s until %(day)s", paper=labels[kind], day=f"{until:%d/%m/%Y}")
    return ("warn" if until - day <= SOON else "ok"), text


def to_look_after(session: Session) -> ColumnElement[bool]:
    """Vehicles of the fleet of which a paper is over, ends soon or was never noted: all that is not `ok` in `told`."""
    limit = today(scope_of(session).zone) + SOON
    lacking = []
    for kind in PaperKind:
        needing = [category for category in Category if kind in needed(category)]
        good = select(Paper.vehicle_id).where(Paper.kind == kind, Paper.valid_until > limit)
        lacking.append(and_(Vehicle.category.in_(needing), Vehicle.id.not_in(good)))
    return and_(Vehicle.resource.has(Resource.archived_at.is_(None)), or_(*lacking))


def most_urgent(session: Session, *, limit: int) -> list[Vehicle]:
    """Of these, the one whose paper ends first, then those of which none was noted."""
    last = select(Paper.vehicle_id, func.max(Paper.valid_until).label("last")).group_by(Paper.vehicle_id, Paper.kind)
    kinds = last.subquery()
    soonest = select(func.min(kinds.c.last)).where(kinds.c.vehicle_id == Vehicle.id).scalar_subquery()
    query = select(Vehicle).where(to_look_after(session)).order_by(soonest.is_(None), soonest, Vehicle.id)
    return list(session.scalars(query.limit(limit)))
