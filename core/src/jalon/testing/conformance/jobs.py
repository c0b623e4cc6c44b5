"""The check that a job which is done again does nothing again: a worker may be killed after what left the house."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from jalon import core_jobs, jobs
from jalon.declarations import Job
from jalon.migrate import CORE
from jalon.models import JobState
from jalon.testing.conformance.check import check
from jalon.testing.conformance.kit import Kit
from jalon.testing.conformance.snapshot import changed
from jalon.testing.conformance.stage import HERE, Stage
from jalon.worker import Worker

GIVEN_BY_THE_WORKER = frozenset({"session", "cursor", "prepared"})
QUEUE = "jalon_job"  # each run is a row of it


@check(43, both_databases=True)
def check_a_job_done_twice_is_a_job_done_once(kit: Kit) -> list[str]:
    """Each job is done where the sample's rows are, and done again: the second time it changes no row."""
    with kit.stage() as stage:
        ids = {**stage.sample(HERE), **stage.sample(HERE)}
        if kit.slug == CORE:  # its probe answers every hook with an empty list, and retention counts
            stage.replace_hooks(lambda name, session: 0 if name == "apply_retention" else [])
        with stage.app.app_context():
            worker = Worker(stage.jalon)
            _work(worker)  # what the sample queued
            ours = [job for job in worker.jobs.values() if _is_ours(kit, job)]
            return [fault for job in ours for fault in _twice(stage, worker, job, ids)]


def _is_ours(kit: Kit, job: Job) -> bool:
    return job in core_jobs.CORE_JOBS if kit.slug == CORE else jobs.module_of(job.name) == kit.slug


def _twice(stage: Stage, worker: Worker, job: Job, ids: Mapping[str, Any]) -> list[str]:
    given, unknown = _arguments(stage.kit, job, ids)
    if unknown:
        return [f"the job {job.name} takes {', '.join(unknown)}: say of which row in the kit's arguments[“{job.name}”]"]
    faults = _once(stage, worker, job, given)
    left = stage.contents()
    faults = faults or _once(stage, worker, job, given)
    tables = [table for table in changed(left, stage.contents()) if table != QUEUE]
    return faults or [f"the job {job.name} done again changes rows of {table}" for table in tables]


def _arguments(kit: Kit, job: Job, ids: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """What it is queued with, `booking` being the number of a sample row; and what nobody can guess."""
    prefix = "jalon" if kit.slug == CORE else kit.slug
    known = {table.removeprefix(f"{prefix}_"): id for table, id in ids.items()}
    told = {name: int(v) if v.isdecimal() else v for name, v in kit.arguments.get(job.name, {}).items()}
    wanted = [
        (name, known.get(name.removesuffix("_id")))
        for name, p in inspect.signature(job.function).parameters.items()
        if name not in GIVEN_BY_THE_WORKER and name not in told and p.default is p.empty
    ]
    guessed = {name: id for name, id in wanted if id is not None}
    return {**guessed, **told}, [name for name, id in wanted if id is None]


def _once(stage: Stage, worker: Worker, job: Job, given: Mapping[str, Any]) -> list[str]:
    """Queue it, and do all that is due."""
    with stage.world.inside(HERE) as session:
        number = jobs.enqueue(session, job.name, given).id
        session.commit()
    _work(worker)
    with stage.world.inside(HERE) as session:
        queued = jobs.find(session, number)
        assert queued is not None
        undone = queued.state is not JobState.DONE
        return [f"the job {job.name} is not done: {queued.state.value}, {queued.error}"] if undone else []


def _work(worker: Worker) -> None:
    while worker.do_next():
        pass
