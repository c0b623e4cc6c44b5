"""One import, step by step: its columns, its report, the answers for doubles, and how far it is."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm.exc import StaleDataError

from jalon import importables, pages, spreadsheets
from jalon.access import requires
from jalon.app_of import mount
from jalon.clock import now
from jalon.db.current import session
from jalon.errors import DomainError
from jalon.i18n import _
from jalon.importable import Importable
from jalon.imports import kept, passes, report, runs, undo
from jalon.imports.kept import FileForgotten, Kept
from jalon.models import Choice, Import, ImportState, QueuedJob
from jalon.scope import scope_of
from jalon.worker import lend_a_hand

blueprint = Blueprint("jalon_import", "jalon", template_folder="templates")
ID = "/imports/<int(max=2147483647):import_id>"


@dataclass(frozen=True)
class Known:
    """An import of the structure, its list, its cells while they are kept, and what does its last pass."""

    run: Import
    importable: Importable
    cells: Kept | None
    job: QueuedJob | None

    @property
    def going(self) -> bool:
        """Whether a pass is under way; one that stopped too."""
        under_way = self.run.state in (ImportState.CHECKING, ImportState.WRITING)
        return under_way or (self.job is not None and self.job.finished_at is None)


def folder() -> Path:
    """Where this application keeps the cells of imported files."""
    return kept.folder_of(current_app.config, current_app.instance_path)


@blueprint.get(ID)
@requires("jalon.imports")
def show(import_id: int) -> ResponseReturnValue:
    """Where an import stands: its columns, how far a pass is, its report, or what it made."""
    return _page(known_or_404(import_id))


@blueprint.post(f"{ID}/columns")
@requires("jalon.imports")
def columns(import_id: int) -> ResponseReturnValue:
    """Take the columns as they were chosen, and check each line without writing anything."""
    known = known_or_404(import_id)
    if known.cells is None:
        return _gone()
    places = _places(known.importable, known.cells)
    for_all = {c.name: request.form.get(f"all-{c.name}", "").strip() for c in known.importable.columns if c.for_all}
    try:
        runs.choose_columns(session(), known.importable, known.run, places, for_all)
        return gone_on(import_id, passes.ask(session(), known.run, "check"))
    except (DomainError, StaleDataError) as refusal:
        session().rollback()
        return _page(known_or_404(import_id), refused=said(refusal), typed=(places, for_all))


@blueprint.post(f"{ID}/confirm")
@requires("jalon.imports")
def confirm(import_id: int) -> ResponseReturnValue:
    """Write the lines that are ready and those of doubles that are said to be others."""
    known = known_or_404(import_id)
    if known.cells is None:
        return _gone()
    try:
        runs.begin_writing(session(), known.run)
        runs.answer(session(), known.run, _answers())
        return gone_on(import_id, passes.ask(session(), known.run, "write"))
    except (DomainError, StaleDataError) as refusal:
        session().rollback()
        flash(str(said(refusal)), "error")
        return redirect(url_for(".show", import_id=import_id))


@blueprint.post(f"{ID}/carry-on")
@requires("jalon.imports")
def carry_on(import_id: int) -> ResponseReturnValue:
    """Take up a pass that stopped: it failed, or no worker has come for it."""
    known = known_or_404(import_id)
    if known.cells is None:
        return _gone()
    job = passes.ask_again(session(), known.run)
    return gone_on(import_id, job) if job is not None else redirect(url_for(".show", import_id=import_id))


@blueprint.get(f"{ID}/refused")
@requires("jalon.imports")
def refused(import_id: int) -> ResponseReturnValue:
    """The lines that were refused, as the file had them, with why: to be corrected and sent again."""
    known = known_or_404(import_id)
    if known.cells is None:
        return _gone()
    kind = request.args.get("kind") if request.args.get("kind") in spreadsheets.KINDS else "xlsx"
    file = io.BytesIO()
    headers, rows = report.to_correct(session(), known.importable, known.run, known.cells)
    spreadsheets.write(file, str(kind), headers, rows)
    return handed_out(file, _("%(file)s to correct", file=known.run.file_name), str(kind))


@blueprint.post(f"{ID}/leave")
@requires("jalon.imports")
def leave(import_id: int) -> ResponseReturnValue:
    """Give an import up before anything was written: its lines are deleted at once."""
    known = known_or_404(import_id)
    if known.run.state in (ImportState.SENT, ImportState.CHECKING, ImportState.CHECKED):
        name = known.run.file
        runs.forget(session(), known.run)
        session().commit()
        kept.remove(folder(), name)
        flash(_("The lines of this file are deleted; nothing was imported."), "success")
    return redirect(url_for("jalon_imports.index"))


# --- what the pages need ---


def known_or_404(import_id: int) -> Known:
    """An import of the structure, else 404; whoever may not write its list goes back, told which right is missing."""
    run = session().scalars(select(Import).where(Import.id == import_id)).one_or_none() or abort(404)
    try:
        importable = importables.named(mount(current_app).registry, scope_of(session()), run.importable)
    except importables.ListOff:
        abort(404)
    if not scope_of(session()).may(importable.write_permission):
        flash(pages.right_needed(importable.write_permission), "error")
        abort(redirect(url_for("jalon_imports.index")))
    job = passes.job_of(session(), run)
    try:
        return Known(run, importable, kept.load(folder(), run.file), job)
    except FileForgotten:
        return Known(run, importable, None, job)


def gone_on(import_id: int, job: QueuedJob) -> ResponseReturnValue:
    """Begin what was asked for, and see where it stands; a worker does the rest."""
    job_id = job.id
    session().commit()
    lend_a_hand(mount(current_app), job_id)
    return redirect(url_for("jalon_import.show", import_id=import_id))


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


def said(refusal: DomainError | StaleDataError) -> DomainError:
    """What a refusal says; of two who change an import at once, the second is told so."""
    return refusal if isinstance(refusal, DomainError) else runs.StepRefused()


def _gone() -> ResponseReturnValue:
    flash(str(FileForgotten()), "error")
    return redirect(url_for("jalon_imports.index"))


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
        stopped=known.going and (known.job is None or known.job.is_left or known.job.finished_at is not None),
        undo_open=undo.is_open(run) and run.made > 0 and not known.going,
        now=now(),
    )


def handed_out(file: io.BytesIO, name: str, kind: str) -> ResponseReturnValue:
    """A list as a file to keep."""
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
