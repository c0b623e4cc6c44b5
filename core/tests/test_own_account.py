"""One's own account: password, open sessions, what happened."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from jalon import account_events
from jalon.i18n import _
from jalon.models import AccountEvent, OpenSession, User
from jalon.testing.world import PASSWORD, Browser, World

NEW = "four words in a row"


@pytest.fixture(autouse=True)
def somebody(world: World) -> User:
    world.structure("relais")
    return world.user("ada", relais=["direction"])


def sessions(world: World, name: str = "Ada") -> list[int]:
    with world.across() as session:
        query = select(OpenSession.id).join(User, User.id == OpenSession.user_id).where(User.name == name)
        return list(session.scalars(query.order_by(OpenSession.id)))


def is_in(browser: Browser) -> bool:
    return bool(browser.get("/relais/").status_code == 200)


def test_a_visitor_is_sent_to_sign_in(world: World) -> None:
    browser = Browser(world.app)

    assert browser.get("/account/").location == "/login?next=/account/"
    assert browser.send("/account/sessions/end").location == "/login"


def test_the_page_is_linked_from_every_other_by_ones_name(world: World) -> None:
    page = world.client("ada").get("/relais/").text

    assert '<a class="own" href="/account/">Ada<small>' in page


def test_another_password_ends_the_other_sessions(world: World) -> None:
    elsewhere, browser = world.client("ada"), world.client("ada")

    done = browser.send("/account/password", old_password=PASSWORD, password=NEW)

    assert done.location == "/account/"
    assert (is_in(browser), is_in(elsewhere)) == (True, False)
    assert Browser(world.app).send("/login", email="ada@test.example", password=NEW).location == "/"
    with world.across() as session:
        assert "password_changed" in session.scalars(select(AccountEvent.kind)).all()


SHORT = "A password has at least 10 characters: three or four words that have nothing to do with each other."
ONESELF = "This password is your name or your address: others would try it first."


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("wrong", NEW, "This is not your password."),
        ("", NEW, "Type your password."),
        (PASSWORD, "short", SHORT),
        (PASSWORD, "ADA@test.example", ONESELF),
        (PASSWORD, "", "Type a password."),
    ],
)
def test_a_refusal_is_said_at_its_field_and_changes_nothing(world: World, old: str, new: str, sentence: str) -> None:
    browser = world.client("ada")

    refused = browser.send("/account/password", old_password=old, password=new)

    assert refused.status_code == 422
    assert _(sentence) in refused.text
    assert 'aria-invalid="true"' in refused.text
    assert Browser(world.app).send("/login", email="ada@test.example", password=PASSWORD).location == "/"


def test_the_old_password_is_throttled_too(world: World) -> None:
    browser = world.client("ada")
    for n in range(8):
        browser.send("/account/password", old_password=f"wrong {n}", password=NEW)

    assert "15 min" in browser.send("/account/password", old_password=PASSWORD, password=NEW).text


def test_one_session_is_closed(world: World) -> None:
    elsewhere, browser = world.client("ada"), world.client("ada")
    first, _second = sessions(world)

    assert browser.send(f"/account/sessions/{first}/end").location == "/account/"

    assert (is_in(browser), is_in(elsewhere)) == (True, False)
    assert browser.send(f"/account/sessions/{first}/end").status_code == 404


def test_nobody_closes_anothers_session_nor_sees_it(world: World) -> None:
    world.user("bob", relais=["direction"])
    victim, browser = world.client("bob"), world.client("ada")
    (theirs,) = sessions(world, "Bob")

    assert browser.send(f"/account/sessions/{theirs}/end").status_code == 404
    assert is_in(victim)
    assert f"/account/sessions/{theirs}/end" not in browser.get("/account/").text


def test_signing_out_everywhere_ends_this_session_too(world: World) -> None:
    elsewhere, browser = world.client("ada"), world.client("ada")

    answer = browser.send("/account/sessions/end")

    assert answer.location == "/login"
    assert _("You are signed out everywhere.") in browser.get("/login").text
    assert (is_in(browser), is_in(elsewhere)) == (False, False)


def test_what_happened_is_told_in_words(world: World) -> None:
    Browser(world.app).send("/login", email="ada@test.example", password="wrong")
    browser = world.client("ada")
    browser.send("/account/password", old_password=PASSWORD, password=NEW)

    page = browser.get("/account/").text

    told = [page.index(account_events.label(kind)) for kind in ("password_changed", "signed_in", "refused")]
    assert told == sorted(told)


def test_every_kind_of_event_has_words() -> None:
    assert all(account_events.label(kind) != str(text.message) for kind, text in account_events.KINDS.items())


def test_the_page_costs_the_same_whatever_happened(world: World, app: Flask) -> None:
    browser = world.client("ada")
    browser.get("/account/")
    with world.across() as session:
        ada = session.scalars(select(User.id)).one()
        for _turn in range(60):
            account_events.record(session, ada, "refused")
        session.commit()

    page = browser.get("/account/").text

    assert page.count(account_events.label("refused")) == 20


def test_whoever_runs_the_site_changes_a_password_and_ends_the_sessions(world: World) -> None:
    browser = world.client("ada")

    command = ["jalon", "user", "password", "ada@test.example", "--password"]
    done = world.app.test_cli_runner().invoke(args=[*command, "short"])
    again = world.app.test_cli_runner().invoke(args=[*command, NEW])

    assert (done.exit_code, again.exit_code) == (1, 0)
    assert _(SHORT) in done.output
    assert not is_in(browser)
