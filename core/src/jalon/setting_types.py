"""One setting of a dataclass: from its type come its default, its check, how it is stored and how it reads."""

from __future__ import annotations

import dataclasses
import enum
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, TypeVar, get_type_hints

from babel.dates import format_date, get_day_names
from babel.numbers import format_decimal

from jalon.errors import DomainError
from jalon.i18n import Text, _, _l, current_locale
from jalon.opening_hours import OpeningHours, say

T = TypeVar("T")
EUROS = "€"  # an `int` in this unit is an amount in cents
LONGEST = 2000
MOST = 10**9
_KEY = "jalon_setting"


class BadSetting(DomainError):
    """A value that its setting does not take; `field` is the setting's name."""

    def __init__(self, name: str, **values: object) -> None:
        super().__init__(**values)
        self.field = name  # type: ignore[misc]


class WrongType(BadSetting):
    """Not what the setting is made of."""

    message = _l("This value does not fit here.")


class TooSmall(BadSetting):
    """Below the least."""

    message = _l("At least %(minimum)s.")


class TooLarge(BadSetting):
    """Above the most."""

    message = _l("At most %(maximum)s.")


class TooLong(BadSetting):
    """A text of more signs than fit."""

    message = _l("At most %(maximum)s characters.")


class NotOffered(BadSetting):
    """None of the choices."""

    message = _l("This choice does not exist, or no longer.")


@dataclass(frozen=True)
class _Said:
    """What a field of a settings dataclass says of itself."""

    label: Text | str
    help: Text | str
    unit: Text | str
    minimum: Any
    maximum: Any
    choices: Mapping[Any, Text | str] | None
    lines: int


def setting(
    default: T,
    *,
    label: Text | str,
    help: Text | str = "",
    unit: Text | str = "",
    minimum: Any = None,
    maximum: Any = None,
    choices: Mapping[T, Text | str] | None = None,
    lines: int = 1,
) -> T:
    """A field of a frozen settings dataclass.

    Types: int, bool, str, Decimal, date, time, an Enum with `labels()`, OpeningHours. An int with the unit €
    is in cents. `minimum` and `maximum` are of the setting's type, characters for a text; `choices` maps
    values to their labels; a text of several `lines` is typed in a larger field.
    """
    said = _Said(label, help, unit, minimum, maximum, choices, lines)
    return field(default=default, metadata={_KEY: said})


