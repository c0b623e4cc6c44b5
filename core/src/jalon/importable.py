"""What a module declares of a list that is imported from files and exported to them."""

from __future__ import annotations

import enum
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jalon.errors import DomainError
from jalon.i18n import _l

if TYPE_CHECKING:
    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from jalon.hooks import Hooks
    from jalon.i18n import Text

Values = dict[str, Any]


class CellKind(enum.Enum):
    """How a cell is read."""

    TEXT = "text"
    DAY = "day"  # date
    PHONE = "phone"  # str, as it was typed: the rule makes it a number
    POSTCODE = "postcode"  # str, five digits
    COMMUNE = "commune"  # Commune
    YES_NO = "yes_no"  # bool
    CHOICE = "choice"  # a member of `choices`


@dataclass(frozen=True)
class Column:
    """A column of a list.

    `header` is what an export writes and an import recognises, beside `synonyms`, which are French as files have
    them. `for_all`: may be typed once for the whole file. `only_told`: not given to the rule, only written by an
    export and looked at to find who is known. `aliases` are other words for members of `choices`.
    """

    name: str
    header: Text
    kind: CellKind = CellKind.TEXT
    synonyms: Sequence[str] = ()
    required: bool = False
    longest: int = 200
    choices: Mapping[Any, Text] = field(default_factory=dict)
    aliases: Mapping[str, Any] = field(default_factory=dict)
    example: str = ""
    for_all: bool = False
    only_told: bool = False


@dataclass(frozen=True)
class Double:
    """Somebody or something known that a line looks like: `id` of the record.

    `hard` when it is most probably the same; `certain` when it cannot be another one.
    """

    id: int
    why: str
    hard: bool
    certain: bool = False


class AddedSince(DomainError):
    """Between the check and the import somebody added what looks the same: an answer is needed."""

    message = _l("Looks like something added since the check: send this line again, to answer.")


def _itself(record: Any) -> Sequence[tuple[str, int]]:
    return [(record.__tablename__, record.id)]


@dataclass(frozen=True)
class Importable:
    """A list: its columns, and the rules that its lines are given to.

    `add(session, values, apart)` makes a record and flushes, `apart` being ids of those which look the same and are
    not; it refuses by a DomainError whose `field` is a column's name, by AddedSince when others look the same.
    `check` refuses the same without writing; where it is None, a line is added and taken back to be checked.
    `find` says whom values look like; two lines that share one of `keys` look like each other. `mark` changes
    whenever the record does. `take_back` undoes `add` as far as the table allows. `listed` is what an export
    writes, `shown` a record's values by column, `compared` the columns by which people tell two apart. Nothing may
    point at the records of `stands_for` when an import is undone, `parts` left out: rows of these tables, so many of
    each, belong to the record itself. `load` are loader options: what `mark` and `shown` read, for many at once.
    """

    name: str
    label: Text
    model: type[Any]
    read_permission: str
    write_permission: str
    columns: Sequence[Column]
    add: Callable[[Session, Values, Collection[int]], Any]
    find: Callable[[Session, Values], Sequence[Double]]
    keys: Callable[[Values], Iterable[Hashable]]
    mark: Callable[[Any], str]
    take_back: Callable[[Session, Hooks, Any], None]
    listed: Callable[[Session], Select[Any]]
    shown: Callable[[Any], Mapping[str, Any]]
    compared: Sequence[str]
    check: Callable[[Session, Values], None] | None = None
    load: Sequence[Any] = ()
    parts: Mapping[str, int] = field(default_factory=dict)
    stands_for: Callable[[Any], Sequence[tuple[str, int]]] = _itself
    advice: Text | str = ""
    undo_advice: Text | str = ""

    def column(self, name: str | None) -> Column | None:
        return next((column for column in self.columns if column.name == name), None)
