"""A page that waits for a job: it follows the worker by itself, and stops when there is nothing more to follow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from jalon import jobs
from jalon.clock import real_now
from jalon.models import JobState, QueuedJob
from jalon.testing.browsing import Visitor
from jalon.testing.world import World

pytestmark = pytest.mark.browser


def test_the_page_follows_the_job_to_its_end(world: World, visit: Callable[..., Visitor]) -> None:
    world.structure("relais")
    world.user("ida", relais=["direction"])
    with world.inside("relais") as session:
        job_id = jobs.enqueue(session, "jalon.retention").id
        session.commit()

    def come_to(**values: Any) -> None:
        with world.across() as session:
            session.execute(update(QueuedJob).where(QueuedJob.id == job_id).values(values))
            session.commit()

    come_to(state=JobState.RUNNING, done=10, total=40)
    visitor = visit()
    page = visitor.sign_in("ida")
    page.goto(f"{visitor.address}/relais/jobs/{job_id}/")
    page.evaluate("window.same = true")

    expect(page.get_by_text("10 sur 40")).to_be_visible()
    come_to(done=30)
    expect(page.get_by_text("30 sur 40")).to_be_visible()
    come_to(state=JobState.DONE, done=40, finished_at=real_now())
    expect(page.get_by_text("Terminée", exact=True).first).to_be_visible()
    expect(page.locator("[data-again]")).to_have_count(0)
    expect(page.get_by_role("button", name="Annuler la tâche")).to_have_count(0)
    assert page.evaluate("window.same")