@dataclass(frozen=True)
class SettingType:
    """One setting as everybody but its module sees it."""

    name: str
    kind: type
    default: Any
    said: _Said

    @property
    def label(self) -> str:
        return str(self.said.label)

    @property
    def in_cents(self) -> bool:
        return self.kind is int and str(self.said.unit) == EUROS

    def check(self, value: Any) -> None:
        """Raises WrongType, TooSmall, TooLarge, TooLong, NotOffered."""
        if type(value) is not self.kind:
            raise WrongType(self.name)
        if self.said.choices is not None and value not in self.said.choices:
            raise NotOffered(self.name)
        if self.kind is str:
            _check_length(self.name, value, self.said.maximum or LONGEST)
        elif self.kind in (int, Decimal, date, time):
            self._check_limits(value)

    def _check_limits(self, value: Any) -> None:
        minimum, maximum = self.said.minimum, self.said.maximum
        if self.kind in (int, Decimal):
            minimum = -MOST if minimum is None else minimum
            maximum = MOST if maximum is None else maximum
        if minimum is not None and value < minimum:
            raise TooSmall(self.name, minimum=self.say(minimum))
        if maximum is not None and value > maximum:
            raise TooLarge(self.name, maximum=self.say(maximum))

    def dump(self, value: Any) -> str:
        """JSON, as the table keeps it."""
        if isinstance(value, OpeningHours):
            value = value.stored()
        elif isinstance(value, enum.Enum):
            value = value.value
        elif isinstance(value, (Decimal, date, time)):
            value = str(value)
        return json.dumps(value, ensure_ascii=False)

    def load(self, stored: str) -> Any:
        """The value of what `dump` gave. Raises ValueError when it is none, or no longer one."""
        try:
            value = self._made_of(json.loads(stored))
            self.check(value)
        except (DomainError, TypeError, InvalidOperation, RecursionError) as error:
            raise ValueError(str(error)) from None
        return value

    def _made_of(self, raw: Any) -> Any:
        if self.kind is OpeningHours:
            return OpeningHours.loaded(raw)
        if issubclass(self.kind, enum.Enum):
            return self.kind(raw)
        if self.kind in (date, time):
            return self.kind.fromisoformat(raw)
        return Decimal(raw) if self.kind is Decimal else raw

    def say(self, value: Any) -> str:
        """The value as people read it, with its unit."""
        shown = self._shown(value)
        return f"{shown}\u00a0{self.said.unit}" if self.said.unit and shown else shown

    def _shown(self, value: Any) -> str:
        if self.said.choices is not None and value in self.said.choices:
            return str(self.said.choices[value])
        if isinstance(value, bool):
            return _("Yes") if value else _("No")
        if isinstance(value, enum.Enum):
            labels: dict[Any, Any] = getattr(self.kind, "labels", dict)()
            return str(labels.get(value, value.name))
        if isinstance(value, (int, Decimal)):
            return _number(Decimal(value) / 100 if self.in_cents else value, cents=self.in_cents)
        if isinstance(value, date):
            return str(format_date(value, "dd/MM/yyyy", locale=current_locale()))
        return value.strftime("%H:%M") if isinstance(value, time) else str(value)

    def parts(self, value: Any) -> list[tuple[str, str]]:
        """What is compared and shown, label and text: one part, or one for each day of opening hours."""
        if isinstance(value, OpeningHours):
            return list(zip(weekdays(), map(say, value.days), strict=True))
        return [(self.label, self.say(value))]


def settings_in(cls: type) -> Sequence[SettingType]:
    """The settings of a dataclass, in its order. Raises TypeError for a field that is none."""
    return _settings_in(cls)


@lru_cache(maxsize=64)
def _settings_in(cls: type) -> Sequence[SettingType]:
    hints = get_type_hints(cls)
    found = []
    for declared in dataclasses.fields(cls):
        said, kind = declared.metadata.get(_KEY), hints[declared.name]
        if said is None or not isinstance(kind, type) or not _is_known(kind):
            raise TypeError(f"{cls.__name__}.{declared.name} is not made with `setting`, or of a type it knows")
        found.append(SettingType(declared.name, kind, declared.default, said))
    return tuple(found)


def module_of(cls: type) -> str:
    """The module whose settings these are, by the name of its package: `jalon_rental` is rental's, `jalon` core's."""
    package = cls.__module__.partition(".")[0]
    return package.removeprefix("jalon_") if package.startswith("jalon_") else "core"


def weekdays() -> list[str]:
    """Monday to Sunday, in the reader's language, with a capital as labels have."""
    names = get_day_names("wide", locale=current_locale())
    return [str(names[number]).capitalize() for number in range(7)]


def together(parts: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Neighbours of the same text as one: Monday to Friday."""
    runs: list[list[tuple[str, str]]] = []
    for part in parts:
        if runs and runs[-1][0][1] == part[1]:
            runs[-1].append(part)
        else:
            runs.append([part])
    to = _("%(first)s to %(last)s")
    return [
        (run[0][0] if len(run) == 1 else to % {"first": run[0][0], "last": run[-1][0].lower()}, run[0][1])
        for run in runs
    ]


def _is_known(kind: type) -> bool:
    return kind in (int, bool, str, Decimal, date, time, OpeningHours) or issubclass(kind, enum.Enum)


def _check_length(name: str, value: Any, most: int) -> None:
    if len(value) > most:
        raise TooLong(name, maximum=most)


def _number(value: Any, *, cents: bool) -> str:
    return str(format_decimal(value, format="#,##0.00" if cents else None, locale=current_locale()))
