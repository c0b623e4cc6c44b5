"""The blocks of an issue: added, changed, moved, removed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from jalon.access import requires
from jalon.db.current import session
from jalon.errors import DomainError
from jalon.forms import JalonForm, refuse
from jalon_newsletter import blocks, live
from jalon_newsletter.forms import FORMS, LiveForm
from jalon_newsletter.i18n import _
from jalon_newsletter.models import Block, Issue, Kind
from jalon_newsletter.views.blueprint import BLOCK, ISSUE, act, block_or_404, blueprint, hooks, issue_or_404


@blueprint.route(f"{ISSUE}/blocks", methods=["GET", "POST"])
@requires("newsletter.write")
def add_block(issue_id: int) -> ResponseReturnValue:
    """One more block, of the kind that the address says."""
    issue = issue_or_404(issue_id)
    kind = next((k for k in Kind if k.value == request.args.get("kind")), Kind.TEXT)
    form = _form(kind, None)
    return _block_page(issue, kind, form, lambda values: blocks.add(session(), issue, kind, **values))


@blueprint.route(f"{BLOCK}/", methods=["GET", "POST"])
@requires("newsletter.write")
def change_block(block_id: int) -> ResponseReturnValue:
    """Another wording."""
    block = block_or_404(block_id)
    form = _form(block.kind, block)
    return _block_page(block.issue, block.kind, form, lambda values: blocks.change(session(), block, **values), block)


def _form(kind: Kind, block: Block | None) -> Any:
    form = FORMS[kind](request.form if request.method == "POST" else None, obj=block)
    if isinstance(form, LiveForm):
        said = live.offered(session(), hooks()).excerpts
        known = {name: excerpt.title for name, excerpt in said.items()}
        if block is not None:
            known.setdefault(block.source, block.source)
        form.source.choices = list(known.items())
    return form


def _block_page(
    issue: Issue, kind: Kind, form: JalonForm, save: Callable[[dict[str, Any]], object], block: Block | None = None
) -> ResponseReturnValue:
    id, title = issue.id, issue.title
    if request.method == "POST" and form.validate():
        try:
            save(form.data)
            session().commit()
            flash(_("The block is saved."), "success")
            return redirect(url_for(".write", issue_id=id, _anchor="blocks"))
        except DomainError as refusal:
            session().rollback()
            refuse(form, refusal)
    page = render_template(
        "jalon_newsletter/block.html",
        form=form,
        issue_id=id,
        title=title,
        kind=Kind.labels()[kind],
        is_new=block is None,
        is_empty=kind is Kind.LIVE and not form["source"].choices,
    )
    return page, (422 if request.method == "POST" else 200)


@blueprint.post(f"{BLOCK}/up")
@requires("newsletter.write")
def up(block_id: int) -> ResponseReturnValue:
    """One place up."""
    block = block_or_404(block_id)
    return act(block.issue_id, lambda: blocks.move(session(), block, by=-1), "", _anchor=f"block-{block_id}")


@blueprint.post(f"{BLOCK}/down")
@requires("newsletter.write")
def down(block_id: int) -> ResponseReturnValue:
    """One place down."""
    block = block_or_404(block_id)
    return act(block.issue_id, lambda: blocks.move(session(), block, by=1), "", _anchor=f"block-{block_id}")


@blueprint.post(f"{BLOCK}/remove")
@requires("newsletter.write")
def remove(block_id: int) -> ResponseReturnValue:
    """Take it out; the page that follows offers to put it back."""
    block = block_or_404(block_id)
    to = {"removed": block_id, "_anchor": "removed"}
    return act(block.issue_id, lambda: blocks.remove(session(), block), "", **to)


@blueprint.post(f"{BLOCK}/put-back")
@requires("newsletter.write")
def put_back(block_id: int) -> ResponseReturnValue:
    """Removing it was a mistake."""
    block = block_or_404(block_id, removed=True)
    done = _("The block stands where it stood.")
    return act(block.issue_id, lambda: blocks.put_back(session(), block), done, _anchor=f"block-{block_id}")
