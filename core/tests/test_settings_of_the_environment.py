"""What the environment says, and what a site refuses to start with."""

from __future__ import annotations

from pathlib import Path

import pytest

from jalon import clock, create_app
from jalon.db import sqlite_rules
from jalon.models import User
from jalon.registry import Registry
from jalon.testing.plugin import make_app
from jalon.testing.world import World

GOOD = {
    "JALON_ENV": "production",
    "JALON_SECRET_KEY": "a long text that nobody else has, for tests",
    "JALON_PUBLIC_URL": "https://jalon.example.org",
}
REFUSED = {
    "an unknown kind of site": ({"JALON_ENV": "staging"}, "JALON_ENV is demo or production"),
    "no secret": ({"JALON_SECRET_KEY": ""}, "set JALON_SECRET_KEY"),
    "the demo's secret": ({"JALON_SECRET_KEY": "jalon-demo-secret"}, "the demo's"),
    "no public address": ({"JALON_PUBLIC_URL": ""}, "set JALON_PUBLIC_URL"),
    "an address without scheme": ({"JALON_PUBLIC_URL": "jalon.example.org"}, "JALON_PUBLIC_URL is"),
    "an address of another scheme": ({"JALON_PUBLIC_URL": "ftp://jalon.example.org"}, "JALON_PUBLIC_URL is"),
    "an address without name": ({"JALON_PUBLIC_URL": "https://"}, "JALON_PUBLIC_URL is"),
    "an address with a port that is none": ({"JALON_PUBLIC_URL": "https://jalon.example.org:x"}, "JALON_PUBLIC_URL is"),
    "mails a minute that are no number": ({"JALON_MAIL_PER_MINUTE": "many"}, "JALON_MAIL_PER_MINUTE is how many"),
    "fewer than no mails a minute": ({"JALON_MAIL_PER_MINUTE": "-1"}, "JALON_MAIL_PER_MINUTE is how many"),
    "proxies that are no number": ({"JALON_TRUSTED_PROXIES": "yes"}, "JALON_TRUSTED_PROXIES is the number"),
    "fewer than no proxies": ({"JALON_TRUSTED_PROXIES": "-1"}, "JALON_TRUSTED_PROXIES is the number"),
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """A good one, to be spoiled."""
    for name, value in {**GOOD, "JALON_DATA_DIR": str(tmp_path), "JALON_TRUSTED_PROXIES": ""}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("JALON_DATABASE_URL", raising=False)
    return monkeypatch


@pytest.mark.parametrize(("spoiled", "said"), REFUSED.values(), ids=list(REFUSED))
def test_a_site_refuses_to_start(environment: pytest.MonkeyPatch, spoiled: dict[str, str], said: str) -> None:
    for name, value in spoiled.items():
        environment.setenv(name, value)

    with pytest.raises(RuntimeError, match=said):
        create_app(registry=Registry([]), serving=False)


def test_everything_that_is_wrong_is_said_at_once(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("JALON_SECRET_KEY", "")
    environment.setenv("JALON_PUBLIC_URL", "")

    with pytest.raises(RuntimeError, match=r"JALON_SECRET_KEY.*; .*JALON_PUBLIC_URL"):
        create_app(registry=Registry([]), serving=False)


def test_demo_accounts_stop_a_production_site_and_none_of_its_commands(sqlite_template: Path) -> None:
    url = f"sqlite:///{sqlite_template}"
    settings = {"SQLALCHEMY_DATABASE_URI": url, "TESTING": True}
    demo = make_app(url, registry=Registry([]))
    with World(demo).across() as session:
        session.add(User(email="a@b.example", name="A", is_demo=True))
        session.commit()

    try:
        create_app(settings, registry=Registry([]), serving=False)
        with pytest.raises(RuntimeError, match="demo accounts"):
            create_app(settings, registry=Registry([]))
    finally:
        with World(demo).across() as session:
            session.query(User).delete()
            session.commit()
        with demo.app_context():
            demo.extensions["jalon"].db.engine.dispose()


def test_a_good_environment_makes_a_site(tmp_path: Path) -> None:
    app = create_app({"TESTING": True}, registry=Registry([]))

    assert app.config["SQLALCHEMY_DATABASE_URI"] == f"sqlite:///{tmp_path / 'jalon.sqlite'}"
    assert app.config["SESSION_COOKIE_SECURE"]
    assert app.config["SQLALCHEMY_ENGINE_OPTIONS"] == {"hide_parameters": True}
    with app.app_context():
        sqlite_rules(app.extensions["jalon"].db.engine)
        app.extensions["jalon"].db.engine.dispose()


def test_a_demo_needs_no_setting_at_all(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in GOOD:
        environment.delenv(name)
    environment.setenv("JALON_ENV", "demo")

    app = create_app({"TESTING": True}, registry=Registry([]))

    assert app.config["TRUSTED_HOSTS"] is None
    with app.app_context():
        app.extensions["jalon"].db.engine.dispose()


def test_production_has_the_real_date(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("JALON_TODAY", "2001-01-01")

    assert clock.now().year > 2001
