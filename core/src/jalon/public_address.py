"""The site's public address, and what follows from it: whom to believe, which host names, which cookies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

from werkzeug.middleware.proxy_fix import ProxyFix

if TYPE_CHECKING:
    from flask import Flask

OWN_NAMES = ("127.0.0.1", "localhost", "[::1]")  # for whoever watches the server from itself
COOKIE = "jalon_session"


def parts(config: dict[str, Any]) -> SplitResult | None:
    """The public address taken apart, None when it is absent or is none."""
    try:
        found = urlsplit(config.get("JALON_PUBLIC_URL") or "")
        found.port  # noqa: B018 - a port that is no number is only said when it is asked for
    except ValueError:
        return None
    return found if found.scheme in ("http", "https") and found.hostname else None


def hops(config: dict[str, Any]) -> int:
    """How many proxies stand before the site. Raises RuntimeError for what is no such number."""
    said = str(config.get("JALON_TRUSTED_PROXIES") or "0").strip()
    if not said.isascii() or not said.isdigit() or int(said) > 9:
        raise RuntimeError("JALON_TRUSTED_PROXIES is the number of proxies before this site: 0, 1, 2…")
    return int(said)


def apply(app: Flask) -> None:
    """Make the application stand where its settings say. Raises RuntimeError as `hops` does."""
    _believe(app, hops(app.config))
    where = parts(app.config)
    if where is None:
        return
    app.config["SESSION_COOKIE_SECURE"] = where.scheme == "https"
    if where.scheme == "https" and where.path in ("", "/"):
        app.config["SESSION_COOKIE_NAME"] = f"__Host-{COOKIE}"  # no neighbour below the same domain can set it
    if app.config["JALON_ENV"] == "production":
        app.config["TRUSTED_HOSTS"] = [_host(where), *OWN_NAMES]


def _host(where: SplitResult) -> str:
    name = where.hostname or ""
    return f"[{name}]" if ":" in name else name


def _believe(app: Flask, count: int) -> None:
    """Client and scheme as that many proxies say them; the host is passed on as Host, never read elsewhere.

    A proxy that does not write X-Forwarded-Host or -Prefix itself passes on what a visitor invents there.
    """
    if count:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count)  # type: ignore[method-assign]
