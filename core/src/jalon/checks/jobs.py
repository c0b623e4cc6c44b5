"""Automatic tasks: whether somebody does them, and those that nobody could do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import func, select

from jalon import leases
from jalon.checks.check import Finding, Place, check
from jalon.clock import real_now
from jalon.i18n import _, _l, ngettext
from jalon.models import JobState, QueuedJob, Structure, Upkeep
from jalon.scope import PARIS

TOO_LATE = timedelta(minutes=15)
NO_NIGHT = timedelta(days=2)
SILENT = timedelta(hours=1)  # a trial of a backup, or a large import, may keep a worker that long


@check(_l("The automatic tasks are done."))
def jobs(place: Place) -> Iterator[Finding]:
    """Work that waits for a worker, upkeep that no night brought, and tasks that were given up."""
    late = leases.ready(real_now() - TOO_LATE)
    waiting = place.session.scalar(select(func.count()).select_from(QueuedJob).where(late)) or 0
    start = _("Start “jalon worker” as a service of its own, and let it start again by itself.")
    if waiting:
        sentence = ngettext(
            "%(n)s automatic task waits for a worker.", "%(n)s automatic tasks wait for a worker.", waiting
        )
        yield Finding("jobs", "bad", sentence, start)
    elif (last := _came_by(place)) is not None and real_now() - last > SILENT:
        since = f"{last.astimezone(PARIS):%d/%m/%Y %H:%M}"
        yield Finding("jobs", "warning", _("No worker has come by since %(when)s.", when=since), start)
    elif last is None and _no_night(place):
        yield Finding("jobs", "warning", _("No worker has come by for two days."), start)
    for chore in place.session.scalars(select(Upkeep).where(Upkeep.error != "").order_by(Upkeep.name)):
        sentence = _("The upkeep “%(name)s” failed: %(error)s", name=chore.name, error=chore.error)
        yield Finding("jobs", "warning", sentence, _("It is tried again every quarter of an hour."))
    stuck = QueuedJob.state.in_((JobState.FAILED, JobState.REFUSED))
    if n := place.session.scalar(select(func.count()).select_from(QueuedJob).where(stuck)) or 0:
        sentence = ngettext("%(n)s automatic task was given up.", "%(n)s automatic tasks were given up.", n)
        mend = _("The page “Automatic tasks” of each structure says why, and can try it again.")
        yield Finding("jobs", "warning", sentence, mend)


def _came_by(place: Place) -> datetime | None:
    """When a worker looked for work last; it looks every minute unless a long task keeps it."""
    return place.session.scalar(select(Upkeep.tried_at).where(Upkeep.name == "worker"))


def _no_night(place: Place) -> bool:
    """There was a structure, and no worker to do a night's upkeep."""
    oldest = real_now() - NO_NIGHT
    last = place.session.scalar(select(func.max(Upkeep.tried_at)))
    first = place.session.scalar(select(func.min(Structure.created_at)))
    return last < oldest if last is not None else first is not None and first < oldest
