"""A letter with what rental says of itself: by hook, and by no import."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from jalon.clock import today
from jalon.scope import PARIS
from jalon.testing.world import World
from jalon_fleet import vehicles
from jalon_fleet.models import Category, Vehicle
from jalon_newsletter import blocks, contents, issues, live, sendings, subscribers
from jalon_newsletter.errors import NothingLive
from jalon_newsletter.models import Block, Kind, Way
from jalon_rental import excerpts


@pytest.fixture
def world(world: World) -> World:
    world.app.config["JALON_PUBLIC_URL"] = "https://site.example"
    world.structure("relais", enabled=["newsletter", "rental"])
    with world.inside("relais") as session:
        for number in range(2):
            vehicles.add(session, category=Category.CAR, make="Renault", model="Clio", plate=f"AA-12{number}-BB")
        session.commit()
    return world


def draft(world: World) -> int:
    with world.inside("relais") as session:
        issue = issues.add(session, title="Ce qui roule")
        blocks.add(session, issue, Kind.LIVE, source=excerpts.FREE)
        subscribers.enter(session, email="nadia@lecteurs.example", way=Way.PAPER, given_on=today(PARIS))
        session.commit()
        return issue.id


def test_rental_answers_newsletter_blocks_with_figures_and_no_name(world: World) -> None:
    with world.inside("relais") as session:
        said = live.offered(session, world.jalon.hooks).excerpts

    assert said[excerpts.FREE].lines == ["2 × Voiture"]


def test_the_archive_says_what_was_true_when_it_was_sent(world: World) -> None:
    issue_id = draft(world)
    with world.inside("relais") as session:
        issue = issues.find(session, issue_id)
        assert issue is not None
        sendings.send(session, world.jalon.hooks, issue, confirmed=1)
        session.commit()
    with world.inside("relais") as session:
        vehicles.retire(session, world.jalon.hooks, session.scalars(select(Vehicle)).first())
        session.commit()

    with world.inside("relais") as session:
        issue = issues.find(session, issue_id)
        assert issue is not None
        shown = contents.parts(session, issue, live.offered(session, world.jalon.hooks))

    assert list(shown[0].lines) == ["2 × Voiture"]


def test_a_module_that_is_off_says_nothing_and_the_page_says_so(world: World) -> None:
    issue_id = draft(world)
    world.user("ada", relais=["direction"])
    world.disable("relais", "rental")

    page = world.client("ada").get(f"/relais/newsletter/issues/{issue_id}/").text

    assert "ne dit rien pour l’instant" in page
    with world.inside("relais") as session:
        issue = issues.find(session, issue_id)
        assert issue is not None
        with pytest.raises(NothingLive):
            sendings.send(session, world.jalon.hooks, issue, confirmed=1)
        session.rollback()
    with world.inside("relais") as session:
        assert session.scalars(select(Block.frozen)).all() == [None]
