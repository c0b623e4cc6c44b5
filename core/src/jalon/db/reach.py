"""How far a structure reaches into what is known of a person: the part of the session guard that is about persons."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Table, event, exists, or_, select
from sqlalchemy.orm import Mapper, Session, with_loader_criteria

from jalon.clock import today
from jalon.db.base import Base, Owned, owned_tables
from jalon.db.person import (
    AboutPerson,
    BothEnds,
    Crossing,
    NamesPerson,
    Person,
    PersonData,
    PersonFile,
    PersonIdentity,
    PersonRow,
    Published,
)
from jalon.errors import ScopeViolation

if TYPE_CHECKING:
    from jalon.scope import Scope

LINKS, READERS, CONSENTS = "jalon_beneficiary_structure", "jalon_beneficiary_reader", "jalon_consent"
SHARING, GIVEN = "share_with_structures", "given"
NOBODY = -1


@cache
def confined_tables() -> frozenset[str]:
    """Names of all tables whose rows not everybody sees: the structures' and the persons'."""
    persons = (m.class_ for m in Base.registry.mappers if issubclass(m.class_, (PersonRow, BothEnds)))
    return owned_tables() | {str(cls.__tablename__) for cls in persons}


@event.listens_for(Mapper, "after_mapper_constructed")
def _ask_anew(*_new_class: Any) -> None:
    """Each statement asks for the confined tables, and only a new class changes them."""
    confined_tables.cache_clear()


@cache
def leads_to_persons(mapper: Mapper[Any]) -> bool:
    """Whether reading a class may bring rows about persons along, by whatever relations."""
    seen: set[Mapper[Any]] = set()
    todo = [mapper]
    while todo:
        current = todo.pop()
        if issubclass(current.class_, (PersonRow, AboutPerson, NamesPerson, BothEnds)):
            return True
        seen.add(current)
        todo.extend({relation.mapper for relation in current.relationships} - seen)
    return False


def reach_of_persons(scope: Scope | None, structure_id: int) -> list[Any]:
    """Criteria for the classes of `jalon.db.person`: what holds of the link decides which rows are seen.

    Each closes over plain values only, so that SQLAlchemy builds its SQL once and fills it afterwards: a tenth of
    a millisecond for all of them, where building them anew at each statement took a whole one.
    """
    day = today(scope.zone) if scope else date.min
    reader = scope.actor.user_id if scope and scope.actor.user_id is not None else NOBODY
    return [
        _criteria(Person, lambda row: _linked(row.id, structure_id)),
        _criteria(PersonData, lambda row: _linked(row.beneficiary_id, structure_id)),
        _criteria(PersonIdentity, lambda row: _named(row.beneficiary_id, structure_id, reader)),
        _criteria(PersonFile, lambda row: _open(row.beneficiary_id, structure_id, reader, day)),
        _criteria(
            AboutPerson,
            lambda row: or_(row.beneficiary_id.is_(None), _open(row.beneficiary_id, structure_id, reader, day)),
        ),
        _criteria(NamesPerson, lambda row: _named(row.beneficiary_id, structure_id, reader)),
        _criteria(
            Published,
            lambda row: or_(
                (row.structure_id == structure_id) & _named(row.beneficiary_id, structure_id, reader),
                row.shared
                & _open(row.beneficiary_id, structure_id, reader, day)
                & _agrees(row.beneficiary_id)
                & ~_protected(row.beneficiary_id, row.structure_id),
            ),
        ),
        _criteria(
            BothEnds, lambda row: or_(row.from_structure_id == structure_id, row.to_structure_id == structure_id)
        ),
        _criteria(
            Crossing,
            lambda row: or_(
                _named(row.beneficiary_id, structure_id, reader),
                _agrees(row.beneficiary_id) & ~_read_by_somebody(row.beneficiary_id, structure_id),
            ),
        ),
    ]


def _criteria(cls: type[Any], visible: Any) -> Any:
    return with_loader_criteria(cls, visible, include_aliases=True, propagate_to_loaders=True)


def _linked(person: Any, structure_id: Any, *besides: Any) -> Any:
    """Whether a structure is linked to a person, now or once.

    Asked of each row by the key of the link, which costs a few microseconds; listing all persons of a structure
    first took 7 ms for each class of a statement with 20,000 of them.
    """
    links = Base.metadata.tables[LINKS]
    link = select(links.c.id).where(links.c.beneficiary_id == person, links.c.structure_id == structure_id, *besides)
    return link.correlate_except(links).exists()


def _named(person: Any, structure_id: Any, reader: Any, *besides: Any) -> Any:
    """Whether that reader may name the person; one merged into another has no name of their own any more."""
    links, readers = Base.metadata.tables[LINKS], Base.metadata.tables[READERS]
    named = or_(~links.c.restricted, _is_named(links, readers, reader))
    return _linked(person, structure_id, ~links.c.absorbed, named, *besides)


def _read_by_somebody(person: Any, structure_id: Any) -> Any:
    """Whether somebody of a structure may name the person: an erasure there alone leaves a link that nobody reads, and
    the person may be referred there again.
    """
    links, readers = Base.metadata.tables[LINKS], Base.metadata.tables[READERS]
    here = (readers.c.structure_id == links.c.structure_id, readers.c.beneficiary_id == links.c.beneficiary_id)
    anybody = select(readers.c.id).where(*here).correlate_except(readers).exists()
    return _linked(person, structure_id, or_(~links.c.restricted, anybody))


def _open(person: Any, structure_id: Any, reader: Any, day: Any) -> Any:
    """Whether the person's file is open to that reader on that day."""
    links = Base.metadata.tables[LINKS]
    return _named(person, structure_id, reader, or_(links.c.until.is_(None), links.c.until >= day))


