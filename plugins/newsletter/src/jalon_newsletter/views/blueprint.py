"""What the newsletter's views share: addresses, the row or 404, a rule and what is said of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from jalon.db.current import session
from jalon.errors import DomainError
from jalon.hooks import Hooks
from jalon_newsletter import issues
from jalon_newsletter.models import Block, Issue

blueprint = Blueprint("jalon_newsletter", "jalon_newsletter", template_folder="templates")
ISSUE = "/issues/<int(max=2147483647):issue_id>"
BLOCK = "/blocks/<int(max=2147483647):block_id>"


def act(issue_id: int, rule: Callable[[], object], done: str, **to: Any) -> ResponseReturnValue:
    try:
        rule()
        session().commit()
        if done:
            flash(done, "success")
    except DomainError as refusal:
        session().rollback()
        flash(str(refusal), "error")
    return redirect(url_for(".write", issue_id=issue_id, **to))


def issue_or_404(id: int) -> Issue:
    return issues.find(session(), id) or abort(404)


def block_or_404(id: int, *, removed: bool = False) -> Block:
    """One that stands in its issue; with `removed`, one that was taken out too."""
    some = select(Block).where(Block.id == id)
    return session().scalar(some if removed else some.where(Block.removed_at.is_(None))) or abort(404)


def hooks() -> Hooks:
    found: Hooks = current_app.extensions["jalon"].hooks
    return found
