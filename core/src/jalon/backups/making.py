"""Making a backup while people work: one moment of the database, and every file that its rows need."""

from __future__ import annotations

import errno
import gzip
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import Connection, Engine, Select, select

from jalon import document_files
from jalon.backups import databases, manifest
from jalon.backups.container import Sink
from jalon.backups.manifest import DATABASE, Manifest, Member
from jalon.backups.refusals import NoRoom
from jalon.clock import real_now
from jalon.db import table_of
from jalon.models import Document

STAGE = ".backup-"
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
QUICK = 3  # of gzip: most of the file is packed already


@dataclass(frozen=True)
class Made:
    """A backup as it was written; `missing` documents have a row and no file any more."""

    file: str
    made_at: str
    size: int
    documents: int
    rows: int
    encrypted: bool
    missing: int


def make(engine: Engine, documents: Path, target: Path, passphrase: str = "") -> Made:
    """Write a backup to a new file, whole or not at all.

    Raises OSError (FileExistsError when the file is there), NoRoom, TooShort, ToolMissing, ToolTooOld, ToolFailed.
    """
    if target.exists():
        raise FileExistsError(17, os.strerror(17), str(target))
    try:
        return _make(engine, documents, target, passphrase)
    except OSError as error:
        if error.errno in FULL:
            raise NoRoom(where=str(Path(error.filename or target).parent)) from None
        raise


def _make(engine: Engine, documents: Path, target: Path, passphrase: str) -> Made:
    with _stage(documents.parent) as stage:
        content, missing = _read(engine, documents, stage)
        draft = target.with_name(f"{target.name}.part")
        draft.unlink(missing_ok=True)
        try:
            _write(draft, stage, content, passphrase)
            os.link(draft, target)  # unlike a replacement, refused when the file is there meanwhile
        finally:
            draft.unlink(missing_ok=True)
    held = [member for member in content.members if member.name.startswith("documents/")]
    return Made(
        file=str(target.resolve()),
        made_at=content.made_at,
        size=target.stat().st_size,
        documents=len(held),
        rows=sum(content.counts.values()),
        encrypted=bool(passphrase),
        missing=missing,
    )


def _read(engine: Engine, documents: Path, stage: Path) -> tuple[Manifest, int]:
    """Whoever adds a document waits while the moment is fixed and the files are held, and not for the copy."""
    with databases.snapshot_under(engine, lambda: document_files.alone(documents)) as (connection, release):
        digests = sorted(set(connection.scalars(needed())))
        missing = sum(not _hold(document_files.path_of(documents, d), stage / _document(d)) for d in digests)
        imports = documents.with_name("imports")
        for path in imports.glob("??/*"):
            if not path.suffix:
                _hold(path, stage / "imports" / path.parent.name / path.name)
        release()
        content = _about(connection)
        databases.dump(connection, stage / DATABASE)
    return replace(content, members=list(_members(stage))), missing


def needed() -> Select[str]:
    """The digests of the documents that are kept."""
    rows = table_of(Document)
    return select(rows.c.digest).where(rows.c.digest.is_not(None), rows.c.removed_at.is_(None))


def _about(connection: Connection) -> Manifest:
    counted = manifest.counts(connection)
    stands = manifest.revisions(connection, counted)
    return Manifest(version("jalon"), real_now().isoformat(), connection.dialect.name, stands, counted)


def _document(digest: str) -> str:
    return f"documents/{digest[:2]}/{digest}"


def _hold(path: Path, held: Path) -> bool:
    """A second name for the same file: nobody can take it away, and it costs no room. False when it is gone."""
    held.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(path, held)
    except FileNotFoundError:
        return False
    except OSError:  # a file system without second names
        return _copy(path, held)
    return True


def _copy(path: Path, held: Path) -> bool:
    try:
        shutil.copyfile(path, held)
    except FileNotFoundError:
        return False
    return True


def _members(stage: Path) -> Iterator[Member]:
    for path in sorted(path for path in stage.rglob("*") if path.is_file()):
        yield manifest.member_of(path, path.relative_to(stage).as_posix())


def _write(draft: Path, stage: Path, content: Manifest, passphrase: str) -> None:
    (stage / manifest.NAME).write_bytes(content.to_json())
    handle = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "wb") as file:
        sink = Sink(file, passphrase)
        with gzip.GzipFile(fileobj=sink, mode="wb", compresslevel=QUICK, filename="") as packed:
            _pack(packed, stage, [manifest.NAME, *(member.name for member in content.members)])
        sink.finish()
        file.flush()
        os.fsync(file.fileno())


def _pack(packed: gzip.GzipFile, stage: Path, names: Iterable[str]) -> None:
    with tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as archive:
        for name in names:
            about = tarfile.TarInfo(name)
            about.size, about.mode = (stage / name).stat().st_size, 0o600
            with (stage / name).open("rb") as file:
                archive.addfile(about, file)


@contextmanager
def _stage(beside: Path) -> Iterator[Path]:
    """A folder on the disk of the documents, which a backup that was cut off leaves to the next one to remove."""
    beside.mkdir(parents=True, exist_ok=True, mode=0o700)
    oldest = real_now().timestamp() - 86_400
    for left in beside.glob(f"{STAGE}*"):
        if left.stat().st_mtime < oldest:
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=STAGE, dir=beside) as stage:
        yield Path(stage)
