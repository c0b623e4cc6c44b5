"""When a structure is open: its hours, public holidays and own closures, by the clock on the wall."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date
from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon import settings
from jalon.core_settings import Opening
from jalon.errors import DomainError
from jalon.holidays import public_holidays, school_holidays
from jalon.i18n import _, _l, current_locale
from jalon.localtime import NoSuchTime, to_instant, to_local
from jalon.models import Closure, SchoolHoliday
from jalon.opening_hours import DAY, Hours, say
from jalon.scope import scope_of
from jalon.settings import Timeline

LONGEST_CLOSURE_DAYS = 366


class DayKind(enum.Enum):
    """What a day is, the strongest reason first."""

    CLOSURE = "closure"
    PUBLIC_HOLIDAY = "public_holiday"
    DAY_OFF = "day_off"
    OPEN = "open"


class ClosesBeforeItBegins(DomainError):
    """The last day of a closure is before its first."""

    field = "last_day"
    message = _l("The last day is before the first.")


class ClosureTooLong(DomainError):
    """A year typed wrong, more likely than a closure."""

    field = "last_day"
    message = _l("A closure lasts a year at most.")


@dataclass(frozen=True)
class Day:
    """One day of a structure; `name` is the closure's or the public holiday's, `hours` are empty when it is closed."""

    date: date
    kind: DayKind
    name: str
    hours: tuple[Hours, ...]
    school_holiday: str = ""

    def __str__(self) -> str:
        """“on Friday 25 December 2026, closed (Noël)”."""
        shown = str(format_date(self.date, "full", locale=current_locale()))
        if self.hours:
            return _("on %(day)s, open %(hours)s", day=shown, hours=say(self.hours))
        if self.name:
            return _("on %(day)s, closed (%(name)s)", day=shown, name=self.name)
        return _("on %(day)s, closed all day", day=shown)


@dataclass(frozen=True)
class Calendar:
    """What is known of a period, so that many days are asked at the cost of one."""

    zone: ZoneInfo
    opening: Timeline[Opening]
    closures: tuple[Closure, ...]
    school: tuple[SchoolHoliday, ...] = ()

    def day(self, day: date) -> Day:
        opening = self.opening.on(day)
        there = (s for s in self.school if s.zone == opening.school_zone.value)
        school = next((s.name for s in there if s.first_day <= day <= s.last_day), "")
        closure = next((c for c in self.closures if c.first_day <= day <= c.last_day), None)
        if closure is not None:
            return Day(day, DayKind.CLOSURE, closure.name, (), school)
        hours = opening.hours.days[day.weekday()]
        holiday = public_holidays(opening.region, day.year).get(day, "")
        if holiday:
            return Day(day, DayKind.PUBLIC_HOLIDAY, holiday, () if opening.closed_on_public_holidays else hours, school)
        return Day(day, DayKind.OPEN if hours else DayKind.DAY_OFF, "", hours, school)

    def is_open(self, at: datetime, *, closing: bool = False) -> bool:
        """Whether somebody is there at that instant; `closing`: at the closing minute too, as for bringing back."""
        local = to_local(at, self.zone)
        minute = local.hour * 60 + local.minute
        today = any(
            h.opens <= minute < h.closes or (closing and minute == h.closes) for h in self.day(local.date()).hours
        )
        if today or not closing or minute:
            return today
        return any(h.closes == DAY for h in self.day(local.date() - timedelta(days=1)).hours)


def read(session: Session, first: date, last: date) -> Calendar:
    """The calendar of a period, both days included: three queries, whatever its length."""
    opening = settings.timeline(session, Opening)
    closures = select(Closure).where(Closure.first_day <= last, Closure.last_day >= first - timedelta(days=1))
    zones = {opening.on(day).school_zone for day in [first, *opening.days(after=first)] if day <= last}
    school = [h for zone in sorted(zones, key=lambda z: z.value) for h in school_holidays(session, zone, first, last)]
    return Calendar(
        scope_of(session).zone, opening, tuple(session.scalars(closures.order_by(Closure.first_day))), tuple(school)
    )


def day(session: Session, day: date) -> Day:
    """What a day is, its hours and why."""
    return read(session, day, day).day(day)


def day_kind(session: Session, day: date) -> DayKind:
    """Open, a day off, a public holiday or a closure."""
    return read(session, day, day).day(day).kind


def is_open(session: Session, at: datetime, *, closing: bool = False) -> bool:
    """Whether the structure is open at that instant; see `Calendar.is_open`."""
    local = to_local(at, scope_of(session).zone).date()
    return read(session, local, local).is_open(at, closing=closing)


def open_ranges(session: Session, day: date) -> list[tuple[datetime, datetime]]:
    """The hours of a day as instants in UTC; on a day when the clock changes they are longer or shorter than by it."""
    calendar = read(session, day, day)
    return [
        (_instant(day, h.opens, calendar.zone), _instant(day, h.closes, calendar.zone)) for h in calendar.day(day).hours
    ]


def check_closure(first_day: date, last_day: date) -> None:
    """Raises ClosesBeforeItBegins, ClosureTooLong."""
    if last_day < first_day:
        raise ClosesBeforeItBegins
    if (last_day - first_day).days >= LONGEST_CLOSURE_DAYS:
        raise ClosureTooLong


def _instant(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """The instant of a minute of the wall clock; of one that the clock jumped over, the next there is."""
    local = datetime.combine(day, time()) + timedelta(minutes=minute)
    while True:
        try:
            return to_instant(local, zone).astimezone(UTC)
        except NoSuchTime:
            local += timedelta(minutes=1)
