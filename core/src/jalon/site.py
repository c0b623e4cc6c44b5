"""Our own site: the settings of the environment, our own sign-in, and the same door as a host uses."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

from flask import Flask, url_for
from flask_babel import Babel
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession

from jalon import pages
from jalon.app import Jalon
from jalon.db import GuardedSession, sqlite_rules
from jalon.registry import Registry
from jalon.views import account

DEMO_SECRET = "jalon-demo-secret"  # noqa: S105 - refused in production


class SiteSession(GuardedSession, FlaskSession):
    """The session of our own site."""


def create_app(config: dict[str, Any] | None = None, *, registry: Registry | None = None) -> Flask:
    """Our own site. `config` overrides the environment (DESIGN 11). Raises RuntimeError for unsafe settings."""
    app = Flask("jalon", static_folder=None)
    app.config.from_mapping(_from_environment())
    app.config.update(config or {})
    _refuse_unsafe(app)
    db = SQLAlchemy(app, session_options={"class_": SiteSession})
    with app.app_context():
        sqlite_rules(db.engine)
    Babel(app, default_locale="fr")
    account.login_manager().init_app(app)
    mount = Jalon(
        db=db, identify=account.identify, sign_in=account.sign_in, sign_out_url=_sign_out_url, registry=registry
    )
    mount.shows_demo_accounts = app.config["JALON_ENV"] == "demo"
    mount.init_app(app)
    mount.add_core_blueprint(app, account.blueprint)
    pages.give_error_pages(app)  # addresses that lead nowhere belong to no blueprint
    return app


def _sign_out_url() -> str:
    return url_for("jalon_account.logout")


def _from_environment() -> dict[str, Any]:
    environment = os.environ.get("JALON_ENV", "production")
    data_dir = Path(os.environ.get("JALON_DATA_DIR", "var")).resolve()
    default_url = f"sqlite:///{data_dir / 'jalon.sqlite'}"
    return {
        "JALON_ENV": environment,
        "JALON_DATA_DIR": str(data_dir),
        "JALON_PUBLIC_URL": os.environ.get("JALON_PUBLIC_URL", ""),
        "SECRET_KEY": os.environ.get("JALON_SECRET_KEY") or (DEMO_SECRET if environment == "demo" else ""),
        "SQLALCHEMY_DATABASE_URI": driver_url(os.environ.get("JALON_DATABASE_URL") or default_url),
        "SESSION_COOKIE_NAME": "jalon_session",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": os.environ.get("JALON_PUBLIC_URL", "").startswith("https:"),
        "MAX_CONTENT_LENGTH": 4 * 1024 * 1024,
    }


def driver_url(url: str) -> str:
    """`postgresql://` means psycopg 3 here."""
    for plain in ("postgresql://", "postgres://"):
        if url.startswith(plain):
            return "postgresql+psycopg://" + url.removeprefix(plain)
    return url


def _refuse_unsafe(app: Flask) -> None:
    if app.config["JALON_ENV"] not in ("demo", "production"):
        raise RuntimeError("JALON_ENV is demo or production")
    if not app.config["SECRET_KEY"]:
        raise RuntimeError(f"set JALON_SECRET_KEY to a long random text, for instance {secrets.token_urlsafe(32)}")
    if app.config["JALON_ENV"] == "production":
        if app.config["SECRET_KEY"] == DEMO_SECRET:
            raise RuntimeError("JALON_SECRET_KEY is the demo's: set another one")
        if not app.config["JALON_PUBLIC_URL"]:
            raise RuntimeError(
                "set JALON_PUBLIC_URL to the address people type, for instance https://jalon.example.org"
            )
    database = app.config["SQLALCHEMY_DATABASE_URI"]
    if database.startswith("sqlite:///") and len(database) > len("sqlite:///"):
        Path(database.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
