"""Settings of a structure, dated: what holds on a day, what is planned, what a change changes."""

from __future__ import annotations

import dataclasses
import hashlib
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Generic, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon import clock
from jalon.errors import DomainError
from jalon.i18n import _, _l
from jalon.models import Setting, Structure
from jalon.scope import scope_of, structure_of
from jalon.setting_types import SettingType, module_of, settings_in

log = logging.getLogger(__name__)
S = TypeVar("S")


class InThePast(DomainError):
    """The day was lived by the settings of its time."""

    field = "valid_from"
    message = _l("A change begins today at the earliest: what was already applied is not rewritten.")


class TooFarAhead(DomainError):
    """A year typed wrong, more likely than a plan."""

    field = "valid_from"
    message = _l("A change is planned at most five years ahead.")


class ChangedMeanwhile(DomainError):
    """Somebody else changed these settings since they were shown."""

    message = _l(
        "Somebody else changed these settings meanwhile: nothing was saved. Compare with what holds now, then continue."
    )


class NothingPlanned(DomainError):
    """No change begins that day, or it was taken back already."""

    message = _l("Nothing is planned for that day any more.")


class AlreadyApplied(DomainError):
    """The change holds already."""

    message = _l("This change already applies: change the setting again instead.")


@dataclass(frozen=True)
class Difference:
    """One thing that a change changes, as it is shown."""

    key: str
    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Planned:
    """A change that begins on a day to come."""

    valid_from: date
    differences: Sequence[Difference]


@dataclass(frozen=True)
class Problem:
    """A stored value that nothing can be made of; its default is used instead."""

    structure_id: int
    module: str
    key: str
    valid_from: date
    reason: str


@dataclass(frozen=True)
class Timeline(Generic[S]):
    """The settings of one class on any day; `entries` are (day, key, value), the latest last."""

    cls: type[S]
    entries: tuple[tuple[date, str, Any], ...] = ()

    def on(self, day: date) -> S:
        """What holds on that day: of each setting its last value that had begun, else its default."""
        return self.cls(**{key: value for begins, key, value in self.entries if begins <= day})

    def days(self, *, after: date) -> list[date]:
        """The days after that one on which something begins."""
        return sorted({begins for begins, _key, _value in self.entries if begins > after})

    def changed(self, values: Mapping[str, Any], *, valid_from: date) -> Timeline[S]:
        """As it would be with these values from that day on, until what is planned later."""
        added = [(valid_from, key, value) for key, value in values.items()]
        return Timeline(self.cls, tuple(sorted([*self.entries, *added], key=lambda entry: entry[0])))


def timeline(session: Session, cls: type[S]) -> Timeline[S]:
    """The settings of a class over all days, in one query. A value that is no longer valid is left out, and logged."""
    known = {found.name: found for found in settings_in(cls)}
    entries = []
    for row in _rows(session, cls):
        try:
            entries.append((row.valid_from, row.key, known[row.key].load(row.value)))
        except ValueError as error:
            log.warning("setting %s.%s is not valid, its default is used: %s", row.module, row.key, error)
    return Timeline(cls, tuple(entries))


def current(session: Session, cls: type[S], on: date | None = None) -> S:
    """The settings that hold on a day of the structure, today unless said. One query, never older than it."""
    return timeline(session, cls).on(on or _today(session))


def upcoming(session: Session, cls: type[S]) -> list[Planned]:
    """The changes that are planned, the next first."""
    line = timeline(session, cls)
    return [
        Planned(day, differences(line.on(day - timedelta(days=1)), line.on(day)))
        for day in line.days(after=_today(session))
    ]


def differences(before: S, after: S) -> list[Difference]:
    """What differs between two instances of a settings class, in its order."""
    found = []
    for kind in settings_in(type(before)):
        old, new = (kind.parts(getattr(instance, kind.name)) for instance in (before, after))
        pairs = zip(old, new, strict=True)
        found += [Difference(kind.name, label, was, will) for (label, was), (_label, will) in pairs if was != will]
    return found


