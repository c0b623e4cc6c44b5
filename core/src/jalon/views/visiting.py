"""Who comes without signing in: in one structure, without any right, and what a module answers them."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from flask import current_app, g, make_response, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from jalon import modules, pages, structures
from jalon.app_of import mount
from jalon.db.engine import SAFE_METHODS
from jalon.errors import DomainError
from jalon.i18n import _
from jalon.models import Structure
from jalon.scope import Actor, Scope


def scope_in(looking: Session, structure: Structure) -> Scope:
    """The scope of a visitor of that structure; `looking` works across structures."""
    return Scope(
        structure=structures.ref(structure),
        actor=Actor(_("Somebody without an account")),
        enabled=modules.read_enabled(looking, mount(current_app).registry, structure.id),
        zone=ZoneInfo(structure.zone),
    )


def enter(scope: Scope, *, speaker: str) -> Session:
    """The request's session in that scope until the request is over; the page speaks as the module does."""
    assert scope.structure is not None
    session: Session = mount(current_app).db.session()
    g.jalon_slug, g.jalon_speaker = scope.structure.slug, speaker
    g.jalon_stack.enter_context(scope.enter(session))
    return session


def answered(session: Session, answer: Callable[[], ResponseReturnValue | None]) -> Response:
    """What a module's view says; what a POST wrote is kept unless its status is 400 or more.

    A refusal that the view did not catch is said in its own sentence, with 422.
    """
    try:
        said = answer()
    except DomainError as refusal:
        session.rollback()
        said = pages.refusal(422, _("This cannot be done"), str(refusal))
    response = make_response(pages.not_found() if said is None else said)
    if request.method not in SAFE_METHODS:
        (session.commit if response.status_code < 400 else session.rollback)()
    return response
