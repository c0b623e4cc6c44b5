"""Where a database points at persons: read from its own keys, so of every module's tables, absent ones' too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, inspect

PERSONS = "jalon_beneficiary"
SUBJECT = ("subject_table", "subject_id")  # how notes, tasks and their like point at any record


@dataclass(frozen=True)
class PersonTable:
    """A table with rows about persons. `columns` hold a person's id, `about` too where the row's subject is a person.

    `owners` are its columns that say whose row it is, none for a row of no structure alone.
    """

    name: str
    key: tuple[str, ...]
    all_columns: tuple[str, ...]
    columns: tuple[str, ...]
    about: bool = False
    owners: tuple[str, ...] = ()

    def pointers(self) -> Iterator[tuple[str, dict[str, object]]]:
        """Each column that may hold a person's id, and what else must hold of its row."""
        for column in self.columns:
            yield column, {}
        if self.about:
            yield SUBJECT[1], {SUBJECT[0]: PERSONS}


def person_tables(connection: Connection) -> list[PersonTable]:
    """Every table that points at a person, by a key or as its subject, in the order of their names."""
    inspector = inspect(connection)
    pointing = _pointing(inspector.get_multi_foreign_keys())
    keys = inspector.get_multi_pk_constraint()
    found = []
    for (schema, name), columns in sorted(inspector.get_multi_columns().items(), key=lambda item: item[0][1]):
        names = tuple(column["name"] for column in columns)
        mine = tuple(column for column in names if (name, column) in pointing)
        about = set(SUBJECT) <= set(names)
        key = tuple(keys[schema, name]["constrained_columns"])
        if (mine or about) and key:
            owners = tuple(c for c in names if c in ("structure_id", "from_structure_id", "to_structure_id"))
            found.append(PersonTable(name, key, names, mine, about, owners))
    return found


def _pointing(keys: Mapping[tuple[str | None, str], object]) -> set[tuple[str, str]]:
    """Table and column of each key to a person, over however many tables it goes: the links', a file's parts'."""
    steps = {
        (table, here, key["referred_table"], there)
        for (_schema, table), found in keys.items()
        for key in found  # type: ignore[attr-defined]
        for here, there in zip(key["constrained_columns"], key["referred_columns"], strict=True)
    }
    pointing: set[tuple[str, str]] = set()
    reached = {(PERSONS, "id")}
    while reached:
        pointing |= reached
        reached = {(table, here) for table, here, target, there in steps if (target, there) in pointing} - pointing
    return pointing - {(PERSONS, "id")}
