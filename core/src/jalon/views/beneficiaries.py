"""Adding a person, changing one, and finding one."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, current_app, flash, g, redirect, render_template, request, url_for
from flask import session as browser
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm.exc import StaleDataError

from jalon import access, beneficiaries, communes, people
from jalon.access import posts_to_read, requires
from jalon.admin import StaleRecord
from jalon.db.current import session
from jalon.duplicates import LooksKnown
from jalon.errors import DomainError
from jalon.forms import EnumField, refuse
from jalon.i18n import _
from jalon.models import Beneficiary
from jalon.scope import scope_of
from jalon.views.person_forms import ADDRESS, CONTACT, EMERGENCY, HEALTH, IDENTITY, SOCIAL, PersonForm

blueprint = Blueprint("jalon_beneficiaries", "jalon", template_folder="templates")
FILE = (*CONTACT, *ADDRESS, *EMERGENCY, *SOCIAL)
TYPED = "jalon_search"  # in the browser's signed session: a name stands in no address


@blueprint.route("/beneficiaries/new", methods=["GET", "POST"])
@requires("jalon.beneficiaries.write")
def new() -> ResponseReturnValue:
    """The empty form; those who look the same are compared before anything is saved."""
    form = _form(without=("version",))
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
            flash(_("%(name)s is added, under the code %(code)s.", name=person, code=person.code), "success")
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
    if person.identity is None or person.file is None:
        abort(404)
    form = _form(without=("reason",), data=None if request.method == "POST" else _shown(person))
    if request.method == "POST" and form.validate():
        try:
            if form.version.data != _version(person):
                _show_meanwhile(form, person)
                raise StaleRecord
            beneficiaries.change(
                session(),
                person,
                form.values(IDENTITY),
                _file_values(form),
                age_confirmed=bool(form.age_confirmed.data),
            )
            _save_health(person, form)
            session().commit()
            flash(_("The change is saved."), "success")
            return redirect(url_for("jalon_person.show", beneficiary_id=person.id))
        except StaleDataError:
            _refuse(form, StaleRecord())
        except DomainError as refusal:
            _refuse(form, refusal)
    return _page(form, person=person_or_404(beneficiary_id))


@blueprint.post("/beneficiaries/search")
@requires("jalon.beneficiaries.read")
@posts_to_read("a person's name stands in no address")
def find() -> ResponseReturnValue:
    """Keep what was typed aside, and show what it finds at an address that does not say it."""
    typed = request.form.get("q", "").replace("\0", "").strip()[: people.LONGEST]
    browser[TYPED] = {**browser.get(TYPED, {}), g.jalon_slug: typed}
    return redirect(url_for(".found"))


@blueprint.get("/beneficiaries/found")
@requires("jalon.beneficiaries.read")
def found() -> ResponseReturnValue:
    """Whom the last search of this browser, in this structure, finds."""
    typed = str(browser.get(TYPED, {}).get(g.jalon_slug, ""))
    persons = people.search(session(), typed) if typed else []
    return render_template("jalon/person_search.html", typed=typed, persons=persons, most=people.SHOWN)


def person_or_404(beneficiary_id: int) -> Beneficiary:
    """A person of the structure; nobody else's exists."""
    return session().scalar(select(Beneficiary).where(Beneficiary.id == beneficiary_id)) or abort(404)


def _afterwards() -> str:
    """Where a new person is wanted: the page of a module that waits for it, `?then=rental`; else the person's own."""
    module = request.args.get("then", "")
    waiting = f"jalon_{module}.person_added"
    known = waiting in current_app.view_functions and module in scope_of(session()).enabled
    return waiting if known else "jalon_person.show"


def _form(*, without: tuple[str, ...], data: dict[str, Any] | None = None) -> PersonForm:
    """The form, without what the reader may not read."""
    may = scope_of(session()).may
    social = () if may("jalon.social.read") else SOCIAL
    health = () if may("jalon.health.read") else HEALTH
    sent = request.form if request.method == "POST" else None  # else every box would count as unticked
    return PersonForm(sent, data=data).without(*without, *social, *health)


def _apart() -> set[int]:
    """Ids of those that somebody said are other people."""
    return {int(id) for id in request.form.getlist("apart") if id.isdigit() and len(id) < 10}


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
    values["commune"] = communes.labelled(person.file.commune) if person.file.commune else ""
    known = beneficiaries.disabled_worker(session(), person) if may("jalon.health.read") else None
    values |= {name: getattr(known, name) for name in HEALTH} if known else {}
    return values | {"version": _version(person)}


def _version(person: Beneficiary) -> str:
    assert person.identity is not None
    assert person.file is not None
    return f"{person.identity.version}.{person.file.version}"


def _show_meanwhile(form: PersonForm, person: Beneficiary) -> None:
    """Beside each field what somebody else saved; saving again is then a choice."""
    stored = PersonForm(data=_shown(person))
    for field in form:
        other = stored[field.name]
        if field.name not in ("version", "age_confirmed") and _said(other) != _said(field):
            field.errors = [*field.errors, _("Saved meanwhile: %(value)s", value=_said(other) or "—")]
    form.version.data = _version(person)
    form.version.raw_data = None


def _said(field: Any) -> str:
    if isinstance(field, EnumField):
        return str(field.labels.get(field.value, "")) if field.data else ""
    if isinstance(field.data, bool):
        return _("Yes") if field.data else _("No")
    return str(field._value() if hasattr(field, "_value") else field.data or "")


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
