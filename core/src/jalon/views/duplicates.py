"""Questions that other structures of the collective put: is this somebody you know?"""

from __future__ import annotations

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from jalon import crossings
from jalon.access import requires
from jalon.db import open_session
from jalon.db.current import session
from jalon.errors import DomainError
from jalon.i18n import _
from jalon.models import DuplicateRequest
from jalon.scope import Scope, scope_of, structure_of

blueprint = Blueprint("jalon_duplicates", "jalon", template_folder="templates")


@blueprint.get("/duplicates/")
@requires("jalon.beneficiaries.write")
def index() -> str:
    """Questions that wait for an answer of this structure."""
    waiting = crossings.to_answer(session(), structure_of(session()).id)
    return render_template("jalon/duplicates.html", waiting=waiting)


@blueprint.post("/duplicates/<int(max=2147483647):duplicate_request_id>/answer")
@requires("jalon.beneficiaries.write")
def answer(duplicate_request_id: int) -> ResponseReturnValue:
    """The same person: the asking structure is linked to the known file. Somebody else: nothing crosses."""
    said = request.form.get("same")
    here = structure_of(session()).id
    asked = select(DuplicateRequest.id).where(
        DuplicateRequest.id == duplicate_request_id, DuplicateRequest.to_structure_id == here
    )
    if session().scalar(asked) is None:
        abort(404)
    if said not in ("yes", "no"):
        flash(_("Say whether it is the same person."), "error")
        return redirect(url_for(".index"))
    scope = scope_of(session())
    session().rollback()  # the other session writes, and SQLite has one writer
    across = Scope(actor=scope.actor, zone=scope.zone, across="an answer may link the structure that asked")
    try:
        with open_session(current_app.extensions["jalon"].db, across) as answering:
            crossings.answer(
                answering, duplicate_request_id, structure_id=here, same=said == "yes", answered_by=scope.actor.name
            )
            answering.commit()
        flash(_("The answer is sent."), "success")
    except DomainError as refusal:
        flash(str(refusal), "error")
    return redirect(url_for(".index"))
