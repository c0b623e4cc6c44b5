"""Everything in one file, and back: checked byte by byte, fit for an empty place only, and nobody comes back."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, text

from jalon import checks, document_files, erased_list, erasure_remains, erasures, last_backup, migrate
from jalon.app_of import mount
from jalon.backups import container, databases, making, reading, restoring, trials
from jalon.backups.refusals import (
    Damaged,
    Newer,
    NoBackup,
    NotEmpty,
    OtherDatabase,
    PassphraseNeeded,
    TooShort,
    WrongPassphrase,
)
from jalon.clock import real_now
from jalon.errors import DomainError
from jalon.models import Beneficiary, Cause, Document, DocumentKind, Erasure, FileState, Identity, Task
from jalon.scope import Actor
from jalon.testing.conformance.samples import core_rows
from jalon.testing.plugin import make_app
from jalon.testing.world import World

PASSPHRASE = "correct horse battery"
LETTER = b"a letter to somebody"


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """The strength of a passphrase's key is no matter here, and takes half a second."""
    monkeypatch.setattr(container, "COST", 2**4)


@pytest.fixture
def site(world: World, tmp_path: Path) -> World:
    """A structure with a person of whom a document is kept, in a data folder of its own."""
    world.app.config["JALON_DATA_DIR"] = str(tmp_path / "data")
    structure = world.structure("relais")
    digest = document_files.keep(documents(world), LETTER)
    with world.across() as session:
        person = core_rows(session, "relais", 1)["jalon_beneficiary"]
        for task in session.scalars(select(Task)):
            task.done_at = real_now()
        session.execute(text("UPDATE jalon_referral SET state = 'accepted'"))
        session.add(
            Document(
                structure_id=structure.id,
                subject_table="jalon_beneficiary",
                subject_id=person,
                beneficiary_id=person,
                kind=DocumentKind.OTHER,
                name="A letter",
                seen_on=real_now().date(),
                seen_by="Zoe",
                digest=digest,
                size=len(LETTER),
                mime="text/plain",
            )
        )
        session.commit()
    return world


def documents(world: World) -> Path:
    return document_files.folder_of(world.app.config, world.app.instance_path)


def make(world: World, file: Path, passphrase: str = "") -> making.Made:
    with world.app.app_context():
        return making.make(world.jalon.db.engine, documents(world), file, passphrase)


@pytest.fixture
def elsewhere(another_database: Callable[[bool], str], tmp_path: Path) -> Iterator[Flask]:
    """Our own site on an empty database and an empty data folder."""
    app = make_app(another_database(False), JALON_DATA_DIR=str(tmp_path / "elsewhere"))
    with app.app_context():
        yield app
        mount(app).db.engine.dispose()


def restore(
    app: Flask, file: Path, passphrase: str = "", erased: list[erased_list.Erased] | None = None
) -> restoring.Restored:
    folder = document_files.folder_of(app.config, app.instance_path)
    it = mount(app)
    return restoring.restore(file, it.db, it.registry, folder, erased=erased or [], passphrase=passphrase)


@pytest.mark.both_databases
@pytest.mark.parametrize("passphrase", ["", PASSPHRASE])
def test_what_was_saved_stands_again_elsewhere(site: World, elsewhere: Flask, tmp_path: Path, passphrase: str) -> None:
    made = make(site, tmp_path / "all.jalon", passphrase)

    restored = restore(elsewhere, tmp_path / "all.jalon", passphrase)

    assert (restored.rows, restored.documents, restored.missing, restored.troubles) == (made.rows, 1, 0, [])
    there = World(elsewhere)
    with site.across() as before, there.across() as after:
        assert sorted(before.scalars(select(Beneficiary.code))) == sorted(after.scalars(select(Beneficiary.code)))
        digest = after.scalars(select(Document.digest).where(Document.name == "A letter")).one()
    assert document_files.path_of(documents(there), digest).read_bytes() == LETTER


