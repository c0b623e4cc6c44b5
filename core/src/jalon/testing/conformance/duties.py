"""Checks of what is owed to persons: their columns can be erased, their rows are copied and erased, code or no code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, Connection, Date, Engine, Table, func, select, text
from sqlalchemy.exc import SQLAlchemyError

from jalon import copies, erasures, holdings, personal_columns
from jalon.errors import DomainError
from jalon.holdings import LINK, PERSON, Holdings
from jalon.models import Cause
from jalon.personal_columns import KEPT, NOTHING, TEXT, YEAR
from jalon.testing.conformance.check import check
from jalon.testing.conformance.kit import Kit
from jalon.testing.conformance.snapshot import contents
from jalon.testing.conformance.stage import HERE, Stage

MARK = "Zq7"  # begins what is put into personal columns; short, for some hold little
OVER = (
    "UPDATE jalon_task SET done_at = due_on",
    "UPDATE jalon_referral SET state = 'withdrawn'",
    "UPDATE jalon_occupation SET blocking = false WHERE departed_at IS NULL",
    "UPDATE jalon_occupation SET returned_at = ends_at WHERE departed_at IS NOT NULL",
)


@check(39)
def check_personal_columns_can_be_erased(kit: Kit) -> list[str]:
    """Each says what erasing leaves where a value must stand, is stored as declared, and a person's number is a key."""
    faults = [fault for table in kit.tables() for column in table.columns for fault in _column_faults(column)]
    with kit.engine(kit.databases.empty()) as engine:
        faults += kit.install(engine, kit.registry())
        with engine.connect() as connection:
            different = personal_columns.differing(connection, kit.slug)
    return faults + [f"{name} is declared personal otherwise than it is stored" for name in different]


def _column_faults(column: Column[Any]) -> Iterator[str]:
    keys = {key.column.table.name for key in column.foreign_keys}
    if column.name == "beneficiary_id" and not keys & {PERSON, LINK}:
        yield f"{column} is no key to a person: its rows would be neither copied nor erased"
    if "personal" not in column.info:
        return
    left = personal_columns.left_in(column)
    if not column.nullable and (left == NOTHING or "erased_as" not in column.info):
        yield f"{column} must hold a value, and does not say which erasing leaves: give it erased_as"
    elif left not in (NOTHING, YEAR, KEPT) and not left.startswith(TEXT):
        yield f"{column} is erased as {left}, which nobody knows"
    elif left == YEAR and not isinstance(column.type, Date):
        yield f"{column} is no date: its year cannot be kept"


@check(41, both_databases=True)
def check_a_persons_rows_are_copied_and_erased(kit: Kit) -> list[str]:
    """What stands in personal columns about a person is in the copy; once erased, no table holds it any more."""
    if not any(map(_names_persons, kit.tables())):
        return []
    with kit.stage() as stage:
        person = _person_of(kit, stage, stage.sample(HERE))
        if person is None:
            return ["the module's sample has no row about a person, and its tables have a key to one"]
        with stage.world.across() as session:
            marked = _mark(session.connection(), kit, person)
            session.commit()
        with stage.world.across() as session:
            copy = copies.read(session, person)
        said = {(t, c) for t, rows in copy.tables.items() for row in rows for c, v in row.items() if MARK in str(v)}
        faults = [f"the copy of a person's data lacks {t}.{c}" for t, c in sorted(marked - said)]
        return faults + _erase(stage, person)


def _names_persons(table: Table) -> bool:
    return any(key.referred_table.name in (PERSON, LINK) for key in table.foreign_key_constraints)


def _person_of(kit: Kit, stage: Stage, ids: dict[str, Any]) -> int | None:
    """The person whom a sample row of the module's names."""
    if isinstance(ids.get(PERSON), int):
        return int(ids[PERSON])
    with stage.engine.connect() as connection:
        schema = holdings.read_schema(connection)
        for table in kit.tables():
            for column in schema.naming(table.name):
                made = schema.tables[table.name].c
                found = connection.scalar(select(func.max(made[column])).where(made.id == ids.get(table.name)))
                if found is not None:
                    return int(found)
    return None


def _mark(connection: Connection, kit: Kit, person: int) -> set[tuple[str, str]]:
    """Write a mark into the personal columns of the module's rows about a person; which took it."""
    found = holdings.about(connection, person)
    marked: set[tuple[str, str]] = set()
    for column in personal_columns.stored(connection, kit.slug):
        if column.erased_as in (KEPT, YEAR) or column.table not in found.rows:
            continue
        try:
            with connection.begin_nested():
                _write(connection, found, column.table, column.column, f"{MARK}{len(marked)}")
            marked.add((column.table, column.column))
        except (SQLAlchemyError, TypeError):  # a date, a choice, a telephone: no place for a mark
            continue
    for statement in OVER:
        connection.execute(text(statement))
    return marked


def _write(connection: Connection, found: Holdings, name: str, column: str, mark: str) -> None:
    made = found.schema.tables[name]
    if made.c[column].type.python_type is not str:
        raise TypeError(column)
    key = found.schema.primary[name][0]
    ids = [row[key] for row in found.of(name)]
    connection.execute(made.update().where(made.c[key].in_(ids)).values({column: mark}))


def _erase(stage: Stage, person: int) -> list[str]:
    try:
        with stage.world.across() as session:
            erasures.erase(session, person, cause=Cause.REQUEST)
            session.commit()
    except (DomainError, SQLAlchemyError) as error:
        return [f"a person cannot be erased: {type(error).__name__}: {str(error).splitlines()[0]}"]
    return [f"{table} still says what was erased" for table in _said_in(stage.engine)]


def _said_in(engine: Engine) -> list[str]:
    return [table for table, rows in contents(engine).items() if any(MARK in row for row in rows)]
