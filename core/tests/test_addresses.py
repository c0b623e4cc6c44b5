"""Addresses that leave the site."""

from __future__ import annotations

import pytest
from flask import Flask
from werkzeug.routing import BuildError

from jalon.addresses import public_url

FORGED = "https://evil.example"


@pytest.mark.parametrize(
    ("public", "found"),
    [
        ("https://jalon.example.org", "https://jalon.example.org/q/abc"),
        ("https://jalon.example.org/", "https://jalon.example.org/q/abc"),
        ("http://10.0.0.7:8000", "http://10.0.0.7:8000/q/abc"),
        ("https://example.org/mobilite", "https://example.org/mobilite/q/abc"),
        ("https://example.org/mobilite/", "https://example.org/mobilite/q/abc"),
    ],
)
def test_the_public_address_is_the_settings_whatever_the_request_says(app: Flask, public: str, found: str) -> None:
    app.config["JALON_PUBLIC_URL"] = public

    with app.test_request_context("/login", base_url=FORGED):
        assert public_url("jalon_door.label", code="abc") == found
    with app.app_context():
        assert public_url("jalon_door.label", code="abc") == found


def test_without_the_setting_a_host_answers_for_its_own_address(app: Flask) -> None:
    with app.test_request_context("/login", base_url="https://garage.example"):
        assert public_url("jalon_door.label", code="abc") == "https://garage.example/q/abc"


def test_the_demos_worker_writes_the_address_that_the_demo_answers_on(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "JALON_PUBLIC_URL", "")
    monkeypatch.setenv("JALON_PORT", "8123")

    with app.app_context():
        assert public_url("jalon_door.message", code="abc") == "http://127.0.0.1:8123/m/abc"


def test_an_address_in_a_structure_names_it(app: Flask) -> None:
    app.config["JALON_PUBLIC_URL"] = "https://jalon.example.org"

    with app.app_context():
        assert public_url("jalon_home.dashboard", structure="relais") == "https://jalon.example.org/relais/"


def test_a_page_that_does_not_exist_has_no_address(app: Flask) -> None:
    app.config["JALON_PUBLIC_URL"] = "https://jalon.example.org"

    with app.app_context(), pytest.raises(BuildError):
        public_url("jalon_nowhere.at_all")
