"""Backups when something goes wrong, or on: people who write meanwhile, lost programs, full disks, damaged lists."""

from __future__ import annotations

import os
import random
import resource
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import Engine, create_engine, select, text
from sqlalchemy.pool import NullPool

from jalon import checks, document_files, documents, erased_list, erasure_remains, erasures, last_backup, upkeep
from jalon.app_of import mount
from jalon.backups import container, databases, making, reading, restoring, trials
from jalon.backups.refusals import Damaged, NoBackup, NoRoom, ToolMissing, ToolTooOld
from jalon.clock import now, real_now
from jalon.models import (
    Beneficiary,
    BeneficiaryStructure,
    Cause,
    Document,
    DocumentKind,
    FileState,
    Identity,
    Note,
    QueuedJob,
    Task,
    Upkeep,
)
from jalon.scope import Actor
from jalon.testing.conformance.samples import core_rows
from jalon.testing.plugin import make_app
from jalon.testing.world import World

PASSPHRASE = "correct horse battery"


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """The strength of a passphrase's key is no matter here, and takes half a second."""
    monkeypatch.setattr(container, "COST", 2**4)


@pytest.fixture
def site(world: World, tmp_path: Path) -> World:
    """A structure with a person and one document, in a data folder of its own."""
    world.app.config["JALON_DATA_DIR"] = str(tmp_path / "data")
    world.structure("relais")
    with world.across() as session:
        core_rows(session, "relais", 1)
        for task in session.scalars(select(Task)):
            task.done_at = real_now()
        session.execute(text("UPDATE jalon_referral SET state = 'accepted'"))
        session.commit()
    upload(world, b"a letter")
    return world


def folder(world: World) -> Path:
    return document_files.folder_of(world.app.config, world.app.instance_path)


def upload(world: World, content: bytes) -> int:
    """As the page does it: the file first, then its row, both under the lock."""
    with world.across() as session, document_files.alone(folder(world)):
        digest = document_files.keep(folder(world), content)
        person, structure = session.execute(
            select(BeneficiaryStructure.beneficiary_id, BeneficiaryStructure.structure_id)
        ).one()
        about = {"subject_table": "jalon_beneficiary", "subject_id": person, "beneficiary_id": person}
        seen = {"seen_on": real_now().date(), "seen_by": "Zoe", "kind": DocumentKind.OTHER, "name": "A letter"}
        made = Document(structure_id=structure, digest=digest, size=len(content), mime="text/plain", **about, **seen)
        session.add(made)
        session.commit()
        return made.id


def remove(world: World, id: int) -> None:
    """As the page does it: the row first, then its file, unless somebody else needs it."""
    with world.across() as session:
        digest = documents.remove(session, session.get_one(Document, id))
        session.commit()
    with document_files.alone(folder(world)), world.across() as session:
        if digest and digest not in documents.needed(session, [digest]):
            document_files.remove(folder(world), digest)


def make(world: World, file: Path, passphrase: str = "") -> making.Made:
    with world.app.app_context():
        return making.make(world.jalon.db.engine, folder(world), file, passphrase)


@pytest.fixture
def elsewhere(another_database: Callable[[bool], str], tmp_path: Path) -> Iterator[Flask]:
    """Our own site on an empty database and an empty data folder."""
    app = make_app(another_database(False), JALON_DATA_DIR=str(tmp_path / "elsewhere"))
    with app.app_context():
        yield app
        mount(app).db.engine.dispose()


def restore(app: Flask, file: Path, passphrase: str = "", erased: list[erased_list.Erased] | None = None) -> None:
    it, place = mount(app), document_files.folder_of(app.config, app.instance_path)
    restoring.restore(file, it.db, it.registry, place, erased=erased or [], passphrase=passphrase)


def left_of(world: World, file: Path) -> list[Path]:
    """What a backup that failed left: nothing may pretend to be one."""
    return [*file.parent.glob(f"{file.name}*"), *folder(world).parent.glob(".backup-*")]


# --- while people work ---


