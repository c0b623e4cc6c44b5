"""Removing the demo, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, MetaData, Table, inspect, select

from jalon.db import table_of
from jalon.errors import DomainError
from jalon.i18n import _l
from jalon.migrate import exclusive
from jalon.models import (
    AccessEntry,
    AccountEvent,
    AccountLink,
    HistoryEntry,
    Member,
    MemberEvent,
    ModuleEvent,
    OpenSession,
    QueuedJob,
    RecoveryCode,
    Structure,
    User,
)

if TYPE_CHECKING:
    from jalon.app import Jalon


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
        gone = 0
        for table in _with_structure(connection):
            gone += connection.execute(table.delete().where(table.c.structure_id.in_(places))).rowcount
        for table in map(
            table_of, (ModuleEvent, MemberEvent, HistoryEntry, AccessEntry, QueuedJob)
        ):  # what they did at real structures
            connection.execute(table.update().where(table.c.user_id.in_(people)).values(user_id=None))
        for table in map(table_of, (OpenSession, AccountLink, RecoveryCode, AccountEvent)):
            gone += connection.execute(table.delete().where(table.c.user_id.in_(people))).rowcount
        gone += connection.execute(user.delete().where(user.c.id.in_(people))).rowcount
        gone += connection.execute(structure.delete().where(structure.c.id.in_(places))).rowcount
        return gone


def _refuse_if_used(connection: Connection, places: list[int], people: list[int]) -> None:
    member = table_of(Member)
    real = select(member.c.name).where(member.c.user_id.in_(people), member.c.structure_id.not_in(places))
    if names := sorted(connection.scalars(real)):
        raise DemoInUse(names=", ".join(names))


def _with_structure(connection: Connection) -> list[Table]:
    """Every table with a structure_id, children first, whoever made it."""
    inspector = inspect(connection)
    names = [
        n for n in inspector.get_table_names() if any(c["name"] == "structure_id" for c in inspector.get_columns(n))
    ]
    metadata = MetaData()
    metadata.reflect(connection, only=names)
    return [t for t in reversed(metadata.sorted_tables) if t.name in names]
