"""Importing a list: what was imported, and a file that is sent. What follows is in `import_run` and `import_undo`."""

from __future__ import annotations

import io

from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from jalon import importables, spreadsheets
from jalon.access import requires, takes_files
from jalon.app_of import mount
from jalon.db.current import session
from jalon.errors import DomainError
from jalon.i18n import _
from jalon.importable import Importable
from jalon.imports import kept, runs
from jalon.models import Import, ImportState
from jalon.scope import scope_of
from jalon.views.import_run import folder, handed_out

blueprint = Blueprint("jalon_imports", "jalon", template_folder="templates")
LARGEST_REQUEST = spreadsheets.LARGEST_BYTES + 512 * 1024  # and its form
SHOWN = 30  # imports


@blueprint.get("/imports/")
@requires("jalon.imports")
def index() -> ResponseReturnValue:
    """What can be imported here, and what was."""
    return _index()


@blueprint.get("/imports/model")
@requires("jalon.imports")
def model() -> ResponseReturnValue:
    """An empty list with our names of the columns."""
    chosen = _chosen(request.args.get("what", "")) or next(iter(_offered()), None) or abort(404)
    file = io.BytesIO()
    spreadsheets.write(file, "xlsx", [str(column.header) for column in chosen.columns if not column.only_told], [])
    return handed_out(file, _("Empty list %(list)s", list=chosen.label), "xlsx")


@blueprint.post("/imports/")
@requires("jalon.imports")
@takes_files(LARGEST_REQUEST)
def send() -> ResponseReturnValue:
    """Read a file, and keep its cells until the import is done and for 30 days."""
    importable, sent = _chosen(request.form.get("what", "")), request.files.get("file")
    if importable is None:
        return _index(_("Say what this list holds."), field="what")
    try:
        data = sent.stream.read(spreadsheets.LARGEST_BYTES + 1) if sent is not None else b""
        name, digest, cells = runs.prepare((sent.filename or "") if sent is not None else "", data)
    except DomainError as refusal:
        return _index(str(refusal), field="file")
    kept.sweep(folder())
    file = kept.keep(folder(), cells)
    run = runs.start(session(), importable, name=name or str(importable.label), digest=digest, cells=cells, file=file)
    session().commit()
    return redirect(url_for("jalon_import.show", import_id=run.id))


def _offered() -> list[Importable]:
    return importables.to_import(mount(current_app).registry, scope_of(session()))


def _chosen(name: str) -> Importable | None:
    return next((importable for importable in _offered() if importable.name == name), None)


def _index(refusal: str = "", *, field: str = "") -> ResponseReturnValue:
    every = {one.name: one for one in importables.known(mount(current_app).registry, scope_of(session()))}
    past = session().scalars(select(Import).order_by(Import.id.desc()).limit(SHOWN))
    page = render_template(
        "jalon/imports.html",
        offered=_offered(),
        past=[(run, every[run.importable]) for run in past if run.importable in every],
        states=ImportState.labels(),
        refusal=refusal,
        field=field,
        typed=request.values.get("what", ""),
        most=spreadsheets.MOST_LINES,
    )
    return (page, 422) if refusal else page
