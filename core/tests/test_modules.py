"""Switching modules on and off: what is pulled, what is cut off, what is kept, and what each state says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from jalon import modules
from jalon.app_of import mount
from jalon.migrate import upgrade
from jalon.models import EnabledModule, InstalledModule, ModuleEvent
from jalon.modules import DependentsEnabled, ModuleNotReady, PrerequisitesNeeded, UnknownModule
from jalon.registry import Registry
from jalon.scope import Actor
from jalon.testing.disk import Disk
from jalon.testing.plugin import make_app
from jalon.testing.world import World


@pytest.fixture
def registry(disk: Disk) -> Registry:
    """low <- mid <- top, and one that cannot be imported."""
    points = [
        disk.module("low"),
        disk.module("mid", requires=("low",)),
        disk.module("top", requires=("mid",)),
        disk.module("bad", plugin="import nothing_of_that_name"),
    ]
    return Registry(points)


@pytest.fixture
def world(core_database_url: str, registry: Registry) -> Iterator[World]:
    app = make_app(core_database_url, registry=registry)
    with app.app_context():
        upgrade(mount(app).db.engine, registry)
    world = World(app)
    world.structure("relais")
    world.structure("scop")
    yield world
    with app.app_context():
        mount(app).db.engine.dispose()


def on_at(world: World, slug: str) -> set[str]:
    with world.across() as session:
        from jalon import structures

        structure = structures.at(session, slug)
        assert structure is not None
        return set(modules.read_enabled(session, world.jalon.registry, structure.id))


def test_enabling_shows_its_prerequisites_and_pulls_them_once_agreed(world: World, registry: Registry) -> None:
    with world.inside("relais") as session:
        with pytest.raises(PrerequisitesNeeded) as shown:
            modules.enable(session, registry, "top")
        assert modules.missing_requirements(session, registry, "top") == ["low", "mid"]

        assert modules.enable(session, registry, "top", with_requirements=True) == ["low", "mid", "top"]
        session.commit()

    assert "low, mid" in str(shown.value)
    assert on_at(world, "relais") == {"low", "mid", "top"}
    assert on_at(world, "scop") == set()


def test_disabling_lists_its_dependents_and_cuts_them_off_once_agreed(world: World, registry: Registry) -> None:
    world.enable("relais", "top")

    with world.inside("relais") as session:
        with pytest.raises(DependentsEnabled):
            modules.disable(session, registry, "low")
        assert modules.enabled_dependents(session, registry, "low") == ["top", "mid"]

        assert modules.disable(session, registry, "low", with_dependents=True) == ["top", "mid", "low"]
        session.commit()

    assert on_at(world, "relais") == set()


def test_doing_it_twice_is_doing_it_once(world: World, registry: Registry) -> None:
    with world.inside("relais") as session:
        modules.enable(session, registry, "low")
        assert modules.enable(session, registry, "low") == []
        modules.disable(session, registry, "low")
        assert modules.disable(session, registry, "low") == []
        session.commit()
        assert len(session.scalars(select(ModuleEvent)).all()) == 2


def test_the_history_says_who_and_what_newest_first(world: World, registry: Registry) -> None:
    with world.inside("relais", actor=Actor("Zoé")) as session:
        modules.enable(session, registry, "mid", with_requirements=True)
        session.commit()
        told = [(e.slug, e.action, e.actor_name) for e in modules.history(session)]

    assert told == [("mid", "enabled", "Zoé"), ("low", "enabled", "Zoé")]


@pytest.mark.parametrize("slug", ["ghost", ""])
def test_an_unknown_module_is_refused(world: World, registry: Registry, slug: str) -> None:
    with world.inside("relais") as session, pytest.raises(UnknownModule):
        modules.enable(session, registry, slug)


def test_a_module_in_trouble_is_not_switched_on(world: World, registry: Registry) -> None:
    with world.inside("relais") as session, pytest.raises(ModuleNotReady) as refused:
        modules.enable(session, registry, "bad")

    assert str(refused.value).endswith("Son programme ne peut pas être chargé.")


def test_a_card_says_a_trouble_in_a_sentence_and_what_python_said_apart(world: World, registry: Registry) -> None:
    with world.across() as session:
        session.get_one(InstalledModule, "low").trouble = "Ses tables n’ont pas pu être préparées.\nOops: no column"
        session.commit()

    with world.inside("relais") as session:
        told = {c.slug: (c.reason, c.fault) for c in modules.cards(session, registry)}

    assert told["low"] == ("Ses tables n’ont pas pu être préparées.", "Oops: no column")
    assert told["bad"][0] == "Son programme ne peut pas être chargé."
    assert "nothing_of_that_name" in told["bad"][1]


def states(world: World, registry: Registry) -> dict[str, str]:
    with world.inside("relais") as session:
        return {card.slug: card.state for card in modules.cards(session, registry)}


def test_each_state_is_told_apart(world: World, registry: Registry, disk: Disk) -> None:
    world.enable("relais", "mid")
    with world.inside("relais") as session:
        session.add(EnabledModule(slug="vanished"))
        session.commit()
    with world.across() as session:
        session.add(InstalledModule(slug="vanished", name="Vanished", version="0.1.0"))
        session.delete(session.get_one(InstalledModule, "top"))
        session.commit()

    assert states(world, registry) == {
        "low": "enabled",
        "mid": "enabled",
        "top": "unprepared",
        "bad": "trouble",
        "vanished": "missing",
    }


def test_what_requires_a_module_in_trouble_does_not_answer(world: World, registry: Registry) -> None:
    world.enable("relais", "top")
    with world.across() as session:
        session.get_one(InstalledModule, "low").trouble = "its tables are broken"
        session.commit()

    assert on_at(world, "relais") == set()
    assert states(world, registry)["low"] == "trouble"
