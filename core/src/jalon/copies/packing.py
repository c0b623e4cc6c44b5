"""One ZIP: the copy for a machine, the copy for a reader, and the kept documents."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import IO, Any

from jalon import document_files, pdf
from jalon.copies.paper import page_of
from jalon.copies.reading import PersonCopy

FORMAT = "jalon-person/1"
MACHINE, READER = "dossier.json", "dossier.pdf"
READER_ELSE = "dossier.html"  # a right is not refused because a font is missing


def pack(copy: PersonCopy, folder: Path, target: IO[bytes]) -> None:
    """Write the archive; `folder` is where kept documents are. Call it when no transaction is open."""
    html = page_of(copy)
    try:
        name, readable = READER, pdf.render(html)
    except pdf.PdfNotMade:
        name, readable = READER_ELSE, html.encode()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(MACHINE, as_json(copy))
        archive.writestr(name, readable)
        for file in copy.files:
            path = document_files.path_of(folder, file.digest)
            if path.is_file():
                archive.write(path, f"documents/{file.name}")


def as_json(copy: PersonCopy) -> str:
    """`tables` holds each row as the database does, by column: instants in UTC, days as 2026-11-24, choices by code."""
    said = {
        "format": FORMAT,
        "made_at": copy.made_at,
        "codes": copy.codes,
        "structure": copy.structure,
        "structures": {str(id): name for id, name in copy.structures.items() if id in _named(copy)},
        "tables": copy.tables,
        "documents": [f"documents/{file.name}" for file in copy.files],
    }
    return json.dumps(said, ensure_ascii=False, indent=1, default=_written)


def _named(copy: PersonCopy) -> set[int]:
    """Numbers of the structures that rows name: no other is told."""
    columns = ("structure_id", "from_structure_id", "to_structure_id")
    return {row[c] for rows in copy.tables.values() for row in rows for c in columns if c in row}


def _written(value: Any) -> str:
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    if isinstance(value, (date, time)):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes) else str(value)
