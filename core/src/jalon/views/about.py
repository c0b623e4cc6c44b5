"""What the pages of notes, tasks and documents share: the record they are about, the way back, the refused form."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from jalon import pages, subjects
from jalon.admin import StaleRecord
from jalon.db import refusal_of
from jalon.db.current import session
from jalon.errors import DomainError
from jalon.forms import RelationField
from jalon.i18n import _
from jalon.subjects import Found
from jalon.texts import id_of

REFUSED = (DomainError, IntegrityError, StaleDataError)


def sent() -> Found | None:
    """The record that a form is about; None when the form does not say, 404 when it is not for whoever sent it."""
    table, id = request.form.get("subject_table", ""), id_of(request.form.get("subject_id", ""))
    return the(table, id) if table and id is not None else None


def the(table: str, id: int) -> Found:
    """The record, or 404."""
    try:
        return subjects.find(session(), table, id)
    except subjects.NoSuchSubject:
        abort(404)


def incomplete() -> ResponseReturnValue:
    """A form that says nothing of what it is about was not one of ours."""
    return pages.refusal(422, _("This cannot be done"), _("The form does not say what it is about: nothing was saved."))


def back(about: Found) -> str:
    """Where somebody was when opening the form: the page they came from, else the record's, else the tasks."""
    return inside(request.values.get("back")) or pages.link(about) or url_for("jalon_home.dashboard")


def inside(address: str | None) -> str | None:
    """An address of this site only: nobody is sent elsewhere by a form."""
    if not address or not address.startswith("/") or address.startswith("//") or "\\" in address:
        return None
    parts = urlsplit(address)
    return address if address.isprintable() and not parts.scheme and not parts.netloc else None


def refuse(form: Any, error: Exception) -> None:
    """Undo, and say at the field what is wrong; what was typed stays."""
    session().rollback()
    for choice in form._fields.values():
        if isinstance(choice, RelationField):
            choice.forget_rows()
    refusal = _as_refusal(error)
    field = form._fields.get(refusal.field) if refusal.field else None
    if field is None:
        form.form_errors = [*form.form_errors, str(refusal)]
    else:
        field.errors = [*field.errors, str(refusal)]


def _as_refusal(error: Exception) -> DomainError:
    if isinstance(error, DomainError):
        return error
    known = refusal_of(error) if isinstance(error, IntegrityError) else None
    return known or StaleRecord()


def check_version(record: Any) -> None:
    """Nobody overwrites what a colleague saved since the form was opened. Raises StaleRecord."""
    if request.form.get("version") != str(record.version):
        raise StaleRecord


def page(form: Any, about: Found, *, title: str, template: str = "jalon/attached_form.html", **values: Any) -> str:
    """The form on a page of its own."""
    return render_template(
        template, form=form, about=about, title=title, return_to=back(about), address=pages.link(about), **values
    )
