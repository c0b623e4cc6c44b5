"""The gate: an address that a structure once had."""

from __future__ import annotations

import pytest

from jalon import structures
from jalon.testing.world import World


@pytest.fixture
def moved(world: World) -> World:
    """`relais`, which is at `garage` now; zoe works there, paul elsewhere, ada administers the platform."""
    world.structure("relais")
    world.structure("scop")
    world.user("zoe", relais=["direction"])
    world.user("paul", scop=["direction"])
    world.user("ada", admin=True)
    with world.across() as session:
        structures.rename(session, structures.at(session, "relais") or pytest.fail("it is gone"), "garage")
        session.commit()
    return world


@pytest.mark.parametrize("name", ["zoe", "ada"])
def test_an_old_address_leads_whoever_may_enter_to_the_new_one(moved: World, name: str) -> None:
    answer = moved.client(name).get("/relais/?x=1")

    assert (answer.status_code, answer.location) == (301, "/garage/?x=1")


@pytest.mark.parametrize("page", ["/relais/", "/relais/modules/", "/relais/modules/fleet/"])
def test_an_old_address_is_nothing_to_whoever_works_elsewhere(moved: World, page: str) -> None:
    answer = moved.client("paul").get(page)

    assert answer.status_code == 404
    assert "garage" not in answer.text.lower()


def test_a_form_sent_to_an_old_address_is_not_sent_on(moved: World) -> None:
    assert moved.client("zoe").send("/relais/modules/fleet/enable").status_code == 404
