"""A list told by groups: how many records, the sums that the screen declares; each leads to its part of the list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from babel.dates import format_date

from jalon import localtime
from jalon.admin.filter_kinds import (
    EMPTY,
    NOTHING,
    ChoiceFilter,
    DayFilter,
    Filter,
    YesNoFilter,
)
from jalon.admin.filters import RelatedFilter
from jalon.db.current import session
from jalon.i18n import _, current_locale
from jalon.periods import month_after
from jalon.scope import scope_of

if TYPE_CHECKING:
    from jalon.admin.lists import Lists

MOST = 200  # groups shown
MONTHS = 36  # told by month; a longer time is told by year
GROUPS_BY: tuple[type[Filter], ...] = (ChoiceFilter, YesNoFilter, RelatedFilter, DayFilter)


@dataclass(frozen=True)
class Group:
    """Some records of a list: what they have in common, how many they are, their sums, and the filter of just them."""

    label: str
    count: int
    sums: tuple[int, ...]
    asked: str


def groups(screen: Lists, query: Any, by: Filter, sums: Sequence[Any]) -> list[Group]:
    """The groups of what a query finds, MOST at most; `sums` are columns."""
    for step in by.steps:
        query = query.outerjoin(step)
    told = [sa.func.count(), *(sa.func.coalesce(sa.func.sum(column), 0) for column in sums)]
    if isinstance(by, DayFilter):
        return _by_time(screen, query, by, told)
    rows = query.with_entities(by.attribute, *told).group_by(by.attribute).order_by(told[0].desc()).limit(MOST).all()
    labels = _labels(by, [row[0] for row in rows])
    found = [(row[0], Group(labels[row[0]], row[1], tuple(row[2:]), _asked(by, row[0]))) for row in rows]
    if isinstance(by, ChoiceFilter):
        order = [*by.column.type.enum_class, None]
        found.sort(key=lambda pair: order.index(pair[0]))
    return [group for _value, group in found]


def _labels(by: Filter, values: list[Any]) -> dict[Any, str]:
    if isinstance(by, RelatedFilter):
        known = [value for value in values if value is not None]
        named = {by.key_of(row): str(row) for row in (by.rows(known) if known else [])}
        return {value: named.get(value, "—") for value in values}
    if isinstance(by, ChoiceFilter):
        texts = dict(by.choices())
        return {value: texts[value.value] if value is not None else _("Empty") for value in values}
    return {value: _("Empty") if value is None else _("Yes") if value else _("No") for value in values}


def _asked(by: Filter, value: Any) -> str:
    """The filter of the records that hold that value."""
    if isinstance(by, ChoiceFilter):
        return f"in:{EMPTY if value is None else value.value}"
    if value is None:
        return NOTHING
    return f"is:{'yes' if value else 'no'}" if isinstance(by, YesNoFilter) else f"in:{value}"


def _by_time(screen: Lists, query: Any, by: DayFilter, told: list[Any]) -> list[Group]:
    """By month of the structure's clock, the newest first. Bounds are compared: databases know zones each their way."""
    first, last = query.with_entities(sa.func.min(by.attribute), sa.func.max(by.attribute)).one()
    starts = _starts(_day(first), _day(last)) if first is not None else []
    until = [(by.attribute < by.bound(after), n) for n, after in enumerate(starts[1:])]
    number: Any = sa.case((by.attribute.is_(None), -1), *until, else_=-1)
    rows = query.with_entities(number, *told).group_by(sa.text("1")).order_by(sa.text("1")).all()
    within = next((each.text for each in screen.asked() if each.filter is by), "")
    found = [Group(_span(starts, n), count, tuple(sums), _between(by, starts, n, within)) for n, count, *sums in rows]
    return list(reversed(found))


def _day(value: date | datetime) -> date:
    if isinstance(value, datetime):
        return localtime.to_local(value, scope_of(session()).zone).date()
    return value


def _starts(first: date, last: date) -> list[date]:
    """The first days of the months from one day to another, and of the one after; of years when they are too many."""
    months = [first.replace(day=1)]
    while months[-1] <= last and len(months) <= MONTHS:
        months.append(month_after(months[-1]))
    if months[-1] > last:
        return months
    return [date(year, 1, 1) for year in range(max(first.year, last.year - MOST), last.year + 2)]


def _span(starts: list[date], n: int) -> str:
    if n < 0:
        return _("Empty")
    whole_years = len(starts) > 1 and (starts[1] - starts[0]).days > 31
    return str(starts[n].year) if whole_years else format_date(starts[n], "MMMM yyyy", locale=current_locale())


def _between(by: DayFilter, starts: list[date], n: int, within: str) -> str:
    """The days of a group, no wider than the filter that holds already."""
    if n < 0:
        return NOTHING
    first, after = starts[n], starts[n + 1]
    begin, end = by.ends(within) if within and within != "filled" else (None, None)
    first, after = max(first, begin or first), min(after, end or after)
    return f"between:{first.isoformat()}..{(after - timedelta(days=1)).isoformat()}"
