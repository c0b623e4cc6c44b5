"""The limits that a structure sets to its bookings, and which bookings a change of them would leave outside."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon import calendar, settings
from jalon.calendar import Calendar
from jalon.core_settings import Opening
from jalon.localtime import to_instant, to_local
from jalon.scope import scope_of
from jalon.settings import Timeline
from jalon_rental.errors import ClosedAtEnd, ClosedAtStart, TooLong
from jalon_rental.models import Booking, State
from jalon_rental.settings import RentalSettings

Period = tuple[datetime, datetime]


@dataclass(frozen=True)
class Limits:
    """What the rules of a structure say of a period, each day by the settings of that day."""

    rental: Timeline[RentalSettings]
    calendar: Calendar

    def too_long(self, period: Period) -> bool:
        return self._local(period[1]) > self.latest_end(period[0])

    def latest_end(self, starts_at: datetime) -> datetime:
        """The wall clock time at which a rental must be over at the latest."""
        start = self._local(starts_at)
        return start + timedelta(days=self.rental.on(start.date()).longest_days)

    def closed_at_start(self, period: Period) -> bool:
        return self._must_be_open(period[0]) and not self.calendar.is_open(period[0])

    def closed_at_end(self, period: Period) -> bool:
        return self._must_be_open(period[1]) and not self.calendar.is_open(period[1], closing=True)

    def closed(self, period: Period) -> bool:
        return self.closed_at_start(period) or self.closed_at_end(period)

    def day_of(self, at: datetime) -> str:
        """The day of an instant with its opening hours, as a sentence says it."""
        return str(self.calendar.day(self._local(at).date()))

    def _must_be_open(self, at: datetime) -> bool:
        return self.rental.on(self._local(at).date()).only_when_open

    def _local(self, at: datetime) -> datetime:
        return to_local(at, self.calendar.zone)


def read(session: Session, first: datetime, last: datetime) -> Limits:
    """The limits of all days from one instant to another: four queries at most."""
    zone = scope_of(session).zone
    days = [to_local(at, zone).date() for at in (first, last)]
    return Limits(settings.timeline(session, RentalSettings), calendar.read(session, *days))


def check(session: Session, period: Period, *, former: Period | None = None, any_length: bool = False) -> None:
    """What is left as it was in `former` is not asked again, nor the length when somebody let it pass.

    Raises TooLong, ClosedAtStart, ClosedAtEnd.
    """
    if period == former or period[0] >= period[1]:
        return
    limits = read(session, *period)
    if limits.too_long(period) and not any_length:
        start = to_local(period[0], limits.calendar.zone).date()
        days = limits.rental.on(start).longest_days
        raise TooLong(days=days, date=f"{limits.latest_end(period[0]):%d/%m/%Y %H:%M}")
    moved = [former is None or was != will for was, will in zip(former or period, period, strict=True)]
    if moved[0] and limits.closed_at_start(period):
        raise ClosedAtStart(day=limits.day_of(period[0]))
    if moved[1] and limits.closed_at_end(period):
        raise ClosedAtEnd(day=limits.day_of(period[1]))


def left_outside(session: Session, before: object, after: object, *, valid_from: date) -> tuple[int, int]:
    """How many bookings to come are within the limits now and would not be: too long, and while closed."""
    periods = _to_come(session, valid_from)
    if not periods:
        return 0, 0
    now = read(session, min(p[0] for p in periods), max(p[1] for p in periods))
    then = _changed(now, before, after, valid_from)

    def newly(outside: Callable[[Limits, Period], bool]) -> int:
        return sum(outside(then, period) and not outside(now, period) for period in periods)

    return newly(Limits.too_long), newly(Limits.closed)


def _changed(limits: Limits, before: object, after: object, valid_from: date) -> Limits:
    """The limits with another instance of rental's settings, or of the core's opening hours, from that day on."""
    assert dataclasses.is_dataclass(after)
    names = [field.name for field in dataclasses.fields(after)]
    values = {name: getattr(after, name) for name in names if getattr(after, name) != getattr(before, name)}
    if isinstance(after, RentalSettings):
        return dataclasses.replace(limits, rental=limits.rental.changed(values, valid_from=valid_from))
    assert isinstance(after, Opening)
    opening = limits.calendar.opening.changed(values, valid_from=valid_from)
    return dataclasses.replace(limits, calendar=dataclasses.replace(limits.calendar, opening=opening))


def _to_come(session: Session, first: date) -> Sequence[Period]:
    """The periods promised and not begun, of which a day is touched by what holds from `first` on."""
    since = to_instant(datetime.combine(first, time()), scope_of(session).zone)
    query = select(Booking.starts_at, Booking.ends_at).where(Booking.state == State.BOOKED, Booking.ends_at >= since)
    return [(starts_at, ends_at) for starts_at, ends_at in session.execute(query)]
