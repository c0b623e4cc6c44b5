"""Adding a person, changing one, and finding one."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, current_app, flash, g, redirect, render_template, request, url_for
from flask import session as browser
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm.exc import StaleDataError

from jalon import access, beneficiaries, communes, people, phones
from jalon.access import posts_to_read, requires
from jalon.admin import StaleRecord, conflict
from jalon.db.current import session
from jalon.duplicates import LooksKnown
from jalon.errors import DomainError
from jalon.forms import refuse
from jalon.i18n import _
from jalon.models import Beneficiary, FileState
from jalon.once import sent_once
from jalon.person_files import PHONES
from jalon.scope import scope_of
from jalon.texts import ids_of
from jalon.views.person_forms import ADDRESS, CONTACT, EMERGENCY, HEALTH, IDENTITY, SOCIAL, PersonForm

blueprint = Blueprint("jalon_beneficiaries", "jalon", template_folder="templates")
FILE = (*CONTACT, *ADDRESS, *EMERGENCY, *SOCIAL)
CALL = "call"  # somebody is on the telephone: `jalon.views.phone_desk`
TYPED = "jalon_search"  # in the browser's signed session: a name stands in no address


@blueprint.route("/beneficiaries/new", methods=["GET", "POST"])
@requires("jalon.beneficiaries.write")
@sent_once
def new() -> ResponseReturnValue:
    """The empty form, or what a search found nobody for; those who look the same are compared before saving."""
    form = _form(without=("version", "base"), data=people.carried(_searched()) if "typed" in request.args else None)
    if request.method == "POST" and form.validate():
        try:
            person = beneficiaries.create(
                session(),
                form.values(IDENTITY),
                _file_values(form),
                reason=form.reason.data or "",
                apart=_apart(),
                age_confirmed=bool(form.age_confirmed.data),
            )
            _save_health(person, form)
            session().commit()
            flash(_("The file of %(name)s is open, under the code %(code)s.", name=person, code=person.code), "success")
            return redirect(url_for(_afterwards(), beneficiary_id=person.id))
        except LooksKnown as known:
            session().rollback()
            return _page(form, matches=known.matches)
        except DomainError as refusal:
            _refuse(form, refusal)
    return _page(form)


@blueprint.route("/beneficiaries/<int(max=2147483647):beneficiary_id>/edit", methods=["GET", "POST"])
@requires("jalon.beneficiaries.write")
def edit(beneficiary_id: int) -> ResponseReturnValue:
    """The form of a person whose file is open to the reader."""
    person = person_or_404(beneficiary_id)
    if person.merged_into_id is not None:  # while the form was open: what was typed meets the file that was kept
        person = person_or_404(person.merged_into_id)
    beneficiary_id = person.id
    if person.identity is None or person.file is None:
        abort(404)
    stored = _form(without=("reason",), data=_shown(person), sent=False)
    if request.method == "GET":
        conflict.opened(stored)
        return _page(stored, person=person)
    form = _form(without=("reason",), sent=conflict.settled(stored))
    if not form.version.data:  # no form of ours: what it was opened on is not known
        _refuse(form, StaleRecord())
        return _page(form, person=person_or_404(beneficiary_id))
    if form.version.data != version_of(person) or conflict.undecided():
        return _conflict(form, stored, person)
    if form.validate():
        try:
            _save(person, form)
            flash(_("The change is saved."), "success")
            return redirect(url_for("jalon_person.show", beneficiary_id=beneficiary_id))
        except StaleDataError:  # saved by somebody else between our reading and our writing
            session().rollback()
            person = person_or_404(beneficiary_id)
            return _conflict(form, _form(without=("reason",), data=_shown(person), sent=False), person)
        except LooksKnown as known:
            session().rollback()
            return _page(form, person=person_or_404(beneficiary_id), matches=known.matches)
        except DomainError as refusal:
            _refuse(form, refusal)
    return _page(form, person=person_or_404(beneficiary_id))


def _save(person: Beneficiary, form: PersonForm) -> None:
    beneficiaries.change(
        session(),
        person,
        form.values(IDENTITY),
        _file_values(form),
        apart=_apart(),
        age_confirmed=bool(form.age_confirmed.data),
    )
    _save_health(person, form)
    session().commit()


def _conflict(form: PersonForm, stored: PersonForm, person: Beneficiary) -> ResponseReturnValue:
    return conflict.page(
        form,
        stored,
        version=version_of(person),
        subject=("jalon_beneficiary", person.id),
        title=str(person),
        back=url_for("jalon_person.show", beneficiary_id=person.id),
    )


@blueprint.post("/beneficiaries/search")
@requires("jalon.beneficiaries.read")
@posts_to_read("a person's name stands in no address")
def find() -> ResponseReturnValue:
    """Keep what was typed aside, and show what it finds at an address that does not say it.

    With `then`, the form of a new person begins with it: `add`, or `call` for who comes back to the telephone.
    """
    typed = request.form.get("q", "").replace("\0", "").strip()[: people.LONGEST]
    browser[TYPED] = {**browser.get(TYPED, {}), g.jalon_slug: typed}
    then = request.form.get("then", "")
    if then in ("add", "call"):
        return redirect(url_for(".new", typed=1, then=CALL if then == "call" else None))
    return redirect(url_for(".found"))


@blueprint.get("/beneficiaries/found")
@requires("jalon.beneficiaries.read")
def found() -> ResponseReturnValue:
    """Whom the last search of this browser, in this structure, finds."""
    typed = _searched()
    persons = people.search(session(), typed) if typed else []
    return render_template("jalon/person_search.html", typed=typed, persons=persons, most=people.SHOWN)


def _searched() -> str:
    """What this browser searched last in this structure."""
    return str(browser.get(TYPED, {}).get(g.jalon_slug, ""))


def person_or_404(beneficiary_id: int) -> Beneficiary:
    """A person of the structure; nobody else's exists."""
    return session().scalar(select(Beneficiary).where(Beneficiary.id == beneficiary_id)) or abort(404)


