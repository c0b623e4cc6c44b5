"""The screens of jobs: the list, how far one is, trying again, cancelling; and who may do which."""

from __future__ import annotations

from typing import Any

import pytest

from jalon import checks, jobs
from jalon.clock import real_now
from jalon.i18n import _
from jalon.models import JobState, QueuedJob
from jalon.scope import Actor
from jalon.testing.world import World

WHEN = real_now()


@pytest.fixture
def job_id(world: World) -> int:
    """A job that Zoe, of the front desk, started; Ida is the direction."""
    world.structure("relais")
    zoe = world.user("zoe", relais=["accueil"])
    world.user("ida", relais=["direction"])
    world.user("ann", relais=["accueil"])
    with world.inside("relais", actor=Actor("Zoe", zoe.id)) as session:
        id = jobs.enqueue(session, "jalon.retention").id
        session.commit()
        return id


def set_values(world: World, id: int, **values: Any) -> None:
    with world.across() as session:
        job = session.get_one(QueuedJob, id)
        for name, value in values.items():
            setattr(job, name, value)
        session.commit()


def state(world: World, id: int) -> JobState:
    with world.across() as session:
        return session.get_one(QueuedJob, id).state


def test_whoever_started_a_job_sees_how_far_it_is_and_a_colleague_does_not(world: World, job_id: int) -> None:
    set_values(world, job_id, state=JobState.RUNNING, done=120, total=400, said="120 lignes lues")
    address = f"/relais/jobs/{job_id}/"

    page = world.client("zoe").get(address)

    assert page.status_code == 200
    assert "120 sur 400" in page.text.replace("\n", " ")
    assert "120 lignes lues" in page.text
    assert "data-again" in page.text
    assert 'http-equiv="refresh"' in page.text
    assert world.client("ann").get(address).status_code == 403
    assert world.client("ida").get(address).status_code == 200
    assert world.client("zoe").get("/relais/jobs/").status_code == 403


def test_a_page_of_a_job_that_is_over_asks_for_nothing_more(world: World, job_id: int) -> None:
    set_values(world, job_id, state=JobState.DONE, finished_at=WHEN)

    page = world.client("zoe").get(f"/relais/jobs/{job_id}/").text

    assert "data-again" not in page
    assert "http-equiv" not in page


def test_the_list_says_what_went_wrong_and_what_comes_next(world: World, job_id: int) -> None:
    set_values(world, job_id, state=JobState.FAILED, finished_at=WHEN, tries=5, error="RuntimeError (retention.py:31)")
    browser = world.client("ida")

    stuck, to_come = (browser.get(f"/relais/jobs/?show={part}").text for part in ("stuck", "to-come"))

    assert "RuntimeError (retention.py:31)" in stuck
    assert "RuntimeError" not in to_come
    assert _("Done again and again") in to_come


def test_what_was_given_up_is_tried_again_by_a_post_that_asks_first(world: World, job_id: int) -> None:
    set_values(world, job_id, state=JobState.FAILED, finished_at=WHEN, tries=5)
    browser, address = world.client("ida"), f"/relais/jobs/{job_id}/"

    assert "data-confirm" in browser.get(address).text
    assert browser.send(f"{address}retry").status_code == 302
    assert state(world, job_id) is JobState.WAITING
    assert _("It is tried again now.") in browser.get(address).text
    assert world.client("zoe").send(f"{address}retry").status_code == 403


@pytest.mark.parametrize(
    ("act", "before", "sentence"),
    [
        ("retry", JobState.DONE, "This task is being done or is done: there is nothing to try again."),
        ("retry", JobState.RUNNING, "This task is being done or is done: there is nothing to try again."),
        ("cancel", JobState.DONE, "This task has ended meanwhile: nothing was cancelled."),
        ("cancel", JobState.FAILED, "This task has ended meanwhile: nothing was cancelled."),
    ],
)
def test_what_ended_meanwhile_is_told(world: World, job_id: int, act: str, before: JobState, sentence: str) -> None:
    finished_at = None if before is JobState.RUNNING else WHEN
    set_values(world, job_id, state=before, finished_at=finished_at)
    browser = world.client("ida")

    browser.send(f"/relais/jobs/{job_id}/{act}")

    assert state(world, job_id) is before
    assert _(sentence) in browser.get(f"/relais/jobs/{job_id}/").text


def test_a_job_is_cancelled(world: World, job_id: int) -> None:
    browser = world.client("ida")

    browser.send(f"/relais/jobs/{job_id}/cancel")

    assert state(world, job_id) is JobState.CANCELLED
    assert f"/jobs/{job_id}/retry" in browser.get(f"/relais/jobs/{job_id}/").text


def test_a_job_waits_and_says_for_which_module(world: World, job_id: int) -> None:
    set_values(world, job_id, module="rental", name="rental.probe")

    page = world.client("ida").get("/relais/jobs/").text

    assert _("It waits for the module “%(module)s”, which does not answer here.", module="Location") in page


def test_the_check_tells_when_nobody_does_the_work(world: World, job_id: int) -> None:
    def found() -> list[str]:
        with (
            world.app.app_context(),
            checks.looking_at(world.app, Actor("test")) as place,
        ):
            return [f.level for f in checks.run(place) if f.check == "jobs"]

    assert found() == ["good"]
    set_values(world, job_id, due_at=WHEN.replace(year=WHEN.year - 1))
    assert found() == ["bad"]
    set_values(world, job_id, state=JobState.FAILED, finished_at=WHEN)
    assert found() == ["warning"]
