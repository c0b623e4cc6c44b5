"""Files: whether they can be written, are nobody else's, are on a disk of this server and have room."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from jalon.checks.check import Finding, Level, Place, check
from jalon.checks.database import sqlite_file
from jalon.i18n import _, _l

NETWORK = ("nfs", "cifs", "smb", "fuse.sshfs", "9p", "ceph", "glusterfs", "afs")
MOUNTS = Path("/proc/mounts")
LITTLE_BYTES, TOO_LITTLE_BYTES = 1024**3, 200 * 1024**2


@check(_l("The data can be written."))
def writable(place: Place) -> Iterator[Finding]:
    """SQLite writes two more files beside its own."""
    path = sqlite_file(place.engine)
    wanted = [path, path.parent] if path else []
    inside = [folder / name for folder in _data_dir(place) for name in ("documents", "imports")]
    for one in [*wanted, *_data_dir(place), *inside]:
        if one.exists() and not os.access(one, os.W_OK):
            mend = _("Give it to the account the site runs under, for instance with chown.")
            yield Finding("writable", "bad", _("%(path)s cannot be written.", path=one), mend)


@check(_l("Nobody else on this server can read the data."))
def private(place: Place) -> Iterator[Finding]:
    """A folder closed to others closes what is in it."""
    path = sqlite_file(place.engine)
    for folder in {*_data_dir(place), *([path.parent] if path else [])}:
        if folder.exists() and folder.stat().st_mode & 0o007:
            sentence = _("Every account of this server can look into %(path)s.", path=folder)
            yield Finding("private", "warning", sentence, _("Run “chmod 750 %(path)s”.", path=folder))


@check(_l("The database file is on a disk of this server."))
def local(place: Place) -> Iterator[Finding]:
    """SQLite's locks do not hold over a network."""
    path = sqlite_file(place.engine)
    if path is not None and (kind := _mounted_as(path)).startswith(NETWORK):
        sentence = _("The database file is on a network disk (%(kind)s): it will be damaged one day.", kind=kind)
        yield Finding("local", "bad", sentence, _("Move it to a disk of this server, or use PostgreSQL."))


@check(_l("There is room on the disk."))
def room(place: Place) -> Iterator[Finding]:
    """Of the data's folder."""
    path = sqlite_file(place.engine)
    folder = next((f for f in [*_data_dir(place), *([path.parent] if path else [])] if f.exists()), None)
    if folder is None:
        return
    free = shutil.disk_usage(folder).free
    if free < LITTLE_BYTES:
        sentence = _("Only %(n)s MB are free where the data is.", n=free // 1024**2)
        level: Level = "bad" if free < TOO_LITTLE_BYTES else "warning"
        yield Finding("room", level, sentence, _("Make room, or move the data to a larger disk."))


def _data_dir(place: Place) -> list[Path]:
    said = place.config.get("JALON_DATA_DIR")
    return [Path(said)] if said else []


def _mounted_as(path: Path) -> str:
    """The kind of file system a path is on, empty where the system does not say."""
    if not MOUNTS.exists():
        return ""
    lines = (line.split() for line in MOUNTS.read_text(encoding="utf-8", errors="replace").splitlines())
    mounts = [(fields[1].replace("\\040", " "), fields[2]) for fields in lines if len(fields) > 2]
    resolved = path.resolve()
    around = [(point, kind) for point, kind in mounts if resolved.is_relative_to(point)]
    return max(around, key=lambda pair: len(pair[0]), default=("", ""))[1]
