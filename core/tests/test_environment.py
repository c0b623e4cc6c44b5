"""Settings of the environment: a wrong one is one sentence at start, and never a traceback later."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from jalon.site import create_app
from jalon.testing.plugin import make_app

SECRET = "a secret that is long enough"
PUBLIC = "https://jalon.example.org"


@pytest.mark.parametrize(
    "address",
    ["mysql://x", "x", "", "sqlite", "postgresql+nothing://x", "postgresql://h:port/x", "postgresql+psycopg2://h/x"],
)
def test_a_database_that_is_none_is_said_at_start(address: str) -> None:
    with pytest.raises(RuntimeError, match="JALON_DATABASE_URL"):
        make_app(address)


def test_a_wrong_database_address_is_not_repeated_for_it_holds_a_password() -> None:
    with pytest.raises(RuntimeError) as refused:
        make_app("mysql://jalon:hunter2@server/x")

    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("day", ["garbage", "2026-02-30", "31/12/2026", "0001-01-01", "9999-12-31", "1999-12-31"])
def test_a_day_that_is_none_is_said_at_start(monkeypatch: pytest.MonkeyPatch, database_url: str, day: str) -> None:
    monkeypatch.setenv("JALON_TODAY", day)

    with pytest.raises(RuntimeError, match="JALON_TODAY"):
        make_app(database_url)


@pytest.mark.parametrize(
    "public", ["https://", "http:///path", "jalon.example.org", "ftp://x", "https://x:port", "//x"]
)
@pytest.mark.parametrize("environment", ["demo", "production"])
def test_a_public_address_without_a_host_is_said_at_start(database_url: str, environment: str, public: str) -> None:
    with pytest.raises(RuntimeError, match="JALON_PUBLIC_URL"):
        make_app(database_url, JALON_ENV=environment, SECRET_KEY=SECRET, JALON_PUBLIC_URL=public)


@pytest.mark.parametrize("secret", ["x", "0123456789abcde"])
def test_production_refuses_a_secret_that_could_be_guessed(database_url: str, secret: str) -> None:
    with pytest.raises(RuntimeError, match="JALON_SECRET_KEY") as refused:
        make_app(database_url, JALON_ENV="production", SECRET_KEY=secret, JALON_PUBLIC_URL=PUBLIC)

    assert secret not in str(refused.value).split()


def test_production_starts_with_what_it_asks_for(database_url: str) -> None:
    app = make_app(database_url, JALON_ENV="production", SECRET_KEY=SECRET[:16], JALON_PUBLIC_URL=PUBLIC)

    assert app.config["JALON_ENV"] == "production"


def test_an_empty_data_folder_is_the_usual_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JALON_ENV", "demo")
    monkeypatch.setenv("JALON_DATA_DIR", "")
    monkeypatch.delenv("JALON_DATABASE_URL", raising=False)

    app = create_app(serving=False)

    assert app.config["JALON_DATA_DIR"] == str(tmp_path / "var")
    assert app.config["SQLALCHEMY_DATABASE_URI"] == f"sqlite:///{tmp_path / 'var' / 'jalon.sqlite'}"


@pytest.mark.parametrize(
    ("command", "wrong"),
    [
        ("user list", {"JALON_DATABASE_URL": "mysql://x"}),
        ("user list", {"JALON_TODAY": "tomorrow"}),
        ("serve", {"JALON_PORT": "70000"}),
        ("serve", {"JALON_PORT": "-1"}),
        ("serve", {"JALON_PORT": "abc"}),
        ("serve", {"JALON_HOST": "nowhere.invalid"}),
        ("serve", {"JALON_HOST": "x" * 70}),
        ("serve", {"JALON_HOST": "192.0.2.1"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "=".join(*value.items())[:30],
)
def test_a_command_says_in_one_sentence_which_setting_is_wrong(
    sqlite_template: Path, command: str, wrong: dict[str, str]
) -> None:
    settings = {"JALON_ENV": "demo", "JALON_DATABASE_URL": f"sqlite:///{sqlite_template}", "JALON_PORT": "18299"}
    done = subprocess.run(
        [sys.executable, "-m", "jalon", *command.split()],
        env={**os.environ, **settings, **wrong},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 1
    assert (done.stdout, done.stderr.count("\n")) == ("", 1)
    assert done.stderr.startswith("jalon: ")
    assert next(iter(wrong)) in done.stderr
