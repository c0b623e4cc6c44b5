"""One's own second step: switching it on with a telephone, its recovery codes, switching it off."""

from __future__ import annotations

import hashlib
import time

import flask
import segno
from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired

from jalon import account_events, open_sessions, second_factor, throttle
from jalon.access import open_to_all
from jalon.app_of import mount
from jalon.db import open_session
from jalon.errors import DomainError
from jalon.forms import JalonForm, refuse
from jalon.i18n import _, _l
from jalon.models import User
from jalon.open_sessions import Presence
from jalon.views.identity import acting, owes_second_factor, own, sign_in, unlocked
from jalon.views.proof import SIGN_IN, count_code, device, prove_again, prove_code, server_key

blueprint = Blueprint("jalon_second_factor", "jalon", template_folder="templates")
WHY = "whoever is signed in, about their own account, before anything else when they owe a second step"
CODE = {"autocomplete": "one-time-code", "maxlength": 20, "spellcheck": "false"}

DRAWN = "jalon_second_step"  # in the signed cookie: which secret this browser drew, and when
DRAWN_FOR = 900  # seconds


class DrawnElsewhere(DomainError):
    """The picture on the telephone is not the one that this browser was just shown."""

    message = _l("The picture was shown too long ago, or in another browser: begin again.")


class ConfirmForm(JalonForm):
    """The first code that the telephone shows."""

    code = StringField(
        _l("The six figures that the telephone shows"),
        [InputRequired(_l("Type the code."))],
        render_kw={**CODE, "inputmode": "numeric"},
    )


class PasswordForm(JalonForm):
    """That it is still the owner who sits at the desk."""

    password = PasswordField(
        _l("Password"), [InputRequired(_l("Type your password."))], render_kw={"autocomplete": "current-password"}
    )


class ProofForm(JalonForm):
    """What shows that it is really the owner who changes this."""

    password = PasswordField(
        _l("Password"), [InputRequired(_l("Type your password."))], render_kw={"autocomplete": "current-password"}
    )
    code = StringField(
        _l("Code"),
        [InputRequired(_l("Type the code."))],
        description=_l("The six figures that your telephone shows now, or a recovery code."),
        render_kw=CODE,
    )


@blueprint.get("/account/second-factor/")
@open_to_all(WHY)
def index() -> ResponseReturnValue:
    """Where one stands: off, begun, or on."""
    presence = unlocked()
    return _page(presence) if presence else sign_in()


@blueprint.post("/account/second-factor/begin")
@open_to_all(WHY)
def begin() -> ResponseReturnValue:
    """Draw the secret that the telephone is to hold."""
    presence = unlocked()
    if presence is None:
        return sign_in()
    form = PasswordForm(request.form)
    if not presence.fresh and not _knows_password(presence, form):
        return _page(presence, beginning=form), 422
    with open_session(mount(current_app).db, acting(presence)) as writing:
        user = writing.get_one(User, presence.user_id)
        second_factor.begin(user)
        flask.session[DRAWN] = {"mark": _mark(user), "at": int(time.time())}
        writing.commit()
    return redirect(url_for(".index"))


@blueprint.post("/account/second-factor/confirm")
@open_to_all(WHY)
def confirm() -> ResponseReturnValue:
    """Switch it on once the telephone gives the right code; the recovery codes are shown here and never again."""
    presence = unlocked()
    if presence is None:
        return sign_in()
    if presence.enrolled:  # the page of the codes, reloaded
        return redirect(url_for(".index"))
    form = ConfirmForm(request.form)
    if not form.validate():
        return _page(presence, confirming=form), 422
    try:
        codes = _switch_on(presence, form.code.data or "")
    except DomainError as refusal:
        refuse(form, refusal)
        return _page(presence, confirming=form), 422
    return render_template("jalon/recovery_codes.html", codes=codes)


