"""Restoring a backup into an empty place, and erasing again whoever was erased since."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from alembic.script import ScriptDirectory
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon import erasure_remains, erasures, migrate
from jalon.backups import databases, reading
from jalon.backups.making import STAGE
from jalon.backups.manifest import DATABASE, Manifest
from jalon.backups.refusals import Newer, NotEmpty, OtherDatabase
from jalon.db import open_session
from jalon.erased_list import Erased
from jalon.imports import kept, runs
from jalon.models import Beneficiary, Cause, Erasure, FileState, OpenSession
from jalon.registry import Registry
from jalon.scope import Actor, Scope

FOLDERS = ("documents", "imports")


@dataclass(frozen=True)
class Restored:
    """What was restored; `erased_again` persons, `missing` documents without a file, `troubles` of modules."""

    made_at: str
    rows: int
    documents: int
    erased_again: int
    missing: int
    troubles: list[str]


def restore(
    file: Path, db: SQLAlchemy, registry: Registry, documents: Path, *, erased: list[Erased], passphrase: str = ""
) -> Restored:
    """Restore into an empty database and an empty data folder: all of it, or nothing.

    Raises what `reading.unpack` raises, Newer, OtherDatabase, NotEmpty, ToolMissing, ToolFailed, MigrationRefused.
    """
    _refuse_unless_empty(db, documents)
    documents.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(prefix=STAGE, dir=documents.parent) as name:
        folder = Path(name)
        content = reading.unpack(file, folder, passphrase)
        _check_fits(content, db.engine.dialect.name, registry)
        try:
            databases.load(folder / DATABASE, db.engine)
            missing = reading.check_loaded(db.engine, content, folder)
            outcomes = migrate.upgrade(db.engine, registry)
            _move(folder, documents)
            count = _erase_again(db, documents, erased)
        except BaseException:  # nobody must find half of it, nor somebody who was erased
            databases.empty_again(db.engine)
            for path in FOLDERS:
                shutil.rmtree(documents.with_name(path), ignore_errors=True)
            raise
    held = sum(member.name.startswith("documents/") for member in content.members)
    troubles = [f"{outcome.slug}: {outcome.trouble}" for outcome in outcomes if outcome.trouble]
    return Restored(content.made_at, sum(content.counts.values()), held, count, missing, troubles)


def _refuse_unless_empty(db: SQLAlchemy, documents: Path) -> None:
    databases.refuse_unless_empty(db.engine)
    for name in FOLDERS:
        if any(documents.with_name(name).glob("??/*")):
            raise NotEmpty(where=str(documents.with_name(name)))


def _check_fits(content: Manifest, dialect: str, registry: Registry) -> None:
    if content.dialect != dialect:
        raise OtherDatabase(there=content.dialect, here=dialect)
    here = [migrate.CORE, *(module.slug for module in registry.loaded())]
    stands = [(slug, revision) for slug, revision in content.revisions.items() if slug in here]
    if unknown := [slug for slug, revision in stands if revision not in _known(slug)]:
        raise Newer(modules=", ".join(unknown))


def _known(slug: str) -> set[str]:
    script = ScriptDirectory.from_config(migrate.config_for(slug))
    return {revision.revision for revision in script.walk_revisions()}


def _move(folder: Path, documents: Path) -> None:
    for name in FOLDERS:
        for path in (folder / name).glob("??/*"):
            target = documents.with_name(name) / path.parent.name / path.name
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            shutil.move(path, target)


def _erase_again(db: SQLAlchemy, documents: Path, erased: list[Erased]) -> int:
    """By the same rule as the first time; nobody stays signed in, for who was locked out since would come back."""
    scope = Scope(actor=Actor("jalon"), across="a backup is restored", origin="command")
    with open_session(db, scope) as session:
        for device in session.scalars(select(OpenSession)):
            session.delete(device)
        done = [one for one in erased if _erase(session, one)]
        imported = [name for one in done for name in runs.forget_person(session, one.person_id, _part(one))]
        session.commit()
    for name in imported:
        kept.remove(documents.with_name("imports"), name)
    erasure_remains.clear(db, documents)
    return len({one.person_id for one in done})


def _part(one: Erased) -> int | None:
    return None if one.whole else one.structure_id


def _erase(session: Session, one: Erased) -> bool:
    """False for who was not known yet when the backup was made, or was erased before."""
    person = session.get(Beneficiary, one.person_id)
    if person is None or person.code != one.code or person.state is FileState.ANONYMISED:
        return False
    here = [Erasure.beneficiary_id == one.person_id, Erasure.structure_id == one.structure_id]
    here.append(Erasure.at >= datetime.fromisoformat(one.at))  # helped again and erased again is another erasure
    if not one.whole and session.scalars(select(Erasure.id).where(*here)).first() is not None:
        return False
    session.expunge_all()  # the rule works under the session, on the rows themselves
    try:
        erasures.erase(session, one.person_id, cause=Cause(one.cause), structure_id=_part(one), again=True)
    except erasures.ErasedAlready:
        return False
    return True
