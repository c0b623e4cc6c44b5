"""Stretches of days as people say them: this week, last month."""

from __future__ import annotations

import enum
from datetime import date, timedelta

from jalon.i18n import Text, _l


class Period(enum.Enum):
    """A stretch of whole days around today; its value stands in addresses."""

    TODAY = "today"
    TOMORROW = "tomorrow"
    YESTERDAY = "yesterday"
    THIS_WEEK = "this-week"
    NEXT_WEEK = "next-week"
    LAST_WEEK = "last-week"
    THIS_MONTH = "this-month"
    NEXT_MONTH = "next-month"
    LAST_MONTH = "last-month"
    THIS_YEAR = "this-year"
    LAST_YEAR = "last-year"
    PAST = "past"
    TO_COME = "to-come"

    @classmethod
    def labels(cls) -> dict[Period, Text]:
        return _LABELS


_LABELS = {
    Period.TODAY: _l("today"),
    Period.TOMORROW: _l("tomorrow"),
    Period.YESTERDAY: _l("yesterday"),
    Period.THIS_WEEK: _l("this week"),
    Period.NEXT_WEEK: _l("next week"),
    Period.LAST_WEEK: _l("last week"),
    Period.THIS_MONTH: _l("this month"),
    Period.NEXT_MONTH: _l("next month"),
    Period.LAST_MONTH: _l("last month"),
    Period.THIS_YEAR: _l("this year"),
    Period.LAST_YEAR: _l("last year"),
    Period.PAST: _l("before today"),
    Period.TO_COME: _l("from today on"),
}


def days_of(period: Period, today: date) -> tuple[date | None, date | None]:
    """The first day of a period and the one after its last; None for no end. A week begins on Monday."""
    if period is Period.PAST:
        return None, today
    if period is Period.TO_COME:
        return today, None
    which, _dash, unit = period.value.rpartition("-")
    step = {"next": 1, "last": -1}.get(which, 0)
    if unit == "week":
        monday = today - timedelta(days=today.weekday()) + timedelta(weeks=step)
        return monday, monday + timedelta(weeks=1)
    if unit == "month":
        return _month(today, step), _month(today, step + 1)
    if unit == "year":
        return date(today.year + step, 1, 1), date(today.year + step + 1, 1, 1)
    day = today + timedelta(days={"tomorrow": 1, "yesterday": -1}.get(unit, 0))
    return day, day + timedelta(days=1)


def _month(day: date, step: int) -> date:
    """The first day of the month so many months away."""
    months = day.year * 12 + day.month - 1 + step
    return date(months // 12, months % 12 + 1, 1)


def month_after(first: date) -> date:
    """The first day of the next month."""
    return _month(first, 1)
