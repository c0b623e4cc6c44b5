"""How records and fields are called: by their screen, in the core's words, by their model, else by their names.

A model that has no screen says `__record_title__`, and of a column `info={"label": …}`.

Filled when screens are made; what is written to the history keeps the words of that day.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import inspect

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
    return str(called or getattr(class_of(table), "__record_title__", None) or table)


def class_of(table: str) -> Any:
    """The class of a table that somebody here knows, else None."""
    return next((m.class_ for m in Base.registry.mappers if m.class_.__tablename__ == table), None)


def label_of(cls: type[Any], field: Field) -> str:
    """What a field is called: of a row that is told with another record, as that record's screen calls it."""
    table, told_with = cls.__tablename__, getattr(cls, "__recorded_in__", ("",))[0]
    own = _called(field, table) or FIELDS.get((table, field.key))
    told = inspect(cls).attrs[field.key].columns[0].info.get("label")
    return str(own or told or _called(field, told_with) or field.names[0])[:120]


def _called(field: Field, table: str) -> Any:
    labels = _said(table, "column_labels")
    return next((labels[name] for name in field.names if name in labels), None)


def column_called(table: str, column: str) -> str:
    """What a column is called; its own name in a table that nobody here knows."""
    if column in OF_A_PERSON:
        return str(TABLES["jalon_beneficiary"])
    cls = class_of(table)
    field = next((f for f in fields_of(cls) if f.key == column), None) if cls is not None else None
    return label_of(cls, field) if cls is not None and field is not None else column


def permission_of(cls: type[Any], field: Field) -> str | None:
    """The right that reading this field needs beside the screen's: the screen's word, else the model's."""
    needed = _said(cls.__tablename__, "field_permissions")
    return next((needed[name] for name in field.names if name in needed), field.permission)


def _said(table: str, what: str) -> Mapping[str, Any]:
    """What the screen of a table says by field; Flask-Admin's own default is no mapping."""
    said = getattr(_screens.get(table), what, None)
    return said if isinstance(said, Mapping) else {}


def value_called(table: str, field: str, value: str, row: Mapping[str, Any]) -> str:
    teller = _tellers.get((table, field))
    return teller(value, row) if teller is not None else value
