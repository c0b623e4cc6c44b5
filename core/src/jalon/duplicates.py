"""Whether somebody about to be added is already known. Source: reference/domain.md 2.1, after RDV-Insertion's pairs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, joinedload

from jalon.errors import DomainError
from jalon.i18n import Text, _l
from jalon.models import Apart, Beneficiary, File, FileState, Identity, Title
from jalon.names import distance, fold
from jalon.scope import scope_of

NAMED = ("title", "usage_name", "birth_name", "first_name", "birth_date")
REACHED = ("phone", "second_phone", "email")
TYPOS = 2  # letters
SAME_FIRST_NAME = 0.2  # of its letters may differ; more is another child of the family

NAME_AND_BIRTH = _l("Same name and same date of birth")
FIRST_NAME_AND_PHONE = _l("Same first name and same telephone")
FIRST_NAME_AND_EMAIL = _l("Same first name and same e-mail address")
NEARLY_NAMED = _l("Nearly the same name, same date of birth")
DAY_AND_MONTH = _l("Same name, day and month of birth exchanged")
NAMES_EXCHANGED = _l("Family name and first name exchanged")
BIRTH_UNKNOWN = _l("Same name, date of birth not known")


@dataclass(frozen=True)
class Match:
    """Somebody known who may be the same person; `hard` when it must be answered."""

    person: Beneficiary
    why: Text
    hard: bool


class LooksKnown(DomainError):
    """Somebody who looks the same is known here; `matches` says who."""

    message = _l("This person may be known already: compare before saving.")

    def __init__(self, matches: list[Match]) -> None:
        super().__init__()
        self.matches = matches


@dataclass(frozen=True)
class Traits:
    """What of a person is compared, folded. `families` holds the usage and the birth name."""

    families: frozenset[str]
    first: str
    born: date | None
    title: Title | None
    phones: frozenset[str]
    email: str | None


def traits(identity: Mapping[str, Any], file: Mapping[str, Any]) -> Traits:
    families = (fold(identity.get(name) or "") for name in ("usage_name", "birth_name"))
    return Traits(
        families=frozenset(filter(None, families)),
        first=fold(identity.get("first_name") or ""),
        born=identity.get("birth_date"),
        title=identity.get("title"),
        phones=frozenset(filter(None, (file.get("phone"), file.get("second_phone")))),
        email=(file.get("email") or "").lower() or None,
    )


def traits_of(person: Beneficiary) -> Traits:
    return traits(compared(person.identity, NAMED), compared(person.file, REACHED))


def compared(part: Identity | File | None, columns: Iterable[str]) -> dict[str, Any]:
    """What is compared of a stored row; nothing of one that is hidden."""
    return {column: getattr(part, column) for column in columns} if part is not None else {}


def find(session: Session, identity: Mapping[str, Any], file: Mapping[str, Any]) -> list[Match]:
    """Persons of the session's structure who may be the one described, those that must be answered first.

    The protected are not among them for whoever may not name them. identity, file: values ready to be stored.
    """
    wanted = traits(identity, file)
    found = []
    for person in _candidates(session, wanted):
        if (verdict := compare(wanted, traits_of(person))) is not None:
            found.append(Match(person, verdict[0], hard=verdict[1]))
    return sorted(found, key=lambda match: (not match.hard, match.person.id))


def is_closer(match: Match, before: Traits) -> bool:
    """Whether somebody resembles a person more than before it was changed."""
    verdict = compare(before, traits_of(match.person))
    return verdict is None or (match.hard and not verdict[1])


def of_person(session: Session, person: Beneficiary) -> list[Match]:
    """Who may be the same person as one that is known, but for those of whom somebody said that they are not."""
    if person.identity is None or person.file is None:
        return []
    matches = find(session, compared(person.identity, NAMED), compared(person.file, REACHED))
    known = {person.id, *said_apart(session, person.id)} if matches else set()
    return [match for match in matches if match.person.id not in known]


def said_apart(session: Session, beneficiary_id: int) -> set[int]:
    """Ids of those who look like a person and are somebody else, as the session's structure said."""
    mine = or_(Apart.one_id == beneficiary_id, Apart.other_id == beneficiary_id)
    return {a.other_id if a.one_id == beneficiary_id else a.one_id for a in session.scalars(select(Apart).where(mine))}


