"""`jalon trace URL --as EMAIL`: what one page asks of the gate, the modules and the database."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from time import perf_counter
from urllib.parse import urlsplit

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from jalon import accounts, tracing
from jalon.accounts import Identity
from jalon.app_of import mount
from jalon.cli.common import Refused, across, first_line, json_option
from jalon.models import User
from jalon.tracing import Trace

MARKS = {True: "✓", False: "✗"}


@dataclass(frozen=True)
class Answered:
    """How the page answered; `failure` is what stopped it, without any value. `ms` of the whole request."""

    status: int | None
    ms: float
    bytes: int
    failure: str = ""


@click.command("trace")
@click.argument("url")
@click.option("--as", "email", required=True, metavar="EMAIL", help="Whose account opens the page.")
@json_option
@with_appcontext
def trace(url: str, email: str, as_json: bool) -> None:
    """Open URL once, here and as somebody, and list what it asked; nothing is written, and no page is shown."""
    parts = urlsplit(url)
    if not parts.path.startswith("/"):
        raise Refused("an address begins with /, for instance /relais/modules/")
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    identity = _identity(email)
    with _signed_in(identity), tracing.listening(mount(app).db.engine) as noted:
        answered = _open(app, path)
    if as_json:
        click.echo(json.dumps({"url": path, **asdict(answered), **asdict(noted)}, ensure_ascii=False))
    else:
        for line in _lines(path, answered, noted):
            click.echo(line)


def _identity(email: str) -> Identity:
    with across("find an account by its address") as session:
        found = session.scalar(
            select(User.id).where(User.email == accounts.address_of(email), User.closed_at.is_(None))
        )
    if found is None:
        raise Refused(f"no open account has the address {email}")
    return Identity("", user_id=found)


@contextmanager
def _signed_in(identity: Identity) -> Iterator[None]:
    """Whoever runs commands may read the database: the page is opened as if that person had signed in."""
    jalon = mount(current_app)
    usual = jalon.identify
    jalon.identify = lambda: identity
    try:
        yield
    finally:
        jalon.identify = usual


def _open(app: Flask, path: str) -> Answered:
    """The answer is never closed: what is written down once an answer was sent (the log of readings) is not."""
    started = perf_counter()
    base = app.config.get("JALON_PUBLIC_URL") or None
    try:
        with app.app_context(), app.test_request_context(path, base_url=base):
            response = app.full_dispatch_request()
            size = 0 if response.is_streamed else len(response.get_data())
            return Answered(response.status_code, (perf_counter() - started) * 1000, size)
    except SQLAlchemyError as error:
        return Answered(None, (perf_counter() - started) * 1000, 0, f"{type(error).__name__}: {first_line(error)}")
    except Exception as error:  # a page may fail in many ways, and how far it came is what was asked
        return Answered(None, (perf_counter() - started) * 1000, 0, type(error).__name__)


def _lines(path: str, answered: Answered, noted: Trace) -> Iterator[str]:
    said = f"{answered.status}, {answered.bytes / 1000:.1f} kB" if answered.status else f"stopped by {answered.failure}"
    yield f"GET {path}: {said}, {answered.ms:.0f} ms"
    yield "gate:" if noted.gate else "gate: not asked, this address is none of ours"
    for step in noted.gate:
        yield f"  {MARKS[step.passed]} {step.step:26}{step.about}".rstrip()
    yield f"hooks: {len(noted.hooks)}, {sum(h.ms for h in noted.hooks):.1f} ms"
    for call in noted.hooks:
        yield f"  {call.ms:7.1f} ms  {call.hook}  {call.module}"
    yield f"queries: {len(noted.queries)}, {sum(q.ms for q in noted.queries):.1f} ms"
    times: Counter[str] = Counter()
    for query in noted.queries:
        times[query.head] += 1
    for head, count in times.items():
        ms = sum(q.ms for q in noted.queries if q.head == head)
        yield f"  {ms:7.1f} ms  {f'{count} times ' if count > 1 else ''}{head}"
