"""The access log: what is confidential is noted once it was read, and never stands in the reader's way."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from flask import g
from sqlalchemy import select, text

from jalon import access, access_log, retention
from jalon.clock import now
from jalon.models import AccessEntry
from jalon.testing.world import Browser, World

pytestmark = pytest.mark.both_databases
PAGE = "/relais/history/"
Logged = tuple[str, str, str, int | None, int]


@pytest.fixture
def direction(world: World) -> Browser:
    for slug in ("relais", "scop"):
        world.structure(slug)
    world.user("dora", relais=["direction"], scop=["direction"])
    world.user("max", relais=["accueil"])
    return world.client("dora")


def logged(world: World, slug: str = "relais") -> list[Logged]:
    with world.inside(slug) as session:
        entries = session.scalars(select(AccessEntry).order_by(AccessEntry.id))
        return [(e.actor_name, e.permission, e.subject_table, e.subject_id, e.rows) for e in entries]


def test_reading_a_confidential_page_is_logged_with_its_rows(world: World, direction: Browser) -> None:
    direction.get(PAGE)

    [(who, permission, table, subject, rows)] = logged(world)
    assert (who, permission, table, subject) == ("Dora", "jalon.history.read", "jalon_history", None)
    assert rows > 1
    assert logged(world, "scop") == []


def test_what_was_refused_was_not_read(world: World, direction: Browser) -> None:
    world.client("max").get(PAGE)
    world.client().get(PAGE)
    direction.get("/scop/nowhere/")

    assert logged(world) == []


def test_a_page_that_is_not_confidential_is_not_logged(world: World, direction: Browser) -> None:
    direction.get("/relais/")
    direction.get("/relais/access-log/")

    assert logged(world) == []


def test_it_is_logged_after_the_answer_and_in_a_session_of_its_own(world: World, direction: Browser) -> None:
    answer = direction.client.get(PAGE)  # the answer is there, and nobody has finished reading it

    assert answer.status_code == 200
    assert logged(world) == []
    answer.close()
    assert len(logged(world)) == 1


def test_a_log_that_cannot_be_written_does_not_break_the_answer(
    world: World, direction: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    with world.app.app_context(), world.jalon.db.engine.begin() as connection:
        connection.execute(text("DROP TABLE jalon_access"))

    with caplog.at_level(logging.ERROR, logger="jalon.access_log"):
        answer = direction.get(PAGE)

    assert answer.status_code == 200
    assert "could not be logged" in caplog.text
    assert "Dora" not in caplog.records[0].getMessage()


def test_one_entry_for_each_permission_and_record_of_a_request(world: World) -> None:
    with world.app.test_request_context():
        for rows in (3, 5, 4):
            access.note("core.secret", "core_thing", rows=rows)
        for _ in range(2):
            access.note("core.secret", "core_thing", 1)
        access.note("core.other", "core_thing", 1)
        access.note("core.secret", "core_thing", rows=0)

        assert [(r.permission, r.subject_id, r.rows) for r in access.readings()] == [
            ("core.secret", None, 5),
            ("core.secret", 1, 1),
            ("core.other", 1, 1),
        ]
        assert "jalon_readings" in g


def test_outside_a_request_nothing_is_noted(world: World) -> None:
    access.note("core.secret", "core_thing", 1)

    with world.app.app_context():
        access.note("core.secret", "core_thing", 1)
        assert access.readings() == []


def test_the_direction_sees_who_read_what(world: World, direction: Browser) -> None:
    direction.get(PAGE)

    page = direction.get("/relais/access-log/").text

    assert "lire l’historique de toute la structure" in page
    assert "Historique\u00a0: " in page
    assert world.client("max").get("/relais/access-log/").status_code == 403
    assert "lire l’historique" not in direction.get("/scop/access-log/").text


def test_the_log_is_filtered_and_goes_on(world: World, direction: Browser) -> None:
    read(world, days=[0] * 60)

    assert direction.get("/relais/access-log/?who=ada").text.count("jalon.sample") == 50
    with world.inside("relais") as session:
        eleventh = session.scalars(select(AccessEntry.id).order_by(AccessEntry.id).offset(10)).first()
    assert direction.get(f"/relais/access-log/?who=ada&before={eleventh}").text.count("jalon.sample") == 10
    assert direction.get("/relais/access-log/?who=bob").text.count("jalon.sample") == 0
    assert direction.get("/relais/access-log/?since=2031-02-31").status_code == 422


def read(world: World, days: list[int], slug: str = "relais") -> None:
    """Entries of Ada's so many days ago."""
    with world.inside(slug) as session:
        session.add_all(
            AccessEntry(actor_name="Ada", permission="jalon.sample", subject_table="x", at=now() - timedelta(days=day))
            for day in days
        )
        session.commit()


def test_entries_go_after_twelve_months_with_what_retention_applies(world: World, direction: Browser) -> None:
    kept, old = access_log.KEPT.days - 1, access_log.KEPT.days + 1
    read(world, [0, kept, old, old])
    read(world, [old], "scop")

    with world.inside("relais") as session:
        report = retention.apply(session, world.jalon.hooks, before=now() - timedelta(days=3650))
        session.commit()

    assert report.readings == 2
    assert len(logged(world)) == 2
    assert len(logged(world, "scop")) == 1


def test_the_command_says_how_many_entries_it_removes(world: World, direction: Browser) -> None:
    read(world, [access_log.KEPT.days + 1])

    said = world.app.test_cli_runner().invoke(args=["jalon", "retention", "apply", "--structure", "relais"])

    assert said.exit_code == 0
    assert "access log   1 entries removed" in said.output
    assert logged(world) == []
