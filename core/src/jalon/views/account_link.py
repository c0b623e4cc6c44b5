"""Links sent by mail: asking for one, choosing a password with it, asking for another when it is over."""

from __future__ import annotations

import logging
import threading

from flask import Blueprint, Flask, current_app, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from wtforms import EmailField, PasswordField
from wtforms.validators import InputRequired

from jalon import account_events, accounts, invitations, open_sessions, throttle
from jalon.access import open_to_all
from jalon.app_of import mount
from jalon.db import open_session
from jalon.errors import DomainError
from jalon.forms import JalonForm, refuse
from jalon.i18n import _l
from jalon.models import User
from jalon.views.account import after_password
from jalon.views.proof import SIGN_IN, device, network

log = logging.getLogger(__name__)
blueprint = Blueprint("jalon_link", "jalon", template_folder="templates")


class ForgottenForm(JalonForm):
    """Whose password is forgotten."""

    email = EmailField(
        _l("E-mail address"), [InputRequired(_l("Type your e-mail address."))], render_kw={"autocomplete": "username"}
    )


class ChooseForm(JalonForm):
    """A first or another password."""

    password = PasswordField(
        _l("New password"),
        [InputRequired(_l("Type a password."))],
        description=_l("At least 10 characters; three or four words in a row are easy to remember."),
        render_kw={"autocomplete": "new-password"},
    )


@blueprint.route("/account/forgotten", methods=["GET", "POST"])
@open_to_all("whoever forgot their password cannot sign in")
def forgotten() -> ResponseReturnValue:
    """Ask for a link; the answer is the same whether somebody has that address or not."""
    form = ForgottenForm(request.form)
    if request.method == "GET":
        return render_template("jalon/forgotten.html", form=form)
    if not form.validate():
        return render_template("jalon/forgotten.html", form=form), 422
    address = accounts.address_of(form.email.data or "")
    try:
        _count_request(address)
    except DomainError as refusal:
        refuse(form, refusal)
        return render_template("jalon/forgotten.html", form=form), 422
    # in a thread: looking somebody up and writing to a mail server would tell by their time that they exist
    application: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    threading.Thread(target=_send_reset, args=(application, address), name="jalon-reset").start()
    return render_template("jalon/sent.html", address=address)


def _count_request(who: str) -> None:
    with open_session(mount(current_app).db, SIGN_IN) as counting:
        throttle.reserve(counting, "reset", who)
        throttle.reserve(counting, "reset-ip", network())
        counting.commit()


def _send_reset(application: Flask, address: str) -> None:
    """Mail a link to the account of an address; what fails is in the log only, for nobody may be told."""
    with application.app_context():
        try:
            with open_session(mount(application).db, SIGN_IN) as writing:
                user = writing.scalar(select(User).where(User.email == address, User.closed_at.is_(None)))
                if user is None:
                    return
                token = invitations.issue(writing, user, "reset")
                writing.commit()
            invitations.send(user, token, "reset")
        except DomainError as failure:
            log.error("a link to choose a password was not sent: %s", type(failure).__name__)
        except Exception:  # a thread's error reaches nobody else
            log.exception("a link to choose a password could not be made")


@blueprint.route("/account/link/<token>", methods=["GET", "POST"])
@open_to_all("a link in a message: whoever opens it holds its token")
def choose(token: str) -> ResponseReturnValue:
    """Choose a password. Opening the page uses nothing up: mail scanners open links too."""
    form = ChooseForm(request.form)
    try:
        address = _owner(token)
    except throttle.TooManyAttempts as refusal:
        return _over(refusal, again=False)
    except invitations.LinkOver as refusal:
        return _over(refusal, again=_exists(token))
    if request.method == "GET" or not form.validate():
        return _form(form, address)
    try:
        user_id = _set(token, form.password.data or "")
    except invitations.LinkOver as refusal:
        return _over(refusal, again=True)
    except DomainError as refusal:
        refuse(form, refusal)
        return _form(form, address)
    return after_password(user_id, None)


def _form(form: ChooseForm, address: str) -> ResponseReturnValue:
    page = render_template("jalon/choose.html", form=form, address=address)
    return (page, 422) if request.method == "POST" else page


def _owner(token: str) -> str:
    """The address of whose good link it is. Raises LinkOver, and TooManyAttempts for whoever tries many others."""
    attempt = _count_guess()
    with open_session(mount(current_app).db, SIGN_IN) as looking:
        found = invitations.find(looking, token)
        if found is None or not invitations.is_good(found[0]):
            raise invitations.LinkOver
        address = found[1].email or ""
        throttle.forgive(looking, attempt)
        looking.commit()
        return address


def _exists(token: str) -> bool:
    with open_session(mount(current_app).db, SIGN_IN, read_only=True) as looking:
        return invitations.find(looking, token) is not None


def _set(token: str, password: str) -> int:
    """Use the link up and set the password, both or none; the id of whose it is."""
    with open_session(mount(current_app).db, SIGN_IN) as writing:
        user = invitations.use(writing, token)
        accounts.set_password(user, password)
        open_sessions.end_all(writing, user.id)
        throttle.clear(writing, "password", user.email)
        account_events.record(writing, user.id, "password_changed", device=device())
        writing.commit()
        return user.id


@blueprint.post("/account/link/<token>/again")
@open_to_all("a link that is over: whoever holds it may have another sent to the same mailbox")
def again(token: str) -> ResponseReturnValue:
    """Send a new link to the account of an old one, to its address and no other."""
    try:
        _count_request(_former_owner(token))
        with open_session(mount(current_app).db, SIGN_IN) as writing:
            found = invitations.find(writing, token)
            if found is None:
                raise invitations.LinkOver
            link, user = found
            purpose: invitations.Purpose = "invitation" if link.purpose == "invitation" else "reset"
            fresh = invitations.issue(writing, user, purpose)
            writing.commit()
        invitations.send(user, fresh, purpose)
    except DomainError as refusal:
        return _over(refusal, again=False)
    return render_template("jalon/sent.html", address="")


def _former_owner(token: str) -> str:
    """The address a link was sent to, used or not. Raises LinkOver when it never was one, and TooManyAttempts."""
    attempt = _count_guess()
    with open_session(mount(current_app).db, SIGN_IN) as looking:
        found = invitations.find(looking, token)
        if found is None:
            raise invitations.LinkOver
        address = found[1].email or ""
        throttle.forgive(looking, attempt)
        looking.commit()
        return address


def _count_guess() -> int:
    """Count one more look at a link by its token. Raises TooManyAttempts."""
    with open_session(mount(current_app).db, SIGN_IN) as counting:
        attempt = throttle.reserve(counting, "link-ip", network())
        counting.commit()
        return attempt


def _over(refusal: DomainError, *, again: bool) -> ResponseReturnValue:
    status = 429 if isinstance(refusal, throttle.TooManyAttempts) else 410
    return render_template("jalon/link_over.html", refusal=refusal, again=again), status
