"""What must not be kept for ever: the duty of every module, switched on or not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon.hooks import Hooks
from jalon.models import InstalledModule, OpenDuty

DUTY = "apply_retention"


@dataclass(frozen=True)
class RetentionReport:
    """Records erased by module, and the modules whose code was absent."""

    erased: dict[str, int]
    absent: list[str]


def apply(session: Session, hooks: Hooks, *, before: datetime) -> RetentionReport:
    """Ask every module to erase the names in what ended before `before`, for the session's structure."""
    answers = hooks.duty(session, DUTY, before=before)
    known = session.scalars(select(InstalledModule.slug))
    absent = sorted(s for s in known if not ((m := hooks.registry.get(s)) and m.loaded))
    return RetentionReport({a.slug: a.value for a in answers}, absent)


def leave_open(session: Session, slugs: list[str], duty: str) -> None:
    """Remember, for the Modules page, that these modules owe a duty. Runs in a session across structures."""
    owed = set(session.scalars(select(OpenDuty.slug).where(OpenDuty.duty == duty)))
    session.add_all(OpenDuty(slug=slug, duty=duty) for slug in slugs if slug not in owed)
    for row in session.scalars(select(OpenDuty).where(OpenDuty.duty == duty)):
        if row.slug not in slugs:
            session.delete(row)  # its code is back and the duty is done
    session.flush()
