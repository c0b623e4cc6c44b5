"""Static files: an address names their contents, so a browser keeps them for a year and never has an old one."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import current_app, request

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.wrappers import Response

    from jalon.app import Jalon

MARK = "v"  # the argument that carries the fingerprint


def install(app: Flask, mount: Jalon) -> None:
    """Put fingerprints into the addresses of our static files, and let browsers keep what they name."""

    @app.url_defaults
    def name_contents(endpoint: str, values: dict[str, Any]) -> None:
        if not mount.is_ours(endpoint) or not endpoint.endswith(".static") or MARK in values:
            return
        if mark := fingerprint(endpoint, str(values.get("filename", ""))):
            values[MARK] = mark

    @app.after_request
    def keep(response: Response) -> Response:
        endpoint = request.endpoint or ""
        if mount.is_ours(endpoint) and endpoint.endswith(".static") and response.status_code in (200, 304):
            _let_keep(response, fingerprint(endpoint, str((request.view_args or {}).get("filename", ""))))
        return response


def _let_keep(response: Response, mark: str) -> None:
    """A year at an address that names these very contents; a day at a bare one, which a style sheet gives its font."""
    asked = request.args.get(MARK)
    named = "public, max-age=31536000, immutable"
    bare = "public, max-age=86400"
    response.headers["Cache-Control"] = named if mark and asked == mark else "no-cache" if asked else bare


def fingerprint(endpoint: str, filename: str) -> str:
    """Sixteen letters and figures that change with a file's contents; empty when there is no such file."""
    owner = current_app.blueprints.get(endpoint.rpartition(".")[0])
    folder = Path(owner.static_folder).resolve() if owner and owner.static_folder else None
    path = folder / filename if folder and filename else None
    if path is None or not path.is_file() or folder not in path.resolve().parents:
        return ""
    return _digest(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=256)
def _digest(path: Path, changed_ns: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]
