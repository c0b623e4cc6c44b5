"""What must not be kept for ever: asked of every module, owed by those that cannot answer."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from jalon import retention
from jalon.clock import now
from jalon.i18n import _
from jalon.models import InstalledModule, OpenDuty
from jalon.testing.world import World


@pytest.fixture
def gone(world: World) -> str:
    """The slug of a module that the database remembers and this process does not know."""
    world.structure("relais")
    world.structure("scop")
    with world.across() as session:
        session.add(InstalledModule(slug="gone", name="Gone", version="0.1.0"))
        session.commit()
    return "gone"


def owed(world: World, slug: str) -> list[str]:
    with world.inside(slug) as session:
        return list(session.scalars(select(OpenDuty.slug)))


def apply(world: World, slug: str) -> retention.RetentionReport:
    with world.inside(slug) as session:
        report = retention.apply(session, world.jalon.hooks, before=now())
        session.commit()
        return report


def bring_back(world: World, slug: str) -> None:
    with world.across() as session:
        session.delete(session.get_one(InstalledModule, slug))
        session.commit()


def test_a_module_that_is_off_erases_what_it_must(world: World) -> None:
    world.structure("relais")

    report = apply(world, "relais")

    assert report == retention.RetentionReport({"newsletter": 0, "rental": 0}, [])


def test_what_an_absent_module_owes_is_written_once(world: World, gone: str) -> None:
    assert apply(world, "relais").absent == [gone]
    assert apply(world, "relais").absent == [gone]

    assert owed(world, "relais") == [gone]


def test_the_duty_is_done_for_one_structure_and_stays_open_for_the_other(world: World, gone: str) -> None:
    apply(world, "relais")
    apply(world, "scop")
    bring_back(world, gone)

    apply(world, "relais")

    assert owed(world, "relais") == []
    assert owed(world, "scop") == [gone]


def test_a_module_whose_tables_are_newer_than_its_code_owes_and_holds_up_nobody(world: World) -> None:
    world.structure("relais")
    with world.across() as session:
        session.get_one(InstalledModule, "rental").trouble = "the database is newer than this code"
        session.commit()

    report = apply(world, "relais")

    assert report.absent == ["rental"]
    assert owed(world, "relais") == ["rental"]


def test_the_modules_page_shows_what_is_owed_and_forgets_it_once_done(world: World, gone: str) -> None:
    world.user("zoe", admin=True)
    apply(world, "relais")
    browser = world.client("zoe")

    shown = browser.get("/relais/modules/").text
    elsewhere = browser.get("/scop/modules/").text
    bring_back(world, gone)
    apply(world, "relais")
    afterwards = browser.get("/relais/modules/").text

    heading = _("Duties that stay open")
    assert heading in shown
    assert heading not in elsewhere
    assert heading not in afterwards
