"""Sign-in of our own site: the password, then the code of whoever has a second step."""

from __future__ import annotations

import hashlib
import hmac
import time
from typing import Any

import flask
from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import EmailField, PasswordField, StringField
from wtforms.validators import InputRequired

from jalon import accounts, open_sessions, workplaces
from jalon.access import open_to_all
from jalon.app_of import mount
from jalon.db import open_session
from jalon.errors import DomainError
from jalon.forms import JalonForm, refuse
from jalon.i18n import _l
from jalon.models import User
from jalon.views.identity import enter, here, identify, inside, onward, sign_in
from jalon.views.proof import SIGN_IN, prove_code, prove_password

blueprint = Blueprint("jalon_account", "jalon", template_folder="templates")
PENDING = "jalon_pending"  # in the signed cookie: whose password was given, when, and where they were going
CODE_WITHIN = 600  # seconds


class LoginForm(JalonForm):
    """Address and password."""

    email = EmailField(
        _l("E-mail address"),
        [InputRequired(_l("Type your e-mail address."))],
        render_kw={"autocomplete": "username", "autofocus": True},
    )
    password = PasswordField(
        _l("Password"), [InputRequired(_l("Type your password."))], render_kw={"autocomplete": "current-password"}
    )


class CodeForm(JalonForm):
    """The code of the second step."""

    code = StringField(
        _l("Code"),
        [InputRequired(_l("Type the code."))],
        description=_l("The six figures that your telephone shows now, or a recovery code."),
        render_kw={"autocomplete": "one-time-code", "autofocus": True, "maxlength": 20, "spellcheck": "false"},
    )


@blueprint.route("/login", methods=["GET", "POST"])
@open_to_all("somebody who signs in is not signed in yet")
def login() -> ResponseReturnValue:
    """The form; a refused one keeps the address and never says which of both was wrong."""
    form = LoginForm(request.form)
    if request.method == "POST" and form.validate():
        try:
            user_id = prove_password(form.email.data or "", form.password.data or "")
            return after_password(user_id, request.args.get("next"))
        except DomainError as refusal:
            refuse(form, refusal)
    page = render_template("jalon/login.html", form=form, demo=_demo_accounts())
    return (page, 422) if request.method == "POST" else page


def after_password(user_id: int, back: str | None) -> ResponseReturnValue:
    """On to the code, for an account that has a second step; in, for all others."""
    with open_session(mount(current_app).db, SIGN_IN, read_only=True) as reading:
        user = reading.get_one(User, user_id)
        enrolled, given = user.totp_since is not None, _mark(user)
    if not enrolled:
        enter(user_id, second_factor=False)
        return onward(back)
    flask.session.clear()
    flask.session[PENDING] = {"user": user_id, "at": int(time.time()), "given": given, "next": inside(back)}
    return redirect(url_for("jalon_account.code"))


@blueprint.route("/login/code", methods=["GET", "POST"])
@open_to_all("somebody who gave their password is not signed in before the code")
def code() -> ResponseReturnValue:
    """The second step, within ten minutes of the first."""
    pending = flask.session.get(PENDING)
    if not pending or time.time() - pending["at"] > CODE_WITHIN or not _still_good(pending):
        return redirect(url_for(".login", next=pending["next"] if pending else None))
    form = CodeForm(request.form)
    if request.method == "POST" and form.validate():
        try:
            prove_code(pending["user"], form.code.data or "")
            enter(pending["user"], second_factor=True)
            return onward(pending["next"])
        except DomainError as refusal:
            refuse(form, refusal)
    page = render_template("jalon/code.html", form=form)
    return (page, 422) if request.method == "POST" else page


def _still_good(pending: dict[str, Any]) -> bool:
    """Whether the password that was given is still the account's."""
    with open_session(mount(current_app).db, SIGN_IN, read_only=True) as reading:
        user = reading.get(User, pending["user"])
        return user is not None and hmac.compare_digest(_mark(user), str(pending.get("given")))


def _mark(user: User) -> str:
    """What tells one password of an account from the next, and nothing of either."""
    return hashlib.sha256(f"{user.id}:{user.password_hash}".encode()).hexdigest()[:32]


@blueprint.post("/logout")
@open_to_all("leaving needs no right")
def logout() -> ResponseReturnValue:
    """End this session, locked or not."""
    if (presence := here()) is not None:
        with open_session(mount(current_app).db, SIGN_IN) as writing:
            open_sessions.end(writing, presence.session_id, user_id=presence.user_id)
            writing.commit()
    flask.session.clear()
    return redirect(url_for(".login"))


@blueprint.get("/")
@open_to_all("it only sends people on")
def start() -> ResponseReturnValue:
    """The first structure somebody can work in."""
    identity = identify()
    if identity is None:
        return sign_in() if here() else redirect(url_for(".login"))
    with open_session(mount(current_app).db, SIGN_IN, read_only=True) as reading:
        user = accounts.user_of(reading, identity)
        places = workplaces.structures_of(reading, accounts.actor_of(user)) if user else []
        if user is not None and user.is_platform_admin and not places:
            return redirect(url_for("jalon_start.structure"))
        if user is None or not places:
            return render_template("jalon/nowhere.html"), 403
        first = workplaces.first_place(reading, user, places)
        return redirect(url_for("jalon_home.dashboard", structure=first.slug))


def _demo_accounts() -> list[tuple[str, str]]:
    jalon = mount(current_app)
    if not jalon.shows_demo_accounts:
        return []
    from jalon.demo import accounts_shown

    with open_session(jalon.db, SIGN_IN, read_only=True) as reading:
        return accounts_shown(reading)
