"""The cells of an imported file, kept below the data folder for 30 days: never the file itself, nor a number that
must not be kept (NIR, IBAN, card), of which only the sentence stays.
"""

from __future__ import annotations

import gzip
import json
import os
import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from jalon import document_files
from jalon.errors import DomainError
from jalon.i18n import _l
from jalon.spreadsheets import Cell, Sheet

KEPT = timedelta(days=30)


class FileForgotten(DomainError):
    """30 days are over, or somebody left the import."""

    message = _l("The lines of this file are deleted: send the file again.")


@dataclass(frozen=True)
class Kept:
    """A sheet without what must not be kept: line -> place of the cell -> why it was taken out."""

    sheet: Sheet
    taken_out: dict[int, dict[int, str]] = field(default_factory=dict)

    def removed(self, line: int) -> list[tuple[int, str]]:
        return sorted(self.taken_out.get(line, {}).items())


def folder_of(config: Mapping[str, Any], beside: str) -> Path:
    """Where an application keeps the cells of imported files."""
    return document_files.folder_of(config, beside).with_name("imports")


def cleaned(sheet: Sheet, sensitive_in: Callable[[Cell], str]) -> Kept:
    """The sheet without the cells of which `sensitive_in` says why they must not be kept."""
    taken_out: dict[int, dict[int, str]] = {}
    lines = []
    for number, cells in sheet.lines:
        found = {place: why for place, cell in enumerate(cells) if (why := sensitive_in(cell))}
        if found:
            taken_out[number] = found
        lines.append((number, ["" if place in found else cell for place, cell in enumerate(cells)]))
    headers = ["" if sensitive_in(header) else header for header in sheet.headers]
    return Kept(Sheet(headers, lines), taken_out)


def keep(folder: Path, kept: Kept) -> str:
    """Write the cells, whole or not at all; returns their name, which nobody can guess."""
    name = secrets.token_hex(32)
    _write(folder, name, kept)
    return name


def drop(folder: Path, name: str | None, lines: Collection[int]) -> None:
    """Write the cells again without those lines: who stood there was taken back. Raises FileForgotten."""
    held = load(folder, name)
    sheet = Sheet(held.sheet.headers, [line for line in held.sheet.lines if line[0] not in lines])
    _write(folder, str(name), Kept(sheet, {n: why for n, why in held.taken_out.items() if n not in lines}))


def _write(folder: Path, name: str, kept: Kept) -> None:
    path = document_files.path_of(folder, name)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    told = {
        "headers": kept.sheet.headers,
        "lines": [[number, [_told(cell) for cell in cells]] for number, cells in kept.sheet.lines],
        "taken_out": [[number, sorted(found.items())] for number, found in kept.taken_out.items()],
    }
    draft = path.with_suffix(".part")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(gzip.compress(json.dumps(told, ensure_ascii=False).encode()))
    os.replace(draft, path)


def load(folder: Path, name: str | None) -> Kept:
    """Raises FileForgotten."""
    try:
        told = json.loads(gzip.decompress(document_files.path_of(folder, name or "").read_bytes()))
    except (OSError, ValueError):
        raise FileForgotten from None
    lines = [(number, [_cell(cell) for cell in cells]) for number, cells in told["lines"]]
    return Kept(Sheet(told["headers"], lines), {number: dict(found) for number, found in told["taken_out"]})


def remove(folder: Path, name: str | None) -> None:
    if name:
        document_files.remove(folder, name)


def sweep(folder: Path) -> int:
    """Remove what is older than 30 days, whatever the database says of it; returns how many files."""
    return document_files.remove_older(folder, KEPT.total_seconds())


def _told(cell: Cell) -> Any:
    return [cell.isoformat()] if isinstance(cell, date) else cell


def _cell(told: Any) -> Cell:
    return date.fromisoformat(told[0]) if isinstance(told, list) else str(told)
