"""What every command shares: a session in a scope, refusals in one sentence, tables and JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any
from zoneinfo import ZoneInfo

import click
from flask import current_app
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from jalon import modules, structures
from jalon.app_of import mount
from jalon.db import open_session, refusal_of
from jalon.errors import DomainError
from jalon.i18n import _
from jalon.migrate import MigrationRefused
from jalon.models import Structure
from jalon.scope import Actor, Scope

UNMADE = {"42P01", "42703"}  # PostgreSQL: no such table, no such column
COMMAND_LINE = Actor(_("command line"))


class Refused(click.ClickException):
    """A command that cannot be done: one clear sentence, exit code 1."""


@contextmanager
def refusing() -> Iterator[None]:
    """Turn refusals of rules, of the database and of files into a sentence."""
    try:
        yield
    except (DomainError, MigrationRefused) as error:
        raise Refused(str(error)) from None
    except IntegrityError as error:
        raise Refused(str(refusal_of(error) or first_line(error))) from None
    except DBAPIError as error:
        raise Refused(first_line(error)) from None
    except OSError as error:
        raise Refused(f"{error.filename}: {error.strerror}" if error.filename else str(error)) from None


def first_line(error: SQLAlchemyError) -> str:
    """What the database said, without the SQL and the values it adds; what to do when it has no tables."""
    original = getattr(error, "orig", None) or error
    said = str(original)
    if said.startswith(("no such table", "no such column")) or getattr(original, "sqlstate", None) in UNMADE:
        return "the tables are not made: run “jalon db upgrade”"
    return (said.splitlines() or [type(error).__name__])[0]


@contextmanager
def across(reason: str) -> Iterator[Session]:
    """A session over all structures, for what concerns the installation."""
    with (
        refusing(),
        open_session(mount(current_app).db, Scope(actor=COMMAND_LINE, across=reason, origin="command")) as session,
    ):
        yield session


@contextmanager
def inside(slug: str) -> Iterator[Session]:
    """A session in one structure's scope. Refuses an unknown structure."""
    with across("find a structure by its address") as looking:
        structure = structure_at(looking, slug)
        scope = scope_for(looking, structure)
    with refusing(), open_session(mount(current_app).db, scope) as session:
        yield session


def scope_for(session: Session, structure: Structure) -> Scope:
    """The scope in which a command or a demo works for a structure."""
    enabled = modules.read_enabled(session, mount(current_app).registry, structure.id)
    ref, zone = structures.ref(structure), ZoneInfo(structure.zone)
    return Scope(structure=ref, actor=COMMAND_LINE, enabled=enabled, zone=zone, origin="command")


def structure_at(session: Session, slug: str) -> Structure:
    """The structure of that address, as a row. Refuses an unknown one."""
    structure = structures.at(session, slug)
    if structure is None:
        raise Refused(f"there is no structure at “{slug}”")
    return structure


def show(rows: Sequence[Any], *, as_json: bool, line: str) -> None:
    """Print dataclass rows, one `line` each, or all as JSON."""
    if as_json:
        click.echo(json.dumps([asdict(row) for row in rows], ensure_ascii=False, default=str))
    else:
        for row in rows:
            click.echo(line.format(**asdict(row)).rstrip())


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
structure_option = click.option("--structure", required=True, metavar="SLUG", help="The structure's address.")
