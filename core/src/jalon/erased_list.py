"""Who was erased, kept outside every backup: whoever restores one erases them again.

One line of JSON for each certificate, by number and code and never by name, in a file beside the documents.
Source: GDPR, article 17; docs/decisions/0032.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from jalon.errors import DomainError
from jalon.i18n import _l

NAME = "erasures.jsonl"


@dataclass(frozen=True)
class Erased:
    """A certificate of an erasure: its row's number, the person, the structure (their codes besides), when and why."""

    certificate: int
    person_id: int
    code: str
    structure_id: int
    structure: str
    at: str
    cause: str
    whole: bool


class ListDamaged(DomainError):
    """A line of the list cannot be read: nobody may believe that all who were erased stand in it."""

    message = _l(
        "The list of erased persons %(file)s is damaged: nothing was restored, for they would come back. Give a whole "
        "copy of it with --erasures, and move this one away."
    )


def path_beside(documents: Path) -> Path:
    """Where the list is, of the data folder that holds these documents."""
    return documents.with_name(NAME)


def add(path: Path, erased: Iterable[Erased]) -> None:
    """Write them down before the call returns; twice does no harm. Raises OSError."""
    lines = [json.dumps(asdict(one), sort_keys=True) for one in erased]
    if not lines:
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        os.fsync(file.fileno())


def read(path: Path) -> list[Erased]:
    """All of them in the order of the certificates, each once; none when nobody was erased. Raises ListDamaged."""
    if not path.exists():
        return []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        found = {Erased(**json.loads(line)) for line in lines if line.strip()}
    except (ValueError, TypeError) as error:
        raise ListDamaged(file=str(path)) from error
    return sorted(found, key=lambda one: (one.at, one.certificate))
