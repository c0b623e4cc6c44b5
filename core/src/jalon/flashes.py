"""Flashed messages: ours and a host's lie in one browser session and are each shown on their own pages."""

from __future__ import annotations

from typing import TypeVar

from flask import g, session
from werkzeug.wrappers import Response

FLASK, ASIDE = "_flashes", "jalon_flashes"
R = TypeVar("R", bound=Response)


def take() -> None:
    """Until `release`, what is flashed and shown is ours."""
    g.jalon_took_flashes = True
    _exchange()


def release() -> None:
    """Put the host's messages back where Flask looks for them; does nothing when they were not taken."""
    if g.pop("jalon_took_flashes", False):
        _exchange()


def give_back(response: R) -> R:
    """After a request, before its session is stored."""
    release()
    return response


def _exchange() -> None:
    """Touch the session only when there are messages: an untouched one sends no cookie."""
    waiting = {FLASK: session.pop(ASIDE, None), ASIDE: session.pop(FLASK, None)}
    for key, messages in waiting.items():
        if messages:
            session[key] = messages
