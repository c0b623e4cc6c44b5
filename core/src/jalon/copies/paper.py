"""The copy as a page to read: labels and words in place of columns and codes, where somebody here knows them."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from flask import render_template
from sqlalchemy import Enum, inspect

from jalon import history, situations
from jalon.copies.reading import PersonCopy
from jalon.history.fields import fields_of
from jalon.history.subjects import class_of, label_of
from jalon.history.words import FIELDS
from jalon.i18n import _
from jalon.localtime import in_words
from jalon.scope import PARIS

TECHNICAL = frozenset(
    {
        "version",
        "subject_table",
        "subject_id",
        "folded",
        "mime",
        "size",
        "kind",
        "text_version",
        "permission",
        "reference",
        "pdf",
        "rounds",
        "once",
    }
)
TRACES, VALUES, READINGS = "jalon_history", "jalon_history_value", "jalon_access"
UNREAD = frozenset(  # told in tables of their own, or nothing to read
    {
        TRACES,
        VALUES,
        READINGS,
        "jalon_beneficiary_reader",
        "jalon_duplicate_request",
        "jalon_link",
        "jalon_merge",
        "jalon_merged_row",
    }
)
ITEMS = {**situations.RESOURCES, **situations.LICENCES}


@dataclass(frozen=True)
class Part:
    """The rows of one table, each as (label, text) pairs, empty ones left out."""

    title: str
    rows: list[list[tuple[str, str]]]


def page_of(copy: PersonCopy) -> str:
    """The page as HTML, in the reader's language."""
    told = [Part(history.kind_of(n), list(_rows(copy, n))) for n in copy.tables if n not in UNREAD]
    identity = next(iter(copy.tables.get("jalon_identity", ())), None)
    name = f"{identity['first_name'] or ''} {identity['usage_name']}".strip() if identity else ""
    return render_template(
        "jalon/person_copy.html",
        _=_,  # a command renders outside every page
        copy=copy,
        name=name,
        made_at=in_words(copy.made_at, PARIS),
        parts=[part for part in told if any(part.rows)],
        changes=list(_changes(copy)),
        readings=list(_readings(copy)),
    )


def _rows(copy: PersonCopy, name: str) -> Iterator[list[tuple[str, str]]]:
    labels, choices = _words_of(name)
    for row in copy.tables[name]:
        said = [(labels.get(c, c), _text(copy, c, v, choices)) for c, v in row.items() if _is_read(copy, name, c)]
        where = copy.structures.get(row.get("structure_id") or row.get("from_structure_id") or 0, "")
        yield [(label, text) for label, text in [*said, (_("Structure"), where)] if text]


def _is_read(copy: PersonCopy, name: str, column: str) -> bool:
    if column == "commune_insee":
        return True
    return column not in TECHNICAL and column not in copy.keys[name] and not column.endswith("_id")


def _words_of(table: str) -> tuple[dict[str, str], dict[str, type[enum.Enum]]]:
    """What the columns of a table are called, and the choices of those that have some; none for an absent module."""
    cls: Any = class_of(table)
    if cls is None:
        return {}, {}
    labels = {c.name: str(c.info["label"]) for c in inspect(cls).columns if "label" in c.info}
    labels |= {field.key: label_of(cls, field) for field in fields_of(cls)}
    labels |= {name: str(said) for (of, name), said in FIELDS.items() if of == table}
    types = {column.name: column.type for column in inspect(cls).columns}
    return labels, {n: t.enum_class for n, t in types.items() if isinstance(t, Enum) and t.enum_class}


def _text(copy: PersonCopy, column: str, value: Any, choices: dict[str, type[enum.Enum]]) -> str:
    if value is None or value == "":
        return ""
    if column in choices:
        labels: dict[enum.Enum, Any] = getattr(choices[column], "labels", dict)()
        return str(labels.get(choices[column](value), value))
    if column == "commune_insee":
        return copy.communes.get(value, str(value))
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, datetime):
        return in_words(value if value.tzinfo else value.replace(tzinfo=UTC), PARIS)
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    return str(ITEMS.get(value, value))


def _readings(copy: PersonCopy) -> Iterator[tuple[str, str, str]]:
    """When, by whom, and why when a copy was made: newest first."""
    for entry in sorted(copy.tables.get(READINGS, ()), key=lambda e: (e["at"], e["id"]), reverse=True):
        yield _text(copy, "at", entry["at"], {}), entry["actor_name"], entry["reason"] or ""


def _changes(copy: PersonCopy) -> Iterator[tuple[str, str, str, str]]:
    """When, by whom, what, from what to what: newest first."""
    values: dict[int, list[Any]] = {}
    for value in copy.tables.get(VALUES, ()):
        values.setdefault(value["entry_id"], []).append(value)
    for entry in sorted(copy.tables.get(TRACES, ()), key=lambda e: (e["at"], e["id"]), reverse=True):
        when = _text(copy, "at", entry["at"], {})
        said = "; ".join(
            f"{v['label']}: {v['before'] or '—'} → {v['after'] or '—'}" for v in values.get(entry["id"], ())
        )
        yield when, entry["actor_name"], history.kind_of(entry["subject_table"]), said