@contextmanager
def people_at_work(world: World) -> Iterator[list[BaseException]]:
    """Two who add documents and take them away again, until the block ends."""
    over, failed = threading.Event(), list[BaseException]()

    def work(who: int) -> None:
        number, mine = 0, list[int]()
        try:
            while not over.is_set():
                number += 1
                mine.append(upload(world, f"{who} wrote {number}".encode() * 2000))
                if len(mine) > 3:
                    remove(world, mine.pop(0))
        except BaseException as error:  # told in the test's own thread
            failed.append(error)

    crew = [threading.Thread(target=work, args=(who,)) for who in range(2)]
    for worker in crew:
        worker.start()
    try:
        yield failed
    finally:
        over.set()
        for worker in crew:
            worker.join()


@pytest.mark.both_databases(slow="postgresql")
def test_what_people_add_and_remove_meanwhile_leaves_each_backup_whole(site: World, tmp_path: Path) -> None:
    files = [tmp_path / f"{number}.jalon" for number in range(3)]

    with people_at_work(site) as failed:
        made = [make(site, file) for file in files]

    assert (failed, [one.missing for one in made]) == ([], [0, 0, 0])
    with site.app.app_context():
        for file in files:
            content = reading.try_out(file, site.jalon.db.engine, tmp_path / "trial")  # each row, each digest
            assert sum(member.name.startswith("documents/") for member in content.members) >= 1


def test_a_file_that_vanishes_while_it_is_copied_stops_nothing(
    site: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path,) = folder(site).glob("??/*")

    def without_second_names(source: Path, target: Path) -> None:
        if source == path:
            path.unlink(missing_ok=True)
            raise PermissionError(1, "no second names here")
        os.rename(source, target)

    monkeypatch.setattr(os, "link", without_second_names)

    assert make(site, tmp_path / "all.jalon").missing == 1


# --- programs, rights, room ---


def engine_of(world: World) -> Engine:
    with world.app.app_context():
        return world.jalon.db.engine


def programs(folder: Path, script: str) -> None:
    folder.mkdir()
    for name in ("pg_dump", "pg_restore"):
        (folder / name).write_text(script)
        (folder / name).chmod(0o755)


