"""Structures: founding one, its address and its name."""

from __future__ import annotations

import pytest

from jalon import structures
from jalon.models import StructureAlias
from jalon.structures import BadName, BadSlug, SlugTaken, SlugUnchanged
from jalon.testing.world import World


@pytest.mark.parametrize("slug", ["", "a", "1relais", "Relais", "re lais", "relais\n", "x" * 32, "relais/", "é-relais"])
def test_what_is_no_address_founds_no_structure(world: World, slug: str) -> None:
    with world.across() as session, pytest.raises(BadSlug):
        structures.found(session, slug, name="Le Relais")


@pytest.mark.parametrize("name", ["", "   ", "\u200b", "x" * 121])
def test_a_structure_has_a_name(world: World, name: str) -> None:
    with world.across() as session, pytest.raises(BadName):
        structures.found(session, "relais", name=name)


def test_an_address_that_was_once_anothers_stays_its(world: World) -> None:
    world.structure("relais")
    with world.across() as session:
        structures.rename(session, structures.at(session, "relais") or pytest.fail("it is gone"), "garage")
        session.commit()

        with pytest.raises(SlugTaken):
            structures.found(session, "relais", name="Another")


def test_moving_to_the_address_it_has_is_refused_and_leaves_no_alias(world: World) -> None:
    world.structure("relais")

    with world.across() as session:
        with pytest.raises(SlugUnchanged):
            structures.rename(session, structures.at(session, "relais") or pytest.fail("it is gone"), "relais")

        assert session.get(StructureAlias, "relais") is None


def test_a_structure_may_go_back_to_an_address_it_once_had(world: World) -> None:
    world.structure("relais")

    with world.across() as session:
        structure = structures.at(session, "relais") or pytest.fail("it is gone")
        structures.rename(session, structure, "garage")
        structures.rename(session, structure, "relais")

        assert structures.formerly_at(session, "garage") is structure
