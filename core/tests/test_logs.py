"""A line for each request; nobody's name in any of them."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, current_app
from sqlalchemy import text

from jalon import logs
from jalon.access import requires
from jalon.db import open_session
from jalon.db.current import session
from jalon.models import User
from jalon.scope import Scope
from jalon.testing.plugin import make_app
from jalon.testing.world import World

NAME = "Zébuline Quatrepoil"
TRACES = ("Zébuline", "Zebuline", "Quatrepoil", "quatrepoil", "Z%C3%A9buline", "Z\\u00e9buline")


class Paper:
    """Everything that is logged, as it would stand on stderr."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture
def paper() -> Iterator[Paper]:
    paper = Paper()
    handler = logging.StreamHandler(paper.stream)
    handler.setFormatter(logs.JsonLine())
    logging.getLogger().addHandler(handler)
    logging.getLogger("jalon").setLevel(logging.INFO)
    yield paper
    logging.getLogger().removeHandler(handler)
    logging.getLogger("jalon").setLevel(logging.NOTSET)


@pytest.fixture
def app(database_url: str) -> Iterator[Flask]:
    """A site whose broken pages are pages, as in production."""
    made = make_app(database_url, PROPAGATE_EXCEPTIONS=False)
    yield made
    with made.app_context():
        made.extensions["jalon"].db.engine.dispose()


def test_a_request_is_one_line_of_what_was_asked_and_answered(world: World, paper: Paper) -> None:
    world.structure("relais")
    world.user("zoe", relais=[])
    browser = world.client("zoe")

    answer = browser.get("/relais/?search=anything")

    line = paper.lines[-1]
    assert line.pop("ms") >= 0
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "info",
        "request": answer.headers["X-Request-ID"],
        "logger": "jalon.requests",
        "message": "request",
        "method": "GET",
        "route": "/<structure>/",
        "status": 200,
        "user": 1,
        "structure": "relais",
        "module": "core",
    }


def test_each_request_has_a_number_of_its_own_that_nobody_can_choose(world: World) -> None:
    client = world.app.test_client()

    numbers = {client.get("/health", headers={"X-Request-ID": NAME.encode()}).headers["X-Request-ID"] for _ in "ab"}

    assert len(numbers) == 2
    assert all(len(number) == 16 and number.isalnum() for number in numbers)


def test_a_name_typed_anywhere_is_logged_nowhere(world: World, paper: Paper) -> None:
    world.structure("relais")
    world.user("zoe", admin=True, relais=[])
    browser = world.client("zoe")

    browser.get(f"/relais/modules/?search={NAME}")
    browser.get(f"/{NAME}/modules/{NAME}/")
    browser.get(f"/q/{NAME}")
    browser.send("/login", email=f"{NAME}@test.example", password=NAME)
    browser.send("/relais/first-steps/structure", name=NAME, slug=NAME)
    browser.send(f"/relais/modules/{NAME}/enable")
    browser.get("/relais/modules/", headers={"Referer": f"/x?{NAME}".encode(), "User-Agent": NAME.encode()})

    assert len(paper.lines) >= 7
    assert [trace for trace in TRACES if trace in paper.text] == []


@requires("jalon.home")
def chained() -> str:
    try:
        raise KeyError(NAME)
    except KeyError as error:
        raise ValueError(f"{NAME} is not welcome") from error


@requires("jalon.home")
def bad_statement() -> str:
    session().execute(text("SELECT :name FROM no_such_table"), {"name": NAME})
    return ""


@requires("jalon.home")
def bad_row() -> str:
    with open_session(current_app.extensions["jalon"].db, Scope(across="a test breaks a constraint")) as writing:
        writing.add_all([User(name=NAME, email=f"{NAME}@x.example"), User(name=NAME, email=f"{NAME}@x.example")])
        writing.flush()
    return ""


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("view", "types"),
    [
        (chained, ["ValueError", "KeyError"]),
        (bad_statement, ["OperationalError", "OperationalError"]),
        (bad_row, ["IntegrityError", "IntegrityError"]),
    ],
    ids=["in an exception and its cause", "in a statement's values", "in a row that is refused"],
)
def test_a_broken_page_is_logged_with_its_places_and_no_name(
    world: World, paper: Paper, database_kind: str, view: Any, types: list[str]
) -> None:
    world.structure("relais")
    world.user("zoe", relais=[])
    browser = world.client("zoe")
    world.app.view_functions["jalon_modules.index"] = view

    answer = browser.get("/relais/modules/")

    assert answer.status_code == 500
    errors = next(line["errors"] for line in paper.lines if "errors" in line)
    if database_kind == "sqlite":
        assert [error["type"] for error in errors] == types
    assert any("test_logs.py" in place for place in errors[0]["where"])
    assert [trace for trace in TRACES if trace in paper.text] == []


def test_in_a_demo_the_line_is_short_and_names_nobody_either() -> None:
    record = logging.LogRecord("jalon", logging.ERROR, "", 0, "a page broke", None, None)
    try:
        raise ValueError(NAME)
    except ValueError as error:
        record.exc_info = (ValueError, error, error.__traceback__)

    said = logs.ShortLine().format(record)

    assert "error a page broke" in said
    assert "ValueError" in said
    assert NAME not in said
