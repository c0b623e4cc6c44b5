"""What every answer of ours tells a browser, and how long it may keep which file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from jalon import headers
from jalon.headers import ALWAYS
from jalon.testing.plugin import make_app
from jalon.testing.world import World

ADDRESSES = {
    "the sign-in page": "/login",
    "a redirect to the sign-in page": "/relais/",
    "an address that leads nowhere": "/relais/nowhere/at/all",
    "a structure that is none": "/nobody/",
    "a code that opens nothing": "/q/KNOWNTONOBODY",
    "the health of the server": "/health",
    "a file that is none": "/static/jalon/none.css",
}


@pytest.fixture
def https(database_url: str) -> Iterator[Flask]:
    """Our own site behind https."""
    app = make_app(database_url, JALON_PUBLIC_URL="https://jalon.example.org")
    yield app
    with app.app_context():
        app.extensions["jalon"].db.engine.dispose()


def headers_of(answer: Any) -> dict[str, str]:
    return {name: answer.headers.get(name) for name in ALWAYS}


@pytest.mark.parametrize("address", ADDRESSES.values(), ids=list(ADDRESSES))
def test_every_answer_carries_the_headers_and_is_kept_by_nobody(world: World, address: str) -> None:
    world.structure("relais")
    world.user("zoe", relais=[])

    answer = world.client().get(address)

    assert headers_of(answer) == ALWAYS
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Strict-Transport-Security" not in answer.headers


def test_a_page_a_refusal_and_a_form_without_token_carry_them_too(world: World) -> None:
    world.structure("relais")
    world.user("zoe", relais=[])
    browser = world.client("zoe")

    answers = [browser.get("/relais/"), browser.get("/relais/modules/"), browser.send("/logout", token=False)]

    assert [answer.status_code for answer in answers] == [200, 403, 400]
    assert all(headers_of(answer) == ALWAYS and answer.headers["Cache-Control"] == "no-store" for answer in answers)


@pytest.mark.parametrize(
    ("said", "status", "kept"),
    [
        ("", 200, "no-store"),
        ("no-cache", 200, "no-store"),
        ("private, max-age=60", 200, "private, max-age=60"),
        ("private, no-cache", 304, "private, no-cache"),
        ("private, max-age=60", 404, "no-store"),
    ],
)
def test_only_a_view_that_says_who_keeps_its_answer_has_it_kept(app: Flask, said: str, status: int, kept: str) -> None:
    answer = app.response_class(status=status, headers={"Cache-Control": said} if said else {})

    with app.test_request_context("/login"):
        assert headers._protected(answer).headers["Cache-Control"] == kept


def test_the_policy_lets_nothing_inline_run_and_nothing_from_elsewhere() -> None:
    policy = dict(part.split(" ", 1) for part in ALWAYS["Content-Security-Policy"].split("; "))

    assert policy["default-src"] == "'none'"
    assert {policy[what] for what in ("script-src", "style-src", "form-action", "connect-src")} == {"'self'"}
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in ALWAYS["Content-Security-Policy"]


def test_https_is_asked_for_where_the_public_address_is_https_only(https: Flask) -> None:
    answer = https.test_client().get("/health")

    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_a_file_is_kept_for_a_year_at_the_address_of_its_contents_only(app: Flask) -> None:
    World(app).user("zoe")
    client = app.test_client()
    named = re.search(r'href="(/static/jalon/jalon\.css\?v=\w{16})"', client.get("/login").text)
    assert named

    kept, of_old, bare = (
        client.get(a, buffered=True) for a in (named[1], f"{named[1][:-1]}x", named[1].partition("?")[0])
    )
    again = client.get(named[1], headers={"If-None-Match": kept.headers["ETag"]}, buffered=True)

    assert kept.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert of_old.headers["Cache-Control"] == "no-cache"
    assert bare.headers["Cache-Control"] == "public, max-age=86400"
    assert again.status_code == 304
    assert headers_of(kept) == ALWAYS


def test_a_file_outside_the_folder_has_no_fingerprint(app: Flask) -> None:
    from jalon import assets

    with app.app_context():
        assert assets.fingerprint("jalon_files.static", "../site.py") == ""
        assert assets.fingerprint("jalon_files.static", "") == ""
        assert assets.fingerprint("nobody.static", "jalon.css") == ""
