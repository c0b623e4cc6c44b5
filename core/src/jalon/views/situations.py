"""Situations of a person: noted, completed, corrected."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm.exc import StaleDataError

from jalon import access, situations
from jalon.access import requires
from jalon.admin import StaleRecord, conflict
from jalon.clock import today
from jalon.db.current import session
from jalon.errors import DomainError
from jalon.forms import refuse
from jalon.i18n import _
from jalon.models import Beneficiary, Situation
from jalon.scope import scope_of
from jalon.views.beneficiaries import open_person_or_404, person_or_404
from jalon.views.person_forms import SituationForm, value_of

blueprint = Blueprint("jalon_situations", "jalon", template_folder="templates")
SETS = ("resources", "licences", "version", "base", "correction_reason")
_Save = Callable[[dict[str, Any], dict[str, Any]], Situation]


@blueprint.route("/beneficiaries/<int(max=2147483647):beneficiary_id>/situations/new", methods=["GET", "POST"])
@requires("jalon.social.write")
def note(beneficiary_id: int) -> ResponseReturnValue:
    """Note a situation."""
    person = open_person_or_404(beneficiary_id)
    form = SituationForm(_sent(), data={"on_day": today(scope_of(session()).zone)})
    del form["correction_reason"]

    def save(values: dict[str, Any], answers: dict[str, Any]) -> Situation:
        return situations.note(session(), person.id, values, **answers)

    return _saved(person, form, save)


@blueprint.route("/beneficiaries/situations/<int(max=2147483647):situation_id>", methods=["GET", "POST"])
@requires("jalon.social.write")
def correct(situation_id: int) -> ResponseReturnValue:
    """Change a situation, or correct a validated one by another version."""
    found = _situation_or_404(situation_id)
    person, locked = person_or_404(found.beneficiary_id), found.locked_at is not None
    stored = _stored(found)
    form = SituationForm(conflict.settled(stored)) if request.method == "POST" else stored
    if not locked:
        del form["correction_reason"]
    if request.method == "GET":
        conflict.opened(form)
    elif not form.version.data and not locked:  # no form of ours: what it was opened on is not known
        refuse(form, StaleRecord())
        return _form_page(form, person.id, str(person)), 422
    elif form.version.data and (form.version.data != str(found.version) or conflict.undecided()):
        return _conflict(form, stored, found, person)

    def save(values: dict[str, Any], answers: dict[str, Any]) -> Situation:
        if locked:
            reason = form.correction_reason.data or ""
            return situations.correct(session(), found, values, reason=reason, **answers)
        situations.change(session(), found, values, **answers)
        return found

    try:
        return _saved(person, form, save)
    except StaleDataError:  # saved by somebody else between our reading and our writing
        session().rollback()
        found = _situation_or_404(situation_id)
        return _conflict(form, _stored(found), found, person_or_404(found.beneficiary_id))


def _situation_or_404(situation_id: int) -> Situation:
    return session().scalar(select(Situation).where(Situation.id == situation_id)) or abort(404)


def _stored(found: Situation) -> SituationForm:
    """The form of a situation as it is now."""
    data = {name: getattr(found, name, None) for name in SituationForm()._fields}
    data |= {f"{kind}s": [i.value for i in found.items if i.kind == kind] for kind in ("resource", "licence")}
    return SituationForm(data={**data, "correction_reason": "", "version": str(found.version)})


def _conflict(form: SituationForm, stored: SituationForm, found: Situation, person: Beneficiary) -> ResponseReturnValue:
    access.note("jalon.social.read", "jalon_beneficiary", person.id)
    return conflict.page(
        form,
        stored,
        version=str(found.version),
        subject=("jalon_situation", found.id),
        title=_("Situation of %(name)s", name=person),
        back=url_for("jalon_person.show", beneficiary_id=person.id),
    )


def _saved(person: Beneficiary, form: SituationForm, save: _Save) -> ResponseReturnValue:
    id, name = person.id, str(person)
    access.note("jalon.social.read", "jalon_beneficiary", id)
    if request.method == "POST" and form.validate():
        values = {f.name: value_of(f) for f in form if f.name not in SETS}
        answers = {"resources": form.resources.data or [], "licences": form.licences.data or []}
        try:
            noted = save(values, answers)
            if "validate" in request.form:
                situations.validate(session(), noted)
            session().commit()
            flash(_("The situation is noted."), "success")
            return redirect(url_for("jalon_person.show", beneficiary_id=id))
        except DomainError as refusal:
            session().rollback()
            refuse(form, refusal)
    page = _form_page(form, id, name)
    return (page, 422) if request.method == "POST" else page


def _form_page(form: SituationForm, id: int, name: str) -> str:
    return render_template("jalon/situation_form.html", form=form, id=id, name=name)


def _sent() -> Any:
    """What a form sent; a page that is only opened sent nothing, not even unticked boxes."""
    return request.form if request.method == "POST" else None
