"""Filters by related records, and which kind of filter an attribute makes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import RelationshipProperty
from werkzeug.datastructures import MultiDict

from jalon.admin.filter_kinds import (
    LARGEST,
    LONGEST,
    BadFilter,
    ChoiceFilter,
    DayFilter,
    Filter,
    FilterBy,
    InstantFilter,
    NoneFound,
    NothingChosen,
    NumberFilter,
    TextFilter,
    YesNoFilter,
)
from jalon.db import UtcDateTime
from jalon.db.current import session
from jalon.i18n import _
from jalon.texts import tidy

if TYPE_CHECKING:
    from jalon.admin.lists import Lists

MOST = 50  # records in one filter
FEW = 30  # records that are all offered at once


class RelatedFilter(Filter):
    """Some related records, by their keys; looked for by typing when there are many."""

    form = "related"
    is_typed = False

    def __init__(self, screen: Lists, said: FilterBy, steps: Sequence[Any], attribute: Any) -> None:
        relation: RelationshipProperty[Any] = attribute.property
        remote, local = next(p for p in relation.synchronize_pairs if p[1].name != "structure_id")
        self.relation = attribute
        self.related: Any = relation.mapper.class_
        self.key = relation.mapper.get_property_by_column(remote).class_attribute
        here = attribute.class_
        super().__init__(screen, said, steps, sa.inspect(here).get_property_by_column(local).class_attribute)

    def rows(self, keys: Sequence[Any]) -> list[Any]:
        """The related records of these keys, as the session may see them."""
        return list(session().scalars(sa.select(self.related).where(self.key.in_(keys)).options(*self.said.load)))

    def few(self) -> list[Any]:
        """All related records when they are few; none when they must be looked for."""
        if self.said.search is not None:
            return []
        some = sa.select(self.related).options(*self.said.load).limit(FEW + 1)
        rows = list(session().scalars(some))
        return sorted(rows, key=lambda row: str(row).casefold()) if len(rows) <= FEW else []

    def choices(self) -> list[tuple[str, str]]:
        return [(str(self.key_of(row)), str(row)) for row in self.few()]

    def key_of(self, row: Any) -> Any:
        return getattr(row, self.key.key)

    def _keys(self, values: Sequence[str]) -> list[Any]:
        kind = self.key.property.columns[0].type.python_type
        try:
            keys = [kind(value) for value in values]
        except ValueError:
            raise BadFilter from None
        if not keys or len(keys) > MOST or any(isinstance(k, int) and not 0 <= k <= LARGEST for k in keys):
            raise BadFilter
        return keys

    def _read(self, form: MultiDict[str, str]) -> str:
        """What is ticked, else all that is called as was typed."""
        ticked = [value for value in form.getlist("value") if value]
        if ticked:
            rows = self.rows(self._keys(ticked))
        elif typed := tidy(form.get("typed", ""))[:LONGEST]:
            rows = list(self._search(typed))
        else:
            raise NothingChosen
        if not rows:
            raise NoneFound
        return f"in:{','.join(str(self.key_of(row)) for row in rows[:MOST])}"

    def _search(self, typed: str) -> Sequence[Any]:
        if self.said.search is not None:
            return self.said.search(session(), typed)
        columns = [getattr(self.related, name) for name in self.said.looks_in]
        each_word = [sa.or_(*(c.icontains(word, autoescape=True) for c in columns)) for word in typed.split()]
        some = sa.select(self.related).where(*each_word).options(*self.said.load).limit(MOST)
        return list(session().scalars(some)) if columns else []

    def _condition(self, op: str, value: str) -> Any:
        if op != "in":
            raise BadFilter
        return self.attribute.in_(self._keys(value.split(",")))

    def _words(self, op: str, value: str) -> str:
        named = [str(row) for row in self.rows(self._keys(value.split(",")))]
        more = [_("%(n)s others", n=len(named) - 3)] if len(named) > 4 else []
        return _(" or ").join([*(named if not more else named[:3]), *more]) or "—"


KINDS: tuple[tuple[type[Any], type[Filter]], ...] = (
    (sa.Enum, ChoiceFilter),
    (sa.Boolean, YesNoFilter),
    (UtcDateTime, InstantFilter),
    (sa.Date, DayFilter),
    (sa.Integer, NumberFilter),
    (sa.String, TextFilter),
)


def make(screen: Lists, said: FilterBy | str) -> Filter:
    """The filter that an attribute of a screen's model makes. Raises TypeError for a type that has none."""
    said = FilterBy(said) if isinstance(said, str) else said
    steps, cls = [], screen.model
    *path, last = said.name.split(".")
    for name in path:
        steps.append(getattr(cls, name))
        cls = steps[-1].property.mapper.class_
    attribute = getattr(cls, last)
    if isinstance(attribute.property, RelationshipProperty):
        return RelatedFilter(screen, said, steps, attribute)
    kind = next((k for t, k in KINDS if isinstance(attribute.property.columns[0].type, t)), None)
    if kind is None:
        raise TypeError(f"no filter for {said.name} of {screen.model.__name__}")
    return kind(screen, said, steps, attribute)
