"""Signing in with a password, the session that follows, and leaving it."""

from __future__ import annotations

import statistics
import time
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from jalon import accounts, devices, open_sessions
from jalon.clock import real_now
from jalon.i18n import _
from jalon.models import AccountEvent, Attempt, OpenSession, User
from jalon.testing.world import PASSWORD, Browser, World

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0"


@pytest.fixture(autouse=True)
def somebody(world: World) -> User:
    world.structure("relais")
    return world.user("ada", relais=["direction"])


def sessions(world: World) -> list[OpenSession]:
    with world.across() as session:
        found = list(session.scalars(select(OpenSession).order_by(OpenSession.id)))
        session.expunge_all()
        return found


def events(world: World) -> list[str]:
    with world.across() as session:
        return list(session.scalars(select(AccountEvent.kind).order_by(AccountEvent.id)))


def signed_in(browser: Browser) -> bool:
    return bool(browser.get("/relais/").status_code == 200)


def cookie(browser: Browser) -> str:
    found = browser.client.get_cookie("jalon_session")
    assert found is not None
    return found.value


def test_a_session_is_kept_by_its_digest_and_known_by_its_device(world: World) -> None:
    browser = Browser(world.app)
    browser.client.environ_base["HTTP_USER_AGENT"] = FIREFOX

    browser.send("/login", email=" ADA@test.example", password=PASSWORD)

    (opened,) = sessions(world)
    assert opened.device == "Firefox sous Windows"
    with browser.client.session_transaction() as kept:
        assert open_sessions.digest_of(kept["_user_id"]) == opened.digest
    assert events(world) == ["signed_in"]


def test_nothing_of_the_visitor_before_is_kept(world: World) -> None:
    browser = Browser(world.app)
    with browser.client.session_transaction() as planted:
        planted["planted"] = "by somebody else"
        planted["_user_id"] = "a token that somebody else knows"
    before = browser.token()

    browser.send("/login", email="ada@test.example", password=PASSWORD)

    with browser.client.session_transaction() as kept:
        assert "planted" not in kept
        assert kept["_user_id"] != "a token that somebody else knows"
    assert browser.send("/logout", token=False, csrf_token=before).status_code == 400


def test_signing_in_again_in_the_same_browser_ends_the_session_before(world: World) -> None:
    browser = world.client("ada")
    stolen = cookie(browser)

    browser.send("/login", email="ada@test.example", password=PASSWORD)

    thief = Browser(world.app)
    thief.client.set_cookie("jalon_session", stolen)
    assert not signed_in(thief)
    assert signed_in(browser)


def test_a_cookie_copied_before_signing_out_opens_nothing_after(world: World) -> None:
    browser = world.client("ada")
    stolen = cookie(browser)

    browser.send("/logout")

    browser.client.set_cookie("jalon_session", stolen)
    assert not signed_in(browser)


@pytest.mark.parametrize("forged", ["1", "0", "", "x" * 500])
def test_a_cookie_that_names_an_account_opens_nothing(world: World, forged: str) -> None:
    browser = Browser(world.app)
    with browser.client.session_transaction() as kept:
        kept["_user_id"] = forged

    assert not signed_in(browser)


def test_a_closed_account_is_out_at_once(world: World) -> None:
    browser = world.client("ada")

    with world.across() as session:
        session.execute(update(User).values(closed_at=real_now()))
        session.commit()

    assert not signed_in(browser)


def test_a_session_that_nobody_has_seen_for_a_week_is_over(world: World) -> None:
    browser = world.client("ada")

    with world.across() as session:
        session.execute(update(OpenSession).values(seen_at=real_now() - timedelta(days=8)))
        session.commit()

    assert browser.get("/relais/").location == "/login?next=/relais/"


