"""What a list can be narrowed by: a kind of filter for each type of column.

Each reads what a form sends into the text that stands in the address (`in:booked,out`), and that text into a condition
and into words.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from werkzeug.datastructures import MultiDict

from jalon import days, localtime
from jalon.admin.formatters import label_of
from jalon.clock import today
from jalon.db.current import session
from jalon.errors import DomainError
from jalon.i18n import Text, _, _l
from jalon.periods import Period, days_of
from jalon.scope import scope_of
from jalon.texts import tidy

if TYPE_CHECKING:
    from jalon.admin.lists import Lists

LONGEST = 100  # characters typed
LARGEST = 2**31 - 1
NOTHING, SOMETHING, EMPTY = "empty", "filled", "-"


class BadFilter(DomainError):
    """What the address or a form asks of a filter means nothing."""

    message = _l("This filter cannot be read.")


class NothingChosen(BadFilter):
    """The form came back empty."""

    message = _l("Choose or type something.")


class NoneFound(BadFilter):
    """A related record was typed that is not there."""

    message = _l("Nothing is called so here.")


class NotANumber(BadFilter):
    """Letters where a number is asked for."""

    message = _l("This is not a whole number.")


@dataclass(frozen=True)
class FilterBy:
    """What a screen says of a filter when its column's type does not say it all.

    `name` is an attribute of the model, or a path of relations to one. Of a relation: `looks_in` names the columns of
    the related record that typing looks in, or `search` finds records by what is typed; `load` are its options.
    """

    name: str
    label: Text | str = ""
    looks_in: Sequence[str] = ()
    search: Callable[[Any, str], Sequence[Any]] | None = None
    load: Sequence[Any] = ()


class Filter(ABC):
    """One filter of a screen. `form` names the part of the template that asks for it."""

    form = "text"
    is_typed = True  # so never of what is personal: it would stand in an address

    def __init__(self, screen: Lists, said: FilterBy, steps: Sequence[Any], attribute: Any) -> None:
        self.screen, self.said, self.name = screen, said, said.name
        self.steps, self.attribute = tuple(steps), attribute
        if self.is_typed and "personal" in self.column.info:
            raise TypeError(f"{self.column} is personal: what is typed about it may not stand in an address")

    @property
    def label(self) -> str:
        return str(self.said.label or self.screen.get_column_name(self.name))

    @property
    def column(self) -> Any:
        """The column that the condition reads, for whoever looks for its index."""
        return self.attribute.property.columns[0]

    @property
    def nullable(self) -> bool:
        return bool(self.column.nullable or self.steps)

    @property
    def permission(self) -> str | None:
        """The right that its column asks for."""
        asked: str | None = self.column.info.get("permission")
        return asked

    def read(self, form: MultiDict[str, str]) -> str:
        """What stands in the address for what a form sent. Raises BadFilter."""
        if form.get("op") in (NOTHING, SOMETHING) and self.nullable:
            return str(form["op"])
        return self._read(form)

    def condition(self, asked: str) -> Any:
        """Raises BadFilter for what is not understood."""
        if asked in (NOTHING, SOMETHING):
            return self._through(self.attribute.is_(None) if asked == NOTHING else self.attribute.is_not(None), asked)
        op, _colon, value = asked.partition(":")
        return self._through(self._condition(op, value), asked)

    def words(self, asked: str) -> str:
        """As a chip says it, the label before."""
        if asked == NOTHING:
            return _("%(field)s: empty", field=self.label)
        if asked == SOMETHING:
            return _("%(field)s: not empty", field=self.label)
        op, _colon, value = asked.partition(":")
        return _("%(field)s: %(value)s", field=self.label, value=self._words(op, value))

    def typed(self, asked: str | None) -> dict[str, Any]:
        """What the form shows of the filter that holds now."""
        op, _colon, value = (asked or "").partition(":")
        return {"op": op, "value": value, "values": value.split(",") if value else []}

    def _through(self, condition: Any, asked: str) -> Any:
        """The condition said of the record that the path begins at; who has no file has nothing in it."""
        for step in reversed(self.steps):
            condition = step.has(condition)
        if self.steps and asked == NOTHING:
            condition = condition | ~self.steps[0].has()
        return condition

    @abstractmethod
    def _read(self, form: MultiDict[str, str]) -> str: ...

    @abstractmethod
    def _condition(self, op: str, value: str) -> Any: ...

    @abstractmethod
    def _words(self, op: str, value: str) -> str: ...


class TextFilter(Filter):
    """Contains, or is exactly."""

    def _read(self, form: MultiDict[str, str]) -> str:
        typed = tidy(form.get("value", ""))[:LONGEST]
        if not typed:
            raise NothingChosen
        return f"{'is' if form.get('op') == 'is' else 'has'}:{typed}"

    def _condition(self, op: str, value: str) -> Any:
        typed = tidy(value)[:LONGEST]
        if op not in ("is", "has") or not typed:
            raise BadFilter
        return self.attribute == typed if op == "is" else self.attribute.icontains(typed, autoescape=True)

    def _words(self, op: str, value: str) -> str:
        return _("“%(text)s”", text=value) if op == "is" else _("contains “%(text)s”", text=value)


class ChoiceFilter(Filter):
    """Some members of an enum; `-` stands for none."""

    form = "choice"
    is_typed = False

    def choices(self) -> list[tuple[str, str]]:
        """Value and label of what can be chosen."""
        empty = [(EMPTY, _("Empty"))] if self.nullable else []
        return [(str(m.value), label_of(m)) for m in self.column.type.enum_class] + empty

    def _read(self, form: MultiDict[str, str]) -> str:
        known = [value for value, _label in self.choices()]
        chosen = [value for value in form.getlist("value") if value in known]
        if not chosen:
            raise NothingChosen
        return f"in:{','.join(dict.fromkeys(chosen))}"

    def _condition(self, op: str, value: str) -> Any:
        values = value.split(",")
        known = {str(m.value): m for m in self.column.type.enum_class}
        if op != "in" or not all(v == EMPTY or v in known for v in values):
            raise BadFilter
        chosen = self.attribute.in_([known[v] for v in values if v != EMPTY])
        return chosen | self.attribute.is_(None) if EMPTY in values else chosen

    def _words(self, op: str, value: str) -> str:
        labels = dict(self.choices())
        return _(" or ").join(labels.get(v, v) for v in value.split(","))


class YesNoFilter(Filter):
    """Yes, or no."""

    form = "yesno"
    is_typed = False

    def _read(self, form: MultiDict[str, str]) -> str:
        if form.get("value") not in ("yes", "no"):
            raise NothingChosen
        return f"is:{form['value']}"

    def _condition(self, op: str, value: str) -> Any:
        if op != "is" or value not in ("yes", "no"):
            raise BadFilter
        return self.attribute.is_(value == "yes")

    def _words(self, op: str, value: str) -> str:
        return _("Yes") if value == "yes" else _("No")


class NumberFilter(Filter):
    """Whole numbers from, to, both included."""

    form = "number"

    def _read(self, form: MultiDict[str, str]) -> str:
        ends = [str(n) if (n := self._number(form.get(name, ""))) is not None else "" for name in ("from", "to")]
        if not any(ends):
            raise NothingChosen
        return f"between:{'..'.join(ends)}"

    def _number(self, typed: str) -> int | None:
        text = "".join(tidy(typed).split())
        if not text:
            return None
        if not text.removeprefix("-").isascii() or not text.removeprefix("-").isdecimal() or len(text) > 11:
            raise NotANumber
        return max(-LARGEST, min(int(text), LARGEST))

    def _ends(self, op: str, value: str) -> tuple[int | None, int | None]:
        first, dots, last = value.partition("..")
        if op != "between" or not dots or not (first or last):
            raise BadFilter
        return self._number(first), self._number(last)

    def _condition(self, op: str, value: str) -> Any:
        first, last = self._ends(op, value)
        said = [*([self.attribute >= first] if first is not None else [])]
        return sa.and_(*said, *([self.attribute <= last] if last is not None else []))

    def _words(self, op: str, value: str) -> str:
        return _between(*(None if n is None else str(n) for n in self._ends(op, value)))

    def typed(self, asked: str | None) -> dict[str, Any]:
        op, _colon, value = (asked or "").partition(":")
        first, _dots, last = value.partition("..")
        return {"op": op, "from": first, "to": last}


class DayFilter(Filter):
    """Days: a period as people say it, or from and to, both included."""

    form = "day"

    def periods(self) -> list[tuple[str, str]]:
        """Value and label of each period."""
        return [(period.value, str(Period.labels()[period])) for period in Period]

    def _read(self, form: MultiDict[str, str]) -> str:
        if form.get("period") in {p.value for p in Period}:
            return f"in:{form['period']}"
        ends = [
            days.read(typed).isoformat() if (typed := form.get(name, "").strip()) else "" for name in ("from", "to")
        ]
        if not any(ends):
            raise NothingChosen
        return f"between:{'..'.join(ends)}"

    def _ends(self, op: str, value: str) -> tuple[date | None, date | None]:
        """The first day, and the one after the last."""
        if op == "in" and value in {p.value for p in Period}:
            return days_of(Period(value), today(scope_of(session()).zone))
        first, dots, last = value.partition("..")
        if op != "between" or not dots or not (first or last):
            raise BadFilter
        try:
            begin, end = (days.read(text) if text else None for text in (first, last))
            return begin, end + timedelta(days=1) if end else None
        except (DomainError, OverflowError):
            raise BadFilter from None

    def ends(self, asked: str) -> tuple[date | None, date | None]:
        """The first day that a filter asks for and the one after its last. Raises BadFilter."""
        op, _colon, value = asked.partition(":")
        return self._ends(op, value)

    def _condition(self, op: str, value: str) -> Any:
        first, after = self._ends(op, value)
        said = [*([self.attribute >= self.bound(first)] if first else [])]
        return sa.and_(*said, *([self.attribute < self.bound(after)] if after else []))

    def bound(self, day: date) -> Any:
        return day

    def _words(self, op: str, value: str) -> str:
        if op == "in":
            return str(Period.labels()[Period(value)])
        first, after = self._ends(op, value)
        last = after - timedelta(days=1) if after else None
        if first and first == last:
            return days.shown(first)
        return _between(*(days.shown(day) if day else None for day in (first, last)))

    def typed(self, asked: str | None) -> dict[str, Any]:
        op, _colon, value = (asked or "").partition(":")
        typed = value.split("..") if op == "between" and value.count("..") == 1 else ["", ""]
        return {"op": op, "period": value if op == "in" else "", "from": _shown(typed[0]), "to": _shown(typed[1])}


class InstantFilter(DayFilter):
    """Instants, by the days of the structure's clock."""

    def bound(self, day: date) -> datetime:
        return localtime.to_instant(datetime.combine(day, time()), scope_of(session()).zone)


def _shown(typed: str) -> str:
    """A day of an address as people type it; what is none as it stands there."""
    try:
        return days.shown(days.read(typed)) if typed else ""
    except DomainError:
        return typed


def _between(first: str | None, last: str | None) -> str:
    if first and last:
        return _("from %(first)s to %(last)s", first=first, last=last) if first != last else first
    return _("from %(first)s on", first=first) if first else _("up to %(last)s", last=last or "")
