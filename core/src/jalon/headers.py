"""What our answers tell a browser to refuse; a host's own answers are left as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app, request

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.wrappers import Response

    from jalon.app import Jalon

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "font-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
ALWAYS = {
    "Content-Security-Policy": "; ".join(f"{what} {whence}" for what, whence in POLICY.items()),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",  # an address may hold a token, or what somebody searched for
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
A_YEAR = 365 * 24 * 3600


def install(app: Flask, mount: Jalon) -> None:
    """Give these headers to every answer of ours: pages, refusals, redirects, files."""

    @app.after_request
    def protect(response: Response) -> Response:
        return _protected(response) if mount.answers(request.endpoint) else response


def _says_who_keeps(response: Response) -> bool:
    """Whether a view said itself who may keep its answer; the `no-cache` that `send_file` writes on all does not."""
    return (request.endpoint or "").endswith(".static") or not {"private", "public"}.isdisjoint(response.cache_control)


def _protected(response: Response) -> Response:
    response.headers.update(ALWAYS)
    if current_app.config.get("JALON_PUBLIC_URL", "").startswith("https:"):
        response.headers["Strict-Transport-Security"] = f"max-age={A_YEAR}"
    if response.status_code >= 400 or not _says_who_keeps(response):
        response.headers["Cache-Control"] = "no-store"  # nobody finds a file of a person behind the back button
    return response
