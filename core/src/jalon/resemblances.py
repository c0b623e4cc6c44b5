"""Pairs of known persons who may be one: a list to go through, bounded whatever the size of the structure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased, joinedload

from jalon import duplicates
from jalon.i18n import Text
from jalon.models import Apart, Beneficiary, File, FileState, Identity

EACH = 300  # pairs looked at for each way of resembling; the database stops there
SHOWN = 50  # pairs
LIVING = (FileState.ACTIVE, FileState.ARCHIVED, FileState.DECEASED)
Id = InstrumentedAttribute[int]


@dataclass(frozen=True)
class Resemblance:
    """Two persons, the one known first and the one known later, and why they may be one."""

    first: Beneficiary
    later: Beneficiary
    why: Text
    hard: bool


def pairs(session: Session) -> list[Resemblance]:
    """The likeliest pairs that the session may name, of whom nobody said that they are two; SHOWN at most.

    What is looked for is what `duplicates.compare` then judges: an equal name, an equal birth with an equal family
    or first name, an equal number or address. A slip in both names is found on creation and on change only.
    """
    found = {(first, later) for query in _queries() for first, later in session.execute(query.limit(EACH))}
    people = _people(session, {id for pair in found for id in pair})
    likely = [
        r for first, later in found if first in people and later in people and (r := _judge(people, first, later))
    ]
    return sorted(likely, key=lambda r: (not r.hard, -r.later.id, -r.first.id))[:SHOWN]


def _judge(people: dict[int, Beneficiary], first: int, later: int) -> Resemblance | None:
    one, other = people[first], people[later]
    verdict = duplicates.compare(duplicates.traits_of(one), duplicates.traits_of(other))
    return None if verdict is None else Resemblance(one, other, verdict[0], verdict[1])


def _people(session: Session, ids: set[int]) -> dict[int, Beneficiary]:
    whole = (joinedload(Beneficiary.identity), joinedload(Beneficiary.file).joinedload(File.commune))
    query = select(Beneficiary).where(Beneficiary.id.in_(ids), Beneficiary.state.in_(LIVING)).options(*whole)
    return {person.id: person for person in session.scalars(query) if person.file is not None} if ids else {}


def _queries() -> Iterator[Select[int, int]]:
    """Each joins rows that are equal in an indexed column."""
    one, other = aliased(Identity), aliased(Identity)
    likewise = or_(one.first_name == other.first_name, one.usage_name == other.usage_name)
    for same in (one.folded == other.folded, and_(one.birth_date == other.birth_date, likewise)):
        yield _pairs(one.beneficiary_id, other.beneficiary_id, other, same)
    mine, theirs = aliased(File), aliased(File)
    numbers = ((mine.phone, theirs.phone), (mine.phone, theirs.second_phone), (mine.second_phone, theirs.phone))
    for left, right in (*numbers, (mine.email, theirs.email)):
        named = _called_alike(mine.beneficiary_id, theirs.beneficiary_id)
        yield _pairs(mine.beneficiary_id, theirs.beneficiary_id, theirs, left == right).where(named)


def _called_alike(one: Id, other: Id) -> ColumnElement[bool]:
    """Families share a telephone: only an equal first name says something."""
    mine, theirs = aliased(Identity), aliased(Identity)
    both = mine.beneficiary_id == one, theirs.beneficiary_id == other, mine.first_name == theirs.first_name
    return select(mine.id).where(*both).exists()


def _pairs(one: Id, other: Id, joined: Any, same: ColumnElement[bool]) -> Select[int, int]:
    said = or_(
        and_(Apart.one_id == one, Apart.other_id == other),
        and_(Apart.one_id == other, Apart.other_id == one),
    )
    return select(one, other).join(joined, and_(same, one < other)).where(~select(Apart.id).where(said).exists())
