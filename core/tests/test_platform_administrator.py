"""A platform administrator who works for no structure: no page, refusal or notice says anything of a person."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from jalon.models import AccessEntry
from jalon.testing.world import Browser, World

CLOSED = (
    "/relais/history/",
    "/relais/access-log/",
    "/relais/members/1/see",
)


@pytest.fixture
def root(world: World) -> Browser:
    world.structure("relais")
    world.user("boss", relais=["direction"])
    world.user("root", admin=True)
    return world.client("root")


@pytest.mark.parametrize("address", CLOSED[:2])
def test_neither_history_nor_access_log_opens_for_them(root: Browser, address: str) -> None:
    assert root.get(address).status_code == 403


def test_they_look_as_nobody(root: Browser) -> None:
    assert root.send(CLOSED[2]).status_code == 403
    assert root.get("/relais/history/").status_code == 403


@pytest.mark.both_databases
def test_who_reads_the_history_of_the_structure_is_noted_and_who_was_refused_is_not(
    world: World, root: Browser
) -> None:
    boss = world.client("boss")

    root.get("/relais/history/")
    boss.get("/relais/history/")
    boss.get("/relais/history/?since=2026-02-31")

    with world.inside("relais") as session:
        noted = [(e.actor_name, e.permission, e.subject_table) for e in session.scalars(select(AccessEntry))]
    assert noted == [("Boss", "jalon.history.read", "jalon_history")] * 2
