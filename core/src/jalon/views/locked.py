"""A session that locked itself: its page asks the password again, and keeps what was being sent."""

from __future__ import annotations

from flask import current_app, g, render_template, request
from flask.typing import ResponseReturnValue

from jalon import open_sessions, pages
from jalon.app_of import mount
from jalon.db import open_session
from jalon.errors import DomainError
from jalon.open_sessions import Presence
from jalon.views.proof import SIGN_IN, prove_again, prove_code

PASSWORD, CODE = "jalon_password", "jalon_code"  # no form of a module has fields of these names
NOT_CARRIED = frozenset({CODE, pages.CSRF_FIELD})


def unlock(presence: Presence, password: str, code: str) -> None:
    """Open a locked session again. Raises WrongPassword, WrongCode, TooManyAttempts."""
    prove_again(presence.email, password)
    if presence.needs_code:
        prove_code(presence.user_id, code)
    with open_session(mount(current_app).db, SIGN_IN) as writing:
        open_sessions.unlock(writing, presence)
        writing.commit()


def opened_by_request(presence: Presence) -> bool:
    """Whether the form that arrives is one that was kept, with the password that opens the session.

    It then goes on to its own view in this very request: nothing is stored on the way.
    """
    if request.method != "POST" or PASSWORD not in request.form:
        return False
    try:
        unlock(presence, request.form[PASSWORD], request.form.get(CODE, ""))
    except DomainError as refusal:
        g.jalon_lock_refusal = str(refusal)
        return False
    return True


def page(presence: Presence, *, back: str | None = None, refusal: str = "") -> ResponseReturnValue:
    """The lock screen of an address: it goes on there, with the fields that were posted (no files)."""
    sent = request.method == "POST" and back is None
    where = request.full_path.rstrip("?")
    return render_template(
        "jalon/lock.html",
        _=pages.catalogue_of("core").gettext,
        presence=presence,
        refusal=refusal or g.get("jalon_lock_refusal", ""),
        sent=sent,
        carried=_carried() if sent else [],
        files_lost=sent and any(file.filename for file in request.files.values()),
        where=where if sent else "",
        back=back or where,
    ), 401


def _carried() -> list[tuple[str, str]]:
    """What was posted, but passwords: no page brings one back."""
    return [(n, v) for n, v in request.form.items(multi=True) if n not in NOT_CARRIED and "password" not in n]