def change(
    session: Session, cls: type[S], values: Mapping[str, Any], *, valid_from: date, seen: str | None = None
) -> list[Difference]:
    """Let these values hold from a day on, until what is planned later; a change of the same day is replaced.

    Writes only what differs, returns it. `seen` is the `fingerprint` of what the person was shown. Raises
    InThePast, TooFarAhead, ChangedMeanwhile, and BadSetting for a value that its setting does not take.
    """
    _one_at_a_time(session)
    check_day(session, valid_from)
    if seen is not None and seen != fingerprint(session, cls):
        raise ChangedMeanwhile
    known = {found.name: found for found in settings_in(cls)}
    for name, value in values.items():
        known[name].check(value)
    before = timeline(session, cls).on(valid_from)
    for name, value in values.items():
        if value != getattr(before, name):
            _write(session, cls, known[name], value, valid_from)
    session.flush()
    return differences(before, dataclasses.replace(before, **values))  # type: ignore[type-var]


def check_day(session: Session, valid_from: date) -> None:
    """Raises InThePast, TooFarAhead."""
    day = _today(session)
    if valid_from < day:
        raise InThePast
    if valid_from > day + timedelta(days=5 * 366):
        raise TooFarAhead


def withdraw(session: Session, cls: type, *, valid_from: date) -> None:
    """Take back what was planned for a day to come. Raises AlreadyApplied, NothingPlanned."""
    _one_at_a_time(session)
    if valid_from <= _today(session):
        raise AlreadyApplied
    planned = [row for row in _rows(session, cls) if row.valid_from == valid_from]
    if not planned:
        raise NothingPlanned
    for row in planned:
        session.delete(row)
    session.flush()


def fingerprint(session: Session, cls: type) -> str:
    """What the settings of a class are and will be, in short: another as soon as anybody changes one."""
    said = [f"{row.valid_from} {row.key} {row.value}" for row in _rows(session, cls)]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:32]


def kept(session: Session) -> dict[str, list[Setting]]:
    """Every stored setting of the structure by module, of modules whose code is gone too."""
    structure_of(session)
    found: dict[str, list[Setting]] = {}
    for row in session.scalars(select(Setting).order_by(Setting.module, Setting.key, Setting.valid_from)):
        found.setdefault(row.module, []).append(row)
    return found


def problems(session: Session, classes: Iterable[type]) -> list[Problem]:
    """Stored values that their setting no longer takes, and settings that their module no longer has.

    Values of modules without any class here are kept, not judged.
    """
    known: dict[str, dict[str, SettingType]] = {}
    for cls in classes:
        known.setdefault(module_of(cls), {}).update((found.name, found) for found in settings_in(cls))
    rows = session.scalars(select(Setting).where(Setting.module.in_(known)).order_by(Setting.id))
    judged = ((row, _reason(known[row.module].get(row.key), row.value)) for row in rows)
    return [Problem(r.structure_id, r.module, r.key, r.valid_from, reason) for r, reason in judged if reason]


def _reason(kind: SettingType | None, stored: str) -> str:
    if kind is None:
        return _("The module no longer has this setting.")
    try:
        kind.load(stored)
    except ValueError as error:
        return str(error)
    return ""


def _rows(session: Session, cls: type) -> list[Setting]:
    structure_of(session)  # across structures there is no telling whose
    names = [found.name for found in settings_in(cls)]
    query = select(Setting).where(Setting.module == module_of(cls), Setting.key.in_(names))
    fresh = query.order_by(Setting.valid_from, Setting.key).execution_options(populate_existing=True)
    return list(session.scalars(fresh))  # under the lock, what was read before it is read again


def _write(session: Session, cls: type, kind: SettingType, value: Any, valid_from: date) -> None:
    """The row of that day says the value, or goes when the day before says the same."""
    module = module_of(cls)
    query = select(Setting).where(Setting.module == module, Setting.key == kind.name, Setting.valid_from == valid_from)
    row = session.scalar(query)
    former = getattr(timeline(session, cls).on(valid_from - timedelta(days=1)), kind.name)
    if row is None:
        session.add(Setting(module=module, key=kind.name, value=kind.dump(value), valid_from=valid_from))
    elif value == former:
        session.delete(row)
    else:
        row.value = kind.dump(value)


def _one_at_a_time(session: Session) -> None:
    """Two people who change settings of one structure at once do it one after the other."""
    mine = select(Structure.id).where(Structure.id == structure_of(session).id)
    session.execute(mine.with_for_update(key_share=True))


def _today(session: Session) -> date:
    return clock.today(scope_of(session).zone)