def _switch_on(presence: Presence, code: str) -> list[str]:
    count_code(presence.user_id)
    with open_session(mount(current_app).db, acting(presence)) as writing:
        user = writing.get_one(User, presence.user_id)
        if not _drawn_here(user):
            raise DrawnElsewhere
        codes = second_factor.confirm(writing, user, code, server_key=server_key())
        open_sessions.strengthen(writing, presence)
        open_sessions.end_all(writing, user.id, but=presence.session_id)  # they were opened with the password alone
        account_events.record(writing, user.id, "second_factor_on", device=device())
        throttle.clear(writing, "code", user.id)
        writing.commit()
    return codes


@blueprint.post("/account/second-factor/codes")
@own
def codes(presence: Presence) -> ResponseReturnValue:
    """New recovery codes in place of the old ones."""
    form = ProofForm(request.form, prefix="codes-")
    if not _proved(presence, form):
        return _page(presence, renewing=form), 422
    with open_session(mount(current_app).db, acting(presence)) as writing:
        fresh = second_factor.new_recovery_codes(writing, writing.get_one(User, presence.user_id))
        writing.commit()
    return render_template("jalon/recovery_codes.html", codes=fresh)


@blueprint.post("/account/second-factor/off")
@own
def off(presence: Presence) -> ResponseReturnValue:
    """Forget the telephone, for whoever shows password and code."""
    form = ProofForm(request.form, prefix="off-")
    if not _proved(presence, form):
        return _page(presence, ending=form), 422
    with open_session(mount(current_app).db, acting(presence)) as writing:
        second_factor.turn_off(writing, writing.get_one(User, presence.user_id))
        account_events.record(writing, presence.user_id, "second_factor_off", device=device())
        writing.commit()
    flash(_("Only your password is asked from now on."), "success")
    return redirect(url_for(".index"))


def _knows_password(presence: Presence, form: PasswordForm) -> bool:
    """Else whoever passes an unlocked desk would shut its owner out with a telephone of their own."""
    if not form.validate():
        return False
    try:
        prove_again(presence.email, form.password.data or "")
    except DomainError as refusal:
        refuse(form, refusal)
        return False
    return True


def _proved(presence: Presence, form: ProofForm) -> bool:
    if not presence.enrolled or not form.validate():
        return False
    try:
        prove_again(presence.email, form.password.data or "")
        prove_code(presence.user_id, form.code.data or "")
    except DomainError as refusal:
        refuse(form, refusal)
        return False
    return True


def _page(presence: Presence, **forms: JalonForm) -> str:
    with open_session(mount(current_app).db, SIGN_IN, read_only=True) as reading:
        user = reading.get_one(User, presence.user_id)
        begun = _begun(user) if _drawn_here(user) and not presence.enrolled else {}
        left = second_factor.codes_left(reading, user.id)
    return render_template(
        "jalon/second_factor.html",
        presence=presence,
        owed=owes_second_factor(presence),
        left=left,
        beginning=forms.get("beginning") or PasswordForm(),
        confirming=forms.get("confirming") or ConfirmForm(),
        renewing=forms.get("renewing") or ProofForm(prefix="codes-"),
        ending=forms.get("ending") or ProofForm(prefix="off-"),
        **begun,
    )


def _drawn_here(user: User) -> bool:
    """Whether this browser drew the secret, just now: one that was seen by whoever sat here before, or who has the
    password too, must not become the owner's."""
    drawn = flask.session.get(DRAWN)
    return bool(drawn and user.totp_nonce and drawn["mark"] == _mark(user) and time.time() - drawn["at"] < DRAWN_FOR)


def _mark(user: User) -> str:
    """What tells one drawn secret from the next, and nothing of either."""
    return hashlib.sha256(f"drawn {user.id}:{user.totp_nonce}".encode()).hexdigest()[:32]


def _begun(user: User) -> dict[str, object]:
    """The secret as a picture to hold the telephone to, and as text to type."""
    picture = segno.make(second_factor.address_of(user, server_key()), error="m")
    secret = second_factor.secret_of(user, server_key())
    groups = " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))
    return {"picture": Markup(picture.svg_inline(omitsize=True)), "secret": groups}  # noqa: S704 - drawn here
