"""What `jalon trace` tells of one page, and that it leaves nothing behind."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select

from jalon import tracing
from jalon.models import AccessEntry
from jalon.testing.world import World


def traced(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=["jalon", "trace", *arguments])


def told(world: World, address: str, name: str = "ada") -> dict[str, Any]:
    done = traced(world.app, address, "--as", f"{name}@test.example", "--json")
    assert done.exit_code == 0, done.output
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.fixture
def desk(world: World) -> World:
    world.structure("relais", enabled=["fleet"])
    world.user("ada", relais=["agent_location"])
    return world


@pytest.mark.both_databases
def test_a_page_tells_its_gate_its_hooks_and_its_queries(desk: World) -> None:
    found = told(desk, "/relais/")

    assert found["status"] == 200
    assert [(d["step"], d["passed"]) for d in found["gate"]] == [
        ("route", True),
        ("signed in", True),
        ("structure and membership", True),
        ("module", True),
        ("right", True),
    ]
    assert {"dashboard_cards"} <= {h["hook"] for h in found["hooks"]}
    assert any(q["head"].startswith("SELECT … FROM jalon_structure") for q in found["queries"])
    assert not [q for q in found["queries"] if "relais" in q["head"]]


def test_a_refusal_says_at_which_question(desk: World) -> None:
    desk.structure("scop")

    elsewhere, off, right = (told(desk, a) for a in ("/scop/", "/relais/rental/day", "/relais/modules/"))

    assert (elsewhere["status"], elsewhere["gate"][-1]) == (
        404,
        {"step": "structure and membership", "passed": False, "about": "scop"},
    )
    assert (off["status"], off["gate"][-1]) == (404, {"step": "module", "passed": False, "about": "rental"})
    assert right["gate"][-1]["about"] == "jalon.modules.read"


@pytest.mark.both_databases
def test_reading_what_is_confidential_is_not_logged_for_nobody_saw_it(desk: World) -> None:
    desk.user("chef", relais=["direction"])

    assert told(desk, "/relais/admin/member/", "chef")["status"] == 200

    with desk.across() as session:
        assert session.scalar(select(func.count()).select_from(AccessEntry)) == 0


@pytest.mark.both_databases
def test_a_page_that_would_write_is_stopped_and_the_site_writes_again_afterwards(desk: World) -> None:
    with desk.app.app_context(), tracing.listening(desk.jalon.db.engine), pytest.raises(Exception, match=r"read.?only"):
        desk.structure("scop")

    desk.structure("scop")
    assert told(desk, "/relais/")["status"] == 200


def test_in_words_for_a_terminal(desk: World) -> None:
    done = traced(desk.app, "/relais/admin/fleet_vehicle/", "--as", "ada@test.example")

    assert "✓ right                     fleet.read" in done.stdout
    assert "GET /relais/admin/fleet_vehicle/: 200" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("relais/", "--as", "ada@test.example"), "begins with /"),
        (("/relais/", "--as", "zoe@test.example"), "no open account"),
    ],
)
def test_what_cannot_be_traced_is_refused_in_a_sentence(desk: World, arguments: tuple[str, ...], said: str) -> None:
    done = traced(desk.app, *arguments)

    assert done.exit_code == 1
    assert said in done.output


HEADS = {
    "SELECT a.id, a.name\nFROM a WHERE a.name = 'O''Neil' AND n = 12": "SELECT … FROM a WHERE a.name = ? AND n = ?",
    "UPDATE jalon_job SET done = %(done)s": "UPDATE jalon_job SET done = %(done)s",
    "PRAGMA query_only=1": "PRAGMA query_only=?",
}


@pytest.mark.parametrize(("statement", "head"), HEADS.items())
def test_the_head_of_a_statement_holds_no_value(statement: str, head: str) -> None:
    assert tracing.head(statement) == head
