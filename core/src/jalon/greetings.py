"""The top of the dashboard: whom it greets, the day, and whether the structure is open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from babel.dates import format_date
from sqlalchemy.orm import Session

from jalon import calendar
from jalon.clock import today
from jalon.i18n import _, current_locale
from jalon.opening_hours import say
from jalon.scope import scope_of

AHEAD = timedelta(days=14)  # a closure is said that long before


@dataclass(frozen=True)
class Greeting:
    """Whom the page greets, the day, whether the structure is open, and what closes it soon."""

    name: str
    day: str
    hours: str
    closed: bool
    soon: str = ""


def read(session: Session) -> Greeting:
    """The top of the dashboard; the queries of one calendar."""
    scope = scope_of(session)
    day = today(scope.zone)
    known = calendar.read(session, day, day + AHEAD)
    here, coming = known.day(day), (known.day(day + timedelta(days=n)) for n in range(1, AHEAD.days + 1))
    closing = next((d for d in coming if d.name and not d.hours), None)
    shown = str(format_date(day, "full", locale=current_locale()))
    if here.hours:
        hours = _("Open today: %(hours)s", hours=say(here.hours))
    else:
        hours = _("Closed today (%(name)s)", name=here.name) if here.name else _("Closed today")
    soon = ""
    if closing is not None and closing.name != here.name:
        when = format_date(closing.date, "EEEE d MMMM", locale=current_locale())
        soon = _("Closed on %(day)s (%(name)s)", day=when, name=closing.name)
    return Greeting(called(scope.actor.name), shown, hours, not here.hours, soon)


def called(name: str) -> str:
    """The first name of who is called “Léa Martin”; the whole name of an account that is nobody's, “Front desk 2”."""
    words = name.split()
    return words[0] if 2 <= len(words) <= 3 and all(word[:1].isupper() for word in words) else name
