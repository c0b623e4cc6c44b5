"""Exporting a list, for a reason that is written down; its file is taken for a day by whoever asked."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from jalon import access_log, document_files, exports, importables, jobs, spreadsheets
from jalon.access import Reading, requires
from jalon.app_of import mount
from jalon.db.current import session
from jalon.errors import DomainError
from jalon.i18n import _
from jalon.importable import Importable
from jalon.localtime import to_local
from jalon.models import Export, QueuedJob
from jalon.scope import scope_of
from jalon.worker import lend_a_hand

blueprint = Blueprint("jalon_exports", "jalon", template_folder="templates")
SHOWN = 30
RIGHT = "jalon.exports"
ID = "/exports/<int(max=2147483647):export_id>"


class Mine(NamedTuple):
    """A list that its reader asked for today; `job` while it is not made."""

    export: Export
    job: QueuedJob | None


@blueprint.get("/exports/")
@requires(RIGHT)
def index() -> ResponseReturnValue:
    """What may be exported, what one asked for today, and what left last."""
    return _page()


@blueprint.post("/exports/")
@requires(RIGHT)
def make() -> ResponseReturnValue:
    """Note who wants the list and why; a short one is made at once, a long one by a worker."""
    chosen = _offered(request.form.get("what", ""))
    kind = request.form.get("kind", "")
    if chosen is None:
        return _page(_("Choose a list."), field="what")
    if kind not in spreadsheets.KINDS:
        return _page(_("Choose a kind of file."), field="kind")
    try:
        reason = exports.check_reason(request.form.get("reason", ""))
    except DomainError as refusal:
        return _page(str(refusal), field="reason")
    small = exports.is_small(session(), chosen)
    job_id = exports.ask(session(), chosen, kind, reason=reason).job_id
    session().commit()
    if small and job_id is not None:
        lend_a_hand(mount(current_app), job_id)
    return redirect(url_for(".index"))


@blueprint.get(f"{ID}/file")
@requires(RIGHT)
def take(export_id: int) -> ResponseReturnValue:
    """The file, for whoever asked for it and may still read the list; each time is logged before it leaves."""
    export = _mine_or_none(export_id)
    if export is None:
        return _gone()
    chosen = _offered(export.importable) or abort(404)
    path = document_files.path_of(_folder(), export.file) if export.file else None
    if export.made_at is None or not exports.is_alive(export) or path is None or not path.is_file():
        return _gone()
    scope = scope_of(session())
    name = f"{chosen.label} {to_local(export.made_at, scope.zone):%Y-%m-%d}.{export.kind}"
    kind, said = export.kind, Reading(RIGHT, chosen.model.__tablename__, None, export.rows, export.reason)
    session().rollback()
    access_log.record(mount(current_app).db, scope, [said])
    answer = send_file(path, mimetype=spreadsheets.MIMES[kind], as_attachment=True, download_name=name)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@blueprint.post(f"{ID}/delete")
@requires(RIGHT)
def delete(export_id: int) -> ResponseReturnValue:
    """Delete the file now; that it was asked for stays."""
    export = _mine_or_none(export_id)
    if export is None:
        return _gone()
    name = exports.delete(session(), export)
    session().commit()
    if name is not None:
        document_files.remove(_folder(), name)
    flash(_("The file is deleted."), "success")
    return redirect(url_for(".index"))


def _mine_or_none(export_id: int) -> Export | None:
    """One that the reader asked for; 404 where the structure has none of that number."""
    if not exports.exists(session(), export_id):
        abort(404)
    return exports.find_mine(session(), export_id)


def _gone() -> ResponseReturnValue:
    """A colleague's is told as one that is deleted."""
    flash(_("This file is deleted: ask for the list again."), "error")
    return redirect(url_for(".index"))


def _folder() -> Path:
    return exports.folder_of(current_app.config, current_app.instance_path)


def _lists() -> list[Importable]:
    return importables.to_export(mount(current_app).registry, scope_of(session()))


def _offered(name: str) -> Importable | None:
    return next((one for one in _lists() if one.name == name), None)


def _mine() -> list[Mine]:
    found = exports.mine(session())
    return [
        Mine(one, jobs.find(session(), one.job_id) if one.made_at is None and one.job_id else None) for one in found
    ]


def _page(refusal: str = "", *, field: str = "") -> ResponseReturnValue:
    every = {one.name: one.label for one in importables.known(mount(current_app).registry, scope_of(session()))}
    page = render_template(
        "jalon/exports.html",
        offered=_lists(),
        mine=_mine(),
        ends_at=exports.ends_at,
        past=exports.last(session(), SHOWN),
        labels=every,
        refusal=refusal,
        field=field,
        longest=exports.LONGEST_REASON,
    )
    return (page, 422) if refusal else page
