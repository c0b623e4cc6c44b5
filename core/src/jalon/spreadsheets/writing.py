"""A list written as CSV or XLSX, row after row, so that the memory it takes does not grow with it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import IO

import openpyxl
from openpyxl.cell import WriteOnlyCell

from jalon.spreadsheets.reading import FORMULA, Cell

KINDS = ("xlsx", "csv")
MIMES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
LONGEST_CELL = 32_767  # characters; source: the limits of Excel
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula. Source: OWASP, CSV injection; reading takes the ' off again."""
    text = _CONTROL.sub("", text)[:LONGEST_CELL]
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text


def write(file: IO[bytes], kind: str, headers: Sequence[str], rows: Iterable[Sequence[Cell]]) -> int:
    """Write a list; returns its number of rows. `kind` is xlsx or csv: the latter as French spreadsheets open it."""
    return _workbook(file, headers, rows) if kind == "xlsx" else _text(file, headers, rows)


def _text(file: IO[bytes], headers: Sequence[str], rows: Iterable[Sequence[Cell]]) -> int:
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    writer, count = csv.writer(text, delimiter=";"), 0
    writer.writerow([harmless(header) for header in headers])
    for row in rows:
        writer.writerow([f"{cell:%d/%m/%Y}" if isinstance(cell, date) else harmless(cell) for cell in row])
        count += 1
    text.detach()  # or closing the writer would close the file
    return count


def _workbook(file: IO[bytes], headers: Sequence[str], rows: Iterable[Sequence[Cell]]) -> int:
    book, count = openpyxl.Workbook(write_only=True), 0
    sheet = book.create_sheet()
    sheet.freeze_panes = "A2"
    sheet.append([harmless(header) for header in headers])
    for row in rows:
        sheet.append([_day(sheet, cell) if isinstance(cell, date) else harmless(cell) or None for cell in row])
        count += 1
    book.save(file)
    return count


def _day(sheet: object, day: date) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, value=day)
    cell.number_format = "DD/MM/YYYY"
    return cell
