"""One line of JSON for each request, on stderr: what was asked and answered, never of whom."""

from __future__ import annotations

import json
import logging
import secrets
import sys
import traceback
from datetime import UTC, datetime
from time import perf_counter
from typing import TYPE_CHECKING, Any

from flask import Flask, current_app, g, request
from sqlalchemy.exc import DBAPIError, IntegrityError

from jalon.db import constraint_of
from jalon.db.current import session
from jalon.scope import current_scope

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

log = logging.getLogger("jalon.requests")
ID_HEADER = "X-Request-ID"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Site(Flask):
    """An application that notes a broken page without its address: a path may hold what somebody typed."""

    def log_exception(self, exc_info: Any) -> None:
        log.error("a page broke", exc_info=exc_info)


def install(app: Flask) -> None:
    """Log every request of an application and tell its number to whoever asked. Called before all other hooks."""

    @app.before_request
    def begin() -> None:
        g.jalon_request, g.jalon_started = secrets.token_hex(8), perf_counter()

    @app.after_request  # the first that is registered is the last to run
    def note(response: Response) -> Response:
        if "jalon_request" in g:
            response.headers[ID_HEADER] = g.jalon_request
            level = logging.ERROR if response.status_code >= 500 else logging.INFO
            log.log(level, "request", extra={"jalon": _facts(response)})
        return response


def _facts(response: Response) -> dict[str, Any]:
    """The address' pattern and the numbers in it; no other value of a path, and no query string."""
    scope = current_scope(session())
    rule = request.url_rule.rule if request.url_rule else None
    numbers = {name: value for name, value in (request.view_args or {}).items() if isinstance(value, int)}
    return {
        "method": request.method if request.method in METHODS else "?",
        "route": rule,
        **({"ids": numbers} if numbers else {}),
        "status": response.status_code,
        "ms": round((perf_counter() - g.jalon_started) * 1000, 1),
        "user": scope.actor.user_id if scope else None,
        "structure": scope.structure.slug if scope and scope.structure else None,
        "module": current_app.extensions["jalon"].owner_of(request.blueprint),
    }


def to_stderr(*, as_json: bool) -> None:
    """Let this process say what it logs, once: JSON for machines, or short lines for whoever looks at a demo."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLine() if as_json else ShortLine())
    root = logging.getLogger()
    root.handlers = [h for h in root.handlers if not isinstance(h.formatter, (JsonLine, ShortLine))] + [handler]
    logging.getLogger("jalon").setLevel(logging.INFO)


class JsonLine(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(self.facts(record), ensure_ascii=False, default=str)

    def facts(self, record: logging.LogRecord) -> dict[str, Any]:
        said = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "request": g.get("jalon_request") if g else None,
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "jalon", {}),
        }
        if record.exc_info and record.exc_info[1]:
            said["errors"] = errors(record.exc_info[1])
        return said


class ShortLine(JsonLine):
    """The same facts, in one line one can read."""

    def format(self, record: logging.LogRecord) -> str:
        said = self.facts(record)
        hour = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S")
        if "route" not in said:
            lines = [f"  {line}" for error in said.get("errors", ()) for line in (error["type"], *error["where"])]
            return "\n".join([f"{hour} {said['level']} {said['message']}", *lines])
        who = f" · {said['structure']}" if said["structure"] else ""
        return f"{hour} {said['method']} {said['route'] or '(nowhere)'} {said['status']} {said['ms']:.0f} ms{who}"


def errors(error: BaseException) -> list[dict[str, Any]]:
    """An exception and what caused it: type and place of each, and of a database's what it refused.

    Never its message: an exception quotes what it stumbled on, which may be somebody's name.
    """
    told: list[dict[str, Any]] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        frames = traceback.extract_tb(current.__traceback__)
        places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        told.append({"type": type(current).__qualname__, "where": places, **_of_the_database(current)})
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return told


def _of_the_database(error: BaseException) -> dict[str, str]:
    """Statement without its values, constraint and code; what the driver says may quote a row."""
    if not isinstance(error, DBAPIError):
        return {}
    constraint = constraint_of(error) if isinstance(error, IntegrityError) else None
    code = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "sqlite_errorname", None)
    said = {"statement": error.statement, "constraint": constraint, "code": code}
    return {name: str(value) for name, value in said.items() if value}
