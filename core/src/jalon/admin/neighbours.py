"""The records before and after one in a list, found by the list's own order: no page of it is read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import _label_reference
from sqlalchemy.sql.operators import desc_op

Order = Sequence[tuple[Any, bool]]  # what is sorted by, and whether downwards


def beside(query: Any, key: Any, id: Any, *, after: bool) -> Any | None:
    """The key of the record that comes after (or before) that of key `id` in a query of records with their order.

    The record itself need not be in the query any more: one that just left the list still has its place in the order.
    """
    order = _order_of(query, key)
    if not after:
        order = [(what, not downwards) for what, downwards in order]
    bare = query.order_by(None)
    bare._with_options = ()  # what loads relations has nothing to load them of
    values = _values(bare, key, id, [what for what, _downwards in order])
    if values is None:
        return None
    first = _nulls_are_smallest(query.session)
    beyond = _beyond(order, values, first)
    in_order = [what.desc() if downwards else what.asc() for what, downwards in order]
    found = bare.filter(*beyond).order_by(*in_order).limit(1).with_entities(key).first()
    return found[0] if found else None


def _order_of(query: Any, key: Any) -> list[tuple[Any, bool]]:
    """What the query is sorted by, ended by the key so that there are no ties."""
    order = []
    for clause in query._order_by_clauses:
        what, downwards = clause, False
        while isinstance(what, (sa.UnaryExpression, _label_reference)):
            downwards = downwards or getattr(what, "modifier", None) is desc_op
            what = what.element
        order.append((what, downwards))
    if any(getattr(what, "key", None) == key.key for what, _downwards in order[-1:]):
        return order
    return [*order, (key, bool(order and order[-1][1]))]


def _values(bare: Any, key: Any, id: Any, whats: Sequence[Any]) -> Sequence[Any] | None:
    """Where the record stands in the order, whether or not the list shows it."""
    anywhere = bare.filter(sa.true())
    anywhere._where_criteria = ()
    found = anywhere.filter(key == id).with_entities(*whats).first()
    return None if found is None else tuple(found)


def _beyond(order: Order, values: Sequence[Any], nulls_are_smallest: bool) -> list[Any]:
    """The conditions of coming later in the order than these values.

    The first is implied by the second, and lets the database begin at the right place of an index.
    """
    later: list[Any] = []
    alike: Any = sa.true()
    for (what, downwards), value in zip(order, values, strict=True):
        later.append(sa.and_(alike, _later(what, downwards, value, nulls_are_smallest)))
        alike = sa.and_(alike, what.is_(None) if value is None else what == value)
    return [*_begins(order[0], values[0], nulls_are_smallest), sa.or_(*later)]


def _begins(first: tuple[Any, bool], value: Any, nulls_are_smallest: bool) -> list[Any]:
    what, downwards = first
    if value is None or _nulls_come_last(downwards, nulls_are_smallest):
        return []
    return [what <= value if downwards else what >= value]


def _later(what: Any, downwards: bool, value: Any, nulls_are_smallest: bool) -> Any:
    last = _nulls_come_last(downwards, nulls_are_smallest)
    if value is None:
        return sa.false() if last else what.is_not(None)
    more = what < value if downwards else what > value
    return sa.or_(more, what.is_(None)) if last else more


def _nulls_come_last(downwards: bool, nulls_are_smallest: bool) -> bool:
    return downwards == nulls_are_smallest


def _nulls_are_smallest(session: Any) -> bool:
    """SQLite sorts what is empty before everything, PostgreSQL after."""
    return bool(session.get_bind().dialect.name == "sqlite")
