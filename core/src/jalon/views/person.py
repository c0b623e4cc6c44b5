"""A person's page, and what is decided on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from jalon import beneficiaries, consents, crossings, days
from jalon.access import requires
from jalon.db import open_session
from jalon.db.current import session
from jalon.errors import DomainError
from jalon.i18n import _
from jalon.models import Beneficiary, FileState
from jalon.scope import Scope, scope_of, structure_of
from jalon.texts import ids_of
from jalon.views import person_page
from jalon.views.beneficiaries import open_person_or_404, person_or_404
from jalon.views.person_forms import ConsentForm

blueprint = Blueprint("jalon_person", "jalon", template_folder="templates")
ID = "/beneficiaries/<int(max=2147483647):beneficiary_id>"


@blueprint.get(f"{ID}/")
@requires("jalon.beneficiaries.read")
def show(beneficiary_id: int) -> ResponseReturnValue:
    """Identity, contact, situation, what was agreed to, who may read, and what modules add.

    The page of somebody merged into another leads there.
    """
    person = person_or_404(beneficiary_id)
    return person_page.drawn(person) if person.merged_into_id is None else _back(person.merged_into_id)


@blueprint.post(f"{ID}/consents")
@requires("jalon.beneficiaries.write")
def consent(beneficiary_id: int) -> ResponseReturnValue:
    """Note an answer of the person."""
    form = ConsentForm(request.form)
    if not form.validate():
        return person_page.drawn(open_person_or_404(beneficiary_id), consent_form=form), 422
    answer: dict[str, Any] = {name: form[name].value for name in ("purpose", "agreement", "proof")}
    return _act(beneficiary_id, lambda p: consents.record(session(), p.id, **answer), _("The answer is noted."))


@blueprint.post(f"{ID}/close")
@requires("jalon.beneficiaries.write")
def close(beneficiary_id: int) -> ResponseReturnValue:
    """The structure no longer needs the file, from tomorrow on."""
    person_or_404(beneficiary_id)
    try:
        until = days.read(request.form.get("until", ""))
    except DomainError as refusal:
        flash(str(refusal), "error")
        return _back(beneficiary_id)
    return _act(beneficiary_id, lambda p: beneficiaries.close(session(), p, until=until), _("The end is noted."))


@blueprint.post(f"{ID}/reopen")
@requires("jalon.beneficiaries.write")
def reopen(beneficiary_id: int) -> ResponseReturnValue:
    reason = request.form.get("reason", "").replace("\0", "")[:120]
    done = _("The file is open again.")
    return _act(beneficiary_id, lambda p: beneficiaries.reopen(session(), p, reason=reason), done)


@blueprint.post(f"{ID}/restrict")
@requires("jalon.beneficiaries.restrict")
def restrict(beneficiary_id: int) -> ResponseReturnValue:
    """Only the members ticked read the file; none ticked and “everybody” asked for lifts the protection."""
    readers = ids_of(request.form.getlist("readers"))
    if "everybody" in request.form:
        done = _("The file is no longer protected.")
        return _act(beneficiary_id, lambda p: beneficiaries.unrestrict(session(), p), done)
    done = _("The file is protected: only the members ticked read it.")
    return _act(beneficiary_id, lambda p: beneficiaries.restrict(session(), p, readers=readers), done)


@blueprint.post(f"{ID}/state")
@requires("jalon.beneficiaries.write")
def state(beneficiary_id: int) -> ResponseReturnValue:
    """Archive, take back, or note a death."""
    wanted = request.form.get("state", "")
    person_or_404(beneficiary_id)
    if wanted not in [s.value for s in FileState]:
        return _back(beneficiary_id)
    done = _("The state of the file is noted.")
    return _act(beneficiary_id, lambda p: beneficiaries.set_state(session(), p, FileState(wanted)), done)


@blueprint.post(f"{ID}/ask")
@requires("jalon.beneficiaries.write")
def ask(beneficiary_id: int) -> ResponseReturnValue:
    """Ask the collective; what is said afterwards is the same whoever knows the person."""
    open_person_or_404(beneficiary_id)
    scope = scope_of(session())
    values: dict[str, Any] = {
        "structure_id": structure_of(session()).id,
        "beneficiary_id": beneficiary_id,
        "asked_by": scope.actor.name,
    }
    session().rollback()  # the other session writes, and SQLite has one writer
    across = Scope(actor=scope.actor, zone=scope.zone, across="is this person known elsewhere: exact name and birth")
    try:
        with open_session(current_app.extensions["jalon"].db, across) as asking:
            crossings.ask(asking, **values)
            asking.commit()
        current_app.logger.info("structure %s asked about person %s", values["structure_id"], beneficiary_id)
        flash(_("The question is sent. If a structure recognises the person, it answers here."), "success")
    except DomainError as refusal:
        flash(str(refusal), "error")
    return _back(beneficiary_id)


def _act(beneficiary_id: int, act: Callable[[Beneficiary], object], done: str) -> ResponseReturnValue:
    person = person_or_404(beneficiary_id)
    if person.merged_into_id is not None:
        flash(_("This file was merged into another meanwhile: nothing was noted."), "error")
        return _back(person.merged_into_id)
    try:
        act(person)
        session().commit()
        flash(done, "success")
    except DomainError as refusal:
        session().rollback()
        flash(str(refusal), "error")
    return _back(beneficiary_id)


def _back(beneficiary_id: int) -> ResponseReturnValue:
    return redirect(url_for(".show", beneficiary_id=beneficiary_id))
