"""Whom the site believes about where a visitor comes from, and under which names it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask, request

from jalon.testing.plugin import make_app

FORGED = {
    "X-Forwarded-For": "6.6.6.6, 203.0.113.9",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Prefix": "/evil",
    "X-Forwarded-Port": "666",
}
PRODUCTION = {"JALON_ENV": "production", "JALON_PUBLIC_URL": "https://jalon.example.org"}


@pytest.fixture
def site(database_url: str) -> Iterator[Callable[..., Flask]]:
    """Makes our own site with these settings."""
    made: list[Flask] = []

    def make(**config: Any) -> Flask:
        made.append(make_app(database_url, **config))
        return made[-1]

    yield make
    for app in made:
        with app.app_context():
            app.extensions["jalon"].db.engine.dispose()


def seen_by(app: Flask, **headers: str) -> tuple[str | None, str, str, str]:
    """Client, scheme, host and prefix of one request, as the application sees them."""
    seen: list[tuple[str | None, str, str, str]] = []
    app.before_request(lambda: seen.append((request.remote_addr, request.scheme, request.host, request.script_root)))
    app.test_client().get("/health", headers=headers)
    return seen[0]


def test_without_trusted_proxy_forged_headers_are_ignored(site: Callable[..., Flask]) -> None:
    assert seen_by(site(), **FORGED) == ("127.0.0.1", "http", "localhost", "")


@pytest.mark.parametrize(
    ("hops", "client"), [("1", "203.0.113.9"), ("2", "6.6.6.6"), ("3", "127.0.0.1")], ids=["one", "two", "too many"]
)
def test_as_many_hops_are_believed_as_are_trusted_and_never_a_host(
    site: Callable[..., Flask], hops: str, client: str
) -> None:
    address, _scheme, host, prefix = seen_by(site(JALON_TRUSTED_PROXIES=hops), **FORGED)

    assert (address, host, prefix) == (client, "localhost", "")


def test_the_scheme_is_the_last_proxys(site: Callable[..., Flask]) -> None:
    assert seen_by(site(JALON_TRUSTED_PROXIES="1"), **FORGED)[1] == "https"


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("jalon.example.org", 200),
        ("jalon.example.org:8443", 200),
        ("127.0.0.1:8000", 200),
        ("localhost", 200),
        ("evil.example", 400),
        ("jalon.example.org.evil.example", 400),
        ("sub.jalon.example.org", 400),
    ],
)
def test_in_production_the_site_answers_under_its_own_names_only(
    site: Callable[..., Flask], host: str, status: int
) -> None:
    answer = site(**PRODUCTION).test_client().get("/health", headers={"Host": host})

    assert answer.status_code == status
    assert status == 200 or "Ce site a une autre adresse" in answer.text
    assert "evil" not in answer.text


def test_a_demo_answers_under_any_name(site: Callable[..., Flask]) -> None:
    assert site().test_client().get("/health", headers={"Host": "192.0.2.7:8000"}).status_code == 200


@pytest.mark.parametrize(
    ("public", "name", "secure"),
    [
        ("", "jalon_session", False),
        ("http://jalon.example.org", "jalon_session", False),
        ("https://jalon.example.org", "__Host-jalon_session", True),
        ("https://jalon.example.org/", "__Host-jalon_session", True),
        ("https://example.org/jalon", "jalon_session", True),
    ],
)
def test_cookies_follow_the_scheme_of_the_public_address(
    site: Callable[..., Flask], public: str, name: str, secure: bool
) -> None:
    from jalon.testing.world import World

    app = site(JALON_PUBLIC_URL=public)
    World(app).user("zoe")

    cookie = app.test_client().get("/login").headers["Set-Cookie"]

    assert cookie.startswith(f"{name}=")
    assert ("Secure" in cookie) is secure
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
