"""From what an address or a form says to the row it means."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from jalon.db.current import session


def key_of(model: type[Any], typed: Any) -> Any | None:
    """A primary key as its column stores it, None for what is none: PostgreSQL breaks a page over those."""
    try:
        value = _column(model).type.python_type(str(typed))
    except ValueError:
        return None
    return value if not isinstance(value, int) or -(2**31) <= value < 2**31 else None


def row_of(model: type[Any], typed: Any) -> Any | None:
    """The row of that key as the session may see it: a select, for `get` would answer what is held already."""
    key = key_of(model, typed)
    if key is None:
        return None
    attribute = sa.inspect(model).get_property_by_column(_column(model)).class_attribute
    with session().no_autoflush:
        return session().scalar(sa.select(model).where(attribute == key))


def _column(model: type[Any]) -> Any:
    return sa.inspect(model).primary_key[0]
