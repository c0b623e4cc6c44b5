"""What is known of the last backups: where each was written, and whether it could be restored. A file beside the data,
for a database that is lost cannot tell.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

NAME = "backup.json"
KEPT = 30  # backups, a month of nights


@dataclass(frozen=True)
class LastBackup:
    """Instants are ISO 8601 in UTC; `tried_at` is empty until the trial of the night, `fault` when it went well.

    `refusal` is the name of the error that `fault` says in words; `size` is in bytes, 0 where an earlier version made
    the note.
    """

    file: str
    made_at: str
    missing: int = 0
    tried_at: str = ""
    fault: str = ""
    refusal: str = ""
    size: int = 0
    documents: int = 0
    rows: int = 0
    encrypted: bool = False

    @property
    def made(self) -> datetime:
        return datetime.fromisoformat(self.made_at)

    @property
    def tried(self) -> datetime | None:
        return datetime.fromisoformat(self.tried_at) if self.tried_at else None


def path_beside(documents: Path) -> Path:
    """Where they are noted, of the data folder that holds these documents."""
    return documents.with_name(NAME)


def write(path: Path, last: LastBackup) -> None:
    """Note a backup as the last one. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _alone(path):
        _write(path, [last, *read_all(path)][:KEPT])


def read(path: Path) -> LastBackup | None:
    """None when there is no backup, or none that can be believed."""
    return next(iter(read_all(path)), None)


def read_all(path: Path) -> list[LastBackup]:
    """The last first; none when the note cannot be believed."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        found = [LastBackup(**one) for one in (told if isinstance(told, list) else [told])]
        return found if all(one.made.tzinfo and (one.tried is None or one.tried.tzinfo) for one in found) else []
    except (OSError, ValueError, TypeError):
        return []


def note_trial(path: Path, tried: LastBackup, fault: str, refusal: str = "") -> None:
    """Note how the trial of a backup ended, were another one made meanwhile. Raises OSError."""
    at = datetime.now(UTC).isoformat()
    with _alone(path):
        known = read_all(path)
        _write(
            path,
            [
                replace(one, tried_at=at, fault=fault, refusal=refusal) if one.made_at == tried.made_at else one
                for one in known
            ],
        )


@contextmanager
def one_trial(path: Path) -> Iterator[bool]:
    """Whether nobody else tries a backup of this place at this moment; until the block ends nobody does."""
    with path.with_suffix(".trial").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write(path: Path, known: Sequence[LastBackup]) -> None:
    draft = path.with_suffix(".part")
    draft.write_text(json.dumps([asdict(one) for one in known]), encoding="utf-8")
    os.replace(draft, path)
