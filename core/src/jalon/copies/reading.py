"""Reading everything that is held about a person, by the database's keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon import holdings
from jalon.clock import now
from jalon.holdings import PERSON, Holdings, Row
from jalon.models import Commune, Structure

# what tells nothing of the person: keys of links, where a copy lies, and who asked whom whether they know the person
LEFT_OUT = {"jalon_link": {"digest"}, "jalon_document": {"digest"}}
OF_THE_COLLECTIVE = "jalon_duplicate_request"
FIRST = (
    PERSON,
    "jalon_identity",
    "jalon_person_file",
    "jalon_disabled_worker",
    "jalon_beneficiary_structure",
    "jalon_situation",
    "jalon_situation_item",
    "jalon_consent",
    "jalon_note",
    "jalon_task",
    "jalon_document",
    "jalon_timeline",
    "jalon_referral",
)


@dataclass(frozen=True)
class File:
    """A kept copy of a document: its digest, and its name in the archive."""

    digest: str
    name: str


@dataclass(frozen=True)
class PersonCopy:
    """Rows by table in the order in which they are read, kept files, and what numbers are called."""

    codes: tuple[str, ...]
    made_at: datetime
    structure: str | None
    tables: dict[str, list[dict[str, Any]]]
    files: list[File]
    structures: dict[int, str]
    communes: dict[str, str]
    keys: dict[str, frozenset[str]]

    @property
    def rows(self) -> int:
        return sum(len(rows) for rows in self.tables.values())


def read(session: Session, person_id: int, *, structure_id: int | None = None) -> PersonCopy:
    """Everything about a person; of one structure, what it holds and what is published. `session` works across."""
    found = holdings.about(session.connection(), person_id)
    if structure_id is not None:
        found = found.within(structure_id)
        found.rows.pop(OF_THE_COLLECTIVE, None)  # it would tell who else knows the person
    names = dict(session.execute(select(Structure.id, Structure.name)).all())
    insee = {row["commune_insee"] for rows in found.rows.values() for row in rows.values() if row.get("commune_insee")}
    communes = session.execute(select(Commune.insee, Commune.name).where(Commune.insee.in_(insee)))
    return PersonCopy(
        codes=tuple(row["code"] for row in found.of(PERSON)),
        made_at=now(),
        structure=names.get(structure_id) if structure_id is not None else None,
        tables={name: _rows(found, name) for name in _in_order(found)},
        files=[_file(row) for row in found.of("jalon_document") if row["digest"] and row["removed_at"] is None],
        structures=names,
        communes=dict(communes.all()),
        keys={name: _keys(found, name) for name in found.rows},
    )


def _in_order(found: Holdings) -> list[str]:
    """The person first, then modules, then what was written down of reading and changing."""
    last = [n for n in sorted(found.rows) if n.startswith("jalon_") and n not in FIRST]
    modules = [n for n in sorted(found.rows) if not n.startswith("jalon_")]
    return [n for n in (*FIRST, *modules, *last) if found.rows.get(n)]


def _rows(found: Holdings, name: str) -> list[dict[str, Any]]:
    """Of a merge that was undone, the rows are another person's too."""
    undone = {row["id"] for row in found.of("jalon_merge") if row["undone_at"] is not None}
    if name == "jalon_merged_row":
        return [_shown(name, row) for row in found.of(name) if row["merge_id"] not in undone]
    return [_shown(name, row) for row in found.of(name)]


def _shown(name: str, row: Row) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key not in LEFT_OUT.get(name, ())}


def _keys(found: Holdings, name: str) -> frozenset[str]:
    """Columns that hold numbers of rows."""
    schema = found.schema
    pointing = {column for key in schema.keys if key.table == name for column in key.columns}
    return frozenset({*schema.primary.get(name, ()), *pointing})


def _file(row: Row) -> File:
    ending = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}
    bare = "".join(c if c.isalnum() or c in " -_.’'" else " " for c in row["name"])
    return File(row["digest"], f"{row['id']} {' '.join(bare.split())}.{ending.get(row['mime'] or '', 'bin')}")
