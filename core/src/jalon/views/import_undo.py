"""Undoing an import: what it takes back and what stays, first to be read, then done."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm.exc import StaleDataError

from jalon import erasure_remains
from jalon.access import requires
from jalon.app_of import mount
from jalon.db import open_session
from jalon.db.current import session
from jalon.errors import DomainError
from jalon.imports import passes, undo
from jalon.views import documents
from jalon.views.import_run import ID, Known, gone_on, known_or_404, said

blueprint = Blueprint("jalon_import_undo", "jalon", template_folder="templates")


@blueprint.route(f"{ID}/undo", methods=["GET", "POST"])
@requires("jalon.imports")
def take_back(import_id: int) -> ResponseReturnValue:
    """What undoing takes back and what stays; done by a job once it is wanted."""
    known = known_or_404(import_id)
    if not undo.is_open(known.run):
        flash(str(undo.TooLate()), "error")
        return redirect(url_for("jalon_import.show", import_id=import_id))
    return _look(known) if request.method == "GET" else _undo(known)


def _look(known: Known) -> str:
    with open_session(mount(current_app).db, passes.WHO_POINTS, read_only=True) as across:
        found = undo.look(session(), across, known.importable, known.run)
    return render_template("jalon/import_undo.html", known=known, found=found)


def _undo(known: Known) -> ResponseReturnValue:
    import_id = known.run.id
    try:
        answer = gone_on(import_id, passes.ask(session(), known.run, passes.UNDO))
    except (DomainError, StaleDataError) as refusal:
        session().rollback()
        flash(str(said(refusal)), "error")
        return redirect(url_for("jalon_import.show", import_id=import_id))
    _clear()
    return answer


def _clear() -> None:
    """What erasing left outside its rows; what cannot be cleared now, or is undone later, is in the night."""
    try:
        erasure_remains.clear(mount(current_app).db, documents.folder())
    except (OSError, SQLAlchemyError):
        current_app.logger.exception("what an erasure leaves could not be cleared yet")
