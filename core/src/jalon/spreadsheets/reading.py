"""A list read from the bytes of a CSV or XLSX file, whatever program wrote it."""

from __future__ import annotations

import csv
import io
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import openpyxl

from jalon.spreadsheets.refusals import (
    DamagedList,
    FileMissing,
    ListTooLarge,
    LockedList,
    NoList,
    NothingInList,
    TooManyColumns,
    TooManyLines,
    UnpacksTooLarge,
)
from jalon.texts import tidy

LARGEST_BYTES = 5 * 1024 * 1024
MOST_LINES = 2_000  # of rows; each is given to its rule while somebody waits
MOST_COLUMNS = 100
MOST_BLANK = 20_000  # lines without anything, which a spreadsheet keeps where something was deleted
UNPACKED_BYTES = 40 * 1024 * 1024
MOST_PARTS = 500
SEPARATORS = ";,\t"
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet computes, or may
_OLD = b"\xd0\xcf\x11\xe0"  # Excel before 2007, and what a password encrypts
_OTHERS = (
    b"%PDF-",
    _OLD,
    b"\xff\xd8\xff",
    b"\x89PNG",
    b"GIF8",
    b"{\\rtf",
    b"MZ",
    b"\x7fELF",
    b"\x1f\x8b",
)
_DAMAGED = (
    OSError,
    SyntaxError,  # of XML too
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    EOFError,
    AssertionError,
    RuntimeError,  # a password
    NotImplementedError,
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    csv.Error,
)
Cell = str | date


@dataclass(frozen=True)
class Sheet:
    """The names of the columns, and the lines that hold something, by their number in the file."""

    headers: list[str]
    lines: list[tuple[int, list[Cell]]]


def read(data: bytes) -> Sheet:
    """The first sheet of a file, its first line that holds something being the headers.

    Raises FileMissing, ListTooLarge, LockedList, NoList, DamagedList, UnpacksTooLarge, TooManyLines, TooManyColumns,
    NothingInList.
    """
    if not data:
        raise FileMissing
    if len(data) > LARGEST_BYTES:
        raise ListTooLarge
    if data.startswith(_OLD) and "EncryptedPackage".encode("utf-16-le") in data:
        raise LockedList
    if data.startswith(_OTHERS):
        raise NoList
    try:
        rows = _of_workbook(data) if data.startswith(b"PK\x03\x04") else _of_text(_decoded(data))
        return _sheet(rows)
    except _DAMAGED:
        raise DamagedList from None


def _sheet(rows: Iterable[Sequence[Any]]) -> Sheet:
    headers: list[str] = []
    lines: list[tuple[int, list[Cell]]] = []
    for number, row in enumerate(rows, 1):
        cells = [_cell(value) for value in row]
        while cells and cells[-1] == "":
            cells.pop()
        if number > MOST_BLANK:
            raise TooManyLines
        if not cells:
            continue
        if len(cells) > MOST_COLUMNS:
            raise TooManyColumns
        if not headers:
            headers = [str(cell) for cell in cells]
            continue
        lines.append((number, cells))
        if len(lines) > MOST_LINES:
            raise TooManyLines
    if not lines:
        raise NothingInList
    width = max(len(headers), *(len(cells) for _, cells in lines))
    headers += [""] * (width - len(headers))
    return Sheet(headers, [(number, cells + [""] * (width - len(cells))) for number, cells in lines])


def _cell(value: Any) -> Cell:
    """A day, or a text; a number without the decimals that a spreadsheet adds."""
    if isinstance(value, datetime):
        return value.date() if value.time() == time() else f"{value:%d/%m/%Y %H:%M}"
    if isinstance(value, date):
        return value
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e16:
        return str(int(value))
    return "" if value is None else _bare(tidy(str(value)))


def _bare(text: str) -> str:
    """Without the apostrophe that keeps a text from being a formula."""
    return text[1:] if text.startswith("'") and text[1:].lstrip(" ").startswith(FORMULA) else text


def _decoded(data: bytes) -> str:
    """As spreadsheets write text: UTF-8, with or without mark; UTF-16 with one; else what Windows writes."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    if b"\0" in data:
        raise NoList
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252")


def _of_text(text: str) -> Iterator[list[str]]:
    lines = io.StringIO(text, newline="")
    return csv.reader(lines, delimiter=_separator(text))


def _separator(text: str) -> str:
    """The one that cuts the first line that says something into most columns."""
    first = next((line for line in text.splitlines() if line.strip(f'{SEPARATORS} "')), "")
    counts = {separator: len(next(csv.reader([first], delimiter=separator), [])) for separator in SEPARATORS}
    return max(SEPARATORS, key=lambda separator: counts[separator])


def _of_workbook(data: bytes) -> Iterator[Sequence[Any]]:
    _look_into(data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what it does not keep of colours and lists of choices is not our business
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # some programs write wrong ones
        yield from sheet.iter_rows(max_col=MOST_COLUMNS + 1, values_only=True)


def _look_into(data: bytes) -> None:
    """A workbook, and no bomb: neither in what it unpacks to, nor in its XML."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = archive.infolist()
        if "xl/workbook.xml" not in {part.filename for part in parts}:
            raise NoList
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > UNPACKED_BYTES:
            raise UnpacksTooLarge
        for part in parts:
            if part.filename.endswith((".xml", ".rels")):
                with archive.open(part) as file:
                    if b"<!DOCTYPE" in file.read(4096):
                        raise DamagedList
