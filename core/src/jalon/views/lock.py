"""The lock of a shared desk: unlocking, and what a page left open asks before it covers itself."""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue

from jalon import open_sessions
from jalon.access import open_to_all
from jalon.app_of import mount
from jalon.db import open_session
from jalon.errors import DomainError
from jalon.open_sessions import Presence
from jalon.views import locked
from jalon.views.identity import here, inside, onward
from jalon.views.proof import SIGN_IN

blueprint = Blueprint("jalon_lock", "jalon", template_folder="templates")
JSON = "application/json"


@blueprint.post("/account/unlock")
@open_to_all("a locked session proves who is there with its password")
def unlock() -> ResponseReturnValue:
    """Open the locked session and go on; asked by a page's own dialog, say so and leave the page as it is."""
    presence, back = here(), inside(request.args.get("next"))
    for_dialog = request.accept_mimetypes.best == JSON
    if presence is None:
        return ({"gone": True}, 401) if for_dialog else redirect(url_for("jalon_account.login", next=back))
    try:
        if presence.locked:
            locked.unlock(presence, request.form.get(locked.PASSWORD, ""), request.form.get(locked.CODE, ""))
    except DomainError as refusal:
        if for_dialog:
            return {"refusal": str(refusal), "code": presence.needs_code}, 401
        return locked.page(presence, back=back or url_for("jalon_account.start"), refusal=str(refusal))
    return {"left": presence.idle.total_seconds()} if for_dialog else onward(back)


@blueprint.post("/account/presence")
@open_to_all("a locked session is told that it is locked")
def presence() -> ResponseReturnValue:
    """What a page left open asks: whether its session is locked, and after how many seconds it would be.

    `active` says that somebody typed or clicked there since, which counts as a visit.
    """
    found = here()
    if found is None:
        return {"gone": True}, 401
    if found.locked:
        return {"locked": True, "code": found.needs_code}
    return {"left": _noted(found) if "active" in request.form else found.left.total_seconds()}


def _noted(found: Presence) -> float:
    with open_session(mount(current_app).db, SIGN_IN) as writing:
        open_sessions.touch(writing, found)
        writing.commit()
    return found.idle.total_seconds()
