"""Persons referred to another structure, and those whom others refer to this one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from wtforms import BooleanField, SelectField
from wtforms.validators import InputRequired

from jalon import consents, referral_answers, referrals
from jalon.access import requires
from jalon.db import open_session, refusal_of
from jalon.db.current import session
from jalon.errors import DomainError
from jalon.forms import JalonForm, LineField, ParagraphField, refuse
from jalon.i18n import _, _l
from jalon.models import Beneficiary, Purpose
from jalon.once import sent_once
from jalon.referral_answers import Receiver
from jalon.referrals import Line
from jalon.scope import Scope, scope_of, structure_of
from jalon.texts import id_of
from jalon.views.beneficiaries import person_or_404

blueprint = Blueprint("jalon_referrals", "jalon", template_folder="templates")
ID = "/referrals/<int(max=2147483647):referral_id>"
SHOWN = 200


class ReferralForm(JalonForm):
    """Whom to ask, for what, and what they must know."""

    to_structure = SelectField(
        _l("To which structure"), [InputRequired(_l("Choose a structure of the collective."))], validate_choice=False
    )
    service = LineField(
        _l("What the person needs"),
        [InputRequired(_l("Say in a few words what the person needs."))],
        render_kw={"maxlength": referrals.LONGEST_SERVICE, "list": "services", "autocomplete": "off"},
    )
    message = ParagraphField(
        _l("Message to the structure"),
        description=_l("Before it accepts, it reads the name and this message, nothing else."),
    )
    confirmed = BooleanField(_l("The person wants this structure to know who they are"))


@blueprint.get("/referrals/")
@requires("jalon.referrals.read")
def index() -> str:
    """Those received, those of them that wait for an answer, or those sent."""
    asked = request.args.get("show")
    shown = asked if asked in (referrals.SENT, referrals.WAITING) else referrals.RECEIVED
    lines = referrals.listed(session(), shown, limit=SHOWN + 1)
    return render_template("jalon/referrals.html", shown=shown, lines=lines[:SHOWN], more=len(lines) > SHOWN)


@blueprint.get(f"{ID}/")
@requires("jalon.referrals.read")
def show(referral_id: int) -> str:
    """A referral, as both ends read it."""
    return _page(_line(referral_id))


@blueprint.route("/beneficiaries/<int(max=2147483647):beneficiary_id>/refer", methods=["GET", "POST"])
@requires("jalon.referrals.send")
@sent_once
def send(beneficiary_id: int) -> ResponseReturnValue:
    """Ask another structure to receive a person of ours."""
    person = person_or_404(beneficiary_id)
    form = _form(person, asked := _receivers())
    if request.method == "POST" and form.validate():
        try:
            typed = {name: form[name].data or "" for name in ("service", "message")}
            to, confirmed = _chosen(form), "confirmed" in form and bool(form.confirmed.data)
            sent = referrals.send(session(), person, to_structure_id=to, confirmed=confirmed, **typed)
            session().commit()
            flash(_("The referral is sent. You will read the answer here."), "success")
            return redirect(url_for(".show", referral_id=sent.id))
        except (DomainError, IntegrityError) as error:
            session().rollback()
            refuse(form, _as_refusal(error))
    page = _sending(person_or_404(beneficiary_id), form, asked)
    return (page, 422) if request.method == "POST" else page


def _chosen(form: ReferralForm) -> int:
    return id_of(str(form.to_structure.data or "")) or 0


def _as_refusal(error: DomainError | IntegrityError) -> DomainError:
    if isinstance(error, DomainError):
        return error
    known = refusal_of(error)
    if known is None:
        raise error
    return known


def _form(person: Beneficiary, asked: list[Receiver]) -> ReferralForm:
    form = ReferralForm(request.form if request.method == "POST" else None)
    form.to_structure.choices = [("", _("Choose…")), *((str(r.id), r.name) for r in asked)]
    if not referrals.is_protected(session(), person):
        del form.confirmed
    return form


def _sending(person: Beneficiary, form: ReferralForm, asked: list[Receiver]) -> str:
    try:
        referrals.refuse_closed(session(), person)
        hindrance = None
    except DomainError as refusal:
        hindrance = refusal
    return render_template(
        "jalon/referral_form.html",
        person=person,
        form=form,
        asked=asked,
        hindrance=hindrance,
        agreement_needed=isinstance(hindrance, referrals.AgreementNeeded),
        services=sorted({name for receiver in asked for name in receiver.offers}),
    )


def _receivers() -> list[Receiver]:
    """What other structures offer lies in their own rows."""
    across = Scope(actor=scope_of(session()).actor, across="which structures may be asked, and what they offer")
    mount = current_app.extensions["jalon"]
    with open_session(mount.db, across, read_only=True) as looking:
        return referral_answers.receivers(looking, mount.registry, structure_of(session()).id)


@blueprint.post(f"{ID}/accept")
@requires("jalon.referrals.answer")
def accept(referral_id: int) -> ResponseReturnValue:
    """Receive the person: the file opens here from today."""
    here = structure_of(session()).id
    return _answer(
        referral_id,
        lambda answering: referral_answers.accept(answering, referral_id, structure_id=here),
        _("The referral is accepted: the file is open in your structure from today."),
    )


@blueprint.post(f"{ID}/refuse")
@requires("jalon.referrals.answer")
def decline(referral_id: int) -> ResponseReturnValue:
    """Say no, and why."""
    here, answer = structure_of(session()).id, request.form.get("answer", "").replace("\0", "")
    return _answer(
        referral_id,
        lambda answering: referral_answers.refuse(answering, referral_id, structure_id=here, answer=answer),
        _("The refusal is sent, with your reason."),
        typed=answer,
    )


@blueprint.post(f"{ID}/withdraw")
@requires("jalon.referrals.send")
def withdraw(referral_id: int) -> ResponseReturnValue:
    """Take it back before it is answered."""
    line = _line(referral_id)
    try:
        referrals.withdraw(session(), line.referral)
        session().commit()
        flash(_("The referral is withdrawn."), "success")
    except DomainError as refusal:
        session().rollback()
        flash(str(refusal), "error")
    return redirect(url_for(".show", referral_id=referral_id))


def _answer(
    referral_id: int, answer: Callable[[Session], object], done: str, *, typed: str = ""
) -> ResponseReturnValue:
    _line(referral_id)
    scope = scope_of(session())
    session().rollback()  # the other session writes, and SQLite has one writer
    across = Scope(actor=scope.actor, zone=scope.zone, across="an answer is told at both ends, and may open the file")
    try:
        with open_session(current_app.extensions["jalon"].db, across) as answering:
            answer(answering)
            answering.commit()
        flash(done, "success")
    except DomainError as refusal:
        if refusal.field == "answer":
            return _page(_line(referral_id), typed=typed, error=str(refusal)), 422
        flash(str(refusal), "error")
    return redirect(url_for(".show", referral_id=referral_id))


def _line(referral_id: int) -> Line:
    return referrals.find(session(), referral_id) or abort(404)


def _page(line: Line, **values: Any) -> str:
    about = line.referral.beneficiary_id
    followed = referrals.linked(session(), about)
    unread = line.waiting and not line.received and not consents.agrees(session(), about, Purpose.SHARE_WITH_STRUCTURES)
    return render_template("jalon/referral.html", line=line, followed=followed, unread=unread, **values)
