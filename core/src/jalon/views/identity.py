"""Who our own sign-in says is there, at each request; and where it sends those it does not let through."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

import flask
from flask import current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user, login_user
from werkzeug.wrappers import Response

from jalon import account_events, confidential, open_sessions, pages
from jalon.access import open_to_all
from jalon.accounts import Identity
from jalon.app_of import mount
from jalon.db import open_session
from jalon.models import User
from jalon.open_sessions import Presence
from jalon.scope import Actor, Scope
from jalon.views import locked
from jalon.views.proof import SIGN_IN, device


class SignedIn(UserMixin):  # type: ignore[misc]
    """What Flask-Login keeps: the token of an open session, which is looked up at each request."""

    def __init__(self, token: str, presence: Presence | None = None) -> None:
        self.id = token
        self.presence = presence


def login_manager() -> LoginManager:
    manager = LoginManager()
    manager.user_loader(_load)
    return manager


def _load(token: str) -> SignedIn | None:
    presence = _find(token)
    return SignedIn(token, presence) if presence else None


def _find(token: str) -> Presence | None:
    idle = timedelta(minutes=current_app.config["SESSION_IDLE_MINUTES"])
    with open_session(mount(current_app).db, SIGN_IN, read_only=True) as reading:
        return open_sessions.find(reading, token, idle=idle)


def here() -> Presence | None:
    """Whose browser this is, locked or not; None when nobody is signed in with it."""
    return current_user.presence if current_user.is_authenticated else None


def unlocked() -> Presence | None:
    """Whose browser this is, unless it is locked; this very request unlocks it if it brings the password."""
    presence = here()
    if presence is not None and presence.locked and locked.opened_by_request(presence):
        presence = current_user.presence = _find(current_user.id)
    return None if presence is None or presence.locked else presence


def admitted() -> Presence | None:
    """Who is there and may go on: unlocked, with all that is owed."""
    presence = unlocked()
    if presence is None or owes_second_factor(presence):
        return None
    if presence.stale:
        with open_session(mount(current_app).db, SIGN_IN) as writing:
            open_sessions.touch(writing, presence)
            writing.commit()
    return presence


def identify() -> Identity | None:
    """Who our own sign-in says is there, for the gate."""
    presence = admitted()
    return Identity("", user_id=presence.user_id) if presence else None


def owes_second_factor(presence: Presence) -> bool:
    """Whether somebody must switch their second step on before anything else; never in a demo."""
    if presence.enrolled or current_app.config["JALON_ENV"] != "production":
        return False
    with open_session(mount(current_app).db, SIGN_IN, read_only=True) as reading:
        user = reading.get_one(User, presence.user_id)
        return confidential.must_have_second_factor(reading, mount(current_app).registry, user)


def sign_in() -> ResponseReturnValue:
    """Send on whoever was not let through: to unlock, to switch the second step on, or to sign in and come back."""
    presence = here()
    if presence is not None and presence.locked:
        return locked.page(presence)
    if presence is not None:
        return redirect(url_for("jalon_second_factor.index"))
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("jalon_account.login", next=back))


def own(view: Callable[..., ResponseReturnValue]) -> Any:
    """A view about one's own account: it is given the Presence of who is there, and answers nobody else."""

    @open_to_all("whoever is signed in, about their own account only")
    @wraps(view)
    def guarded(**values: Any) -> ResponseReturnValue:
        presence = admitted()
        return view(presence, **values) if presence else sign_in()

    return guarded


def enter(user_id: int, *, second_factor: bool) -> None:
    """Sign somebody in who proved who they are: a new session, and nothing kept of the visitor's before it."""
    former = here()
    with open_session(mount(current_app).db, SIGN_IN) as writing:
        if former is not None:
            open_sessions.end(writing, former.session_id, user_id=former.user_id)
        user = writing.get_one(User, user_id)
        token = open_sessions.open_for(writing, user, device=device(), second_factor=second_factor)
        account_events.record(writing, user_id, "signed_in", device=device())
        writing.commit()
    flask.session.clear()
    login_user(SignedIn(token, _find(token)))
    g.pop(pages.CSRF_KEY, None)  # a page answered now carries the new session's


def acting(presence: Presence) -> Scope:
    """The scope in which somebody works on their own account."""
    return Scope(actor=Actor(presence.name, presence.user_id), across="an account belongs to no structure")


def onward(address: str | None) -> Response:
    """To where somebody was going: an address of this site only, nobody is sent elsewhere after signing in."""
    return redirect(inside(address) or url_for("jalon_account.start"))


def inside(address: str | None) -> str | None:
    """The address if it is one of this site, None otherwise."""
    if not address or not address.startswith("/") or address.startswith(("//", "/\\")) or "\\" in address:
        return None
    try:
        parts = urlsplit(address)
    except ValueError:  # brackets that do not close
        return None
    return address if not parts.scheme and not parts.netloc else None
