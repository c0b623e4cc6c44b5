"""What is known of the last backup: where it was written, and whether it could be restored. A file beside the data,
for a database that is lost cannot tell.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

NAME = "backup.json"


@dataclass(frozen=True)
class LastBackup:
    """Instants are ISO 8601 in UTC; `tried_at` is empty until the trial of the night, `fault` when it went well."""

    file: str
    made_at: str
    missing: int = 0
    tried_at: str = ""
    fault: str = ""

    @property
    def made(self) -> datetime:
        return datetime.fromisoformat(self.made_at)


def path_beside(documents: Path) -> Path:
    """Where it is noted, of the data folder that holds these documents."""
    return documents.with_name(NAME)


def write(path: Path, last: LastBackup) -> None:
    """Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_suffix(".part")
    draft.write_text(json.dumps(asdict(last)), encoding="utf-8")
    os.replace(draft, path)


def read(path: Path) -> LastBackup | None:
    """None when there is no backup, or none that can be believed."""
    try:
        last = LastBackup(**json.loads(path.read_text(encoding="utf-8")))
        return last if last.made.tzinfo else None
    except (OSError, ValueError, TypeError):
        return None


def note_trial(path: Path, tried: LastBackup, fault: str) -> None:
    """Note how a trial ended, unless another backup was made meanwhile."""
    last = read(path)
    if last is not None and last.made_at == tried.made_at:
        write(path, replace(last, tried_at=datetime.now(UTC).isoformat(), fault=fault))
