"""One's own account: the password, the open sessions, what happened lately."""

from __future__ import annotations

import flask
from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import PasswordField
from wtforms.validators import InputRequired

from jalon import account_events, accounts, invitations, open_sessions
from jalon.app_of import mount
from jalon.db import open_session
from jalon.errors import DomainError
from jalon.forms import JalonForm, refuse
from jalon.i18n import _, _l
from jalon.models import User
from jalon.open_sessions import Presence
from jalon.views.identity import acting, own
from jalon.views.proof import SIGN_IN, device, prove_again

blueprint = Blueprint("jalon_own_account", "jalon", template_folder="templates")


class PasswordForm(JalonForm):
    """The password of before and the one to come."""

    old_password = PasswordField(
        _l("Current password"),
        [InputRequired(_l("Type your password."))],
        render_kw={"autocomplete": "current-password"},
    )
    password = PasswordField(
        _l("New password"),
        [InputRequired(_l("Type a password."))],
        description=_l("At least 10 characters; three or four words in a row are easy to remember."),
        render_kw={"autocomplete": "new-password"},
    )


@blueprint.get("/account/")
@own
def index(presence: Presence) -> ResponseReturnValue:
    """All of it on one page."""
    return _page(presence, PasswordForm())


@blueprint.post("/account/password")
@own
def password(presence: Presence) -> ResponseReturnValue:
    """Another password, for whoever knows the one of now; every other browser is signed out."""
    form = PasswordForm(request.form)
    if not form.validate():
        return _page(presence, form), 422
    try:
        prove_again(presence.email, form.old_password.data or "")
    except DomainError as refusal:
        form.old_password.errors = [str(refusal)]
        return _page(presence, form), 422
    try:
        _change(presence, form.password.data or "")
    except DomainError as refusal:
        refuse(form, refusal)
        return _page(presence, form), 422
    flash(_("Your password is changed. Your other sessions were closed."), "success")
    return redirect(url_for(".index"))


def _change(presence: Presence, fresh: str) -> None:
    with open_session(mount(current_app).db, acting(presence)) as writing:
        accounts.set_password(writing.get_one(User, presence.user_id), fresh)
        invitations.revoke(writing, presence.user_id)
        open_sessions.end_all(writing, presence.user_id, but=presence.session_id)
        account_events.record(writing, presence.user_id, "password_changed", device=device())
        writing.commit()


@blueprint.post("/account/sessions/<int(max=2147483647):session_id>/end")
@own
def end(presence: Presence, session_id: int) -> ResponseReturnValue:
    """Sign one browser out."""
    with open_session(mount(current_app).db, acting(presence)) as writing:
        done = open_sessions.end(writing, session_id, user_id=presence.user_id)
        writing.commit()
    if not done:
        flask.abort(404)
    flash(_("This session is closed."), "success")
    return redirect(url_for(".index"))


@blueprint.post("/account/sessions/end")
@own
def end_all(presence: Presence) -> ResponseReturnValue:
    """Sign every browser out, this one too."""
    with open_session(mount(current_app).db, acting(presence)) as writing:
        open_sessions.end_all(writing, presence.user_id)
        account_events.record(writing, presence.user_id, "signed_out_everywhere", device=device())
        writing.commit()
    flask.session.clear()
    flash(_("You are signed out everywhere."), "success")
    return redirect(url_for("jalon_account.login"))


def _page(presence: Presence, form: PasswordForm) -> str:
    with open_session(mount(current_app).db, SIGN_IN, read_only=True) as reading:
        return render_template(
            "jalon/own_account.html",
            presence=presence,
            form=form,
            sessions=open_sessions.of(reading, presence.user_id),
            events=account_events.latest(reading, presence.user_id),
            label=account_events.label,
        )
