"""What must not be kept for ever: the duty of every module, switched on or not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon import access_log, modules
from jalon.clock import now
from jalon.hooks import Hooks
from jalon.models import InstalledModule, OpenDuty

DUTY = "apply_retention"
KEPT_YEARS = 2  # after the end of the affair


@dataclass(frozen=True)
class RetentionReport:
    """Records erased by module, the modules whose code or tables could not answer, and log entries removed."""

    erased: dict[str, int]
    absent: list[str]
    readings: int = 0


def oldest_kept(years: int = KEPT_YEARS) -> datetime:
    """What ended before this instant loses its names."""
    return now() - timedelta(days=365 * years)


def apply(session: Session, hooks: Hooks, *, before: datetime) -> RetentionReport:
    """Ask every module to erase the names in what ended before `before`, for the session's structure.

    What a module without code owes stays written on the Modules page until it is done. Entries of the access log
    go after twelve months, whatever `before` is.
    """
    answers = hooks.duty(session, DUTY, before=before)
    absent = set(session.scalars(select(InstalledModule.slug))) - modules.prepared(session, hooks.registry)
    _leave_open(session, absent)
    return RetentionReport({a.slug: a.value for a in answers}, sorted(absent), access_log.forget(session))


def _leave_open(session: Session, owing: set[str]) -> None:
    rows = {row.slug: row for row in session.scalars(select(OpenDuty).where(OpenDuty.duty == DUTY))}
    session.add_all(OpenDuty(slug=slug, duty=DUTY) for slug in sorted(owing - set(rows)))
    for slug in set(rows) - owing:
        session.delete(rows[slug])  # its code is back and the duty is done
    session.flush()
