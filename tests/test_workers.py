"""Two workers of a real server agree on the next request after a switch; nothing is restarted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import Visitor, serving

from jalon.testing.world import PASSWORD, World


@pytest.fixture
def server(world: World, database_url: str, tmp_path: Path) -> Iterator[str]:
    """Our own site under gunicorn with two workers, on the loopback."""
    with serving(database_url, tmp_path) as address:
        yield address


def test_every_worker_answers_by_the_last_switch(world: World, server: str) -> None:
    world.structure("relais")
    world.user("ada", admin=True, relais=["direction", "agent_location"])
    visitor = Visitor(server)
    visitor.send("/login", email="ada@test.example", password=PASSWORD)

    wrong = []
    for turn in range(30):
        act, expected = ("enable", 200) if turn % 2 == 0 else ("disable", 404)
        assert visitor.send(f"/relais/modules/fleet/{act}", agreed="1")[0] == 200
        answers = [visitor.open("/relais/admin/fleet_vehicle/")[0] for _ in range(6)]
        wrong += [(turn, answer) for answer in answers if answer != expected]

    assert wrong == []
