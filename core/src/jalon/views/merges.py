"""Two files that may be one person's: the list of them, the two side by side, the merge and its undoing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from jalon import access, duplicates, history, merges, people, resemblances, sides, unmerging
from jalon.access import requires
from jalon.db import open_session
from jalon.db.current import session
from jalon.errors import DomainError
from jalon.i18n import _
from jalon.models import Beneficiary, InstalledModule, Merge
from jalon.scope import scope_of
from jalon.texts import id_of
from jalon.views.beneficiaries import person_or_404, version_of

blueprint = Blueprint("jalon_merges", "jalon", template_folder="templates")
ID = "/beneficiaries/<int(max=2147483647):beneficiary_id>"
BESIDE = frozenset({"jalon_situation_item", "jalon_beneficiary_reader", "jalon_duplicate_request", "jalon_beneficiary"})


@blueprint.get("/beneficiaries/doubles")
@requires("jalon.beneficiaries.read")
def doubles() -> str:
    """Pairs that look like one person, the surest first."""
    found = resemblances.pairs(session())
    return render_template("jalon/doubles.html", pairs=found, most=resemblances.SHOWN)


@blueprint.post(f"{ID}/apart")
@requires("jalon.beneficiaries.merge")
def apart(beneficiary_id: int) -> ResponseReturnValue:
    """These are two persons, and nobody asks again."""
    person, other = person_or_404(beneficiary_id), _other()
    if other is None:
        return _ask_which(person), 422
    duplicates.keep_apart(session(), person.id, [other.id])
    session().commit()
    flash(_("Noted: they are two persons."), "success")
    return redirect(url_for(".doubles"))


@blueprint.route(f"{ID}/merge", methods=["GET", "POST"])
@requires("jalon.beneficiaries.merge")
def review(beneficiary_id: int) -> ResponseReturnValue:
    """Both files side by side; what is chosen, once confirmed, is the one file."""
    kept = _open_person(beneficiary_id)
    other = _other()
    if other is None and request.method == "POST" and (coded := _coded()) is not None:
        return redirect(url_for(".review", beneficiary_id=kept.id, other=coded.id))
    if other is None:
        return (_ask_which(kept), 422) if request.method == "POST" else _ask_which(kept)
    if request.method == "GET":
        return _side_by_side(kept, other)
    if request.form.get("version") != _version(kept, other):
        return _side_by_side(kept, other, refusal=_("One of the files was changed meanwhile: look again.")), 409
    return _merge(kept, other)


@blueprint.route("/beneficiaries/merges/<int(max=2147483647):merge_id>/undo", methods=["GET", "POST"])
@requires("jalon.beneficiaries.merge")
def undo(merge_id: int) -> ResponseReturnValue:
    """What undoing does and what stands in its way; then it is done."""
    merge = session().scalar(select(Merge).where(Merge.id == merge_id)) or abort(404)
    kept_id, merged_id = merge.kept_id, merge.merged_id
    if person_or_404(kept_id).identity is None:  # who may not name a person separates no files either
        abort(404)
    if request.method == "GET":
        return _undoing(merge_id)
    session().rollback()  # the other session writes, and SQLite has one writer
    try:
        with _across("a merge is undone in every structure") as writing:
            unmerging.undo(writing, writing.get_one(Merge, merge_id))
            writing.commit()
    except DomainError as refusal:
        session().rollback()
        return _undoing(merge_id, refusal=str(refusal)), 422
    flash(_("The merge is undone: both files are there again."), "success")
    return redirect(url_for("jalon_person.show", beneficiary_id=merged_id))


def _merge(kept: Beneficiary, other: Beneficiary) -> ResponseReturnValue:
    ids = kept.id, other.id
    may = scope_of(session()).may
    offered = [difference.name for difference in sides.differences(session(), kept, other, may)]
    choices = {name: request.form.get(f"of-{name}", "") for name in offered}
    choices = {name: side for name, side in choices.items() if side in (sides.KEPT, sides.MERGED)}
    if set(choices) != set(offered):
        said = _("Say of each line which file is right: nothing was merged.")
        return _side_by_side(kept, other, refusal=said, choices=choices), 422
    session().rollback()  # the other session writes, and SQLite has one writer
    try:
        with _across("two files of one person are merged, whichever structures know them") as writing:
            merges.merge(writing, *ids, choices=choices)
            writing.commit()
    except (DomainError, IntegrityError) as refusal:
        session().rollback()
        said = (
            str(refusal) if isinstance(refusal, DomainError) else _("The files could not be merged: nothing changed.")
        )
        return _side_by_side(*map(person_or_404, ids), refusal=said, choices=choices), 422
    flash(_("The two files are one."), "success")
    return redirect(url_for("jalon_person.show", beneficiary_id=ids[0]))


@contextmanager
def _across(why: str, *, read_only: bool = False) -> Iterator[Session]:
    """A session across structures for one merge, in the name of whoever asks."""
    scope = replace(scope_of(session()), across=why)
    with open_session(current_app.extensions["jalon"].db, scope, read_only=read_only) as opened:
        yield opened


def _open_person(beneficiary_id: int) -> Beneficiary:
    """A person whose file is open to the reader; 404 else."""
    person = person_or_404(beneficiary_id)
    return person if person.file is not None else abort(404)


def _other() -> Beneficiary | None:
    """The other file, by its id in a link or a form of ours."""
    given = id_of(request.values.get("other", ""))
    return _open_person(given) if given is not None else None


def _coded() -> Beneficiary | None:
    """The other file by what somebody typed, when it finds one; posted, for it may be a name."""
    found = people.search(session(), request.form.get("code", ""))
    return found[0] if len(found) == 1 and found[0].file is not None else None


def _version(*persons: Beneficiary) -> str:
    return "-".join(version_of(person) for person in persons)


def _ask_which(kept: Beneficiary) -> str:
    """The page where the other file is named."""
    typed = request.form.get("code", "").replace("\0", "")[: people.LONGEST]
    nobody = request.method == "POST"
    alike = duplicates.of_person(session(), kept)
    return render_template("jalon/merge_which.html", person=kept, typed=typed, nobody=nobody, alike=alike)


def _side_by_side(
    kept: Beneficiary, other: Beneficiary, *, refusal: str = "", choices: Mapping[str, str] | None = None
) -> str:
    may = scope_of(session()).may
    differing = sides.differences(session(), kept, other, may)
    for right in {d.aspect.permission for d in differing} - {None}:
        for person in (kept, other):
            access.note(str(right), "jalon_beneficiary", person.id)
    with _across("what follows when two files are merged, counted", read_only=True) as counting:
        hindered = _hindrance(counting, kept.id, other.id)
        counts = dict(merges.followers(counting, other.id)) if not hindered else {}
    return render_template(
        "jalon/merge.html",
        kept=kept,
        other=other,
        version=_version(kept, other),
        differences=differing,
        choices=choices or {},
        refusal=refusal or hindered,
        hindered=bool(hindered),
        follows=_by_module(counts),
    )


def _hindrance(reading: Session, kept_id: int, merged_id: int) -> str:
    """Why these two cannot be merged; nothing when they can."""
    try:
        merges.check(reading, *merges.both(reading, kept_id, merged_id, locked=False))
    except DomainError as refusal:
        return str(refusal)
    return ""


def _by_module(counts: Mapping[str, int]) -> list[tuple[str, list[tuple[str, int]]]]:
    """What follows, by the module it belongs to; of one whose code is absent, under the name it was installed with."""
    registry = current_app.extensions["jalon"].registry
    installed = {row.slug: row.name for row in session().scalars(select(InstalledModule))}
    found: dict[str, list[tuple[str, int]]] = {}
    for table, count in counts.items():
        slug = table.partition("_")[0]
        if table in BESIDE:
            continue
        module = registry.get(slug)
        name = "" if slug == "jalon" else module.name if module else installed.get(slug, slug)
        found.setdefault(name, []).append((history.kind_of(table), count))
    return sorted(found.items())


def _undoing(merge_id: int, *, refusal: str = "") -> str:
    merge: Any = session().scalar(select(Merge).where(Merge.id == merge_id)) or abort(404)
    with _across("what changed since two files were merged", read_only=True) as reading:
        changes = unmerging.changed_since(reading, reading.get_one(Merge, merge_id)) if not merge.undone_at else []
    return render_template(
        "jalon/merge_undo.html",
        merge=merge,
        kept=person_or_404(merge.kept_id),
        merged=session().scalar(select(Beneficiary).where(Beneficiary.id == merge.merged_id)),
        last_day=unmerging.last_day(merge),
        possible=unmerging.is_possible(merge) and not changes,
        changes=changes,
        called=history.column_called,
        refusal=refusal,
    )
