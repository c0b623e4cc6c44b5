"""A ZIP of CSV files, one per table, written once and never over another."""

from __future__ import annotations

import csv
import io
import json
import os
import zipfile
from datetime import UTC, date, datetime, time
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, select


class Archive:
    """A file that only its owner may read, kept when its block ends well and removed when not.

    Raises OSError when the file is there already or cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> Archive:
        self._file = os.fdopen(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb")
        self._zip = zipfile.ZipFile(self._file, "w", zipfile.ZIP_DEFLATED)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._zip.close()
        self._file.flush()
        os.fsync(self._file.fileno())  # what it holds is about to be dropped elsewhere
        self._file.close()
        if error is not None:
            self.path.unlink()

    def add(self, connection: Connection, table: Table, condition: ColumnElement[bool] | None = None) -> int:
        """Write the rows of a table, those that meet a condition when there is one; returns how many."""
        query = select(table) if condition is None else select(table).where(condition)
        rows = connection.execute(query.order_by(*table.primary_key).execution_options(stream_results=True))
        with self._zip.open(f"{table.name}.csv", "w") as raw, io.TextIOWrapper(raw, "utf-8", newline="") as text:
            writer = csv.writer(text)
            writer.writerow(table.columns.keys())
            count = 0
            for row in rows:
                writer.writerow([_written(value) for value in row])
                count += 1
        return count


def _written(value: Any) -> object:
    """A value as text that loses nothing: instants in UTC, bytes in hexadecimal, structures in JSON."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        value = value.astimezone(UTC)
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    return value.hex() if isinstance(value, bytes) else value
