"""Accounts: what an address, a name and a password must be."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from jalon import accounts
from jalon.accounts import BadEmail, BadName, EmailTaken, Identity, WeakPassword
from jalon.models import User
from jalon.testing.world import World

GOOD = "trois mots sans rapport"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "zoe",
        "zoe@",
        "@example.org",
        "zoe@example",
        "zoe@.org",
        "zoe@example..org",
        "a b@example.org",
        "zoe@exa mple.org",
        "zoe@@example.org",
        "z" * 400 + "@example.org",
        "\x00@example.org",
        "zoe@example.org\nx",
    ],
)
def test_what_is_no_address_opens_no_account(world: World, typed: str) -> None:
    with world.across() as session, pytest.raises(BadEmail):
        accounts.add(session, typed, name="Zoé Martin", password=GOOD)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("Zoe@Example.org", "zoe@example.org"), (" zoe@example.org ", "zoe@example.org"), ("a+b@c-d.fr", "a+b@c-d.fr")],
)
def test_an_address_is_kept_in_lower_case_without_blanks(world: World, typed: str, kept: str) -> None:
    with world.across() as session:
        assert accounts.add(session, typed, name="Zoé Martin", password=GOOD).email == kept


@pytest.mark.parametrize("typed", ["", "  ", "\u200b", "x" * 121])
def test_an_account_is_somebodys(world: World, typed: str) -> None:
    with world.across() as session, pytest.raises(BadName):
        accounts.add(session, "zoe@example.org", name=typed, password=GOOD)


def test_an_address_has_one_account(world: World) -> None:
    world.user("zoe")

    with world.across() as session, pytest.raises(EmailTaken):
        accounts.add(session, "ZOE@test.example", name="Zoé Martin", password=GOOD)


@pytest.mark.parametrize(
    "password",
    [
        "",
        "court",
        "neuf cara",
        "x" * 201,
        "zoe.martin@example.org",
        "Zoe.Martin",
        "zoémartin!",
        "Zoé MARTIN..",
        "1234567890",
        "AZERTYUIOP",
        "motdepasse123",
        "jalon-demo",
        "aaaaaaaaaaaa",
        "          ",
    ],
)
def test_a_password_that_would_be_guessed_is_refused(password: str) -> None:
    user = User(email="zoe.martin@example.org", name="Zoé Martin")

    with pytest.raises(WeakPassword) as refused:
        accounts.set_password(user, password)

    assert refused.value.field == "password"
    assert user.password_hash is None


@pytest.mark.parametrize("password", [GOOD, "x9" * 100, "dix caract", "мой пароль длинный", "🚲🚲🚗🚗🚌🚌🛵🛵🚆🚶"])
def test_a_password_of_ten_characters_that_is_nobodys_first_idea_is_taken(password: str) -> None:
    user = User(email="zoe.martin@example.org", name="Zoé Martin")

    accounts.set_password(user, password)

    assert accounts.hasher.verify(user.password_hash or "", password)


def test_the_demos_password_is_the_demos_only() -> None:
    user = User(email="accueil@relais.example", name="Maud", is_demo=True)

    accounts.set_password(user, "jalon-demo")

    assert user.password_hash


@pytest.mark.both_databases
def test_a_host_that_says_an_endless_address_is_let_in_without_it(world: World) -> None:
    with world.across() as session:
        accounts.welcome(session, Identity("Zoé", external_id="7", email="z" * 400 + "@example.org"))
        session.commit()

        assert session.scalars(select(User.email)).all() == [None]
