"""What somebody took: a link, a cookie, a secret seen on a screen. It opens nothing once its owner acted."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from jalon import accounts, invitations, second_factor, throttle
from jalon.clock import real_now
from jalon.models import OpenSession, User
from jalon.testing.world import PASSWORD, Browser, World

NEW = "four words in a row"
KEY = "a secret for tests"
SECRET = re.compile(r"<code>([A-Z2-7 ]{39})</code>")


@pytest.fixture(autouse=True)
def ada(world: World) -> User:
    world.structure("relais")
    return world.user("ada", relais=["direction"])


def link_of(world: World, user: User) -> str:
    with world.across() as session:
        token = invitations.issue(session, session.get_one(User, user.id), "reset")
        session.commit()
    return f"/account/link/{token}"


def test_a_link_opens_nothing_once_the_password_was_changed(world: World, ada: User) -> None:
    link = link_of(world, ada)

    world.client("ada").send("/account/password", old_password=PASSWORD, password=NEW)

    assert Browser(world.app).send(link, password="another four words").status_code == 410


def test_a_link_opens_nothing_once_the_command_line_gave_another_password(world: World, ada: User) -> None:
    link = link_of(world, ada)

    run = world.app.test_cli_runner().invoke(args=["jalon", "user", "password", "ada@test.example", "--password", NEW])

    assert run.exit_code == 0, run.output
    assert Browser(world.app).send(link, password="another four words").status_code == 410


def code_of(world: World) -> str:
    with world.across() as session:
        return second_factor.pyotp.TOTP(second_factor.secret_of(session.scalars(select(User)).one(), KEY)).now()


def test_the_second_step_opens_nothing_once_the_password_given_before_it_is_another(world: World, ada: User) -> None:
    with world.across() as session:
        user = session.get_one(User, ada.id)
        second_factor.begin(user)
        user.totp_since = user.created_at
        session.commit()
    thief = Browser(world.app)
    assert thief.send("/login", email="ada@test.example", password=PASSWORD).location == "/login/code"
    with world.across() as session:
        accounts.set_password(session.get_one(User, ada.id), NEW)
        session.commit()

    answer = thief.send("/login/code", code=code_of(world))

    assert answer.location == "/login"
    assert thief.get("/relais/").status_code == 302


def test_a_secret_drawn_in_another_browser_is_not_the_one_that_is_switched_on(world: World) -> None:
    thief, owner = world.client("ada"), world.client("ada")
    thief.send("/account/second-factor/begin")
    assert SECRET.search(thief.get("/account/second-factor/").text)

    page = owner.get("/account/second-factor/").text
    confirmed = owner.send("/account/second-factor/confirm", code=code_of(world))

    assert not SECRET.search(page)
    assert confirmed.status_code == 422


def test_guessing_a_link_to_be_sent_another_is_counted_like_opening_it(world: World) -> None:
    browser = Browser(world.app)

    statuses = [browser.send(f"/account/link/guess-{n}/again").status_code for n in range(32)]

    assert statuses == [410] * 30 + [429] * 2


@pytest.mark.parametrize(
    ("ip", "counted_as"),
    [("192.0.2.7", "192.0.2.7"), ("::ffff:192.0.2.7", "192.0.2.7"), ("2001:db8:1:2:3::4", "2001:db8:1:2::")],
)
def test_a_network_is_one_household_and_not_everybody_who_speaks_ipv4(ip: str, counted_as: str) -> None:
    assert throttle.network(ip) == counted_as


@pytest.mark.parametrize(
    ("password", "status", "drawn"), [("", 422, False), ("not hers", 422, False), (PASSWORD, 302, True)]
)
def test_a_telephone_is_not_paired_by_whoever_passes_an_unlocked_desk(
    world: World, password: str, status: int, drawn: bool
) -> None:
    browser = world.client("ada")
    with world.across() as session:
        session.execute(update(OpenSession).values(unlocked_at=real_now() - timedelta(minutes=11)))
        session.commit()

    answer = browser.send("/account/second-factor/begin", password=password)

    assert answer.status_code == status
    with world.across() as session:
        assert (session.scalars(select(User.totp_nonce)).one() is not None) is drawn
