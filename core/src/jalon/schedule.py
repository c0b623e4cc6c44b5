"""When something is done again and again, by the clock on a structure's wall."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day", 1, 31), ("month", 1, 12), ("weekday", 0, 7))
LONGEST_WAIT = timedelta(days=4 * 366)  # a 29 February comes back by then


@dataclass(frozen=True)
class Schedule:
    """Minute, hour, day of the month, month, day of the week (0 and 7 are Sunday), as a line of cron: `30 2 * * *`.

    Each is `*`, numbers and ranges (`1-5,7`), or one of these with a step (`*/15`). When day of the month and day of
    the week are both said, either is enough. Raises ValueError for a line that is none.
    Source: POSIX.1-2017, crontab.
    """

    line: str

    def __post_init__(self) -> None:
        if not self._fields:
            raise ValueError(f"{self.line} has not the five fields of a schedule")

    @cached_property
    def _fields(self) -> list[frozenset[int]]:
        parts = self.line.split()
        if len(parts) != len(FIELDS):
            return []
        return [_numbers(part, *field) for part, field in zip(parts, FIELDS, strict=True)]

    @cached_property
    def _hourly(self) -> bool:
        return self.line.split()[1].startswith("*")

    def on(self, day: date, zone: ZoneInfo) -> list[datetime]:
        """The instants of a civil day, in order.

        A minute that the clock jumps over is done as long after midnight as every other night: 02:30 at 03:30. One
        that comes twice is done the first time. What is done at every hour follows the hours as they pass instead:
        none is made up, and the hour that comes twice is two hours.
        """
        minutes, hours, *_ = self._fields
        if not self._is_on(day):
            return []
        clock = [datetime.combine(day, time(hour, minute)) for hour in hours for minute in minutes]
        return sorted({instant for local in clock for instant in self._instants(local, zone)})

    def last(self, zone: ZoneInfo, *, after: datetime, until: datetime) -> datetime | None:
        """The last instant after `after`, until `until` included; what was missed before it is not made up for."""
        day = until.astimezone(zone).date()
        while day >= after.astimezone(zone).date():
            for instant in reversed(self.on(day, zone)):
                if after < instant <= until:
                    return instant
            day -= timedelta(days=1)
        return None

    def next(self, zone: ZoneInfo, *, after: datetime) -> datetime | None:
        """The first instant after `after`; None for a day that never comes (30 February)."""
        day = after.astimezone(zone).date()
        end = day + LONGEST_WAIT
        while day <= end:
            for instant in self.on(day, zone):
                if instant > after:
                    return instant
            day += timedelta(days=1)
        return None

    def _is_on(self, day: date) -> bool:
        _, _, days, months, weekdays = self._fields
        by_date = day.day in days
        by_weekday = day.isoweekday() % 7 in {number % 7 for number in weekdays}
        either = not any(part.startswith("*") for part in (self.line.split()[2], self.line.split()[4]))
        return day.month in months and ((by_date or by_weekday) if either else (by_date and by_weekday))

    def _instants(self, local: datetime, zone: ZoneInfo) -> list[datetime]:
        first, second = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
        exists = first.astimezone(zone).replace(tzinfo=None) == local
        if self._hourly:
            return [first, second] if exists else []
        return [first]


def _numbers(part: str, name: str, lowest: int, highest: int) -> frozenset[int]:
    """The numbers that one field of a line means. Raises ValueError."""
    found: set[int] = set()
    for item in part.split(","):
        span, _, step = item.partition("/")
        begins, _, ends = (f"{lowest}-{highest}" if span == "*" else span).partition("-")
        first, last = int(begins), int(ends or begins)
        if not lowest <= first <= last <= highest or (step and int(step) < 1):
            raise ValueError(f"{part} is no {name}: {lowest} to {highest}")
        found.update(range(first, last + 1, int(step or 1)))
    return frozenset(found)
