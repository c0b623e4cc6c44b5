"""Documents: noting that a paper was seen, keeping a copy, handing it out, taking it away."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, FileField, StringField
from wtforms.validators import InputRequired, Length

from jalon import access, document_files, documents, subjects, uploads
from jalon.access import requires, takes_files
from jalon.admin import Preset
from jalon.clock import today
from jalon.db import open_session
from jalon.db.current import session
from jalon.errors import DomainError
from jalon.forms import DayField, EnumField, JalonForm
from jalon.i18n import _, _l
from jalon.models import Document, DocumentKind
from jalon.scope import Scope, scope_of
from jalon.subjects import Found
from jalon.uploads import Clean
from jalon.views import about

blueprint = Blueprint("jalon_documents", "jalon", template_folder="templates")
LARGEST_REQUEST = 12 * 1024 * 1024  # a file of 10 MB, and its form
SHOWN = 200
WHO_NEEDS_IT = Scope(across="a copy is one file, whichever structures keep it")
PRESETS = (
    Preset("soon", _l("Expires soon"), documents.expiring_soon),
    Preset("expired", _l("Expired"), documents.expired),
    Preset("all", _l("All"), documents.there),
)


class DocumentForm(JalonForm):
    """What was seen, until when it is good, and a copy when one must be kept."""

    kind = EnumField(_l("Kind"), [InputRequired(_l("Choose one."))], enum_class=DocumentKind, allow_blank=True)
    name = StringField(
        _l("Name"), [Length(max=documents.LONGEST_NAME)], description=_l("Empty: the file's name, or its kind")
    )
    seen_on = DayField(_l("Seen on"), [InputRequired(_l("Say when you saw it."))])
    expires_on = DayField(_l("Good until"), [])
    file = FileField(_l("Copy"), description=_l("PDF, JPEG, PNG or WebP, 10 MB at most; empty if seeing it is enough"))
    copy_needed = BooleanField(_l("A copy of this identity paper or licence is really needed"))


def folder() -> Path:
    """Where this application keeps its copies."""
    return document_files.folder_of(current_app.config, current_app.instance_path)


@blueprint.get("/documents/")
@requires("jalon.documents.read")
def index() -> str:
    """Documents whose subjects are seen: those that expire soon unless another part is asked for."""
    chosen = next((p for p in PRESETS if p.slug == request.args.get("show")), PRESETS[0])
    found = documents.listed(session(), chosen.where(session()), limit=SHOWN + 1)
    return render_template(
        "jalon/documents.html",
        presets=PRESETS,
        chosen=chosen,
        documents=found[:SHOWN],
        more=len(found) > SHOWN,
        shown=subjects.describe(session(), [(d.subject_table, d.subject_id) for d in found]),
        kinds=DocumentKind.labels(),
        day=today(scope_of(session()).zone),
    )


@blueprint.post("/documents/")
@requires("jalon.documents.write")
@takes_files(LARGEST_REQUEST)
def add() -> ResponseReturnValue:
    """Note that a paper was seen; keep its copy when one was sent."""
    form, copy = DocumentForm(request.form), None
    valid = form.validate()
    try:  # before anything is asked of the database: a picture takes a second, and others wait to write
        copy = _copy(form)
    except DomainError as refusal:
        about.refuse(form, refusal)
        valid = False
    subject = about.sent()
    if subject is None:
        return about.incomplete()
    if valid:
        try:
            _keep(form, subject, copy)
            return _kept(subject, _("The document is saved.") if copy else _("It is noted that you saw this paper."))
        except about.REFUSED as error:
            about.refuse(form, error)
    if _one_of_many():
        return jsonify(refused=_sentences(form)), 422
    return about.page(form, subject, title=_("New document"), files=True), 422


def _one_of_many() -> bool:
    """Whether a script sends several files, one a request: it says of each what became of it."""
    return request.accept_mimetypes.best == "application/json"


def _kept(subject: Found, sentence: str) -> ResponseReturnValue:
    if _one_of_many():
        return jsonify(saved=sentence), 201
    flash(sentence, "success")
    return redirect(about.back(subject))


def _sentences(form: Any) -> str:
    """Why a document is refused, in one line; a field is named where the file is not to blame."""
    told = [(field, error) for field in form for error in field.errors]
    lines = [str(error) if field.name == "file" else f"{field.label.text}\u00a0: {error}" for field, error in told]
    return " ".join([*map(str, form.form_errors), *lines])


def _copy(form: Any) -> Clean | None:
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return None
    name = documents.name_from(sent.filename)
    cleaned = uploads.clean(sent.stream.read(uploads.LARGEST_BYTES + 1))
    if not (form.name.data or "").strip():
        form.name.data = name
    return cleaned


def _keep(form: Any, subject: Found, copy: Clean | None) -> None:
    """The file is written before its row is committed: a row never points at nothing."""
    values = {
        "kind": form.kind.value,
        "name": (form.name.data or "").replace("\0", ""),
        "seen_on": form.seen_on.data,
        "copy_needed": form.copy_needed.data,
    }
    if copy is None:
        documents.add(session(), subject, expires_on=form.expires_on.data, **values)
        session().commit()
        return
    documents.check(session(), copied=True, **values)
    session().rollback()  # who clears an erasure holds the files and waits to write: the other order locks both
    with document_files.alone(folder()):
        subject = about.the(subject.table, subject.id)  # it may have been erased while this waited
        digest = document_files.keep(folder(), copy.data)
        documents.add(session(), subject, expires_on=form.expires_on.data, copy=copy, digest=digest, **values)
        session().commit()


@blueprint.get("/documents/<int(max=2147483647):document_id>")
@requires("jalon.documents.read")
def open_document(document_id: int) -> ResponseReturnValue:
    """The copy; of a paper that was only seen, what was noted."""
    document = documents.find(session(), document_id) or abort(404)
    if document.beneficiary_id is not None:
        access.note("jalon.documents.read", document.subject_table, document.subject_id)
    if document.digest is None:
        subject = about.the(document.subject_table, document.subject_id)
        return render_template(
            "jalon/document.html", document=document, about=subject, kind=DocumentKind.labels()[document.kind]
        )
    return _handed_out(document)


def _handed_out(document: Document) -> Response:
    path = document_files.path_of(folder(), document.digest or "")
    if not path.is_file():
        abort(404)
    answer = send_file(
        io.BytesIO(path.read_bytes()), mimetype=document.mime, download_name=documents.file_name(document)
    )
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@blueprint.post("/documents/<int(max=2147483647):document_id>/remove")
@requires("jalon.documents.write")
def remove(document_id: int) -> ResponseReturnValue:
    """Take a document away, and its file when nobody else needs it."""
    document = documents.find(session(), document_id) or abort(404)
    subject = about.the(document.subject_table, document.subject_id)
    try:
        digest = documents.remove(session(), document)
        session().commit()
    except DomainError as refusal:
        session().rollback()
        flash(str(refusal), "error")
        return redirect(about.back(subject))
    if digest:
        _forget(digest)
    flash(_("The document is removed."), "success")
    return redirect(about.inside(request.form.get("back")) or url_for(".index"))


def _forget(digest: str) -> None:
    with (
        document_files.alone(folder()),
        open_session(current_app.extensions["jalon"].db, WHO_NEEDS_IT, read_only=True) as looking,
    ):
        if digest not in documents.needed(looking, [digest]):
            document_files.remove(folder(), digest)
