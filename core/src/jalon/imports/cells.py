"""From the cells of a line to the values that a rule takes, each cell that cannot be read with its sentence."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from jalon import sensitive
from jalon.errors import DomainError
from jalon.former_communes import CommunesByName
from jalon.i18n import _, _l
from jalon.importable import CellKind, Column, Importable, Values
from jalon.imports.kept import Kept
from jalon.names import fold
from jalon.spreadsheets import Cell

_DAY = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4}|\d{2})")
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_SERIAL, _FIRST = re.compile(r"[1-9]\d{4}"), date(1899, 12, 30)
_YES = frozenset({"oui", "o", "x", "vrai", "1", "yes", "true", "v"})
_NO = frozenset({"non", "n", "faux", "0", "no", "false"})
Problem = tuple[str, str]  # the column, by name or as the file calls it; the sentence


class CellEmpty(DomainError):
    """A line cannot do without it."""

    message = _l("This cell is empty, and it is needed.")


class NoDay(DomainError):
    """No day of the calendar."""

    message = _l("This is not a date: write it as 31/12/1985.")


class YearOfTwoDigits(DomainError):
    """Nobody knows which century."""

    message = _l("The year must have four digits.")


class NeitherYesNorNo(DomainError):
    """Some other word."""

    message = _l("Write “oui” or “non”, or leave it empty.")


class NoSuchChoice(DomainError):
    """A word that the list does not have."""

    message = _l("This is none of: %(names)s.")


class CellTooLong(DomainError):
    """More than the column holds."""

    message = _l("This text is too long: %(most)s characters at most.")


@dataclass
class Line:
    """What a line says: values by column, what is wrong with it, and what is told besides."""

    values: Values = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    notices: list[Problem] = field(default_factory=list)

    def digest(self, importable: Importable) -> str:
        """The same line again has the same digest, whatever kind of file it comes in."""
        told = {name: str(value) for name, value in sorted(self.values.items()) if value not in (None, "")}
        return hashlib.sha256(json.dumps([importable.name, told]).encode()).hexdigest()


class Reader:
    """Reads the lines of one file, its columns found."""

    def __init__(self, importable: Importable, kept: Kept, columns: Mapping[str, int], for_all: Mapping[str, str]):
        self.importable = importable
        self.kept = kept
        self.columns = columns
        self.for_all = for_all

    def line(self, number: int, cells: Sequence[Cell], communes: CommunesByName) -> Line:
        """The values of a line; a sensitive number in any of its cells, even one that is not taken, refuses it."""
        line = Line(problems=[(self._called(place), sentence) for place, sentence in self.kept.removed(number)])
        for column in self.importable.columns:
            cell = self._cell(column, cells)
            try:
                line.values[column.name] = self._value(column, cell, line, cells, communes)
            except DomainError as refusal:
                line.problems.append((column.name, str(refusal)))
        return line

    def text(self, name: str, cells: Sequence[Cell]) -> str:
        """What a cell says, as the report shows it."""
        column = self.importable.column(name)
        cell = self._cell(column, cells) if column is not None else ""
        return f"{cell:%d/%m/%Y}" if isinstance(cell, date) else cell

    def _called(self, place: int) -> str:
        names = {at: name for name, at in self.columns.items()}
        return names.get(place) or self.kept.sheet.headers[place] or str(place + 1)

    def _cell(self, column: Column, cells: Sequence[Cell]) -> Cell:
        place = self.columns.get(column.name)
        cell = cells[place] if place is not None and place < len(cells) else ""
        return cell if cell != "" else self.for_all.get(column.name, "")

    def _value(self, column: Column, cell: Cell, line: Line, cells: Sequence[Cell], communes: CommunesByName) -> Any:
        if cell == "":
            if column.required and not any(problem[0] == column.name for problem in line.problems):
                raise CellEmpty
            return False if column.kind is CellKind.YES_NO else None
        if column.kind is CellKind.DAY:
            return cell if isinstance(cell, date) else _day(column, cell, line)
        text = f"{cell:%d/%m/%Y}" if isinstance(cell, date) else cell
        if column.kind is CellKind.COMMUNE:
            return self._commune(column, text, line, cells, communes)
        return _PLAIN[column.kind](column, text)

    def _commune(self, column: Column, text: str, line: Line, cells: Sequence[Cell], communes: CommunesByName) -> Any:
        beside = next((c for c in self.importable.columns if c.kind is CellKind.POSTCODE), None)
        postcode = _postcode(beside, str(self._cell(beside, cells))) if beside is not None else ""
        found = communes.resolve(text, postcode)
        if found.former:
            now = found.commune.name
            line.notices.append((column.name, _("%(former)s is part of %(now)s today.", former=found.former, now=now)))
        return found.commune


def _day(column: Column, text: str, line: Line) -> date:
    """A day typed as people do, or the number under which a workbook keeps it when its cell has lost its format.

    Source: Excel counts days from 30/12/1899. Of five digits, from 1927 on: four would be a year.
    """
    if not _SERIAL.fullmatch(text):
        return day(text)
    found = _FIRST + timedelta(days=int(text))
    line.notices.append(
        (column.name, _("Read as %(day)s: the file gives this day as a number.", day=f"{found:%d/%m/%Y}"))
    )
    return found


def day(text: str) -> date:
    """A day typed as people do. Raises NoDay, YearOfTwoDigits."""
    if found := _ISO.match(text):
        year, month, number = map(int, found.groups())
    elif found := _DAY.fullmatch(text.split(" ")[0]):
        if len(found[3]) == 2:
            raise YearOfTwoDigits
        number, month, year = map(int, found.groups())
    else:
        raise NoDay
    try:
        return date(year, month, number)
    except ValueError:
        raise NoDay from None


def _text(column: Column, text: str) -> str:
    if len(text) > column.longest:
        raise CellTooLong(most=column.longest)
    return text


def _phone(column: Column, text: str) -> str:
    """With the zero that a spreadsheet took for nothing."""
    bare = re.sub(r"[\s.\-]", "", text)
    return _text(column, f"0{bare}" if re.fullmatch(r"[1-9]\d{8}", bare) else text)


def _postcode(column: Column, text: str) -> str:
    return _text(column, text.zfill(5) if text.isdigit() else text)


def _yes_no(column: Column, text: str) -> bool:
    word = fold(text)
    if word not in _YES | _NO:
        raise NeitherYesNorNo
    return word in _YES


def _choice(column: Column, text: str) -> Any:
    """A member by its label, another word for it, or its own value."""
    words = {fold(str(label)): member for member, label in column.choices.items()}
    words |= {fold(str(member.value)): member for member in column.choices if fold(str(member.value)) not in words}
    words |= {fold(alias): member for alias, member in column.aliases.items()}
    if fold(text) not in words:
        raise NoSuchChoice(names=", ".join(map(str, column.choices.values())))
    return words[fold(text)]


_PLAIN = {
    CellKind.TEXT: _text,
    CellKind.PHONE: _phone,
    CellKind.POSTCODE: _postcode,
    CellKind.YES_NO: _yes_no,
    CellKind.CHOICE: _choice,
}


def sensitive_in(cell: Cell) -> str:
    """The sentence of a number that must not be kept, if a cell holds one; empty when it does not."""
    try:
        sensitive.check(cell if isinstance(cell, str) else "", field="file")
    except DomainError as refusal:
        return str(refusal)
    return ""
