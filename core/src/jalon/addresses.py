"""Addresses that leave the site, in a message or on paper."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import urlsplit

from flask import current_app, has_request_context, url_for


def public_url(endpoint: str, **values: Any) -> str:
    """The whole address of a page, below `JALON_PUBLIC_URL` whatever the `Host` header says.

    endpoint: in full, `jalon_door.label`. Works outside a request when the setting is there, and in a demo of our own
    site without it, where the address is the one that `jalon serve` answers on. In a host without the setting it is the
    request's own address, which that host answers for.
    """
    public = current_app.config.get("JALON_PUBLIC_URL") or _of_the_demo()
    if not public:
        return url_for(endpoint, _external=True, **values)
    where = urlsplit(public)
    current_app.inject_url_defaults(endpoint, values)
    adapter = current_app.url_map.bind(where.netloc, script_name=where.path or "/", url_scheme=where.scheme)
    return adapter.build(endpoint, values, force_external=True)


def _of_the_demo() -> str:
    """What `jalon serve` answers on, for a mail that the demo's worker writes; empty where a request says it."""
    if has_request_context() or "JALON_PUBLIC_URL" not in current_app.config:
        return ""
    return f"http://127.0.0.1:{os.environ.get('JALON_PORT') or '8000'}"
