"""The core's own jobs, and all that are declared."""

from __future__ import annotations

from flask import current_app
from sqlalchemy.orm import Session

from jalon import exports, jobs, messages, retention, sending
from jalon.app_of import mount
from jalon.declarations import Job, Progress
from jalon.i18n import _l, ngettext
from jalon.imports import passes
from jalon.registry import Registry
from jalon.schedule import Schedule


def _apply_retention(session: Session) -> Progress:
    """In every module, switched on or not; what one without code owes stays written on the Modules page."""
    report = retention.apply(session, mount(current_app).hooks, before=retention.oldest_kept())
    count = sum(report.erased.values())
    said = ngettext("%(n)s record lost its names.", "%(n)s records lost their names.", count)
    return Progress(done=count, total=count, text=said)


CORE_JOBS = (
    Job("jalon.retention", _l("Erase names whose time is over"), _apply_retention, schedule=Schedule("40 2 * * *")),
    passes.JOB,
    exports.JOB,
    Job(messages.JOB, _l("Send a message"), sending.done, prepare=sending.prepare, most_tries=sending.MOST_TRIES),
)
jobs.declare("core", CORE_JOBS)


def declared(registry: Registry) -> dict[str, Job]:
    """The jobs of the core and of every module loaded here, by name."""
    offered = [*CORE_JOBS, *(job for module in registry.loaded() for job in module.plugin.jobs)]
    return {job.name: job for job in offered}
