"""What a backup says of itself, in its first member."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from sqlalchemy import Connection, func, inspect, select, table

from jalon.backups.refusals import Damaged
from jalon.i18n import _
from jalon.revisions import current_revision, version_table

NAME, DATABASE = "manifest.json", "database"
AT_ONCE = 1 << 20  # bytes


@dataclass(frozen=True)
class Member:
    """A file in the backup."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """`revisions` says where each module's tables stood, `counts` how many rows each table had."""

    version: str
    made_at: str
    dialect: str
    revisions: dict[str, str]
    counts: dict[str, int]
    members: list[Member] = field(default_factory=list)

    def to_json(self) -> bytes:
        return json.dumps(asdict(self), sort_keys=True, indent=1).encode()


def from_json(data: bytes) -> Manifest:
    """Raises Damaged for what is no manifest."""
    try:
        told = json.loads(data)
        members = [Member(**member) for member in told.pop("members")]
        return Manifest(**told, members=members)
    except (ValueError, TypeError, KeyError, AttributeError):
        raise Damaged(what=_("its list of contents cannot be read.")) from None


def member_of(path: Path, name: str) -> Member:
    """A file as it stands on the disk. Raises OSError."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while data := file.read(AT_ONCE):
            digest.update(data)
            size += len(data)
    return Member(name, size, digest.hexdigest())


def counts(connection: Connection) -> dict[str, int]:
    """The rows of every table, in the transaction of `connection`."""
    names = sorted(inspect(connection).get_table_names())
    return {name: connection.scalar(select(func.count()).select_from(table(name))) or 0 for name in names}


def revisions(connection: Connection, names: Iterable[str]) -> dict[str, str]:
    """Where each module's tables stand, of those whose version table is among `names`."""
    prefix = version_table("")
    slugs = sorted(name.removeprefix(prefix) for name in names if name.startswith(prefix))
    return {slug: revision for slug in slugs if (revision := current_revision(connection, slug))}