def keep_apart(session: Session, beneficiary_id: int, others: Iterable[int]) -> None:
    """Remember that these are two persons each time; those that the session does not see are left out."""
    seen = set(session.scalars(select(Beneficiary.id).where(Beneficiary.id.in_(list(others)))))
    for other in sorted(seen - {beneficiary_id, *said_apart(session, beneficiary_id)}):
        one, last = sorted((beneficiary_id, other))
        session.add(Apart(one_id=one, other_id=last, actor_name=scope_of(session).actor.name[:120]))
    session.flush()


def _candidates(session: Session, wanted: Traits) -> Iterable[Beneficiary]:
    """By index only: same day of birth or its mirror, same number, same address, same words in the name."""
    orders = {f"{a} {b}".strip() for f in wanted.families for a, b in ((f, wanted.first), (wanted.first, f))}
    tests: list[ColumnElement[bool]] = [Identity.folded.in_(sorted(orders))]
    if wanted.born:
        tests.append(Identity.birth_date.in_({wanted.born, mirrored(wanted.born) or wanted.born}))
    named = select(Identity.beneficiary_id).where(or_(*tests))
    ids = set(session.scalars(named))
    reached: list[ColumnElement[bool]] = []
    if wanted.phones:
        reached += [File.phone.in_(wanted.phones), File.second_phone.in_(wanted.phones)]
    if wanted.email:
        reached.append(File.email.in_({wanted.email}))
    if reached:
        ids |= set(session.scalars(select(File.beneficiary_id).where(or_(*reached))))
    if not ids:  # nearly always, and the query below costs as much as those above
        return []
    living = (FileState.ACTIVE, FileState.ARCHIVED, FileState.DECEASED)
    query = select(Beneficiary).where(Beneficiary.id.in_(ids), Beneficiary.state.in_(living))
    return session.scalars(
        query.options(joinedload(Beneficiary.identity), joinedload(Beneficiary.file).joinedload(File.commune))
    ).all()


def compare(one: Traits, other: Traits) -> tuple[Text, bool] | None:
    """Why two descriptions may be one person's, and whether it must be answered; None when they are two people's."""
    same_family, same_first = bool(one.families & other.families), one.first == other.first
    same_birth = one.born is not None and one.born == other.born
    if same_family and same_first and same_birth:
        return NAME_AND_BIRTH, True
    if one.first and same_first and one.phones & other.phones:
        return FIRST_NAME_AND_PHONE, True
    if one.first and same_first and one.email and one.email == other.email:
        return FIRST_NAME_AND_EMAIL, True
    if one.first in other.families and other.first in one.families and (same_birth or not (one.born and other.born)):
        return NAMES_EXCHANGED, False
    if same_family and same_first and one.born and other.born == mirrored(one.born):
        return DAY_AND_MONTH, False
    if same_family and same_first and (one.born is None or other.born is None):
        return BIRTH_UNKNOWN, False
    if same_birth and _nearly_named(one, other):
        return NEARLY_NAMED, False
    return None


def _nearly_named(one: Traits, other: Traits) -> bool:
    """A slip of the keyboard; twins have one family name, one birth, and first names that differ by more."""
    apart = distance(one.first, other.first)
    if apart and (_of_two_genders(one, other) or apart > SAME_FIRST_NAME * max(len(one.first), len(other.first))):
        return False
    return any(distance(a, b) + apart <= TYPOS for a in one.families for b in other.families)


def _of_two_genders(one: Traits, other: Traits) -> bool:
    return {one.title, other.title} == {Title.MADAM, Title.SIR}


def mirrored(day: date) -> date | None:
    """The day with its day and month exchanged, None when there is none."""
    try:
        return day.replace(month=day.day, day=day.month)
    except ValueError:
        return None
