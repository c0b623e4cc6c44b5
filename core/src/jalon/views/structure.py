"""The structure itself: its name, telephone, clock and logo."""

from __future__ import annotations

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from wtforms import HiddenField, SelectField, StringField, TelField
from wtforms.validators import InputRequired, Length

from jalon import logos, structures
from jalon.access import requires
from jalon.db import open_session
from jalon.db.current import session
from jalon.errors import DomainError
from jalon.forms import JalonForm
from jalon.i18n import _, _l
from jalon.models import Logo, Structure
from jalon.scope import Scope, scope_of, structure_of

blueprint = Blueprint("jalon_structure", "jalon", template_folder="templates")
A_YEAR = 365 * 24 * 3600  # seconds


class IdentityForm(JalonForm):
    """What a structure is called, how to ring it, by which clock it works."""

    name = StringField(
        _l("Name of the structure"),
        [InputRequired(_l("Type the name of the structure.")), Length(max=120)],
        description=_l("As it stands in the menu, on letters and on receipts."),
    )
    phone = TelField(_l("Telephone"), [Length(max=32)], description=_l("The number that people are given."))
    zone = SelectField(
        _l("Local time"),
        choices=lambda: [(zone, str(label)) for zone, label in structures.ZONES.items()],
        description=_l("All times are shown by this clock. What is saved does not move; what is shown does."),
    )
    version = HiddenField()


@blueprint.get("/settings/structure/")
@requires("jalon.settings.read")
def show() -> str:
    """Name, telephone, clock and logo."""
    return _page(_form_of(_here(session())))


@blueprint.post("/settings/structure/")
@requires("jalon.settings.write")
def describe() -> ResponseReturnValue:
    """Save the name, the telephone and the clock."""
    form = IdentityForm(request.form)
    if not form.validate():
        return _page(form), 422
    try:
        _describe(form)
    except DomainError as refusal:
        if refusal.field in form._fields:
            form[refusal.field].errors = [str(refusal)]
        else:
            form.form_errors = [str(refusal)]
        return _page(form), 422
    flash(_("It is saved."), "success")
    return redirect(url_for(".show"))


@blueprint.post("/settings/logo")
@requires("jalon.settings.write")
def keep_logo() -> ResponseReturnValue:
    """A picture becomes the logo."""
    sent = request.files.get("logo")
    try:
        drawn = logos.draw(sent.read(logos.MOST_BYTES + 1) if sent else b"")
        logos.keep(session(), drawn)
        session().commit()
    except DomainError as refusal:
        session().rollback()
        return _page(_form_of(_here(session())), str(refusal)), 422
    flash(_("The logo is in place."), "success")
    return redirect(url_for(".show"))


@blueprint.post("/settings/logo/remove")
@requires("jalon.settings.write")
def remove_logo() -> ResponseReturnValue:
    """Back to the first letter of the name."""
    if logos.remove(session()):
        session().commit()
        flash(_("The logo is removed."), "success")
    return redirect(url_for(".show"))


@blueprint.get("/settings/logo")
@requires("jalon.home")
def logo() -> ResponseReturnValue:
    """The picture; its address changes with it, so that a browser may keep what it has."""
    return picture(logos.of(session()) or abort(404), logos.mark(session()))


def picture(found: Logo, mark: str, *, public: bool = False) -> ResponseReturnValue:
    """A logo, kept for as long as its address says that it is this one; by caches on the way too if `public`."""
    answer = current_app.response_class(found.png, mimetype="image/png")
    answer.set_etag(mark)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.cache_control.public, answer.cache_control.private = public, None if public else True
    if request.args.get("v") == mark:
        answer.cache_control.max_age = A_YEAR
        answer.cache_control.immutable = True
    else:
        answer.cache_control.no_cache = True
    return answer.make_conditional(request)


def _describe(form: IdentityForm) -> None:
    """A structure's row is the platform's: it is written in a session of its own, by the right asked at the gate."""
    mine = scope_of(session())
    scope = Scope(
        structure=mine.structure, actor=mine.actor, zone=mine.zone, across="a direction describes its own structure"
    )
    with open_session(current_app.extensions["jalon"].db, scope) as writing:
        structures.describe(
            writing,
            _here(writing),
            name=form.name.data or "",
            phone=form.phone.data or "",
            zone=form.zone.data or "",
            seen=form.version.data or "",
        )
        writing.commit()


def _here(reading: Session) -> Structure:
    return reading.get_one(Structure, structure_of(reading).id)


def _form_of(structure: Structure) -> IdentityForm:
    form = IdentityForm(obj=structure)
    form.version.data = str(structure.version)
    return form


def _page(form: IdentityForm, logo_refusal: str = "") -> str:
    return render_template(
        "jalon/structure.html", form=form, logo=logos.of(session()), mark=logos.mark(session()), refusal=logo_refusal
    )
