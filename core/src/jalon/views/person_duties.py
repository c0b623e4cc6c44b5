"""What is owed to a person: a complete copy of the data, and erasure; and the files whose time is over."""

from __future__ import annotations

from collections.abc import Iterable
from tempfile import SpooledTemporaryFile
from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import joinedload
from wtforms.validators import InputRequired, Length

from jalon import access_log, copies, erasure_remains, erasures, retention
from jalon.access import Reading, posts_to_read, requires
from jalon.clock import today
from jalon.db import open_session
from jalon.db.current import session
from jalon.errors import DomainError
from jalon.forms import JalonForm, LineField, refuse
from jalon.i18n import _, _l, ngettext
from jalon.imports import kept, runs
from jalon.models import Beneficiary, Cause, FileState
from jalon.scope import Scope, scope_of, structure_of
from jalon.texts import ids_of
from jalon.views.beneficiaries import person_or_404
from jalon.views.documents import folder
from jalon.views.person import ID

blueprint = Blueprint("jalon_person_duties", "jalon", template_folder="templates")
IN_MEMORY_BYTES = 8 * 1024 * 1024
COPY = "jalon.beneficiaries.copy"


class CopyForm(JalonForm):
    """Why a copy leaves the house."""

    reason = LineField(
        _l("Why"),
        [InputRequired(_l("Say why this copy is made: it is noted with your name.")), Length(max=200)],
        description=_l("For instance: asked for by the person at the desk"),
    )


class EraseForm(JalonForm):
    """The code of the file, typed by somebody who means it."""

    code = LineField(_l("Type the code of the file"), [InputRequired(_l("Type the code to confirm."))])


@blueprint.get(f"{ID}/copy")
@requires(COPY)
def copy(beneficiary_id: int) -> ResponseReturnValue:
    """What the copy holds, and the question why."""
    return _copy_page(_named_person(beneficiary_id), CopyForm())


@blueprint.post(f"{ID}/copy")
@requires(COPY)
@posts_to_read("the reason stands in no address")
def hand_over(beneficiary_id: int) -> ResponseReturnValue:
    """The archive; it is logged before it leaves."""
    person, form = _named_person(beneficiary_id), CopyForm(request.form)
    if not form.validate():
        return _copy_page(person, form), 422
    scope, structure, code = scope_of(session()), structure_of(session()), person.code
    session().rollback()  # nobody waits to write while the paper is made
    with open_session(_db(), _across("copy of a person's data"), read_only=True) as reading:
        found = copies.read(reading, beneficiary_id, structure_id=structure.id)
    target = SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115 - closed with the answer
    copies.pack(found, folder(), target)
    target.seek(0)
    said = Reading(COPY, "jalon_beneficiary", beneficiary_id, found.rows, form.reason.data)
    access_log.record(_db(), scope, [said])
    answer = send_file(target, mimetype="application/zip", as_attachment=True, download_name=f"{code}.zip")
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@blueprint.route(f"{ID}/erase", methods=["GET", "POST"])
@requires("jalon.beneficiaries.erase")
def erase(beneficiary_id: int) -> ResponseReturnValue:
    """What goes and what stays, what is still open, and the code to type."""
    person, form = _named_person(beneficiary_id), EraseForm(request.form)
    if request.method == "POST" and form.validate():
        try:
            erasures.check_code(form.code.data or "", person.code)
            session().rollback()  # the other session writes, and SQLite has one writer
            _erase(beneficiary_id, Cause.REQUEST)
            _clear()
            flash(_("The person is erased in your structure. This cannot be undone."), "success")
            return redirect(url_for("jalon_person.show", beneficiary_id=beneficiary_id))
        except DomainError as refusal:
            session().rollback()
            refuse(form, refusal)
            person = _named_person(beneficiary_id)
    return _erase_page(person, form), 422 if request.method == "POST" else 200


@blueprint.get("/retention/")
@requires("jalon.beneficiaries.erase")
def due() -> str:
    """Persons without contact for two years."""
    return _due_page()


def _due_page() -> str:
    found = _due()
    shown = found[: retention.AT_ONCE]
    query = select(Beneficiary).where(Beneficiary.id.in_([d.person_id for d in shown]))
    people = {p.id: p for p in session().scalars(query.options(joinedload(Beneficiary.identity)))}
    return render_template(
        "jalon/retention.html",
        rows=[(people[d.person_id], d.last_contact) for d in shown if d.person_id in people],
        total=len(found),
    )


@blueprint.post("/retention/")
@requires("jalon.beneficiaries.erase")
def purge() -> ResponseReturnValue:
    """Erase those ticked among the persons who are due; whoever has something open stays, and is said."""
    session().rollback()
    ticked = ids_of(request.form.getlist("person"))
    if not ticked:
        flash(_("Tick at least one person: nobody was erased."), "error")
        return _due_page(), 422
    done, kept = 0, []
    for id in [d.person_id for d in _due() if d.person_id in ticked][: retention.AT_ONCE]:
        try:
            _erase(id, Cause.RETENTION)
            done += 1
        except DomainError as refusal:
            kept.append((id, str(refusal)))
    if done:
        _clear()
    _tell(done, kept)
    return redirect(url_for(".due"))


def _due() -> list[retention.Due]:
    scope, structure = scope_of(session()), structure_of(session())
    with open_session(_db(), _across("who has had no contact for two years"), read_only=True) as looking:
        return retention.due(looking, structure.id, today(scope.zone))


def _tell(done: int, kept: Iterable[tuple[int, str]]) -> None:
    flash(ngettext("%(n)s person is erased.", "%(n)s persons are erased.", done), "success" if done else "info")
    for id, why in kept:
        code = session().scalar(select(Beneficiary.code).where(Beneficiary.id == id))
        flash(_("%(code)s stays. %(why)s", code=code, why=why), "error")


def _erase(person_id: int, cause: Cause) -> None:
    structure = structure_of(session())
    with open_session(_db(), _across("erase a person")) as erasing:
        done = erasures.erase(erasing, person_id, cause=cause, structure_id=structure.id)
        imported = runs.forget_person(erasing, person_id, None if done.whole else structure.id)
        erasing.commit()
    for name in imported:
        kept.remove(kept.folder_of(current_app.config, current_app.instance_path), name)


def _clear() -> None:
    """What cannot be cleared now is by the next `jalon retention apply`; the erasure itself is done."""
    try:
        erasure_remains.clear(_db(), folder())
    except (OSError, SQLAlchemyError):
        current_app.logger.exception("what an erasure leaves could not be cleared yet")


def _named_person(beneficiary_id: int) -> Beneficiary:
    """A person whom the reader may name and who is not erased; 404 else."""
    person = person_or_404(beneficiary_id)
    if person.identity is None or person.state in (FileState.ANONYMISED, FileState.MERGED):
        abort(404)
    return person


def _copy_page(person: Beneficiary, form: CopyForm) -> str:
    return render_template("jalon/person_copy_form.html", person=person, form=form)


def _erase_page(person: Beneficiary, form: EraseForm) -> str:
    structure, id = structure_of(session()), person.id
    with open_session(_db(), _across("what is open about a person"), read_only=True) as looking:
        items = [item.text for item in erasures.open_items(looking, id, structure.id)]
    return render_template("jalon/person_erase.html", person=person, form=form, items=items)


def _across(why: str) -> Scope:
    scope = scope_of(session())
    return Scope(actor=scope.actor, zone=scope.zone, across=why)


def _db() -> Any:
    return current_app.extensions["jalon"].db
