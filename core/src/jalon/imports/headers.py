"""Which column of a file is which column of a list: found by its name, and told when a needed one is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jalon.errors import DomainError
from jalon.i18n import _l
from jalon.importable import Importable
from jalon.names import fold


class ColumnMissing(DomainError):
    """A list cannot do without it."""

    message = _l("Say in which column of your file this is.")

    def __init__(self, name: str) -> None:
        super().__init__()
        self.field = f"column-{name}"  # type: ignore[misc]


class ValueMissing(ColumnMissing):
    """A list cannot do without it, but one value may do for all lines."""

    message = _l("Choose the column of your file that says this, or give below one value for all lines.")


class ColumnTakenTwice(DomainError):
    """One column of the file would be two things."""

    message = _l("This column of your file is chosen twice.")

    def __init__(self, name: str) -> None:
        super().__init__()
        self.field = f"column-{name}"  # type: ignore[misc]


def recognised(importable: Importable, headers: Sequence[str]) -> dict[str, int]:
    """The place of each column that the file names as we do, or by a synonym; the first that does wins."""
    folded = [fold(header) for header in headers]
    found: dict[str, int] = {}
    for column in importable.columns:
        for name in (str(column.header), *column.synonyms, column.name):
            place = next((at for at, header in enumerate(folded) if header == fold(name)), None)
            if place is not None and place not in found.values():
                found[column.name] = place
                break
    return found


def check(importable: Importable, columns: Mapping[str, int], for_all: Mapping[str, str]) -> None:
    """Raises ColumnMissing, ValueMissing, ColumnTakenTwice."""
    for column in importable.columns:
        if column.required and column.name not in columns and not for_all.get(column.name):
            raise (ValueMissing if column.for_all else ColumnMissing)(column.name)
    seen: set[int] = set()
    for name, place in columns.items():
        if place in seen:
            raise ColumnTakenTwice(name)
        seen.add(place)
