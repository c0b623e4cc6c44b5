"""Importing a list: send a file, confirm its columns, read the report, answer for the doubles, import; undo."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic
from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from jalon import importables, pages, spreadsheets
from jalon.access import requires, takes_files
from jalon.app_of import mount
from jalon.clock import now
from jalon.db import open_session
from jalon.db.current import session
from jalon.errors import DomainError
from jalon.i18n import _
from jalon.importable import Importable
from jalon.imports import kept, report, runs, undo
from jalon.imports.kept import FileForgotten, Kept
from jalon.imports.steps import Pass
from jalon.models import Choice, Import, ImportState
from jalon.scope import Scope, scope_of

blueprint = Blueprint("jalon_imports", "jalon", template_folder="templates")
LARGEST_REQUEST = spreadsheets.LARGEST_BYTES + 512 * 1024  # and its form
SHOWN = 30  # imports
PATIENCE_S = 8.0  # of one request; then its page carries on with the next
WHO_POINTS = Scope(across="does anything, in any structure, point at what an import made")


@dataclass(frozen=True)
class Known:
    """An import of the structure, its list, and its cells while they are kept."""

    run: Import
    importable: Importable
    cells: Kept | None


def folder() -> Path:
    """Where this application keeps the cells of imported files."""
    return kept.folder_of(current_app.config, current_app.instance_path)


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
    return _handed_out(file, f"{_('Model')} {chosen.label}", "xlsx")


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
    return redirect(url_for(".show", import_id=run.id))


@blueprint.get("/imports/<int(max=2147483647):import_id>")
@requires("jalon.imports")
def show(import_id: int) -> ResponseReturnValue:
    """Where an import stands: its columns, its report, or what it made."""
    return _page(_known(import_id))


@blueprint.post("/imports/<int(max=2147483647):import_id>/columns")
@requires("jalon.imports")
def columns(import_id: int) -> ResponseReturnValue:
    """Take the columns as they were chosen, and check each line without writing anything."""
    known = _known(import_id)
    if known.cells is None:
        return _gone()
    places = _places(known.importable, known.cells)
    for_all = {c.name: request.form.get(f"all-{c.name}", "").strip() for c in known.importable.columns if c.for_all}
    try:
        runs.choose_columns(session(), known.importable, known.run, places, for_all)
        session().commit()
    except (DomainError, StaleDataError) as refusal:
        session().rollback()
        return _page(_known(import_id), refused=_said(refusal), typed=(places, for_all))
    return _carried_on(known, Pass.check)


@blueprint.post("/imports/<int(max=2147483647):import_id>/confirm")
@requires("jalon.imports")
def confirm(import_id: int) -> ResponseReturnValue:
    """Write the lines that are ready and those of doubles that are said to be others; or carry on what stopped."""
    known = _known(import_id)
    if known.cells is None:
        return _gone()
    if known.run.state is ImportState.CHECKING:
        return _carried_on(known, Pass.check)
    try:
        if known.run.state is not ImportState.WRITING:
            runs.begin_writing(session(), known.run)
            runs.answer(session(), known.run, _answers())
            session().commit()
    except (DomainError, StaleDataError) as refusal:
        session().rollback()
        flash(str(_said(refusal)), "error")
        return redirect(url_for(".show", import_id=import_id))
    return _carried_on(known, Pass.write)


@blueprint.get("/imports/<int(max=2147483647):import_id>/refused")
@requires("jalon.imports")
def refused(import_id: int) -> ResponseReturnValue:
    """The lines that were refused, as the file had them, with why: to be corrected and sent again."""
    known = _known(import_id)
    if known.cells is None:
        return _gone()
    kind = request.args.get("kind") if request.args.get("kind") in spreadsheets.KINDS else "xlsx"
    file = io.BytesIO()
    headers, rows = report.to_correct(session(), known.importable, known.run, known.cells)
    spreadsheets.write(file, str(kind), headers, rows)
    return _handed_out(file, f"{known.run.file_name} {_('to correct')}", str(kind))


@blueprint.route("/imports/<int(max=2147483647):import_id>/undo", methods=["GET", "POST"])
@requires("jalon.imports")
def take_back(import_id: int) -> ResponseReturnValue:
    """What undoing takes back and what stays, first to be read, then done."""
    known = _known(import_id)
    if not undo.is_open(known.run):
        flash(str(undo.TooLate()), "error")
        return redirect(url_for(".show", import_id=import_id))
    jalon = mount(current_app)
    if request.method == "GET":
        with open_session(jalon.db, WHO_POINTS, read_only=True) as across:
            found = undo.look(session(), across, known.importable, known.run)
        return render_template("jalon/import_undo.html", known=known, found=found)
    with _writing() as writing, open_session(jalon.db, WHO_POINTS, read_only=True) as across:
        run = writing.scalars(select(Import).where(Import.id == import_id)).one()
        try:
            found = undo.undo(writing, across, jalon.hooks, known.importable, run)
            writing.commit()
            flash(_("%(n)s records are taken back.", n=len(found.goes)), "success")
        except (DomainError, StaleDataError) as refusal:
            flash(str(_said(refusal)), "error")
    return redirect(url_for(".show", import_id=import_id))


@blueprint.post("/imports/<int(max=2147483647):import_id>/leave")
@requires("jalon.imports")
def leave(import_id: int) -> ResponseReturnValue:
    """Give an import up before anything was written: its lines are deleted at once."""
    known = _known(import_id)
    if known.run.state in (ImportState.SENT, ImportState.CHECKING, ImportState.CHECKED):
        name = known.run.file
        runs.forget(session(), known.run)
        session().commit()
        kept.remove(folder(), name)
        flash(_("The lines of this file are deleted; nothing was imported."), "success")
    return redirect(url_for(".index"))


# --- what the pages need ---


def _offered() -> list[Importable]:
    return importables.to_import(mount(current_app).registry, scope_of(session()))


def _chosen(name: str) -> Importable | None:
    return next((importable for importable in _offered() if importable.name == name), None)


def _known(import_id: int) -> Known:
    """An import of the structure, else 404; whoever may not write its list goes back, told which right is missing."""
    run = session().scalars(select(Import).where(Import.id == import_id)).one_or_none() or abort(404)
    all_of_them = importables.known(mount(current_app).registry, scope_of(session()))
    importable = next((one for one in all_of_them if one.name == run.importable), None) or abort(404)
    if not scope_of(session()).may(importable.write_permission):
        flash(pages.right_needed(importable.write_permission), "error")
        abort(redirect(url_for(".index")))
    try:
        return Known(run, importable, kept.load(folder(), run.file))
    except FileForgotten:
        return Known(run, importable, None)


@contextmanager
def _writing() -> Iterator[Session]:
    """A session for a batch: what it writes is told as an import's. The page's own must hold no lock meanwhile."""
    scope = replace(scope_of(session()), origin="import")
    session().rollback()
    with open_session(mount(current_app).db, scope) as writing:
        yield writing


def _carried_on(known: Known, step: Callable[[Pass, Session], bool]) -> ResponseReturnValue:
    """The batches of a pass, each committed by itself, so that others can write in between."""
    assert known.cells is not None
    import_id = known.run.id
    through, started = Pass(known.importable, known.run, known.cells), monotonic()
    try:
        more = True
        while more and monotonic() - started < PATIENCE_S:
            with _writing() as writing:
                more = step(through, writing)
                writing.commit()
    except (DomainError, StaleDataError) as refusal:  # a colleague, or a second click, does the same
        flash(str(_said(refusal)), "error")
    return redirect(url_for(".show", import_id=import_id))


def _places(importable: Importable, cells: Kept) -> dict[str, int]:
    """Where each column was said to be; what is no place in the file is none."""
    width = len(cells.sheet.headers)
    sent = ((column.name, request.form.get(f"column-{column.name}", "")) for column in importable.columns)
    return {name: int(place) for name, place in sent if place.isdecimal() and len(place) < 4 and int(place) < width}


def _answers() -> dict[int, Choice]:
    """What was said of each double, by its line."""
    words = {choice.value: choice for choice in Choice}
    sent = ((name.removeprefix("line-"), word) for name, word in request.form.items() if name.startswith("line-"))
    return {int(line): words[word] for line, word in sent if line.isdecimal() and len(line) < 7 and word in words}


def _said(refusal: DomainError | StaleDataError) -> DomainError:
    return refusal if isinstance(refusal, DomainError) else runs.StepRefused()


def _gone() -> ResponseReturnValue:
    flash(str(FileForgotten()), "error")
    return redirect(url_for(".index"))


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


def _page(known: Known, *, refused: DomainError | None = None, typed: Any = None) -> ResponseReturnValue:
    run = known.run
    fixing = run.state is ImportState.SENT or (run.state is ImportState.CHECKED and "columns" in request.args)
    if known.cells is not None and (fixing or refused is not None):
        places, for_all = typed or (json.loads(run.columns), json.loads(run.for_all))
        page = render_template(
            "jalon/import_columns.html",
            known=known,
            sheet=known.cells.sheet,
            places=places,
            for_all=for_all,
            left=[h for at, h in enumerate(known.cells.sheet.headers) if h and at not in places.values()],
            earlier=runs.earlier(session(), run),
            refused=refused,
        )
        return (page, 422) if refused is not None else page
    return render_template(
        "jalon/import_report.html",
        known=known,
        told=report.report(session(), known.importable, run, known.cells),
        states=ImportState.labels(),
        undo_open=undo.is_open(run) and run.made > 0,
        now=now(),
    )


def _handed_out(file: io.BytesIO, name: str, kind: str) -> ResponseReturnValue:
    file.seek(0)
    bare = "".join(c if c.isalnum() or c in " -_.’'" else " " for c in name)
    answer = send_file(
        file,
        mimetype=spreadsheets.MIMES[kind],
        as_attachment=True,
        download_name=f"{' '.join(bare.split())}.{kind}",
    )
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
