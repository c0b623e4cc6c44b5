"""How many mails leave in a minute: what a mail provider allows, shared by all workers without one waiting."""

from __future__ import annotations

from datetime import timedelta

from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from jalon import throttle
from jalon.app_of import mount
from jalon.clock import real_now
from jalon.db import open_session
from jalon.i18n import _
from jalon.jobs import NotYet
from jalon.messages import JOB
from jalon.models import JobState, QueuedJob
from jalon.scope import Scope

MINUTE = timedelta(minutes=1)
COUNTING = Scope(across="the mails of a minute are counted for all structures together", origin="job")
KIND = "mail-minute"


def most() -> int:
    """Mails of a minute, from `JALON_MAIL_PER_MINUTE`; 0 for no limit."""
    return int(current_app.config.get("JALON_MAIL_PER_MINUTE") or 0)


def take() -> None:
    """Count one mail of the outbox that leaves now; what the site sends at once (a new password) is not counted.

    Raises NotYet when the minute is full, with a time at which this mail finds room behind those that wait already: so
    a burst is looked at about twice a mail, and what is asked for later need not wait behind all of it.
    """
    limit = most()
    if not limit:
        return
    with open_session(mount(current_app).db, COUNTING) as counting:
        try:
            throttle.allow(counting, KIND, "site", limit, MINUTE)
        except throttle.TooManyAttempts:
            wait = _behind(counting, limit)
        else:
            throttle.forget_before(counting, KIND, "site", real_now() - MINUTE)
            counting.commit()
            return
    raise NotYet(wait, _("It waits for its turn: this site sends %(n)s mails a minute.", n=limit))


def _behind(counting: Session, limit: int) -> timedelta:
    later = (QueuedJob.name == JOB, QueuedJob.state == JobState.WAITING, QueuedJob.due_at > real_now())
    return MINUTE * ((counting.scalar(select(func.count()).where(*later)) or 0) // limit + 1)
