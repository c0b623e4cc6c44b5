"""A form sent twice makes one record: a hidden key in the form, and a view that runs once for the same form."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import flash, make_response, redirect, request, url_for

from jalon import sent_forms
from jalon.db.current import session
from jalon.i18n import _

FIELD = "once"
CSRF = "csrf_token"
LONGEST = 300  # of an address that is remembered
_KEY = re.compile(r"[A-Za-z0-9_-]{16,40}")
F = TypeVar("F", bound=Callable[..., Any])


def key() -> str:
    """The key of a form that is shown: a new one, or the one it was refused with."""
    return _sent() or secrets.token_urlsafe(16)


def sent_once(view: F) -> F:
    """This view makes a record from a form that carries `key()` as `once`; sent again, it leads where it led.

    A form whose words were changed since is another form, whatever its key: nothing that was typed is lost. The
    view commits when it is done and answers by a redirect; a refused form is not noted, and may be sent again.
    """

    @wraps(view)
    def guarded(**arguments: Any) -> Any:
        if request.method != "POST" or not _sent():
            return view(**arguments)
        digest = _digest()
        known = sent_forms.claim(session(), digest)
        if known is not None:
            flash(_("This form was sent twice: it is saved once."), "success")
            return redirect(known.led_to or url_for("jalon_home.dashboard"))
        answer = make_response(view(**arguments))
        if answer.status_code == 302:
            address = answer.location or ""
            sent_forms.led(session(), digest, address if len(address) <= LONGEST else "")
            session().commit()
        return answer

    return cast(F, guarded)


def _sent() -> str:
    key = request.form.get(FIELD, "")
    return key if _KEY.fullmatch(key) else ""


def _digest() -> str:
    """Of the address and of all that the form holds; the token that every form of the browser shares is left out."""
    held = sorted((name, value) for name, value in request.form.items(multi=True) if name != CSRF)
    return hashlib.sha256(repr((request.path, held)).encode("utf-8", "surrogatepass")).hexdigest()
