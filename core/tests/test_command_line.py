"""Commands refuse in one sentence what the screens would not let in either."""

from __future__ import annotations

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from jalon.models import Structure, StructureAlias, User
from jalon.testing.world import HASH, World

GOOD = "trois mots sans rapport"


def run(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=["jalon", *arguments])


@pytest.mark.parametrize(
    "arguments",
    [
        ("user", "add", "", "--name", "Zoé", "--password", GOOD),
        ("user", "add", "zoe", "--name", "Zoé", "--password", GOOD),
        ("user", "add", "z@example.org", "--name", "", "--password", GOOD),
        ("user", "add", "z@example.org", "--name", "x" * 400, "--password", GOOD),
        ("user", "add", "z" * 400 + "@example.org", "--name", "Zoé", "--password", GOOD),
        ("user", "add", "z@example.org", "--name", "Zoé", "--password", "court"),
        ("user", "add", "z@example.org", "--name", "Zoé", "--password", "jalon-demo"),
        ("user", "add", "ada@test.example", "--name", "Zoé", "--password", GOOD),
        ("user", "password", "ada@test.example", "--password", "court"),
        ("structures", "found", "abc", "--name", ""),
        ("structures", "found", "abc", "--name", "x" * 400),
        ("structures", "found", "ABC", "--name", "Abc"),
        ("structures", "rename", "relais", "relais"),
        ("structures", "rename", "relais", ""),
        ("retention", "apply", "--structure", "relais", "--years", "9000"),
        ("retention", "apply", "--structure", "relais", "--years", "0"),
    ],
    ids=lambda arguments: " ".join(arguments)[:60],
)
@pytest.mark.both_databases
def test_what_no_screen_would_take_is_refused_and_changes_nothing(world: World, arguments: tuple[str, ...]) -> None:
    world.structure("relais")
    world.user("ada")

    done = run(world.app, *arguments)

    assert done.exit_code != 0
    assert isinstance(done.exception, SystemExit)
    with world.across() as session:
        assert session.scalars(select(Structure.name)).all() == ["Relais"]
        assert session.execute(select(User.email, User.password_hash)).all() == [("ada@test.example", HASH)]
        assert session.scalars(select(StructureAlias.slug)).all() == []


def test_an_account_made_by_command_signs_in(world: World) -> None:
    world.structure("relais")
    address = ("user", "add", "Zoe@Example.org", "--name", " Zoé  Martin ")

    done = run(world.app, *address, "--password", GOOD, "--structure", "relais", "--role", "direction")

    assert done.exit_code == 0, done.output
    assert world.client().send("/login", email="zoe@example.org", password=GOOD).status_code == 302
    with world.across() as session:
        assert session.scalars(select(User.name)).all() == ["Zoé Martin"]
