"""Sign-in of our own site: a plain password, Flask-Login's session."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from wtforms import EmailField, PasswordField
from wtforms.validators import InputRequired

from jalon import accounts
from jalon.access import open_to_all
from jalon.accounts import Identity
from jalon.db import open_session
from jalon.errors import DomainError
from jalon.forms import JalonForm
from jalon.i18n import _l
from jalon.scope import Scope

blueprint = Blueprint("jalon_account", "jalon", template_folder="templates")
SIGN_IN = Scope(across="sign-in: an account belongs to no structure")


class LoginForm(JalonForm):
    """Address and password."""

    email = EmailField(
        _l("E-mail address"), [InputRequired(_l("Type your e-mail address."))], render_kw={"autocomplete": "username"}
    )
    password = PasswordField(
        _l("Password"), [InputRequired(_l("Type your password."))], render_kw={"autocomplete": "current-password"}
    )


class SignedIn(UserMixin):  # type: ignore[misc]
    """What Flask-Login keeps: the id alone; the account is read again at each request."""

    def __init__(self, user_id: int) -> None:
        self.id = user_id


def login_manager() -> LoginManager:
    manager = LoginManager()
    manager.user_loader(lambda stored: SignedIn(int(stored)) if stored.isdigit() else None)
    return manager


def identify() -> Identity | None:
    """Who our own sign-in says is there."""
    return Identity("", user_id=current_user.id) if current_user.is_authenticated else None


def sign_in() -> ResponseReturnValue:
    """Send an anonymous visitor to the sign-in page, and back afterwards."""
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("jalon_account.login", next=back))


@blueprint.route("/login", methods=["GET", "POST"])
@open_to_all("somebody who signs in is not signed in yet")
def login() -> ResponseReturnValue:
    """The form; a refused one keeps the address and never says which of both was wrong."""
    form = LoginForm(request.form)
    if request.method == "POST" and form.validate():
        try:
            with open_session(current_app.extensions["jalon"].db, SIGN_IN, read_only=True) as reading:
                user_id = accounts.check_password(reading, form.email.data or "", form.password.data or "").id
            login_user(SignedIn(user_id))
            return redirect(_inside(request.args.get("next")) or url_for(".start"))
        except DomainError as refusal:
            form.form_errors = [str(refusal)]
    page = render_template("jalon/login.html", form=form, demo=_demo_accounts())
    return (page, 422) if request.method == "POST" else page


@blueprint.post("/logout")
@open_to_all("leaving needs no right")
def logout() -> ResponseReturnValue:
    logout_user()
    return redirect(url_for(".login"))


@blueprint.get("/")
@open_to_all("it only sends people on")
def start() -> ResponseReturnValue:
    """The first structure somebody can work in."""
    identity = identify()
    if identity is None:
        return redirect(url_for(".login"))
    with open_session(current_app.extensions["jalon"].db, SIGN_IN, read_only=True) as reading:
        user = accounts.user_of(reading, identity)
        places = accounts.structures_of(reading, accounts.actor_of(user)) if user else []
        if user is not None and user.is_platform_admin and not places:
            return redirect(url_for("jalon_start.structure"))
        if user is None or not places:
            return render_template("jalon/nowhere.html"), 403
        first = accounts.first_place(reading, user, places)
        return redirect(url_for("jalon_home.dashboard", structure=first.slug))


def _inside(address: str | None) -> str | None:
    """An address of this site only: nobody is sent elsewhere after signing in."""
    if not address or not address.startswith("/") or address.startswith(("//", "/\\")) or "\\" in address:
        return None
    parts = urlsplit(address)
    return address if not parts.scheme and not parts.netloc else None


def _demo_accounts() -> list[tuple[str, str]]:
    mount = current_app.extensions["jalon"]
    if not mount.shows_demo_accounts:
        return []
    from jalon.demo import accounts_shown

    with open_session(mount.db, SIGN_IN, read_only=True) as reading:
        return accounts_shown(reading)