def _protected(person: Any, structure_id: Any) -> Any:
    """Whether a structure protects that person's file: what it shared before is then shared no longer."""
    return _linked(person, structure_id, Base.metadata.tables[LINKS].c.restricted)


def _is_named(links: Table, readers: Table, user_id: Any) -> Any:
    named = select(readers.c.id).where(
        readers.c.structure_id == links.c.structure_id,
        readers.c.beneficiary_id == links.c.beneficiary_id,
        readers.c.user_id == user_id,
    )
    return named.correlate_except(readers).exists()


def _agrees(person: Any) -> Any:
    """Whether a person's last word on sharing between structures is yes; asked of each row, as `_linked` is."""
    said = Base.metadata.tables[CONSENTS]
    later = said.alias("later")
    withdrawn = exists().where(
        later.c.beneficiary_id == said.c.beneficiary_id,
        later.c.purpose == said.c.purpose,
        or_(later.c.at > said.c.at, (later.c.at == said.c.at) & (later.c.id > said.c.id)),
    )
    word = select(said.c.id).where(
        said.c.beneficiary_id == person,
        said.c.purpose == SHARING,
        said.c.agreement == GIVEN,
        ~withdrawn.correlate_except(later),
    )
    return word.correlate_except(said).exists()


def check_person_write(session: Session, instance: PersonRow, scope: Scope | None) -> None:
    """A row about a person is written by a structure that reaches it. Raises ScopeViolation."""
    if scope is not None and scope.across:
        return
    if instance in session.deleted:
        raise ScopeViolation(f"{type(instance).__name__}: what is known of a person is never deleted")
    structure_id = scope.structure.id if scope is not None and scope.structure is not None else NOBODY
    if not _reached(session, instance, structure_id):
        raise ScopeViolation(f"{type(instance).__name__} is about a person whom this structure does not reach")
    if isinstance(instance, Published) and instance.structure_id != structure_id:
        raise ScopeViolation(f"{type(instance).__name__} would be published in another structure's name")


def check_crossing(session: Session, instance: BothEnds, scope: Scope | None) -> None:
    """A row between two structures is made by the one it comes from, and changed by either. Raises ScopeViolation."""
    if scope is not None and scope.across:
        return
    structure_id = scope.structure.id if scope is not None and scope.structure is not None else NOBODY
    ends = {instance.from_structure_id}
    if instance not in session.new:
        ends.add(instance.to_structure_id)
    if instance in session.deleted or structure_id not in ends:
        raise ScopeViolation(f"{type(instance).__name__} is neither from this structure nor to it")


def _reached(session: Session, instance: PersonRow, structure_id: int) -> bool:
    """The link may be written in the same flush as the person it is to."""
    if any(_links_to(made, instance) for made in session.new):
        return True
    links = Base.metadata.tables[LINKS]
    person = instance.beneficiary_id if isinstance(instance, PersonData) else getattr(instance, "id", None)
    query = select(links.c.id).where(links.c.structure_id == structure_id, links.c.beneficiary_id == person)
    with session.no_autoflush:
        return Session.connection(session).scalar(query) is not None


def _links_to(made: object, instance: PersonRow) -> bool:
    if not isinstance(made, Owned) or getattr(type(made), "__tablename__", "") != LINKS:
        return False
    person = getattr(instance, "beneficiary", None) if isinstance(instance, PersonData) else instance
    return person is not None and getattr(made, "beneficiary", None) is person
