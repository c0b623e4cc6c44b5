"""The database: base class, guarded session, column types, engine rules."""

from jalon.db.alphabet import alphabetical
from jalon.db.base import Base, Owned, Platform, table_of
from jalon.db.constraints import constraint_of, explains, refusal_of
from jalon.db.engine import check_engine, open_session, sqlite_rules
from jalon.db.guard import GuardedSession
from jalon.db.person import (
    AboutPerson,
    Affair,
    BothEnds,
    Crossing,
    NamesPerson,
    Person,
    PersonData,
    PersonFile,
    PersonIdentity,
    PersonRow,
    Published,
    affairs,
)
from jalon.db.types import UtcDateTime

__all__ = [
    "AboutPerson",
    "Affair",
    "Base",
    "BothEnds",
    "Crossing",
    "GuardedSession",
    "NamesPerson",
    "Owned",
    "Person",
    "PersonData",
    "PersonFile",
    "PersonIdentity",
    "PersonRow",
    "Platform",
    "Published",
    "UtcDateTime",
    "affairs",
    "alphabetical",
    "check_engine",
    "constraint_of",
    "explains",
    "open_session",
    "refusal_of",
    "sqlite_rules",
    "table_of",
]
