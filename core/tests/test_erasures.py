"""A person is erased: nothing says who it was, what statistics count stays, with or without a module's code."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, String, inspect, select, text

from jalon import document_files, erasure_remains, erasures, holdings, personal_columns
from jalon.db import table_of
from jalon.erasures import ErasedAlready, StillOpen, WrongCode
from jalon.migrate import downgrade, upgrade
from jalon.models import (
    Beneficiary,
    BeneficiaryStructure,
    Cause,
    Commune,
    DisabledWorker,
    Document,
    DocumentKind,
    Erasure,
    File,
    FileState,
    HistoryEntry,
    HistoryValue,
    Identity,
    InstalledModule,
    Note,
    Occupation,
    PersonalColumn,
    Situation,
    Task,
    Title,
)
from jalon.testing.conformance.samples import core_rows
from jalon.testing.world import World

MARK = "Zyxquw"
ENDED = date(2031, 1, 1)  # the sample begins that day: it cannot end before
ABSENT = (
    "CREATE TABLE gone_ride (id INTEGER PRIMARY KEY, structure_id INTEGER NOT NULL, beneficiary_id INTEGER NOT NULL,"
    " occupation_id INTEGER, passenger VARCHAR(80) NOT NULL, need TEXT, km INTEGER, FOREIGN KEY (beneficiary_id,"
    " structure_id) REFERENCES jalon_beneficiary_structure (beneficiary_id, structure_id),"
    " FOREIGN KEY (occupation_id) REFERENCES jalon_occupation (id))",
    "CREATE TABLE gone_stop (id INTEGER PRIMARY KEY, ride_id INTEGER NOT NULL REFERENCES gone_ride (id), place TEXT)",
)


@dataclass
class Planted:
    """A person in whose every personal column a mark stands, also of a module whose code is absent."""

    world: World
    id: int
    structure_id: int
    folder: Path
    digest: str

    def erase(self, structure_id: int | None = None) -> erasures.Erased:
        with self.world.across() as session:
            done = erasures.erase(session, self.id, cause=Cause.REQUEST, structure_id=structure_id)
            session.commit()
        return done

    def clear(self) -> int:
        with self.world.app.app_context():
            return erasure_remains.clear(self.world.jalon.db, self.folder)


@pytest.fixture
def planted(world: World, tmp_path: Path) -> Iterator[Planted]:
    structure = world.structure("relais")
    with world.across() as session:
        for statement in ABSENT:
            session.execute(text(statement))
        id = core_rows(session, "relais", 1)["jalon_beneficiary"]
        session.add(InstalledModule(slug="gone", name="Gone", version="0.1.0"))
        for table, column, left in (
            ("ride", "passenger", "text:—"),
            ("ride", "need", "nothing"),
            ("stop", "place", "nothing"),
        ):
            session.add(
                PersonalColumn(module="gone", table_name=f"gone_{table}", column_name=column, why="it", erased_as=left)
            )
        session.commit()
    with world.inside("relais") as session:  # so that the history of the structure tells of it
        person = session.get_one(Beneficiary, id)
        person.identity.usage_name, person.identity.birth_date = f"{MARK}-name", date(1987, 5, 13)
        person.identity.title = Title.MADAM
        person.file.street = f"3 rue {MARK}"
        for row in (*session.scalars(select(Note)), *session.scalars(select(Document))):
            row.subject_id, row.beneficiary_id = id, id
        session.add(
            Note(internal=f"{MARK} note", author_name="Zoe", subject_table="gone_ride", subject_id=1, beneficiary_id=id)
        )
        for task in session.scalars(select(Task)):
            task.done_at = person.created_at
        session.commit()
    folder = tmp_path / "data" / "documents"
    digest = document_files.keep(folder, f"a letter to {MARK}".encode())
    with world.across() as session:
        connection = session.connection()
        values = {"structure": structure.id, "person": id, "mark": MARK}
        connection.execute(
            text("INSERT INTO gone_ride VALUES (1, :structure, :person, NULL, :mark, 'ramp', 12)"), values
        )
        connection.execute(text("INSERT INTO gone_stop VALUES (1, 1, :mark)"), values)
        connection.execute(text("UPDATE jalon_referral SET state = 'accepted'"))
        connection.execute(
            table_of(Document)
            .update()
            .where(Document.beneficiary_id == id)
            .values(digest=digest, size=5, mime="text/plain")
        )
        _mark_all(connection, id)
        session.commit()
    yield Planted(world, id, structure.id, folder, digest)
    with world.across() as session:
        session.execute(text("DROP TABLE gone_stop"))
        session.execute(text("DROP TABLE gone_ride"))
        session.commit()


def _mark_all(connection: Connection, person_id: int) -> None:
    """In every personal column of text that says something about the person."""
    found = holdings.about(connection, person_id)
    for personal in personal_columns.stored(connection):
        made = found.schema.tables.get(personal.table)
        if personal.erased_as == "kept" or personal.table not in found.rows or made is None:
            continue
        if (personal.table, personal.column) == ("jalon_message", "address"):
            continue  # a message to a person has no address of its own: it is looked up when it is sent
        if isinstance(made.c[personal.column].type, String):
            key = found.schema.primary[personal.table][0]
            ids = [row[key] for row in found.of(personal.table)]
            longest = getattr(made.c[personal.column].type, "length", None) or 99
            connection.execute(
                made.update()
                .where(made.c[key].in_(ids))
                .values({personal.column: f"{MARK} {personal.column}"[:longest]})
            )


def traces(world: World, folder: Path) -> list[str]:
    """Where a mark stands: every text of every table, every file."""
    found = []
    with world.app.app_context(), world.jalon.db.engine.connect() as connection:
        for name in inspect(connection).get_table_names():
            quoted = connection.dialect.identifier_preparer.quote(name)
            rows = connection.exec_driver_sql(f"SELECT * FROM {quoted}").mappings()
            found += [f"{name}.{key}" for row in rows for key, value in row.items() if _says(value)]
    files = [p for p in folder.rglob("*") if p.is_file()]
    return found + [f"file {p.name}" for p in files if MARK.lower().encode() in p.read_bytes().lower()]


def _says(value: Any) -> bool:
    said = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
    return MARK.lower() in said.lower()


@pytest.mark.both_databases
def test_an_erased_person_is_in_no_table_no_file_and_no_log(planted: Planted, tmp_path: Path) -> None:
    paper = io.StringIO()
    handler = logging.StreamHandler(paper)
    logging.getLogger().addHandler(handler)
    before = traces(planted.world, tmp_path)

    planted.erase()
    planted.clear()

    logging.getLogger().removeHandler(handler)
    assert {"gone_ride.passenger", "gone_stop.place", "jalon_note.internal", "jalon_history_value.after"} <= set(before)
    assert {"jalon_identity.folded", "jalon_merged_row.before", "jalon_referral.message", "jalon_timeline.text"} <= set(
        before
    )
    assert traces(planted.world, tmp_path) == []
    assert MARK not in paper.getvalue()


@pytest.mark.both_databases
def test_what_statistics_count_stays_and_the_person_is_known_by_the_code(planted: Planted) -> None:
    with planted.world.across() as session:
        commune = session.scalars(select(Commune.insee)).first()
        person = session.get_one(Beneficiary, planted.id)
        person.file.commune_insee, person.file.no_phone = commune, True
        situation = session.scalars(select(Situation).where(Situation.beneficiary_id == planted.id)).one()
        situation.children, situation_id = 2, situation.id
        session.commit()
        changes = session.query(HistoryEntry).count()

    done = planted.erase()

    assert done.whole
    assert done.rows > 20
    with planted.world.across() as session:
        person = session.get_one(Beneficiary, planted.id)
        identity, situation = person.identity, session.get_one(Situation, situation_id)
        assert (person.state, str(person)) == (FileState.ANONYMISED, f"Personne effacée {person.code}")
        assert (identity.title, identity.birth_date, identity.birth_date_presumed) == (
            Title.MADAM,
            date(1987, 1, 1),
            True,
        )
        assert (person.file.commune_insee, person.file.no_phone) == (commune, True)
        assert (situation.on_day, situation.children) == (date(2031, 1, 1), 2)
        assert session.scalars(select(BeneficiaryStructure)).one().until == ENDED
        assert session.query(HistoryEntry).count() == changes
        assert session.connection().execute(text("SELECT km, passenger, need FROM gone_ride")).one() == (12, "—", None)


def test_what_is_about_health_goes(planted: Planted) -> None:
    with planted.world.across() as session:
        session.scalars(
            select(DisabledWorker).where(DisabledWorker.beneficiary_id == planted.id)
        ).one().recognised = True
        session.commit()

    planted.erase()

    with planted.world.across() as session:
        assert (
            session.scalars(select(DisabledWorker.recognised).where(DisabledWorker.beneficiary_id == planted.id)).one()
            is None
        )


def test_a_person_is_erased_once(planted: Planted) -> None:
    planted.erase()

    with pytest.raises(ErasedAlready):
        planted.erase()


@pytest.mark.both_databases
def test_it_is_refused_with_the_list_of_what_is_open_also_of_an_absent_module(planted: Planted) -> None:
    with planted.world.across() as session:
        session.add(
            Task(
                structure_id=planted.structure_id,
                title="Call",
                due_on=date(2031, 3, 4),
                subject_table="jalon_beneficiary",
                subject_id=planted.id,
                beneficiary_id=planted.id,
            )
        )
        promised = session.scalars(select(Occupation)).first()
        session.connection().execute(text("UPDATE gone_ride SET occupation_id = :id"), {"id": promised.id})
        session.commit()

    with pytest.raises(StillOpen) as refused:
        planted.erase(planted.structure_id)

    assert "04/03/2031" in str(refused.value)
    assert "gone_ride " in str(refused.value)
    with planted.world.across() as session:
        assert session.get_one(Beneficiary, planted.id).state is FileState.ACTIVE


@pytest.mark.both_databases
def test_while_another_structure_helps_only_what_one_wrote_goes_and_it_names_the_person_no_more(
    planted: Planted,
) -> None:
    other = planted.world.structure("scop")
    with planted.world.across() as session:
        session.add(
            BeneficiaryStructure(
                structure_id=other.id, beneficiary_id=planted.id, reason="Helped", since=date(2026, 1, 1)
            )
        )
        session.add(
            Note(
                structure_id=other.id,
                internal="Comes on Monday",
                author_name="Ada",
                subject_table="jalon_beneficiary",
                subject_id=planted.id,
                beneficiary_id=planted.id,
            )
        )
        session.commit()

    done = planted.erase(planted.structure_id)

    assert not done.whole
    with planted.world.inside("scop", permissions=["jalon.beneficiaries.read"]) as session:
        person = session.scalars(select(Beneficiary)).one()
        assert MARK.upper() in str(person)
        assert person.file is not None
        assert session.scalars(select(Note.internal)).all() == ["Comes on Monday"]
        assert session.scalars(select(Erasure)).all() == []
    with planted.world.inside("relais", permissions=["jalon.beneficiaries.read"]) as session:
        assert str(session.scalars(select(Beneficiary)).one()).startswith("Personne protégée")
        assert (session.scalars(select(Identity)).all(), session.scalars(select(File)).all()) == ([], [])
    with planted.world.across() as session:
        words = [*session.scalars(select(Note.internal).where(Note.structure_id == planted.structure_id))]
        words += session.scalars(select(HistoryValue.after).where(HistoryValue.structure_id == planted.structure_id))
        assert [w for w in words if w and MARK in w] == []


def test_a_file_merged_into_the_erased_one_is_erased_with_it(planted: Planted) -> None:
    with planted.world.across() as session:
        merged = Beneficiary(code="B-2026-00777", state=FileState.MERGED, merged_into_id=planted.id)
        merged.identity = Identity(usage_name="Oldname", first_name="Ann")
        session.add(merged)
        session.commit()
        id = merged.id

    planted.erase()

    with planted.world.across() as session:
        merged = session.get_one(Beneficiary, id)
        assert (merged.state, merged.identity.usage_name, merged.identity.first_name) == (FileState.MERGED, "—", "")


def test_a_copy_that_another_person_needs_stays_and_a_crash_before_it_is_removed_is_made_good(planted: Planted) -> None:
    with planted.world.across() as session:
        kept = document_files.keep(planted.folder, b"a paper of two persons")
        for person, digest in ((planted.id, kept), (None, kept)):
            session.add(
                Document(
                    structure_id=planted.structure_id,
                    kind=DocumentKind.OTHER,
                    name="x",
                    mime="text/plain",
                    size=2,
                    digest=digest,
                    seen_on=date(2026, 1, 1),
                    seen_by="Zoe",
                    subject_table="jalon_place",
                    subject_id=1,
                    beneficiary_id=person,
                )
            )
        session.commit()

    planted.erase()  # and the process dies here
    there = document_files.path_of(planted.folder, planted.digest).exists()

    assert there
    assert (planted.clear() > 0, planted.clear()) == (True, 0)
    assert not document_files.path_of(planted.folder, planted.digest).exists()
    assert document_files.path_of(planted.folder, kept).exists()


@pytest.mark.parametrize(("typed", "good"), [("b-2026-00012 ", True), ("B-2026-00013", False), ("", False)])
def test_the_code_is_typed(typed: str, good: bool) -> None:
    if good:
        erasures.check_code(typed, "B-2026-00012")
        return

    with pytest.raises(WrongCode, match="B-2026-00012"):
        erasures.check_code(typed, "B-2026-00012")


def test_what_is_stored_follows_a_modules_tables_down_and_up(world: World) -> None:
    with world.app.app_context():
        engine, registry = world.jalon.db.engine, world.jalon.registry
        with engine.connect() as connection:
            before = personal_columns.stored(connection, "rental")

        downgrade(engine, "rental", "base")
        with engine.connect() as connection:
            taken_back = personal_columns.stored(connection, "rental")
        upgrade(engine, registry)

        with engine.connect() as connection:
            assert (taken_back, personal_columns.stored(connection, "rental")) == (set(), before)


@pytest.mark.both_databases
def test_what_models_declare_is_what_the_database_has_stored(world: World) -> None:
    with world.across() as session:
        assert [personal_columns.differing(session.connection(), slug) for slug in ("core", "fleet", "rental")] == [
            [],
            [],
            [],
        ]
        assert len(personal_columns.stored(session.connection(), "rental")) >= 2
