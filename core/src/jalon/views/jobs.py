"""Automatic tasks: where each stands, trying one again, giving one up; and how far the one that a page started is."""

from __future__ import annotations

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from jalon import core_jobs, jobs, modules, pages
from jalon.access import requires
from jalon.admin import Preset
from jalon.clock import now, real_now
from jalon.db.current import session
from jalon.errors import DomainError
from jalon.i18n import _, _l
from jalon.models import JobState, QueuedJob
from jalon.registry import Registry
from jalon.scope import scope_of

blueprint = Blueprint("jalon_jobs", "jalon", template_folder="templates")
SHOWN = 200
PRESETS = (
    Preset("to-come", _l("To come"), jobs.to_come),
    Preset("stuck", _l("Given up"), jobs.stuck),
    Preset("over", _l("Done ones"), jobs.over),
    Preset("all", _l("All"), jobs.anything),
)


@blueprint.get("/jobs/")
@requires("jalon.jobs.read")
def index() -> str:
    """The structure's jobs, the last queued first, and what its clock will queue."""
    chosen = next((p for p in PRESETS if p.slug == request.args.get("show")), PRESETS[0])
    found = jobs.listed(session(), chosen.where(session()), limit=SHOWN + 1, soonest_first=chosen.slug == "to-come")
    return render_template(
        "jalon/jobs.html",
        presets=PRESETS,
        chosen=chosen,
        jobs=found[:SHOWN],
        more=len(found) > SHOWN,
        planned=_planned(),
        **_words(),
    )


@blueprint.get("/jobs/<int(max=2147483647):job_id>/")
@requires("jalon.home")
def show(job_id: int) -> ResponseReturnValue:
    """How far one job is, for whoever started it; the page asks again by itself as long as it is not over."""
    job = _job(job_id)
    if not jobs.is_readable(session(), job):
        return pages.forbidden("jalon.jobs.read")
    return render_template("jalon/job.html", job=job, **_words())


@blueprint.post("/jobs/<int(max=2147483647):job_id>/retry")
@requires("jalon.jobs.write")
def retry(job_id: int) -> ResponseReturnValue:
    """Have it done now."""
    job = _job(job_id)
    try:
        jobs.retry(session(), job)
        session().commit()
        flash(_("It is tried again now."), "success")
    except DomainError as refusal:
        session().rollback()
        flash(str(refusal), "error")
    return redirect(url_for(".show", job_id=job_id))


@blueprint.post("/jobs/<int(max=2147483647):job_id>/cancel")
@requires("jalon.jobs.write")
def cancel(job_id: int) -> ResponseReturnValue:
    """Never do it."""
    job = _job(job_id)
    try:
        jobs.cancel(session(), job)
        session().commit()
        flash(_("The task is cancelled."), "success")
    except DomainError as refusal:
        session().rollback()
        flash(str(refusal), "error")
    return redirect(url_for(".show", job_id=job_id))


def _words() -> dict[str, object]:
    """What the pages call a job, its state, and why it waits."""
    labels = {name: str(job.label) for name, job in core_jobs.declared(_registry()).items()}
    scope = scope_of(session())

    def waits_for(job: QueuedJob) -> str:
        """Of a job that waits, the module that must answer first."""
        if job.state is not JobState.WAITING or job.module == "core" or modules.enabled(scope, job.module):
            return ""
        module = _registry().get(job.module)
        return module.name if module else job.module

    return {
        "called": lambda job: labels.get(job.name, job.name),
        "waits_for": waits_for,
        "may_retry": jobs.may_retry,
        "present": real_now(),
    }


def _planned() -> list[tuple[str, object]]:
    """Label and next time of each scheduled job of the core and of the modules that are on."""
    scope, found = scope_of(session()), []
    for name, job in core_jobs.declared(_registry()).items():
        module = jobs.module_of(name)
        if job.schedule is not None and (module == "core" or modules.enabled(scope, module)):
            found.append((str(job.label), job.schedule.next(scope.zone, after=now())))
    return sorted((label, at) for label, at in found if at is not None)


def _job(job_id: int) -> QueuedJob:
    return jobs.find(session(), job_id) or abort(404)


def _registry() -> Registry:
    registry: Registry = current_app.extensions["jalon"].registry
    return registry