def test_a_visit_is_noted_once_a_minute(world: World) -> None:
    browser = world.client("ada")
    first = sessions(world)[0].seen_at

    browser.get("/relais/")
    assert sessions(world)[0].seen_at == first
    earlier = first - timedelta(seconds=70)
    with world.across() as session:
        session.execute(update(OpenSession).values(seen_at=earlier))
        session.commit()
    browser.get("/relais/")

    assert sessions(world)[0].seen_at > earlier


@pytest.mark.both_databases
def test_the_ninth_wrong_password_of_a_quarter_is_not_looked_at_nor_is_the_right_one(world: World) -> None:
    browser = Browser(world.app)

    answers = [browser.send("/login", email="ada@test.example", password=f"wrong {n}").text for n in range(9)]
    right = browser.send("/login", email="ada@test.example", password=PASSWORD)

    sentence = str(accounts.BadCredentials())
    assert [sentence in text for text in answers] == [True] * 8 + [False]
    assert right.status_code == 422
    assert "15" in right.text
    assert not signed_in(browser)
    assert events(world) == ["refused"] * 8


def test_the_right_password_clears_the_account_but_not_the_network(world: World) -> None:
    browser = Browser(world.app)
    for n in range(7):
        browser.send("/login", email="ada@test.example", password=f"wrong {n}")

    browser.send("/login", email="ada@test.example", password=PASSWORD)

    with world.across() as session:
        assert len(list(session.scalars(select(Attempt)))) == 8
    assert events(world) == ["refused"] * 7 + ["signed_in"]


def test_one_network_tries_sixty_passwords_whatever_the_addresses(world: World) -> None:
    browser = Browser(world.app)

    answers = [browser.send("/login", email=f"{n}@nobody.example", password="wrong").text for n in range(62)]

    assert sum(str(accounts.BadCredentials()) in text for text in answers) == 60


@pytest.mark.both_databases
def test_an_address_that_exists_gets_the_sentence_and_the_time_of_one_that_does_not(world: World, app: Flask) -> None:
    with world.across() as session:
        session.add_all(
            User(email=f"{n}@known.example", name="K", password_hash=accounts.hasher.hash("x")) for n in range(12)
        )
        session.commit()
    browser = Browser(app)
    browser.send("/login", email="warm@up.example", password="wrong")

    times: dict[str, list[float]] = {"known": [], "unknown": []}
    pages = set()
    for n in range(12):
        for who, spent in times.items():
            start = time.perf_counter()
            answer = browser.send("/login", email=f"{n}@{who}.example", password="wrong")
            spent.append(time.perf_counter() - start)
            pages.add((answer.status_code, str(accounts.BadCredentials()) in answer.text))

    known, unknown = (statistics.median(times[who]) for who in ("known", "unknown"))
    assert pages == {(422, True)}
    assert 0.6 < known / unknown < 1.6


@pytest.mark.parametrize(
    "outside",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "javascript:x",
    ],
)
def test_nobody_is_sent_to_another_site_after_signing_in(world: World, outside: str) -> None:
    browser = Browser(world.app)
    token = browser.token()

    fields = {"email": "ada@test.example", "password": PASSWORD, "csrf_token": token}
    answer = browser.client.post("/login", query_string={"next": outside}, data=fields)

    assert answer.location == "/"


def test_whoever_works_nowhere_is_told_so(world: World) -> None:
    world.user("bob")

    answer = world.client("bob").get("/")

    assert answer.status_code == 403
    assert _("You work for no structure here") in answer.text


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (FIREFOX, "Firefox sous Windows"),
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140 Safari/537.36",
            "Chrome sous Linux",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140 Safari/537.36 Edg/140", "Edge sous Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18 Safari/604.1", "Safari sous iOS"),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140 Mobile Safari/537.36", "Chrome sous Android"),
        ("curl/8", "Navigateur inconnu"),
        (None, "Navigateur inconnu"),
    ],
)
def test_a_browser_is_named_in_words(user_agent: str | None, words: str) -> None:
    assert devices.describe(user_agent) == words
