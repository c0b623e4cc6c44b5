"""Days as people type and read them: 12/03/1985."""

from __future__ import annotations

import re
from datetime import date

from jalon.errors import DomainError
from jalon.i18n import _l

_FRENCH = re.compile(r"^(\d{1,2})[\s/.\-]+(\d{1,2})[\s/.\-]+(\d+)$|^(\d{2})(\d{2})(\d{4})$")
_ISO = re.compile(r"^(\d{4})-(\d{2})-(\d{2})$")


class NotADay(DomainError):
    """There is no such day."""

    message = _l("This is not a date: type the day, the month and the year, for instance 12/03/1985.")


class ShortYear(DomainError):
    """85 may be 1985 or 2085."""

    message = _l("The year must have four digits.")


def read(text: str) -> date:
    """The day of `12/03/1985`, `12-3-1985`, `12.03.1985`, `12031985` or `1985-03-12`. Raises NotADay, ShortYear."""
    typed = text.strip()
    if found := _ISO.match(typed):
        year, month, day = found.groups()
    elif found := _FRENCH.match(typed):
        day, month, year = (part for part in found.groups() if part is not None)
    else:
        raise NotADay
    if len(year) != 4:
        raise ShortYear if len(year) < 4 else NotADay
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise NotADay from None


def shown(day: date) -> str:
    """As people read it; `read` takes it back."""
    return f"{day:%d/%m}/{day.year:04}"


def age(born: date, on: date) -> int:
    """Whole years on that day; who was born on 29 February is a year older on 1 March."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
