"""A person's page, and what is decided on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, abort, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm.exc import StaleDataError

from jalon import (
    access,
    beneficiaries,
    consents,
    crossings,
    days,
    duplicates,
    erasures,
    phones,
    referrals,
    situations,
    timeline,
    unmerging,
)
from jalon.access import requires
from jalon.admin import StaleRecord
from jalon.clock import now, today
from jalon.db import open_session
from jalon.db.current import session
from jalon.declarations import PersonTab
from jalon.errors import DomainError
from jalon.forms import refuse
from jalon.i18n import _
from jalon.models import FILE_STEPS, Beneficiary, FileState, Member, Purpose, Situation
from jalon.scope import Scope, scope_of, structure_of
from jalon.texts import ids_of
from jalon.views import conflict
from jalon.views.beneficiaries import person_or_404
from jalon.views.person_forms import ConsentForm, SituationForm, value_of

blueprint = Blueprint("jalon_person", "jalon", template_folder="templates")
ID = "/beneficiaries/<int(max=2147483647):beneficiary_id>"
WHOSE = ("", timeline.OWN, timeline.OTHERS)
SETS = ("resources", "licences", "version", "base", "correction_reason")


@blueprint.get(f"{ID}/")
@requires("jalon.beneficiaries.read")
def show(beneficiary_id: int) -> ResponseReturnValue:
    """Identity, contact, situation, what was agreed to, who may read, and what modules add.

    The page of somebody merged into another leads there.
    """
    person = person_or_404(beneficiary_id)
    return _page(person) if person.merged_into_id is None else _back(person.merged_into_id)


@blueprint.post(f"{ID}/consents")
@requires("jalon.beneficiaries.write")
def consent(beneficiary_id: int) -> ResponseReturnValue:
    """Note an answer of the person."""
    form = ConsentForm(request.form)
    if not form.validate():
        return _page(_open_person(beneficiary_id), consent_form=form), 422
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
    _open_person(beneficiary_id)
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


@blueprint.route(f"{ID}/situations/new", methods=["GET", "POST"])
@requires("jalon.social.write")
def situation(beneficiary_id: int) -> ResponseReturnValue:
    """Note a situation."""
    person = _open_person(beneficiary_id)
    form = SituationForm(_sent(), data={"on_day": today(scope_of(session()).zone)})
    del form["correction_reason"]

    def save(values: dict[str, Any], answers: dict[str, Any]) -> Situation:
        return situations.note(session(), person.id, values, **answers)

    return _situation(person, form, save)


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
        return _situation(person, form, save)
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
        back=url_for(".show", beneficiary_id=person.id),
    )


def _situation(
    person: Beneficiary, form: SituationForm, save: Callable[[dict[str, Any], dict[str, Any]], Situation]
) -> ResponseReturnValue:
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
            return _back(id)
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


def _open_person(beneficiary_id: int) -> Beneficiary:
    """A person whose file is open to the reader; 404 else."""
    person = person_or_404(beneficiary_id)
    return person if person.file is not None and person.state is not FileState.ANONYMISED else abort(404)


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


def _page(person: Beneficiary, consent_form: ConsentForm | None = None) -> str:
    scope, link = scope_of(session()), beneficiaries.link_of(session(), person)
    open_file = person.file is not None
    social = open_file and scope.may("jalon.social.read")
    health = beneficiaries.disabled_worker(session(), person) if scope.may("jalon.health.read") else None
    if social:
        access.note("jalon.social.read", "jalon_beneficiary", person.id)
    if health is not None:
        access.note("jalon.health.read", "jalon_beneficiary", person.id)
    shown = current_app.extensions["jalon"].hooks.show(
        session(), "person_tabs", prepare=_rendered, beneficiary_id=person.id
    )
    return render_template(
        "jalon/person.html",
        person=person,
        link=link,
        steps=[b for a, b in FILE_STEPS if a is person.state],
        day=today(scope.zone),
        phone=phones.shown,
        situations=situations.of_person(session(), person.id) if social else [],
        social=social,
        health=health,
        held=consents.latest(session(), person.id),
        purposes=Purpose.labels(),
        consent_form=consent_form or ConsentForm(),
        readers={r.user_id for r in beneficiaries.readers_of(session(), person)},
        members=_members(),
        asked=_asked(person),
        merged=unmerging.of_kept(session(), person.id),
        last_day=unmerging.last_day,
        alike=duplicates.of_person(session(), person) if open_file else [],
        erasure=erasures.of_person(session(), person.id),
        tabs=[tab for answer in shown for tab in answer.value],
        failed=shown.failed,
        words=(situations.RESOURCES, situations.LICENCES),
        referred=referrals.about(session(), person.id) if open_file and scope.may("jalon.referrals.read") else [],
        printed_at=now(),
        **(_path(person) if open_file else {}),
    )


def _path(person: Beneficiary) -> dict[str, Any]:
    """The person's path: whose part is asked for, and whether all of it or the latest."""
    asked = request.args.get("path", "")
    whose, whole = asked if asked in WHOSE else "", request.args.get("whole") == "1"
    limit = timeline.MOST if whole else timeline.SHOWN
    lines = timeline.of(session(), person.id, whose=whose, limit=limit + 1)
    return {"whose": whose, "whole": whole, "path": lines[:limit], "longer": len(lines) > limit}


def _members() -> list[Member]:
    """Who could be a named reader."""
    working = select(Member).where(Member.user_id.is_not(None), Member.left_at.is_(None)).order_by(Member.in_order)
    return list(session().scalars(working))


def _asked(person: Beneficiary) -> Any:
    """Whether the collective was asked about the person, and who was recognised since."""
    answer = crossings.asked_about(session(), structure_of(session()).id, person.id)
    if answer is None:
        return None
    at, ids = answer
    return at, list(session().scalars(select(Beneficiary).where(Beneficiary.id.in_(ids)))) if ids else []


def _rendered(tabs: Sequence[PersonTab]) -> list[tuple[str, Markup]]:
    """Each part as the module draws it, in its own language; what fails is that module's failure."""
    drawn = []
    for tab in tabs:
        g.jalon_speaker = tab.template.partition("/")[0].removeprefix("jalon_")
        try:
            drawn.append((str(tab.label), Markup(render_template(tab.template, **tab.values))))  # noqa: S704 - rendered here
        finally:
            g.pop("jalon_speaker", None)
    return drawn