def open_person_or_404(beneficiary_id: int) -> Beneficiary:
    """A person whose file is open to the reader; 404 else."""
    person = person_or_404(beneficiary_id)
    return person if person.file is not None and person.state is not FileState.ANONYMISED else abort(404)


def _afterwards() -> str:
    """Where a new person is wanted: the page that waits for it, `?then=rental` of a module; else the person's own."""
    module = request.args.get("then", "")
    if module == CALL:
        return "jalon_phone_desk.show"
    waiting = f"jalon_{module}.person_added"
    known = waiting in current_app.view_functions and module in scope_of(session()).enabled
    return waiting if known else "jalon_person.show"


def _form(*, without: tuple[str, ...], data: dict[str, Any] | None = None, sent: Any = None) -> PersonForm:
    """The form, without what the reader may not read; `sent` False is a form that nobody sent."""
    may = scope_of(session()).may
    social = () if may("jalon.social.read") else SOCIAL
    health = () if may("jalon.health.read") else HEALTH
    posted = request.method == "POST" and sent is not False  # else every box would count as unticked
    typed = (sent if sent is not None else request.form) if posted else None
    return PersonForm(typed, data=data).without(*without, *social, *health)


def _apart() -> set[int]:
    """Ids of those that somebody said are other people."""
    return ids_of(request.form.getlist("apart"))


def _file_values(form: PersonForm) -> dict[str, Any]:
    """Raises CommuneUnknown, CommuneAmbiguous."""
    values = form.values(FILE)
    values["commune"] = communes.chosen(session(), values["commune"] or "")
    return values


def _save_health(person: Beneficiary, form: PersonForm) -> None:
    if "recognised" not in form:
        return
    values = form.values(HEALTH)
    if beneficiaries.disabled_worker(session(), person) or any(v is not None for v in values.values()):
        beneficiaries.set_disabled_worker(session(), person, **values)


def _shown(person: Beneficiary) -> dict[str, Any]:
    """What is known of a person, as the form shows it."""
    assert person.identity is not None
    assert person.file is not None
    may = scope_of(session()).may
    for right in ("jalon.social.read", "jalon.health.read"):
        if may(right):
            access.note(right, "jalon_beneficiary", person.id)
    values = {name: getattr(person.identity, name) for name in IDENTITY}
    values |= {name: getattr(person.file, name) for name in FILE}
    values |= {name: phones.shown(values[name]) for name in PHONES}
    values["commune"] = communes.labelled(person.file.commune) if person.file.commune else ""
    known = beneficiaries.disabled_worker(session(), person) if may("jalon.health.read") else None
    values |= {name: getattr(known, name) for name in HEALTH} if known else {}
    return values | {"version": version_of(person)}


def version_of(person: Beneficiary) -> str:
    """The versions of all that the form of a person whose file is open holds."""
    health = beneficiaries.disabled_worker(session(), person)
    parts = (person.identity, person.file, health)
    return ".".join(str(part.version) if part is not None else "0" for part in parts)


def _refuse(form: PersonForm, refusal: DomainError) -> None:
    session().rollback()
    refuse(form, refusal)


def _page(form: PersonForm, *, person: Beneficiary | None = None, matches: Any = ()) -> ResponseReturnValue:
    sections = [
        (_("Identity"), IDENTITY),
        (_("Contact"), CONTACT),
        (_("Address"), ADDRESS),
        (_("Emergency"), EMERGENCY),
        (_("Social situation (confidential)"), SOCIAL),
        (_("Health (confidential)"), HEALTH),
        (_("Opening of the file"), ("reason",)),
    ]
    shown = [(title, [form[name] for name in names if name in form]) for title, names in sections]
    page = render_template(
        "jalon/person_form.html",
        form=form,
        person=person,
        matches=matches,
        sections=[(title, fields) for title, fields in shown if fields],
        communes=[communes.labelled(c) for c in communes.offered(session())],
        odd_age=bool(form.age_confirmed.data) or any(_("The age is right") in e for e in form.birth_date.errors),
    )
    return (page, 422) if request.method == "POST" else page
