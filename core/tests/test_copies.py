"""A complete copy of what is held about a person: everything, also of absent modules, and nothing of anybody else."""

from __future__ import annotations

import io
import json
import re
import zipfile
import zlib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from jalon import copies, document_files, pdf, pdf_writer
from jalon.models import Beneficiary, BeneficiaryStructure, Document, DocumentKind, Identity, Note, TimelineEntry
from jalon.testing.conformance.samples import core_rows
from jalon.testing.world import World

ABSENT = (
    "CREATE TABLE gone_ride (id INTEGER PRIMARY KEY, beneficiary_id INTEGER NOT NULL, structure_id INTEGER NOT NULL,"
    " passenger VARCHAR(80), FOREIGN KEY (beneficiary_id, structure_id)"
    " REFERENCES jalon_beneficiary_structure (beneficiary_id, structure_id))",
)


@pytest.fixture
def person(world: World) -> int:
    """A person of two structures, with a row in each of the core's tables, and in one of an absent module."""
    world.structure("relais")
    other = world.structure("scop")
    with world.across() as session:
        ids = core_rows(session, "relais", 1)
        id = int(ids["jalon_beneficiary"])
        about = {"subject_table": "jalon_beneficiary", "subject_id": id, "beneficiary_id": id, "structure_id": other.id}
        somebody = Beneficiary(code="B-2026-00999", identity=Identity(usage_name="Elsewho", first_name="Eve"))
        session.add_all(
            [
                somebody,
                BeneficiaryStructure(
                    structure_id=other.id, beneficiary_id=id, reason="Of scop", since=date(2026, 1, 1)
                ),
                BeneficiaryStructure(
                    structure_id=other.id, beneficiary=somebody, reason="Of scop", since=date(2026, 1, 1)
                ),
                Note(internal="Only for scop", author_name="Ada", **about),
                TimelineEntry(
                    module="core", kind="x", text="Told by scop", shared=True, structure_id=other.id, beneficiary_id=id
                ),
                TimelineEntry(
                    module="core", kind="x", text="Kept by scop", shared=False, structure_id=other.id, beneficiary_id=id
                ),
            ]
        )
        session.flush()
        for statement in ABSENT:
            session.execute(text(statement))
        ride = "INSERT INTO gone_ride VALUES (1, :person, :structure, 'Rider')"
        session.execute(text(ride), {"person": id, "structure": other.id})
        session.commit()
    return id


def read(world: World, person: int, structure: str | None = None) -> copies.PersonCopy:
    with world.across() as session:
        found = session.execute(text("SELECT id FROM jalon_structure WHERE slug = :slug"), {"slug": structure}).scalar()
        return copies.read(session, person, structure_id=found)


def texts(copy: copies.PersonCopy) -> set[Any]:
    return {value for rows in copy.tables.values() for row in rows for value in row.values()}


def unpacked(paper: bytes) -> bytes:
    """The objects of a PDF, which lie in compressed streams."""
    return b"".join(
        map(zlib.decompress, re.findall(rb"/FlateDecode[^>]*>>\nstream\n(.*?)\nendstream", paper, re.DOTALL))
    )


@pytest.mark.parametrize(
    "url", ["http://169.254.169.254/x", "https://example.org/x.css", "file:///etc/passwd", "jalon:jalon/../x.css"]
)
def test_a_paper_fetches_nothing_but_files_of_our_packages(url: str) -> None:
    fetcher = pdf_writer._fetcher()

    with pytest.raises(ValueError, match=r"jalon:|protocol"):
        fetcher.fetch(url)

    font = fetcher.fetch("jalon:jalon/static/inter-latin-wght-normal.woff2")
    assert font.read()[:4] == b"wOF2"


@pytest.mark.both_databases
def test_the_whole_copy_holds_what_all_structures_and_absent_modules_know_and_nobody_else(
    world: World, person: int
) -> None:
    copy = read(world, person)

    assert {"Surname 1", "Internal 1", "Only for scop", "Kept by scop", "Rider", "Of scop"} <= texts(copy)
    assert {"jalon_history", "jalon_history_value", "jalon_consent", "jalon_referral", "gone_ride"} <= set(copy.tables)
    assert "Elsewho" not in texts(copy)
    with world.across() as session:
        session.execute(text("DROP TABLE gone_ride"))
        session.commit()


@pytest.mark.both_databases
def test_a_structures_copy_holds_its_own_what_is_shared_and_what_is_the_persons(world: World, person: int) -> None:
    copy = read(world, person, "relais")

    assert {"Surname 1", "Internal 1", "Told by scop"} <= texts(copy)
    assert not {"Only for scop", "Kept by scop", "Rider", "Of scop"} & texts(copy)
    assert "jalon_duplicate_request" not in copy.tables
    with world.across() as session:
        session.execute(text("DROP TABLE gone_ride"))
        session.commit()


def test_the_archive_is_for_machines_and_readers_and_holds_the_kept_papers(
    world: World, person: int, tmp_path: Path
) -> None:
    digest = document_files.keep(tmp_path, b"%PDF a paper")
    with world.across() as session:
        session.add(
            Document(
                structure_id=1,
                kind=DocumentKind.OTHER,
                name="Rent: 2/3",
                mime="application/pdf",
                size=9,
                digest=digest,
                seen_on=date(2026, 1, 1),
                seen_by="Zoe",
                subject_table="jalon_beneficiary",
                subject_id=person,
                beneficiary_id=person,
            )
        )
        session.commit()
    target = io.BytesIO()

    with world.app.app_context():
        copies.pack(read(world, person), tmp_path, target)

    archive = zipfile.ZipFile(target)
    said = json.loads(archive.read("dossier.json"))
    assert said["format"] == "jalon-person/1"
    assert said["tables"]["jalon_identity"][0]["usage_name"] == "Surname 1"
    assert said["tables"]["gone_ride"] == [{"id": 1, "beneficiary_id": person, "structure_id": 2, "passenger": "Rider"}]
    assert [archive.read(name) for name in said["documents"]] == [b"%PDF a paper"]
    paper = archive.read("dossier.pdf")
    assert paper.startswith(b"%PDF-")
    assert b"/StructTreeRoot" in unpacked(paper)


def test_a_missing_font_or_library_refuses_nobody_the_copy(
    world: World, person: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "WRITER", tmp_path / "nowhere.py")
    target = io.BytesIO()

    with world.app.app_context():
        copies.pack(read(world, person), tmp_path, target)

    assert "dossier.html" in zipfile.ZipFile(target).namelist()
    page = zipfile.ZipFile(target).read("dossier.html").decode()
    assert "Surname 1" in page
    assert "Ce qui a été modifié" in page
