"""One check, what it looks at and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from jalon.db import open_session
from jalon.i18n import Text, _, _l
from jalon.registry import Registry
from jalon.scope import Actor, Scope

if TYPE_CHECKING:
    from flask import Flask

Level = Literal["good", "warning", "bad"]
LEVELS: tuple[Level, ...] = ("bad", "warning", "good")


@dataclass(frozen=True)
class Place:
    """What the checks look at, on an engine and a session that only read: nobody's work waits for them.

    `session` sees all structures; `hurried` leaves out what takes long.
    """

    config: dict[str, Any]
    engine: Engine
    registry: Registry
    session: Session
    hurried: bool = False

    @property
    def in_production(self) -> bool:
        return bool(self.config.get("JALON_ENV") == "production")

    @property
    def is_ours(self) -> bool:
        """Whether the settings are those of our own site, and not a host's."""
        return "JALON_ENV" in self.config


@dataclass(frozen=True)
class Finding:
    """What one check has to say: a sentence, and how to mend it when it is not good."""

    check: str
    level: Level
    sentence: str
    mend: str = ""


Run = Callable[[Place], Iterator[Finding]]


@dataclass(frozen=True)
class Check:
    """A question about the installation; `good` is its sentence when nothing is found."""

    name: str
    good: Text
    run: Run
    settings: bool  # whether it is about the settings of our own site


CHECKS: dict[str, Check] = {}


@contextmanager
def looking_at(app: Flask, actor: Actor, *, hurried: bool = False) -> Iterator[Place]:
    """The place an application is, for somebody who looks at all of it."""
    mount = app.extensions["jalon"]
    scope = Scope(actor=actor, across="look at the whole installation")
    engine = mount.db.engine.execution_options(jalon_read_only=True)
    with open_session(mount.db, scope, read_only=True) as session:
        yield Place(app.config, engine, mount.registry, session, hurried)


def check(good: Text, *, settings: bool = False) -> Callable[[Run], Run]:
    """Register a function as the check of its name."""

    def register(run: Run) -> Run:
        CHECKS[run.__name__] = Check(run.__name__, good, run, settings)
        return run

    return register


def run(place: Place) -> list[Finding]:
    """Every check's findings, the worst first."""
    found = [f for check in CHECKS.values() if place.is_ours or not check.settings for f in _ask(check, place)]
    return sorted(found, key=lambda finding: LEVELS.index(finding.level))


def _ask(check: Check, place: Place) -> list[Finding]:
    """One check that cannot be made keeps nobody from the others."""
    try:
        return list(check.run(place)) or [Finding(check.name, "good", str(check.good))]
    except SQLAlchemyError:
        place.session.rollback()  # PostgreSQL answers nothing more in a transaction that failed
        return [Finding(check.name, "bad", _("“%(check)s” could not be checked.", check=check.good), str(UNANSWERED))]
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return [Finding(check.name, "bad", _("“%(check)s” could not be checked.", check=check.good), reason)]


UNANSWERED = _l("The database did not answer, or lacks tables: mend what is said of it first.")
