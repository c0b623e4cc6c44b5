"""Removing the demo, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Connection, MetaData, Table, inspect, or_, select

from jalon.db import table_of
from jalon.errors import DomainError
from jalon.i18n import _l
from jalon.migrate import exclusive
from jalon.models import (
    AccessEntry,
    AccountEvent,
    AccountLink,
    Beneficiary,
    BeneficiaryStructure,
    HistoryEntry,
    Member,
    MemberEvent,
    ModuleEvent,
    OpenSession,
    Organisation,
    QueuedJob,
    RecoveryCode,
    Referrer,
    ReferrerPost,
    Structure,
    Territory,
    User,
)
from jalon.models.search_index import INDEX

if TYPE_CHECKING:
    from jalon.app import Jalon

OF_STRUCTURES = ("structure_id", "from_structure_id", "to_structure_id")


class DemoInUse(DomainError):
    """Something real points at the demo."""

    message = _l("Demo accounts work for real structures (%(names)s): remove them there first.")


def purge(mount: Jalon) -> int:
    """Delete every row of the demo's structures, in the tables of absent modules too; returns how many.

    Raises DemoInUse; nothing has then changed.
    """
    with exclusive(mount.db.engine) as connection:
        structure, user = table_of(Structure), table_of(User)
        places = list(connection.scalars(select(structure.c.id).where(structure.c.is_demo)))
        people = list(connection.scalars(select(user.c.id).where(user.c.is_demo)))
        _refuse_if_used(connection, places, people)
        persons = _persons(connection, places)
        gone = 0
        for table, of_the_demo in _rows(connection, places, persons):
            gone += connection.execute(table.delete().where(of_the_demo)).rowcount
        for table in map(
            table_of, (ModuleEvent, MemberEvent, HistoryEntry, AccessEntry, QueuedJob)
        ):  # what they did at real structures
            connection.execute(table.update().where(table.c.user_id.in_(people)).values(user_id=None))
        for table in map(table_of, (OpenSession, AccountLink, RecoveryCode, AccountEvent)):
            gone += connection.execute(table.delete().where(table.c.user_id.in_(people))).rowcount
        gone += connection.execute(user.delete().where(user.c.id.in_(people))).rowcount
        gone += connection.execute(structure.delete().where(structure.c.id.in_(places))).rowcount
        gone += _directory(connection)
        _forget_names(connection)
        return gone


def _forget_names(connection: Connection) -> None:
    """SQLite's index of names keeps what was deleted until it is made anew."""
    if connection.dialect.name == "sqlite" and inspect(connection).has_table(INDEX):
        connection.exec_driver_sql(f"INSERT INTO {INDEX}({INDEX}) VALUES ('rebuild')")  # noqa: S608 - a constant


def _refuse_if_used(connection: Connection, places: list[int], people: list[int]) -> None:
    member = table_of(Member)
    real = select(member.c.name).where(member.c.user_id.in_(people), member.c.structure_id.not_in(places))
    if names := sorted(connection.scalars(real)):
        raise DemoInUse(names=", ".join(names))


def _persons(connection: Connection, places: list[int]) -> list[int]:
    """Ids of those whom demo structures help and no real one."""
    link = table_of(BeneficiaryStructure)
    real = select(link.c.beneficiary_id).where(link.c.structure_id.not_in(places))
    demo = select(link.c.beneficiary_id).where(link.c.structure_id.in_(places), link.c.beneficiary_id.not_in(real))
    return list(connection.scalars(demo.distinct()))


def _rows(connection: Connection, places: list[int], persons: list[int]) -> Iterator[tuple[Table, ColumnElement[bool]]]:
    """Every table of anybody's with rows of these structures or about these persons, and which; children first.

    A row that a demo structure wrote about a real person goes; what hangs on it goes before.
    """
    metadata = MetaData()
    metadata.reflect(connection)
    for table in reversed(metadata.sorted_tables):
        ours = [table.c[name].in_(places) for name in OF_STRUCTURES if name in table.c]
        if not ours and "beneficiary_id" in table.c:
            ours = [table.c.beneficiary_id.in_(persons), *_of_a_row_that_goes(table, places)]
        if table.name == Beneficiary.__tablename__:
            ours = [table.c.id.in_(persons)]
        if ours:
            yield table, or_(*ours)


def _of_a_row_that_goes(table: Table, places: list[int]) -> Iterator[ColumnElement[bool]]:
    for key in table.foreign_keys:
        owner = key.column.table
        if "structure_id" in owner.c:
            gone = select(key.column).where(owner.c.structure_id.in_(places))
            yield key.parent.in_(gone)


def _directory(connection: Connection) -> int:
    """Delete the demo's organisations and those who refer for them; returns how many rows."""
    organisation, referrer = table_of(Organisation), table_of(Referrer)
    demo_office = select(organisation.c.id).where(organisation.c.is_demo)
    demo_people = select(referrer.c.id).where(referrer.c.is_demo)
    post, territory = table_of(ReferrerPost), table_of(Territory)
    deletions = (
        post.delete().where(or_(post.c.referrer_id.in_(demo_people), post.c.organisation_id.in_(demo_office))),
        territory.delete().where(territory.c.organisation_id.in_(demo_office)),
        referrer.delete().where(referrer.c.is_demo),
        organisation.delete().where(organisation.c.is_demo),
    )
    return sum(connection.execute(deletion).rowcount for deletion in deletions)