@pytest.mark.both_databases
def test_whoever_was_erased_since_the_backup_stays_erased(site: World, elsewhere: Flask, tmp_path: Path) -> None:
    make(site, tmp_path / "before.jalon")
    with site.across() as session:
        person = session.scalars(select(Beneficiary.id).order_by(Beneficiary.id)).first()
        erasures.erase(session, person, cause=Cause.REQUEST)
        session.commit()
    with site.app.app_context():
        erasure_remains.clear(site.jalon.db, documents(site))
    erased = erased_list.read(erased_list.path_beside(documents(site)))

    restored = restore(elsewhere, tmp_path / "before.jalon", erased=erased)

    assert restored.erased_again == 1
    with site.across() as before, World(elsewhere).across() as after:
        assert after.get_one(Beneficiary, person).state is FileState.ANONYMISED
        names = select(Identity.birth_name).where(Identity.beneficiary_id == person)
        assert after.scalars(names).all() == before.scalars(names).all()
        numbers = select(Erasure.number).order_by(Erasure.number)
        assert after.scalars(numbers).all() == before.scalars(numbers).all()
    assert not list(documents(World(elsewhere)).glob("??/*"))


@pytest.mark.parametrize("passphrase", ["", PASSPHRASE])
def test_one_changed_byte_anywhere_is_found(site: World, tmp_path: Path, passphrase: str) -> None:
    make(site, tmp_path / "good.jalon", passphrase)
    good = (tmp_path / "good.jalon").read_bytes()
    places = [0, 14, 15, 20, 40, len(good) // 3, len(good) // 2, len(good) - 40, len(good) - 1]

    for number, place in enumerate(places):
        bad, folder = tmp_path / "bad.jalon", tmp_path / f"folder{number}"
        folder.mkdir()
        bad.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
        with pytest.raises((Damaged, NoBackup)):
            reading.unpack(bad, folder, passphrase)


@pytest.mark.parametrize("kept", [0, 15, 16, 60, -1])
def test_a_file_that_was_cut_off_is_found(site: World, tmp_path: Path, kept: int) -> None:
    make(site, tmp_path / "good.jalon")
    cut = tmp_path / "cut.jalon"
    cut.write_bytes((tmp_path / "good.jalon").read_bytes()[:kept])

    with pytest.raises((Damaged, NoBackup)):
        reading.unpack(cut, tmp_path / "data", "")


def test_an_encrypted_backup_says_nothing_and_asks_for_its_passphrase(site: World, tmp_path: Path) -> None:
    file = tmp_path / "sealed.jalon"
    make(site, file, PASSPHRASE)

    with pytest.raises(PassphraseNeeded):
        reading.unpack(file, tmp_path / "one", "")
    with pytest.raises(WrongPassphrase):
        reading.unpack(file, tmp_path / "two", "another passphrase")
    assert file.stat().st_mode & 0o077 == 0
    with pytest.raises(TooShort):
        make(site, tmp_path / "short.jalon", "short")
    assert not (tmp_path / "short.jalon").exists()


def test_a_stream_of_several_pieces_comes_back_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "PIECE", 64)
    for length in (0, 1, 63, 64, 65, 128, 200):
        data = bytes(range(200))[:length]
        with (tmp_path / "file").open("wb") as file:
            sink = container.Sink(file, PASSPHRASE)
            sink.write(data)
            sink.finish()

        with container.Source(tmp_path / "file", PASSPHRASE) as source:
            assert source.readall() == data


@pytest.mark.both_databases
def test_nothing_is_restored_over_what_is_there(site: World, tmp_path: Path) -> None:
    make(site, tmp_path / "all.jalon")

    with site.app.app_context(), pytest.raises(NotEmpty):
        restore(site.app, tmp_path / "all.jalon")
    with pytest.raises(FileExistsError):
        make(site, tmp_path / "all.jalon")


def changed(monkeypatch: pytest.MonkeyPatch, **values: object) -> None:
    """Let the next manifest say something else."""
    from dataclasses import replace

    about = making._about
    monkeypatch.setattr(making, "_about", lambda connection: replace(about(connection), **values))


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"revisions": {"core": "core_9999"}}, Newer),
        ({"dialect": "postgresql"}, OtherDatabase),
        ({"counts": {"jalon_user": 3}}, Damaged),
    ],
)
def test_a_backup_that_does_not_fit_leaves_nothing_behind(
    site: World,
    elsewhere: Flask,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    values: dict[str, object],
    refusal: type[DomainError],
) -> None:
    changed(monkeypatch, **values)
    make(site, tmp_path / "odd.jalon")

    with pytest.raises(refusal):
        restore(elsewhere, tmp_path / "odd.jalon")

    databases.refuse_unless_empty(mount(elsewhere).db.engine)
    assert not list(documents(World(elsewhere)).glob("??/*"))