@pytest.mark.both_databases
def test_a_program_that_is_missing_or_too_old_is_told_and_leaves_no_file(
    site: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine_of(site).dialect.name == "sqlite":  # which needs no program
        return
    file = tmp_path / "backups" / "all.jalon"
    file.parent.mkdir()
    old = "#!/bin/sh\necho 'pg_dump: error: aborting because of server version mismatch' >&2\nexit 1\n"
    programs(tmp_path / "old", old)

    for path, refusal in ((tmp_path / "nothing", ToolMissing), (tmp_path / "old", ToolTooOld)):
        monkeypatch.setenv("PATH", f"{path}:/usr/bin:/bin" if path.name == "old" else str(path))
        with pytest.raises(refusal):
            make(site, file)
        assert left_of(site, file) == []
    said = command(site, "backup", str(file))
    assert (said.exit_code, said.stderr.count("\n")) == (1, 1)


def command(world: World, *arguments: str) -> Result:
    os.environ["JALON_ENV"] = "demo"
    return world.app.test_cli_runner().invoke(args=["jalon", *arguments])


@pytest.mark.both_databases
def test_an_account_that_may_create_no_database_is_told_how_to(site: World, tmp_path: Path) -> None:
    engine = engine_of(site)
    if engine.dialect.name == "sqlite":  # which has no accounts
        return
    noted = last_backup.path_beside(folder(site))
    made = make(site, tmp_path / "all.jalon")
    last_backup.write(noted, last_backup.LastBackup(made.file, made.made_at))
    with site.app.app_context():
        small = engine.url.set(username="jalon_small")
        with engine.begin() as connection:
            connection.execute(text("DROP ROLE IF EXISTS jalon_small"))
            connection.execute(text("CREATE ROLE jalon_small LOGIN NOCREATEDB"))
        try:
            good = trials.try_last(create_engine(small, poolclass=NullPool), folder(site))
        finally:
            with engine.begin() as connection:
                connection.execute(text("DROP ROLE jalon_small"))
        with checks.looking_at(site.app, Actor("test")) as place:
            (found,) = checks.CHECKS["backup"].run(place)

    assert (good, found.level) == (False, "bad")
    assert "CREATEDB" in found.mend


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """As on a full disk, nobody writes a larger file; nothing else of this process is disturbed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("passphrase", ["", PASSPHRASE])
def test_a_full_disk_is_told_and_leaves_no_file_that_pretends(site: World, tmp_path: Path, passphrase: str) -> None:
    database = Path(str(engine_of(site).url.database)).stat().st_size
    upload(site, random.Random(1).randbytes(database + 2_000_000))
    file = tmp_path / "backups" / "all.jalon"
    file.parent.mkdir()

    with files_of_at_most(database + 1_000_000), pytest.raises(NoRoom):
        make(site, file, passphrase)

    assert left_of(site, file) == []
    assert make(site, file, passphrase).documents == 2


def test_a_database_that_does_not_fit_is_told_too(site: World, tmp_path: Path) -> None:
    file = tmp_path / "backups" / "all.jalon"
    file.parent.mkdir()

    with files_of_at_most(100_000):
        said = command(site, "backup", str(file))

    assert (said.exit_code, said.stderr.count("\n")) == (1, 1)
    assert left_of(site, file) == []
    assert last_backup.read(last_backup.path_beside(folder(site))) is None


# --- damage ---


@pytest.mark.parametrize("passphrase", ["", PASSPHRASE])
def test_one_byte_changed_at_random_is_refused_before_anything_is_touched(
    site: World, elsewhere: Flask, tmp_path: Path, passphrase: str
) -> None:
    good, bad, chance = tmp_path / "good.jalon", tmp_path / "bad.jalon", random.Random(0)
    make(site, good, passphrase)
    content = good.read_bytes()

    for _attempt in range(30):
        place, bit = chance.randrange(len(content)), 1 << chance.randrange(8)
        bad.write_bytes(content[:place] + bytes([content[place] ^ bit]) + content[place + 1 :])
        with pytest.raises((Damaged, NoBackup)):
            restore(elsewhere, bad, passphrase)

    databases.refuse_unless_empty(mount(elsewhere).db.engine)
    assert not list(folder(World(elsewhere)).parent.rglob("??/*"))


# --- who was erased ---


def erase_here(world: World) -> tuple[int, int]:
    """A person whom `scop` helps too is erased in `relais` alone; the person's and the structure's numbers."""
    scop = world.structure("scop")
    with world.across() as session:
        person, relais = session.execute(
            select(BeneficiaryStructure.beneficiary_id, BeneficiaryStructure.structure_id).limit(1)
        ).one()
        mine = {"structure_id": scop.id, "beneficiary_id": person}
        session.add(BeneficiaryStructure(reason="Helped", since=now().date(), **mine))
        session.flush()
        told = {"author_name": "Ada", "subject_table": "jalon_beneficiary", "subject_id": person}
        session.add(Note(internal="Comes on Monday", **told, **mine))
        session.add(Note(internal="Came once", **told, structure_id=relais, beneficiary_id=person))
        session.commit()
    return person, relais


@pytest.mark.both_databases(slow="postgresql")
def test_whoever_was_erased_in_one_structure_alone_is_erased_there_again_and_stays_elsewhere(
    site: World, elsewhere: Flask, tmp_path: Path
) -> None:
    person, relais = erase_here(site)
    make(site, tmp_path / "before.jalon")
    with site.across() as session:
        assert not erasures.erase(session, person, cause=Cause.REQUEST, structure_id=relais).whole
        session.commit()
    with site.app.app_context():
        erasure_remains.clear(site.jalon.db, folder(site))

    restore(elsewhere, tmp_path / "before.jalon", erased=erased_list.read(erased_list.path_beside(folder(site))))

    with site.across() as before, World(elsewhere).across() as after:
        assert after.get_one(Beneficiary, person).state is FileState.ACTIVE
        names = select(Identity.usage_name).where(Identity.beneficiary_id == person)
        assert after.scalars(names).all() == before.scalars(names).all() != []
        words = select(Note.internal).where(Note.beneficiary_id == person).order_by(Note.id)
        assert after.scalars(words).all() == before.scalars(words).all()
        assert "Comes on Monday" in after.scalars(words).all()
        assert "Came once" not in after.scalars(words).all()


@pytest.mark.slow
def test_the_command_takes_a_list_kept_elsewhere_and_refuses_a_damaged_one(site: World, tmp_path: Path) -> None:
    file, kept = tmp_path / "all.jalon", tmp_path / "kept.jsonl"
    make(site, file)
    with site.across() as session:
        person = session.scalars(select(Beneficiary.id).order_by(Beneficiary.id).limit(1)).one()
        erasures.erase(session, person, cause=Cause.REQUEST)
        session.commit()
    with site.app.app_context():
        erasure_remains.clear(site.jalon.db, folder(site))
    erased_list.path_beside(folder(site)).rename(kept)

    def into(name: str, *more: str) -> Result:
        place = ["--into", f"sqlite:///{tmp_path / name}.sqlite", "--data-dir", str(tmp_path / name)]
        return command(site, "restore", str(file), *place, *more)

    without, given = into("one"), into("two", "--erasures", str(kept))
    kept.write_text(kept.read_text()[:-20])
    damaged, nowhere = into("three", "--erasures", str(kept)), into("four", "--erasures", str(tmp_path / "gone"))

    assert "0 persons erased again" in without.output
    assert "1 persons erased again" in given.output
    assert [(said.exit_code, said.stderr.count("\n")) for said in (damaged, nowhere)] == [(1, 1), (1, 1)]
    assert into("three").exit_code == 0  # nothing was left there


def test_a_wrong_passphrase_or_a_living_place_is_one_sentence(
    site: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(site, tmp_path / "sealed.jalon", PASSPHRASE)
    monkeypatch.setenv("JALON_BACKUP_PASSPHRASE", "another passphrase")
    place = ["--into", f"sqlite:///{tmp_path / 'new.sqlite'}", "--data-dir", str(tmp_path / "new")]

    said = [command(site, "restore", str(tmp_path / "sealed.jalon"), *more) for more in (place, [])]

    assert [(one.exit_code, one.stderr.count("\n")) for one in said] == [(1, 1), (1, 1)]
    assert "JALON_BACKUP_PASSPHRASE" in said[0].stderr


# --- the trial of the night ---


@pytest.mark.both_databases
def test_two_workers_try_a_backup_once(site: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make(site, tmp_path / "all.jalon")
    last_backup.write(last_backup.path_beside(folder(site)), last_backup.LastBackup(made.file, made.made_at))
    meet, tried, ended, really = threading.Barrier(2, timeout=60), list[int](), list[str](), reading.try_out

    def slowly(*arguments: object) -> object:
        tried.append(1)
        meet.wait()  # until the other was told that somebody tries it
        return really(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(reading, "try_out", slowly)

    def work() -> None:
        with site.app.app_context():
            try:
                ended.append(str(trials.try_last(site.jalon.db.engine, folder(site))))
            except trials.TriedByAnother:
                ended.append("another")
                meet.wait()

    crew = [threading.Thread(target=work) for _number in range(2)]
    for worker in crew:
        worker.start()
    for worker in crew:
        worker.join()

    assert (sorted(ended), tried) == (["True", "another"], [1])
    last = last_backup.read(last_backup.path_beside(folder(site)))
    assert last is not None
    assert (last.tried is not None, last.fault) == (True, "")


def test_a_chore_that_another_worker_does_is_not_noted_as_done(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "CHORES", (upkeep.Chore("busy", lambda session: None, outside=True),))

    with world.app.app_context():
        assert upkeep.run_due(real_now()) == 0
    with world.across() as session:
        assert session.get(Upkeep, "busy") is None
        assert session.scalars(select(QueuedJob.id)).all() == []
