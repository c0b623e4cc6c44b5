"""Our own site: the settings of the environment, our own sign-in, and the same door as a host uses."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from flask import Config, Flask, url_for
from flask_babel import Babel
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy import inspect, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from jalon import environment, invitations, logs, mail, members, pages, public_address
from jalon.app import Jalon, mount_of
from jalon.db import GuardedSession, sqlite_rules, table_of
from jalon.models import User
from jalon.registry import Registry
from jalon.views import account, account_link, first_steps, health, identity, lock, own_account, second_factor, start

OUTSIDE = tuple(view.blueprint for view in (account, account_link, health, lock, own_account, second_factor, start))
SQLITE = "sqlite:///"
DEMO_SECRET = "jalon-demo-secret"  # noqa: S105 - refused in production


class SiteSession(GuardedSession, FlaskSession):
    """The session of our own site."""


def create_app(
    config: dict[str, Any] | None = None, *, registry: Registry | None = None, serving: bool = True
) -> Flask:
    """Our own site. `config` overrides the environment (DESIGN 11).

    Raises RuntimeError for unsafe settings; when `serving`, for demo accounts in production too: commands must
    still run there, to remove them.
    """
    app = logs.Site("jalon", static_folder=None)
    app.config.from_mapping(_from_environment())
    app.config.update(config or {})
    _refuse_unsafe(app)
    public_address.apply(app)
    logs.install(app)
    if serving and not app.testing:
        logs.to_stderr(as_json=app.config["JALON_ENV"] == "production")
    _make_folder(app.config["SQLALCHEMY_DATABASE_URI"])
    db = SQLAlchemy(app, session_options={"class_": SiteSession})
    with app.app_context():
        sqlite_rules(db.engine)
    Babel(app, default_locale="fr")
    identity.login_manager().init_app(app)
    mount = Jalon(
        db=db, identify=identity.identify, sign_in=identity.sign_in, sign_out_url=_sign_out_url, registry=registry
    )
    mount.account = _account
    mount.invite = _invite
    mount.send_mail = _send_to_all
    mount.shows_demo_accounts = app.config["JALON_ENV"] == "demo"
    mount.alone = True
    mount.init_app(app)
    for blueprint in OUTSIDE:
        mount.add_core_blueprint(app, blueprint)
    mount.add_core_blueprint(app, first_steps.blueprint, inside=True)
    pages.give_error_pages(app)  # addresses that lead nowhere belong to no blueprint
    if serving:
        refuse_demo_accounts(app)
    return app


def _sign_out_url() -> str:
    return url_for("jalon_account.logout")


def _invite(session: Session, user: User) -> Callable[[], str]:
    """Prepare an invitation in the caller's transaction; what is given back sends it, once committed.

    Without a mail server the link itself is given back, for whoever invites to hand over; never that of an account
    which opens more than their own structure, for whoever opens the link signs in with it.
    """
    token = invitations.issue(session, user, "invitation")
    handed_over = not members.opens_more(session, user)

    def deliver() -> str:
        try:
            invitations.send(user, token, "invitation")
        except mail.MailNotConfigured:
            if not handed_over:
                raise
            return invitations.address(token)
        return ""

    return deliver


def _send_to_all(addresses: Sequence[str], subject: str, text: str) -> None:
    for address in addresses:
        mail.send(address, subject, text)


def _account() -> pages.OwnAccount | None:
    """Of whoever is there and not locked out of it."""
    presence = identity.here()
    if presence is None or presence.locked:
        return None
    return pages.OwnAccount(url_for("jalon_own_account.index"), presence.idle.total_seconds())


def _from_environment() -> dict[str, Any]:
    environment = os.environ.get("JALON_ENV", "production")
    data_dir = Path(os.environ.get("JALON_DATA_DIR") or "var").resolve()
    default_url = f"sqlite:///{data_dir / 'jalon.sqlite'}"
    return {
        "JALON_ENV": environment,
        "JALON_DATA_DIR": str(data_dir),
        "JALON_PUBLIC_URL": os.environ.get("JALON_PUBLIC_URL", ""),
        "JALON_TRUSTED_PROXIES": os.environ.get("JALON_TRUSTED_PROXIES", "0"),
        "JALON_DEMO_SECRET": DEMO_SECRET,
        "JALON_MAIL_URL": os.environ.get("JALON_MAIL_URL", ""),
        "JALON_MAIL_PER_MINUTE": os.environ.get("JALON_MAIL_PER_MINUTE", ""),
        "SECRET_KEY": os.environ.get("JALON_SECRET_KEY") or (DEMO_SECRET if environment == "demo" else ""),
        "SQLALCHEMY_DATABASE_URI": driver_url(os.environ.get("JALON_DATABASE_URL") or default_url),
        "SQLALCHEMY_ENGINE_OPTIONS": {"hide_parameters": True},  # values are people's, and errors are logged
        "SESSION_COOKIE_NAME": public_address.COOKIE,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_IDLE_MINUTES": 30,
        "MAX_CONTENT_LENGTH": 4 * 1024 * 1024,
    }


def driver_url(url: str) -> str:
    """`postgresql://` means psycopg 3 here, and a relative SQLite path is one from where the command is typed."""
    for plain in ("postgresql://", "postgres://"):
        if url.startswith(plain):
            return "postgresql+psycopg://" + url.removeprefix(plain)
    if path := _sqlite_path(url):
        return f"{SQLITE}{path.resolve()}"
    return url


def _sqlite_path(url: str) -> Path | None:
    name = url.removeprefix(SQLITE)
    return Path(name) if url.startswith(SQLITE) and name and not name.startswith((":memory:", "file:")) else None


def _make_folder(url: str) -> None:
    if path := _sqlite_path(url):
        path.parent.mkdir(parents=True, exist_ok=True)


def _refuse_unsafe(app: Flask) -> None:
    """Everything that is wrong at once: whoever mends one setting should not find the next by starting again."""
    if app.config["JALON_ENV"] not in ("demo", "production"):
        raise RuntimeError("JALON_ENV is demo or production")
    if wrong := list(_unsafe(app.config)):
        raise RuntimeError("; ".join(wrong))


def _unsafe(config: Config) -> Iterator[str]:
    yield from environment.faults(config)
    in_production = config["JALON_ENV"] == "production"
    if not config["SECRET_KEY"]:
        yield f"set JALON_SECRET_KEY to a long random text, for instance {secrets.token_urlsafe(32)}"
    elif in_production and config["SECRET_KEY"] == DEMO_SECRET:
        yield "JALON_SECRET_KEY is the demo's: set another one"
    if in_production and not config["JALON_PUBLIC_URL"]:
        yield "set JALON_PUBLIC_URL to the address people type, for instance https://jalon.example.org"
    try:
        public_address.hops(config)
        if config["JALON_MAIL_URL"]:
            mail.server_of(config["JALON_MAIL_URL"])
    except RuntimeError as error:
        yield str(error)


def refuse_demo_accounts(app: Flask) -> None:
    """A production site answers nobody while accounts exist whose password is public. Raises RuntimeError."""
    if app.config["JALON_ENV"] != "production":
        return
    with app.app_context():
        engine = mount_of(app).db.engine
    users = table_of(User)
    try:
        with engine.connect() as connection:
            there = inspect(connection).has_table(users.name)
            found = there and connection.scalar(select(users.c.id).where(users.c.is_demo).limit(1)) is not None
    except OperationalError as error:
        raise RuntimeError(f"the database does not answer: {str(error.orig).splitlines()[0]}") from None
    finally:
        engine.dispose()  # whoever forks must not share this connection
    if found:
        raise RuntimeError(
            "this database holds demo accounts, whose password is public: run “JALON_ENV=demo jalon demo purge” first"
        )