def test_an_older_backup_is_brought_to_this_version(site: World, elsewhere: Flask, tmp_path: Path) -> None:
    with site.app.app_context():
        migrate.downgrade(site.jalon.db.engine, "core", "core_0009")
    make(site, tmp_path / "older.jalon")

    restore(elsewhere, tmp_path / "older.jalon")

    with mount(elsewhere).db.engine.connect() as connection:
        assert migrate.current_revision(connection, "core") == migrate.head("core")


@pytest.mark.both_databases
def test_the_night_really_restores_the_last_backup_and_the_check_says_how_it_went(site: World, tmp_path: Path) -> None:
    file, noted = tmp_path / "all.jalon", last_backup.path_beside(documents(site))
    made = make(site, file)
    last_backup.write(noted, last_backup.LastBackup(str(file), made.made_at))

    with site.app.app_context():
        good, said = trials.try_last(site.jalon.db.engine, documents(site)), findings(site)
        file.write_bytes(file.read_bytes()[:-50] + bytes(50))
        bad, said_then = trials.try_last(site.jalon.db.engine, documents(site)), findings(site)

    assert (good, said) == (True, [])
    assert (bad, said_then) == (False, ["bad"])
    assert not list(documents(site).parent.glob(".backup-*"))


@pytest.mark.parametrize(
    ("age", "file", "levels"),
    [
        (timedelta(hours=1), True, []),
        (timedelta(days=3), True, ["warning", "warning"]),  # old, and never tried
        (timedelta(days=8), True, ["bad", "warning"]),
        (timedelta(), False, ["warning"]),
    ],
)
def test_an_old_or_lost_backup_is_told(
    world: World, tmp_path: Path, age: timedelta, file: bool, levels: list[str]
) -> None:
    world.app.config["JALON_DATA_DIR"] = str(tmp_path)
    (tmp_path / "there").touch()
    last = last_backup.LastBackup(str(tmp_path / ("there" if file else "gone")), (real_now() - age).isoformat())
    last_backup.write(tmp_path / "backup.json", last)

    with world.app.app_context():
        assert findings(world) == levels


def findings(world: World) -> list[str]:
    with checks.looking_at(world.app, Actor("test")) as place:
        return [finding.level for finding in checks.CHECKS["backup"].run(place) if finding.level != "good"]


def test_what_is_written_during_the_copy_is_not_in_it(site: World, tmp_path: Path) -> None:
    with site.app.app_context():
        engine = site.jalon.db.engine
        lock = lambda: document_files.alone(documents(site))  # noqa: E731
        with databases.snapshot_under(engine, lock) as (connection, release):
            release()
            with site.across() as session:
                session.execute(text("UPDATE jalon_document SET name = 'later'"))
                session.commit()
            databases.dump(connection, tmp_path / "dump")

    copy = tmp_path / "copy.sqlite"
    shutil.copyfile(tmp_path / "dump", copy)
    import sqlite3

    names = {row[0] for row in sqlite3.connect(copy).execute("SELECT name FROM jalon_document")}
    assert "later" not in names


def test_the_commands_say_what_they_did(site: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JALON_ENV", "demo")
    run, file = site.app.test_cli_runner().invoke, str(tmp_path / "all.jalon")

    from jalon.cli.backup import backup, restore

    made = run(backup, [file, "--json"])
    into = ["--into", f"sqlite:///{tmp_path / 'new.sqlite'}", "--data-dir", str(tmp_path / "new")]
    restored = run(restore, [file, *into, "--json"])
    again = run(restore, [file, *into])

    assert json.loads(made.output)[0]["documents"] == 1
    assert json.loads(restored.output)[0]["erased_again"] == 0
    assert again.exit_code == 1
    assert Path(file).exists()
    assert last_backup.read(documents(site).with_name("backup.json")) is not None
