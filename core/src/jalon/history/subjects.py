"""How records and fields are called: by the screen that shows them, else in the core's words, else by their names.

Filled when screens are made; what is written to the history keeps the words of that day.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from jalon.db import Base
from jalon.history.fields import Field, fields_of
from jalon.history.words import FIELDS, TABLES

OF_A_PERSON = ("beneficiary_id", "subject_id", "asked_id", "known_id")
_screens: dict[str, Any] = {}
_tellers: dict[tuple[str, str], Callable[[str, Mapping[str, Any]], str]] = {}


def register(screen: Any) -> None:
    """A screen class says how the fields of its model are called and what they need; table -> the last one made."""
    _screens[screen.model.__tablename__] = screen


def name_values(table: str, field: str, texts: Mapping[str, object]) -> None:
    """What the stored values of a field are called: `direction` -> Direction."""
    tell_values(table, field, lambda value, row: str(texts.get(value, value)))


def tell_values(table: str, field: str, teller: Callable[[str, Mapping[str, Any]], str]) -> None:
    """How a stored value reads, for a field that only the rest of its row explains."""
    _tellers[table, field] = teller


def kind_of(table: str) -> str:
    """What a record of that table is called; the table's name when nobody here knows it any more.

    The core's own word comes first: a screen may show a part of its table only, as that of members without account.
    """
    called = TABLES.get(table) or getattr(_screens.get(table), "record_title", None)
    return str(called or table)


def label_of(cls: type[Any], field: Field) -> str:
    """What a field is called: of a row that is told with another record, as that record's screen calls it."""
    own = _called(field, _screens.get(cls.__tablename__)) or FIELDS.get((cls.__tablename__, field.key))
    told_with = getattr(cls, "__recorded_in__", ("",))[0]
    return str(own or _called(field, _screens.get(told_with)) or field.names[0])[:120]


def _called(field: Field, screen: Any) -> Any:
    labels = getattr(screen, "column_labels", None)
    return next((labels[name] for name in field.names if name in labels), None) if isinstance(labels, Mapping) else None


def column_called(table: str, column: str) -> str:
    """What a column is called; its own name in a table that nobody here knows."""
    if column in OF_A_PERSON:
        return str(TABLES["jalon_beneficiary"])
    cls = next((m.class_ for m in Base.registry.mappers if m.class_.__tablename__ == table), None)
    field = next((f for f in fields_of(cls) if f.key == column), None) if cls is not None else None
    return label_of(cls, field) if cls is not None and field is not None else column


def permission_of(cls: type[Any], field: Field) -> str | None:
    """The right that reading this field needs beside the screen's: the screen's word, else the model's."""
    needed = _said(cls, "field_permissions")
    return next((needed[name] for name in field.names if name in needed), field.permission)


def _said(cls: type[Any], what: str) -> Mapping[str, Any]:
    """What the screen of a class says by field; Flask-Admin's own default is no mapping."""
    said = getattr(_screens.get(cls.__tablename__), what, None)
    return said if isinstance(said, Mapping) else {}


def value_called(table: str, field: str, value: str, row: Mapping[str, Any]) -> str:
    teller = _tellers.get((table, field))
    return teller(value, row) if teller is not None else value
