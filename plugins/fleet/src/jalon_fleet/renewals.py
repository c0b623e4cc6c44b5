"""Rules of renewals: a task for each paper that ends soon, made once, and ticked when the new paper is noted."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased, contains_eager

from jalon import days, members, settings, tasks
from jalon.clock import today
from jalon.declarations import Progress
from jalon.models import Member, Resource, Task
from jalon.scope import scope_of
from jalon.subjects import Found
from jalon_fleet.i18n import _, ngettext
from jalon_fleet.models import Paper, PaperKind, Vehicle
from jalon_fleet.settings import FleetSettings

FOLLOWS = "agent_location"  # the role that keeps the fleet


def plan(session: Session) -> Progress:
    """A task for each paper that ends within the days of the setting, or is over; each paper is told once."""
    found, member = _ending(session), _who(session)
    for paper in found:
        title = _("%(paper)s until %(day)s: to renew", paper=paper.kind_told, day=days.shown(paper.valid_until))
        task = tasks.add(session, _about(paper.vehicle), title=title, due_on=paper.valid_until, member=member)
        paper.task_id = task.id
    session.flush()
    said = ngettext("%(n)s paper is to be renewed.", "%(n)s papers are to be renewed.", len(found))
    return Progress(done=len(found), total=len(found), text=said)


def tick(session: Session, vehicle: Vehicle, kind: PaperKind, *, renewed: Paper) -> None:
    """What was to be done about the papers that end before that one is done."""
    told = select(Paper.task_id).where(
        Paper.vehicle_id == vehicle.id, Paper.kind == kind, Paper.valid_until < renewed.valid_until
    )
    for task in session.scalars(select(Task).where(Task.id.in_(told), Task.done_at.is_(None))):
        tasks.do(session, task, then=False)


def _ending(session: Session) -> list[Paper]:
    """The last papers of their kind, of vehicles in the fleet, that end soon and that nobody was told of."""
    last = today(scope_of(session).zone) + timedelta(days=settings.current(session, FleetSettings).papers_days)
    later = aliased(Paper)
    newer = exists().where(
        later.vehicle_id == Paper.vehicle_id, later.kind == Paper.kind, later.valid_until > Paper.valid_until
    )
    query = (
        select(Paper)
        .join(Paper.vehicle)
        .join(Vehicle.resource)
        .where(Resource.archived_at.is_(None), Paper.task_id.is_(None), Paper.valid_until <= last, ~newer)
        .options(contains_eager(Paper.vehicle).contains_eager(Vehicle.resource))
    )
    return list(session.scalars(query.order_by(Paper.valid_until, Paper.id)))


def _who(session: Session) -> Member | None:
    """The only one who keeps the fleet; where several do, the task is nobody's until one of them takes it."""
    keepers = members.with_role(session, FOLLOWS)
    return keepers[0] if len(keepers) == 1 else None


def _about(vehicle: Vehicle) -> Found:
    """A job has no rights by which `subjects.find` would show it the vehicle."""
    return Found(Vehicle.__tablename__, vehicle.id, "", str(vehicle), "")
