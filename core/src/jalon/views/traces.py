"""What the pages of history and of the access log share: what is asked, a page of the answer, its links."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import current_app, request
from sqlalchemy import ColumnElement, func, literal, select
from wtforms import DateField, StringField
from wtforms.validators import Length, Optional, ValidationError

from jalon import modules
from jalon.admin import AdminScreen
from jalon.admin.past import asked_before as asked_before
from jalon.admin.reading import CAP
from jalon.db.current import session
from jalon.forms import JalonForm
from jalon.i18n import _, _l
from jalon.models import AccessEntry, HistoryEntry
from jalon.scope import scope_of

PAGE = 50
Entry = type[HistoryEntry | AccessEntry]


class TracesForm(JalonForm):
    """Whose traces, and of which days."""

    who = StringField(_l("Who"), [Optional(), Length(max=120)], filters=[lambda typed: (typed or "").replace("\0", "")])
    since = DateField(_l("From"), [Optional()])
    until = DateField(_l("Until"), [Optional()])

    def validate_since(self, field: DateField) -> None:
        if field.data and not 1900 <= field.data.year <= 2999:
            raise ValidationError(_("The year must have four digits."))

    def validate_until(self, field: DateField) -> None:
        self.validate_since(field)
        if self.since.data and field.data and field.data < self.since.data:
            raise ValidationError(_("This day comes before the first one."))

    def conditions(self, cls: Entry) -> list[ColumnElement[bool]]:
        """What is asked, as conditions on mapped attributes; both days included."""
        found: list[ColumnElement[bool]] = []
        if who := (self.who.data or "").strip():
            found.append(cls.actor_name.icontains(who, autoescape=True))
        if self.since.data:
            found.append(cls.at >= _midnight(self.since.data))
        if self.until.data:
            found.append(cls.at < _midnight(self.until.data + timedelta(days=1)))
        return found

    @property
    def countable(self) -> bool:
        """Whether an index counts what is asked; a part of a name is looked for row by row."""
        return not self.who.data

    def asked(self) -> dict[str, str]:
        """What was typed, for the links to further pages."""
        return {field.name: request.args[field.name] for field in self if request.args.get(field.name)}


def _midnight(day: date) -> datetime:
    """The day's beginning by the structure's clock, even where that minute does not exist."""
    return datetime.combine(day, time(), scope_of(session()).zone)


@dataclass(frozen=True)
class Page:
    """A part of a list from the newest on; `before` is the entry it goes on from."""

    rows: Sequence[Any]
    more: bool
    before: int | None


def page_of(rows: Sequence[Any], before: int | None) -> Page:
    """One more row than a page holds says that there are older ones."""
    return Page(rows[:PAGE], len(rows) > PAGE, before)


def bounded_count(cls: Entry, conditions: Iterable[ColumnElement[bool]]) -> str:
    """How many there are, counted to the cap; docs/decisions/0007."""
    some = select(literal(1)).select_from(cls).where(*conditions).limit(CAP + 1).subquery()
    count = session().scalar(select(func.count()).select_from(some)) or 0
    grouped = f"{min(count, CAP):,}".replace(",", "\u202f")
    return _("more than %(n)s", n=grouped) if count > CAP else grouped


def screens() -> dict[str, AdminScreen]:
    """The screens whose records the reader may open here, by table."""
    scope = scope_of(session())
    return {
        screen.model.__tablename__: screen
        for screen in current_app.extensions["jalon"].screens.values()
        if scope.may(screen.read_permission) and (screen.module == "core" or modules.enabled(scope, screen.module))
    }


def links(subjects: Iterable[tuple[int, str, int | None]]) -> dict[int, str]:
    """For each entry (its id, table, record's id), the address of its record, where the reader sees that record."""
    wanted, shown = list(subjects), screens()
    there = {table: _visible(screen, {i for _, t, i in wanted if t == table}) for table, screen in shown.items()}
    return {
        entry: _address(shown[table], record)
        for entry, table, record in wanted
        if record is not None and record in there.get(table, ())
    }


def _visible(screen: AdminScreen, ids: set[int | None]) -> set[int]:
    if not ids - {None}:
        return set()
    return set(session().scalars(select(screen.model.id).where(screen.model.id.in_(ids - {None}))))


def _address(screen: AdminScreen, record: int) -> str:
    may_edit = screen.can_edit and scope_of(session()).may(screen.write_permission)
    return screen.record_url(record, may_edit=may_edit)
