"""What is held about a person, found by the database's own keys, so that modules whose code is gone are found too.

From the person's row on, every row that points at one found is found: by a key, or as notes and history do, by
`subject_table` and `subject_id`. A row that names persons of its own is theirs, whoever else leads to it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Connection, TableClause, and_, column, false, inspect, or_, select, table, tuple_

from jalon.db import Base, Owned, Published
from jalon.models.search_index import INDEX

PERSON, LINK = "jalon_beneficiary", "jalon_beneficiary_structure"
AT_ONCE = 400  # values in one statement; SQLite takes 32 766, and two or three columns are compared
Row = Mapping[str, Any]
Rows = dict[tuple[Any, ...], Row]


@dataclass(frozen=True)
class Key:
    """Columns of a table that point at columns of another."""

    table: str
    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]


@dataclass
class Schema:
    """Tables, columns and keys as they stand in a database, whoever made them."""

    tables: dict[str, TableClause]
    primary: dict[str, tuple[str, ...]]
    keys: list[Key]

    @cached_property
    def subjects(self) -> list[str]:
        """Tables whose rows point at any record by its table and number."""
        return [name for name, made in self.tables.items() if {"subject_table", "subject_id"} <= set(made.c.keys())]

    def naming(self, name: str) -> list[str]:
        """The columns of a table that hold a person's number, by a key of the database."""
        return sorted(
            here
            for key in self.keys
            if key.table == name and key.target in (PERSON, LINK)
            for here, there in zip(key.columns, key.target_columns, strict=True)
            if (key.target, there) in ((PERSON, "id"), (LINK, "beneficiary_id"))
        )


def read_schema(connection: Connection) -> Schema:
    """All tables but Alembic's and those in which search keeps its trigrams."""
    inspector = inspect(connection)
    names = [n for n in inspector.get_table_names() if not n.startswith(("alembic_version", INDEX, "sqlite_"))]
    columns = inspector.get_multi_columns(filter_names=names)
    primary = inspector.get_multi_pk_constraint(filter_names=names)
    keys = inspector.get_multi_foreign_keys(filter_names=names)
    return Schema(
        {name: table(name, *(column(c["name"], c["type"]) for c in found)) for (_s, name), found in columns.items()},
        {name: tuple(found["constrained_columns"]) for (_s, name), found in primary.items() if found},
        [
            Key(name, tuple(k["constrained_columns"]), k["referred_table"], tuple(k["referred_columns"]))
            for (_s, name), found in keys.items()
            for k in found
        ],
    )


@dataclass
class Holdings:
    """The rows about some persons, by table and primary key, each whole."""

    schema: Schema
    persons: frozenset[int]
    rows: dict[str, Rows] = field(default_factory=lambda: defaultdict(dict))

    def __len__(self) -> int:
        return sum(len(rows) for rows in self.rows.values())

    def of(self, name: str) -> list[Row]:
        """The rows of a table, in the order of their keys."""
        return [self.rows[name][key] for key in sorted(self.rows.get(name, ()))]

    def within(self, structure_id: int, *, for_all: bool = True) -> Holdings:
        """What one structure may see of it: its own rows, what is published and, `for_all`, what is the person's."""
        kept = Holdings(self.schema, self.persons)
        for name, rows in self.rows.items():
            for key, row in rows.items():
                if _is_of(name, row, structure_id, for_all=for_all):
                    kept.rows[name][key] = row
        return kept

    def add(self, name: str, rows: Iterable[Row]) -> list[Row]:
        """Those rows that are new and of no other person."""
        key, naming = (
            self.schema.primary.get(name) or tuple(self.schema.tables[name].c.keys()),
            self.schema.naming(name),
        )
        new = []
        for row in rows:
            named = {row[n] for n in naming} - {None}
            values = tuple(row[k] for k in key)
            if values not in self.rows[name] and (not named or named & self.persons):
                self.rows[name][values] = row
                new.append(row)
        return new


def _is_of(name: str, row: Row, structure_id: int, *, for_all: bool) -> bool:
    """Rows of tables that no class here maps are a structure's when they say whose they are."""
    cls = next((m.class_ for m in Base.registry.mappers if m.class_.__tablename__ == name), None)
    if "from_structure_id" in row:
        return structure_id in (row["from_structure_id"], row["to_structure_id"])
    if "structure_id" in row and (cls is None or issubclass(cls, (Owned, Published))):
        shared = for_all and cls is not None and issubclass(cls, Published) and bool(row["shared"])
        return row["structure_id"] == structure_id or shared
    return for_all


def same_person(connection: Connection, person_id: int) -> frozenset[int]:
    """The numbers of all files that were merged into one with this one; itself among them."""
    schema_table = table(PERSON, column("id"), column("merged_into_id"))
    known: frozenset[int] = frozenset({person_id})
    while True:
        either = or_(schema_table.c.id.in_(known), schema_table.c.merged_into_id.in_(known))
        found = connection.execute(select(schema_table.c.id, schema_table.c.merged_into_id).where(either))
        wider = known | {number for row in found for number in row if number is not None}
        if wider == known:
            return known
        known = wider


def about(connection: Connection, person_id: int, schema: Schema | None = None) -> Holdings:
    """Everything that the database holds about a person, over all structures and all modules.

    `schema` is read unless it is given, which saves most of the time where many persons are asked about.
    """
    schema = schema or read_schema(connection)
    found = Holdings(schema, same_person(connection, person_id))
    people = schema.tables[PERSON]
    fresh = {PERSON: found.add(PERSON, _read(connection, people, people.c.id.in_(found.persons)))}
    while fresh:
        met: dict[str, list[Row]] = defaultdict(list)
        for name, condition in [*_by_keys(schema, fresh), *_by_subject(schema, fresh)]:
            met[name] += found.add(name, _read(connection, schema.tables[name], condition))
        fresh = {name: rows for name, rows in met.items() if rows}
    return found


def _read(connection: Connection, source: TableClause, condition: ColumnElement[bool]) -> list[Row]:
    return [dict(row) for row in connection.execute(select(*source.c).where(condition)).mappings()]


def _by_keys(schema: Schema, fresh: Mapping[str, list[Row]]) -> Iterator[tuple[str, ColumnElement[bool]]]:
    """Tables with the condition that their rows point at one of the fresh rows."""
    for key in schema.keys:
        wanted = {tuple(row[c] for c in key.target_columns) for row in fresh.get(key.target, ())}
        here = [schema.tables[key.table].c[c] for c in key.columns]
        for some in _parts(sorted(v for v in wanted if None not in v)):
            yield key.table, here[0].in_([v[0] for v in some]) if len(here) == 1 else tuple_(*here).in_(some)


def _by_subject(schema: Schema, fresh: Mapping[str, list[Row]]) -> Iterator[tuple[str, ColumnElement[bool]]]:
    """One condition for all fresh rows: these tables are long, and no index has the subject first."""
    numbers = {
        name: {row[schema.primary[name][0]] for row in rows}
        for name, rows in fresh.items()
        if len(schema.primary.get(name, ())) == 1
    }
    for name in schema.subjects if numbers else ():
        made = schema.tables[name]
        conditions = [
            and_(made.c.subject_table == pointed, made.c.subject_id.in_(some))
            for pointed, ids in numbers.items()
            for some in _parts(sorted(i for i in ids if isinstance(i, int)))
        ]
        yield name, or_(*conditions) if conditions else false()


def _parts(values: Collection[Any]) -> Iterator[list[Any]]:
    listed = list(values)
    for first in range(0, len(listed), AT_ONCE):
        yield listed[first : first + AT_ONCE]
