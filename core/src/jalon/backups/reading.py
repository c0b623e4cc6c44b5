"""Reading a backup back: nothing of it is believed before all of it was compared with what it says of itself."""

from __future__ import annotations

import gzip
import io
import re
import shutil
import tarfile
import tempfile
import zlib
from pathlib import Path

from sqlalchemy import Engine

from jalon.backups import databases, manifest
from jalon.backups.container import Source
from jalon.backups.making import STAGE, needed
from jalon.backups.manifest import DATABASE, Manifest
from jalon.backups.refusals import Damaged
from jalon.i18n import _

ALLOWED = re.compile(r"manifest\.json|database|(documents|imports)/[0-9a-f]{2}/[0-9a-f]{64}")


def unpack(file: Path, folder: Path, passphrase: str = "") -> Manifest:
    """Write the members of a backup below an empty folder, each compared with the manifest.

    Raises NoBackup, Damaged, PassphraseNeeded, WrongPassphrase, OSError.
    """
    try:
        with (
            Source(file, passphrase) as source,
            gzip.GzipFile(fileobj=io.BufferedReader(source), mode="rb") as packed,
            tarfile.open(fileobj=packed, mode="r|") as archive,
        ):
            for about in archive:
                _extract(archive, about, folder)
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile):
        raise Damaged(what=_("its files cannot be unpacked.")) from None
    return _compare(folder)


def _extract(archive: tarfile.TarFile, about: tarfile.TarInfo, folder: Path) -> None:
    content = archive.extractfile(about) if about.isreg() and ALLOWED.fullmatch(about.name) else None
    if content is None:
        raise Damaged(what=_("it holds a file that no backup holds."))
    target = folder / about.name
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as file:
        shutil.copyfileobj(content, file)


def _compare(folder: Path) -> Manifest:
    listed = folder / manifest.NAME
    if not listed.exists():
        raise Damaged(what=_("its list of contents is missing."))
    content = manifest.from_json(listed.read_bytes())
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    if there != {manifest.NAME, *(member.name for member in content.members)} or DATABASE not in there:
        raise Damaged(what=_("a file is missing, or one too many."))
    for member in content.members:
        told_by_name = member.sha256 if member.name.startswith("documents/") else ""
        if manifest.member_of(folder / member.name, member.name) != member or told_by_name not in member.name:
            raise Damaged(what=_("the file %(name)s was changed.", name=member.name))
    return content


def check_loaded(engine: Engine, content: Manifest, folder: Path) -> int:
    """Compare a database that was loaded from a backup with what the backup says; returns documents without a file.

    Raises Damaged.
    """
    databases.check(engine)
    with engine.execution_options(jalon_read_only=True).connect() as connection:
        counted = manifest.counts(connection)
        stands = manifest.revisions(connection, counted)
        digests = set(connection.scalars(needed()))
    engine.dispose()
    if counted != content.counts or stands != content.revisions:
        raise Damaged(what=_("rows are missing, or too many."))
    return sum(not (folder / f"documents/{digest[:2]}/{digest}").exists() for digest in digests)


def try_out(file: Path, engine: Engine, beside: Path, passphrase: str = "") -> Manifest:
    """Really restore a backup into a temporary place, check it there and take it away.

    Raises what `unpack` raises, NoTrial, ToolMissing, ToolFailed.
    """
    beside.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(prefix=STAGE, dir=beside) as name:
        folder = Path(name) / "content"
        folder.mkdir()
        content = unpack(file, folder, passphrase)
        with databases.scratch(engine, Path(name)) as trial:
            databases.load(folder / DATABASE, trial)
            check_loaded(trial, content, folder)
        return content
