"""How far a structure reaches into what is known of a person: the part of the session guard that is about persons."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import Table, exists, or_, select
from sqlalchemy.orm import Session, with_loader_criteria

from jalon.clock import today
from jalon.db.base import Base, Owned, owned_tables
from jalon.db.person import PersonData, PersonFile, PersonIdentity, PersonRow
from jalon.errors import ScopeViolation

if TYPE_CHECKING:
    from jalon.scope import Scope

LINKS, READERS = "jalon_beneficiary_structure", "jalon_beneficiary_reader"
NOBODY = -1


def confined_tables() -> frozenset[str]:
    """Names of all tables whose rows not everybody sees: the structures' and the persons'."""
    persons = (m.class_ for m in Base.registry.mappers if issubclass(m.class_, PersonRow))
    return owned_tables() | {str(cls.__tablename__) for cls in persons}


def reach_of_persons(scope: Scope | None, structure_id: int) -> list[Any]:
    """Criteria for the three classes of `jalon.db.person`, each narrower than the one before."""
    links, readers = Base.metadata.tables.get(LINKS), Base.metadata.tables.get(READERS)
    if links is None or readers is None:
        return []
    day = today(scope.zone) if scope else date.min
    reader = scope.actor.user_id if scope and scope.actor.user_id is not None else NOBODY
    here = select(links.c.beneficiary_id).where(links.c.structure_id == structure_id)
    named = here.where(or_(~links.c.restricted, _is_named(links, readers, reader)))
    open_here = named.where(or_(links.c.until.is_(None), links.c.until >= day))
    return [
        _criteria(PersonRow, here),
        _criteria(PersonIdentity, named),
        _criteria(PersonFile, open_here),
    ]


def _is_named(links: Table, readers: Table, user_id: int) -> Any:
    return exists().where(
        readers.c.structure_id == links.c.structure_id,
        readers.c.beneficiary_id == links.c.beneficiary_id,
        readers.c.user_id == user_id,
    )


def _criteria(cls: type[PersonRow], visible: Any) -> Any:
    return with_loader_criteria(
        cls,
        lambda mapped: mapped.person_key.in_(visible),
        include_aliases=True,
        propagate_to_loaders=True,
    )


def check_person_write(session: Session, instance: PersonRow, scope: Scope | None) -> None:
    """A row about a person is written by a structure that reaches it. Raises ScopeViolation."""
    if scope is not None and scope.across:
        return
    if instance in session.deleted:
        raise ScopeViolation(f"{type(instance).__name__}: what is known of a person is never deleted")
    if scope is None or scope.structure is None or not _reached(session, instance, scope.structure.id):
        raise ScopeViolation(f"{type(instance).__name__} is about a person whom this structure does not reach")


def _reached(session: Session, instance: PersonRow, structure_id: int) -> bool:
    """The link may be written in the same flush as the person it is to."""
    if any(_links_to(made, instance) for made in session.new):
        return True
    links = Base.metadata.tables[LINKS]
    person = instance.beneficiary_id if isinstance(instance, PersonData) else getattr(instance, "id", None)
    query = select(links.c.id).where(links.c.structure_id == structure_id, links.c.beneficiary_id == person)
    return Session.connection(session).scalar(query) is not None


def _links_to(made: object, instance: PersonRow) -> bool:
    if not isinstance(made, Owned) or getattr(type(made), "__tablename__", "") != LINKS:
        return False
    person = instance.beneficiary if isinstance(instance, PersonData) else instance  # type: ignore[attr-defined]
    return getattr(made, "beneficiary", None) is person
