"""What must not be kept for ever: the duty of every module, switched on or not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from jalon import access_log, erasures, holdings, merge_journal, modules
from jalon.clock import now
from jalon.db import affairs
from jalon.holdings import Schema
from jalon.hooks import Hooks
from jalon.models import InstalledModule, OpenDuty

DUTY = "apply_retention"
YEARS = 2  # domain model 5, “Retention”: after the last contact, and after the end of an affair
AT_ONCE = 50  # persons on the page, and erased by one click: some seconds
CONTACTS = (
    ("jalon_beneficiary_structure", "since"),
    ("jalon_beneficiary_structure", "until"),
    ("jalon_note", "at"),
    ("jalon_situation", "on_day"),
    ("jalon_consent", "at"),
    ("jalon_document", "seen_on"),
    ("jalon_timeline", "at"),
)


@dataclass(frozen=True)
class Due:
    """A person whose file is due, and the day of the last contact."""

    person_id: int
    last_contact: date


@dataclass(frozen=True)
class RetentionReport:
    """Records erased by module, the modules whose code or tables could not answer, log entries and rows of the
    journals of merges removed."""

    erased: dict[str, int]
    absent: list[str]
    readings: int = 0
    journaled: int = 0


def oldest_kept(years: int = YEARS) -> datetime:
    """What ended before this instant loses its names."""
    return now() - timedelta(days=365 * years)


def apply(session: Session, hooks: Hooks, *, before: datetime) -> RetentionReport:
    """Ask every module to erase the names in what ended before `before`, for the session's structure.

    What a module without code owes stays written on the Modules page until it is done. Entries of the access log
    go after twelve months, and the journal of a merge after the 30 days of undoing it, whatever `before` is.
    """
    answers = hooks.duty(session, DUTY, before=before)
    absent = set(session.scalars(select(InstalledModule.slug))) - modules.prepared(session, hooks.registry)
    _leave_open(session, absent)
    forgotten = access_log.forget(session), merge_journal.forget(session)
    return RetentionReport({a.slug: a.value for a in answers}, sorted(absent), *forgotten)


def due(session: Session, structure_id: int, day: date) -> list[Due]:
    """Persons without contact with a structure for two years on a day, the longest first; `session` works across.

    A contact is what the person took part in: the link's beginning and end, a note, a situation, an agreement, a paper
    seen, a step of the path, a referral, and of a module each row that points at the person and at an occupation, or
    whose class says `__affair__`.
    Source: domain model 5, “Retention” and “Last contact”.
    """
    connection, before = session.connection(), _two_years_before(day)
    schema = holdings.read_schema(connection)
    last: dict[int, date] = {}
    for query in _contacts(schema, structure_id):
        for person_id, at in connection.execute(query):
            seen = _day_of(at)
            last[person_id] = max(last.get(person_id, seen), seen)
    people, certificates = schema.tables[holdings.PERSON], schema.tables["jalon_erasure"]
    gone = connection.execute(select(people.c.id).where(people.c.state.in_(erasures.GONE))).scalars()
    mine = select(certificates.c.beneficiary_id).where(certificates.c.structure_id == structure_id)
    over = {*gone, *connection.execute(mine).scalars()}
    found = [Due(id, at) for id, at in last.items() if at < before and id not in over]
    return sorted(found, key=lambda one: (one.last_contact, one.person_id))


def _two_years_before(day: date) -> date:
    earlier = day.replace(day=28) if (day.month, day.day) == (2, 29) else day
    return earlier.replace(year=day.year - YEARS)


def _contacts(schema: Schema, structure_id: int) -> Iterator[Select[Any]]:
    """Queries for (person, latest day or instant), of one structure's persons."""
    links = schema.tables[holdings.LINK]
    linked = select(links.c.beneficiary_id).where(links.c.structure_id == structure_id)
    for name, at in CONTACTS:
        made = schema.tables[name]
        yield _latest(made.c.beneficiary_id, made.c[at], linked, made.c.structure_id, structure_id)
    sent = schema.tables["jalon_referral"]
    yield _latest(sent.c.beneficiary_id, sent.c.sent_at, linked, sent.c.from_structure_id, structure_id)
    for name, affair in affairs().items():
        if name in schema.tables and (persons := schema.naming(name)):
            made = schema.tables[name]
            yield _latest(made.c[persons[0]], made.c[affair.at], linked, made.c.structure_id, structure_id)
    taken = schema.tables["jalon_occupation"]
    for key in schema.keys:
        persons = schema.naming(key.table)
        if key.target == "jalon_occupation" and persons:
            made = schema.tables[key.table]
            points = made.c[key.columns[key.target_columns.index("id")]]
            latest = _latest(made.c[persons[0]], taken.c.ends_at, linked, taken.c.structure_id, structure_id)
            yield latest.where(points == taken.c.id)


def _latest(person: Any, at: Any, linked: Any, owner: Any, structure_id: int) -> Select[Any]:
    mine = (person.in_(linked), at.is_not(None), owner == structure_id)
    return select(person, func.max(at)).where(*mine).group_by(person)


def _day_of(at: date | datetime) -> date:
    return at.date() if isinstance(at, datetime) else at


def _leave_open(session: Session, owing: set[str]) -> None:
    rows = {row.slug: row for row in session.scalars(select(OpenDuty).where(OpenDuty.duty == DUTY))}
    session.add_all(OpenDuty(slug=slug, duty=DUTY) for slug in sorted(owing - set(rows)))
    for slug in set(rows) - owing:
        session.delete(rows[slug])  # its code is back and the duty is done
    session.flush()
