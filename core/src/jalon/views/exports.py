"""Exporting a list, for a reason that is written down."""

from __future__ import annotations

from flask import Blueprint, current_app, render_template, request, send_file
from flask.typing import ResponseReturnValue

from jalon import access, exports, importables, spreadsheets
from jalon.access import requires
from jalon.app_of import mount
from jalon.clock import today
from jalon.db import open_session
from jalon.db.current import session
from jalon.errors import DomainError
from jalon.i18n import _
from jalon.importable import Importable
from jalon.scope import scope_of

blueprint = Blueprint("jalon_exports", "jalon", template_folder="templates")
SHOWN = 30


@blueprint.get("/exports/")
@requires("jalon.exports")
def index() -> ResponseReturnValue:
    """What may be exported, and what left last."""
    return _page()


@blueprint.post("/exports/")
@requires("jalon.exports")
def make() -> ResponseReturnValue:
    """The file, once it is noted who takes it and why."""
    chosen = next((one for one in _offered() if one.name == request.form.get("what")), None)
    kind = request.form.get("kind", "")
    if chosen is None:
        return _page(_("Choose a list."), field="what")
    if kind not in spreadsheets.KINDS:
        return _page(_("Choose a kind of file."), field="kind")
    try:
        reason = exports.check_reason(request.form.get("reason", ""))
    except DomainError as refusal:
        return _page(str(refusal), field="reason")
    scope = scope_of(session())
    session().rollback()  # reading a long list must not keep others from writing
    with open_session(mount(current_app).db, scope, read_only=True) as reading:
        file, rows = exports.write(reading, chosen, kind)
    exports.note(session(), chosen, kind, reason=reason, rows=rows)
    session().commit()
    access.note("jalon.exports", chosen.model.__tablename__, rows=rows)
    name = f"{chosen.label} {today(scope.zone):%Y-%m-%d}.{kind}"
    answer = send_file(file, mimetype=spreadsheets.MIMES[kind], as_attachment=True, download_name=name)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def _offered() -> list[Importable]:
    return importables.to_export(mount(current_app).registry, scope_of(session()))


def _page(refusal: str = "", *, field: str = "") -> ResponseReturnValue:
    every = {one.name: one.label for one in importables.known(mount(current_app).registry, scope_of(session()))}
    page = render_template(
        "jalon/exports.html",
        offered=_offered(),
        past=exports.last(session(), SHOWN),
        labels=every,
        refusal=refusal,
        field=field,
        longest=exports.LONGEST_REASON,
    )
    return (page, 422) if refusal else page
