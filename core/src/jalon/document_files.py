"""Kept files, below the data folder and outside every folder that is served: each by the digest of its content."""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ORPHAN_AFTER_S = 3600.0  # a file of a request that is still being answered is no orphan


def folder_of(config: Mapping[str, Any], beside: str) -> Path:
    """Where an application keeps its copies: below its data folder, or `beside` a host's own files."""
    return Path(config.get("JALON_DATA_DIR") or Path(beside) / "jalon") / "documents"


def keep(folder: Path, data: bytes) -> str:
    """Write a content once, whole or not at all; returns its SHA-256 in hexadecimal."""
    digest = hashlib.sha256(data).hexdigest()
    path = path_of(folder, digest)
    if path.exists():
        os.utime(path)
        return digest
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(name, path)
    return digest


def path_of(folder: Path, digest: str) -> Path:
    """Where a content is, or would be. Raises ValueError for what is no digest."""
    if len(digest) != 64 or set(digest) - set("0123456789abcdef"):
        raise ValueError(f"{digest!r} is no digest")
    return folder / digest[:2] / digest


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Between writing a file and committing its row, or between asking who needs it and removing it, nobody else."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def remove(folder: Path, digest: str) -> None:
    """Forget a content; nothing happens when it is gone already."""
    path_of(folder, digest).unlink(missing_ok=True)


def sweep(folder: Path, needed: Collection[str]) -> int:
    """Remove files that no row needs and that are an hour old; returns how many."""
    oldest = time.time() - ORPHAN_AFTER_S
    orphans = [
        path
        for path in folder.glob("??/*")
        if path.is_file() and path.name not in needed and path.stat().st_mtime < oldest
    ]
    for path in orphans:
        path.unlink(missing_ok=True)
    return len(orphans)


def remove_older(folder: Path, age_s: float) -> int:
    """Remove files that were written so many seconds ago, whatever the database says of them; returns how many."""
    oldest = time.time() - age_s
    old = [path for path in folder.glob("??/*") if path.is_file() and path.stat().st_mtime < oldest]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)
