"""What notes, tasks and documents are about: the label and page of any record, and who may see it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, and_, false, or_, select
from sqlalchemy.orm import Session

from jalon import history, modules
from jalon.db import AboutPerson, PersonData
from jalon.declarations import Subject
from jalon.errors import DomainError
from jalon.i18n import _l
from jalon.models import (
    Beneficiary,
    Document,
    File,
    Note,
    Organisation,
    PartnerConvention,
    Place,
    Referrer,
    Task,
)
from jalon.scope import scope_of

CORE = (
    Subject(
        Beneficiary,
        _l("Person"),
        "jalon.beneficiaries.read",
        "jalon_person.show",
        "beneficiary_id",
        about=lambda person: person.id,
        through=File,
    ),
    Subject(Organisation, _l("Organisation"), "jalon.organisations.read", "jalon_admin_organisation.details_view"),
    Subject(Referrer, _l("Prescripteur"), "jalon.organisations.read", "jalon_admin_referrer.details_view"),
    Subject(
        PartnerConvention, _l("Convention"), "jalon.organisations.read", "jalon_admin_partner_convention.details_view"
    ),
    Subject(Place, _l("Place"), "jalon.places.read", "jalon_admin_place.details_view"),
)


class NoSuchSubject(DomainError):
    """No record of that table and id, or not for whoever asks: both are said the same way."""

    message = _l("This record does not exist, or not for you.")


@dataclass(frozen=True)
class Found:
    """A record that may be seen, as pages show it. `beneficiary_id` is the person it is about, when it is."""

    table: str
    id: int
    kind: str
    label: str
    endpoint: str
    values: Mapping[str, int] = field(default_factory=dict)
    beneficiary_id: int | None = None


_declared: dict[str, tuple[str, Subject]] = {}


def declare(owner: str, subjects: Iterable[Subject]) -> None:
    """Make records of these tables subjects, for as long as their module is enabled where somebody asks."""
    for subject in subjects:
        _declared[subject.model.__tablename__] = (owner, subject)


declare("core", CORE)


def find(session: Session, table: str, id: int) -> Found:
    """The record, when the session sees its row and its actor may read its page. Raises NoSuchSubject."""
    found = describe(session, [(table, id)])
    if not found:
        raise NoSuchSubject
    return found[table, id]


def is_one(session: Session, table: str) -> bool:
    """Whether records of a table are subjects here and now, for whoever asks."""
    return any(name == table for name, _subject in _open(session))


def describe(session: Session, records: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Found]:
    """Those of these records that may be seen; one query for each table among them."""
    ids: dict[str, set[int]] = defaultdict(set)
    for table, id in records:
        ids[table].add(id)
    shown: dict[tuple[str, int], Found] = {}
    for table, subject in _open(session):
        if wanted := ids.get(table):
            rows = session.scalars(_visible_rows(subject, select(subject.model)).where(subject.model.id.in_(wanted)))
            shown.update(((table, row.id), _found(table, subject, row)) for row in rows)
    return shown


def visible(session: Session, attached: type[Any]) -> ColumnElement[bool]:
    """The condition under which a note, a task or a document is seen: exactly when its subject is."""
    some = [
        and_(
            attached.subject_table == table,
            attached.subject_id.in_(_visible_rows(subject, select(subject.model.id))),
        )
        for table, subject in _open(session)
    ]
    return or_(*some) if some else false()


for _attached in (Note, Task, Document):
    history.seen_when(_attached, visible)
# names, contacts and readers are told of the person: all of it is read as long as the file is
history.seen_when(
    Beneficiary,
    lambda session, cls: or_(
        cls.id.in_(select(File.beneficiary_id)),
        cls.merged_into_id.in_(select(File.beneficiary_id)),  # told of the person it was merged into
    ),
)


def _open(session: Session) -> Iterator[tuple[str, Subject]]:
    """Tables whose module is on and whose page the actor may read."""
    scope = scope_of(session)
    for table, (owner, subject) in sorted(_declared.items()):
        if (owner == "core" or modules.enabled(scope, owner)) and scope.may(subject.permission):
            yield table, subject


def _visible_rows(subject: Subject, query: Select[Any]) -> Select[Any]:
    """The session guard confines the record's class, and the class it is seen through."""
    if subject.through is None:
        return query
    key = "beneficiary_id" if issubclass(subject.through, (PersonData, AboutPerson)) else "id"
    return query.where(subject.model.id.in_(select(getattr(subject.through, key))))


def _found(table: str, subject: Subject, row: Any) -> Found:
    id = cast(int, row.id)
    values = {subject.argument: id}
    return Found(table, id, str(subject.label), str(row), subject.endpoint, values, subject.about(row))
