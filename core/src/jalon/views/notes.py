"""Writing notes and changing them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, request
from flask.typing import ResponseReturnValue
from wtforms import TextAreaField

from jalon import access, notes
from jalon.access import requires
from jalon.db.current import session
from jalon.forms import JalonForm
from jalon.i18n import _, _l
from jalon.models import Note
from jalon.once import sent_once
from jalon.scope import scope_of
from jalon.views import about

blueprint = Blueprint("jalon_notes", "jalon", template_folder="templates")


class NoteForm(JalonForm):
    """The two boxes."""

    shareable = TextAreaField(_l("Note that may be shared"), description=_l("With the partners who help this person"))
    internal = TextAreaField(
        _l("Internal note"), description=_l("For advisers and the direction of the structure only")
    )


def _form(record: Note | None = None) -> Any:
    form = NoteForm(request.form, obj=record)
    if not scope_of(session()).may(notes.INTERNAL):
        del form.internal
    return form


def _typed(form: Any) -> dict[str, str]:
    return {name: (field.data or "").replace("\0", "") for name, field in form._fields.items()}


@blueprint.post("/notes/")
@requires("jalon.notes.write")
@sent_once
def write() -> ResponseReturnValue:
    """Keep a note about the record that the form names."""
    subject = about.sent()
    if subject is None:
        return about.incomplete()
    form = _form()
    if form.validate():
        try:
            notes.write(session(), subject, **_typed(form))
            session().commit()
            flash(_("The note is saved."), "success")
            return redirect(about.back(subject))
        except about.REFUSED as error:
            about.refuse(form, error)
    return about.page(form, subject, title=_("New note"), banner=True), 422


@blueprint.get("/notes/<int(max=2147483647):note_id>/")
@requires("jalon.notes.write")
def open_note(note_id: int) -> ResponseReturnValue:
    """The note in its form."""
    note = notes.find(session(), note_id) or abort(404)
    if note.internal and scope_of(session()).may(notes.INTERNAL):
        access.note(notes.INTERNAL, note.subject_table, note.subject_id)
    return _page(_form(note), note)


@blueprint.post("/notes/<int(max=2147483647):note_id>/")
@requires("jalon.notes.write")
def change(note_id: int) -> ResponseReturnValue:
    """Write it anew."""
    note = notes.find(session(), note_id) or abort(404)
    subject = about.the(note.subject_table, note.subject_id)
    form = _form()
    if form.validate():
        try:
            about.check_version(note)
            notes.change(session(), note, **_typed(form))
            session().commit()
            flash(_("The note is saved."), "success")
            return redirect(about.back(subject))
        except about.REFUSED as error:
            about.refuse(form, error)
    return _page(form, note), 422


def _page(form: Any, note: Note) -> str:
    subject = about.the(note.subject_table, note.subject_id)
    version = request.form.get("version", note.version)
    return about.page(
        form, subject, title=_("Note of %(author)s", author=note.author_name), banner=True, version=version
    )
