"""The days to come on which a structure is closed or school is out, as the settings page tells them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon import clock, settings
from jalon.core_settings import Opening
from jalon.holidays import SchoolZone, public_holidays, school_holidays
from jalon.models import Closure
from jalon.scope import scope_of

AHEAD = timedelta(days=365)
MOST = 8


@dataclass(frozen=True)
class Span:
    """Some days with a name, both included."""

    first: date
    last: date
    name: str

    def __str__(self) -> str:
        if self.first == self.last:
            return f"{self.first:%d/%m/%Y}"
        return f"{self.first:%d/%m/%Y} – {self.last:%d/%m/%Y}"


@dataclass(frozen=True)
class DaysOff:
    """The next closures, public holidays and school holidays, at most eight of each."""

    closures: list[Span]
    public: list[Span]
    school: list[Span]
    zone_unknown: bool


def coming(session: Session) -> DaysOff:
    """What comes within a year."""
    today = clock.today(scope_of(session).zone)
    opening, until = settings.current(session, Opening), today + AHEAD
    own = session.scalars(
        select(Closure).where(Closure.last_day >= today).order_by(Closure.first_day, Closure.id).limit(MOST)
    )
    years = (today.year, today.year + 1)
    holidays = sorted((day, name) for year in years for day, name in public_holidays(opening.region, year).items())
    school = school_holidays(session, opening.school_zone, today, until)
    return DaysOff(
        [Span(c.first_day, c.last_day, c.name) for c in own],
        [Span(day, day, name) for day, name in holidays if today <= day <= until][:MOST],
        [Span(s.first_day, s.last_day, s.name) for s in school][:MOST],
        zone_unknown=opening.school_zone is not SchoolZone.NONE and not school,
    )
