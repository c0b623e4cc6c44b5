"""Merging one person's file into another's, by the keys of the database: of every module, in every structure.

The functions that write work in a session across structures that keeps the structure of whoever merges: it was
opened for that alone. Source of the rules: docs/decisions/0022.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from jalon import sides
from jalon.clock import now, today
from jalon.errors import DomainError
from jalon.i18n import _l
from jalon.merge_journal import Journal
from jalon.models import (
    Beneficiary,
    BeneficiaryReader,
    BeneficiaryStructure,
    DuplicateRequest,
    FileState,
    Merge,
    Referral,
    ReferralState,
)
from jalon.person_keys import person_tables
from jalon.scope import scope_of, structure_of
from jalon.whole_rows import WholeRows, same_instants

LINKS = "jalon_beneficiary_structure"
STAYS = frozenset(
    {LINKS, "jalon_merge", "jalon_history", "jalon_access"}
)  # the links by a rule, the others are records
PARTS = ("jalon_identity", "jalon_person_file", "jalon_disabled_worker")


class OnePerson(DomainError):
    """A file cannot be merged into itself."""

    field = "other"
    message = _l("Choose another file: this is the same one.")


class NotMergeable(DomainError):
    """A file that was merged or erased has nothing left to merge."""

    message = _l("The file %(code)s was merged or erased: it cannot be merged any more.")


class NotYours(DomainError):
    """Who may not name a person, or not read the file, may not merge it."""

    message = _l("Both files must be open to you in your structure to be merged.")


class ReadersDiffer(DomainError):
    """Two protected files whose readers are not the same: one's would read the other's."""

    message = _l("Both files are protected, and not for the same members: name the same readers on both pages first.")


class WouldReveal(DomainError):
    """A protected file would be read where it was not known. It is not said where, nor which of the two."""

    message = _l(
        "These two files cannot be merged: one of them is protected in a way that merging would lift. "
        "Speak of it with whoever protects it."
    )


def merge(session: Session, kept_id: int, merged_id: int, *, choices: Mapping[str, str]) -> Merge:
    """Let `kept_id` be the one file of both; `choices` says of which file each aspect is kept (`sides.choose`).

    Raises OnePerson, NotMergeable, NotYours, ReadersDiffer, WouldReveal, and what `sides.choose` raises.
    """
    kept, merged = both(session, kept_id, merged_id)
    check(session, kept, merged)
    journal = _opened(session)
    made = Merge(
        structure_id=structure_of(session).id,
        kept_id=kept_id,
        merged_id=merged_id,
        user_id=scope_of(session).actor.user_id,
        actor_name=scope_of(session).actor.name[:120],
    )
    session.add(made)
    session.flush()
    _note_parts(journal, kept_id, merged_id)
    _choose(session, kept, merged, choices)
    _join_links(session, journal, kept_id, merged_id)
    _close_questions(session, journal, kept_id, merged_id)
    _withdraw_seconds(session, journal, kept_id, merged_id)
    _move(journal, kept_id, merged_id)
    merged.state, merged.merged_into_id = FileState.MERGED, kept_id
    session.flush()
    journal.write(session, made)
    session.expire_all()
    return made


def _opened(session: Session) -> Journal:
    connection = session.connection()
    same_instants(connection)
    return Journal(connection, {table.name: table for table in person_tables(connection)})


def both(session: Session, *ids: int, locked: bool = True) -> tuple[Beneficiary, Beneficiary]:
    """Both persons in the order asked for; `locked`, nobody else merges them meanwhile. Raises OnePerson, NotYours."""
    if len(set(ids)) < len(ids):
        raise OnePerson
    query = select(Beneficiary).where(Beneficiary.id.in_(ids)).order_by(Beneficiary.id)
    query = query.with_for_update() if locked else query
    found = {person.id: person for person in session.scalars(query)}
    if set(ids) - set(found):
        raise NotYours
    return found[ids[0]], found[ids[1]]


def check(session: Session, kept: Beneficiary, merged: Beneficiary) -> None:
    """Whether these two may be merged by whoever asks. Raises NotMergeable, NotYours, ReadersDiffer, WouldReveal."""
    for person in (kept, merged):
        if person.state in (FileState.MERGED, FileState.ANONYMISED):
            raise NotMergeable(code=person.code)
    of_kept, of_merged = (_links(session, person.id) for person in (kept, merged))
    here = structure_of(session).id
    readers = _readers(session, kept.id, merged.id)
    for person, links in ((kept, of_kept), (merged, of_merged)):
        if not _reads(session, links.get(here), readers.get((person.id, here), frozenset())):
            raise NotYours
    for structure_id in set(of_kept) & set(of_merged):
        both = of_kept[structure_id].restricted and of_merged[structure_id].restricted
        if both and readers.get((kept.id, structure_id)) != readers.get((merged.id, structure_id)):
            raise ReadersDiffer if structure_id == here else WouldReveal
    for one, other in ((of_kept, of_merged), (of_merged, of_kept)):
        if any(link.restricted for link in one.values()) and set(other) - set(one):
            raise WouldReveal


def _links(session: Session, person_id: int) -> dict[int, BeneficiaryStructure]:
    query = select(BeneficiaryStructure).where(BeneficiaryStructure.beneficiary_id == person_id)
    return {link.structure_id: link for link in session.scalars(query)}


def _readers(session: Session, *ids: int) -> dict[tuple[int, int], frozenset[int]]:
    """Who reads a protected file: person and structure -> ids of users."""
    found: dict[tuple[int, int], frozenset[int]] = {}
    for reader in session.scalars(select(BeneficiaryReader).where(BeneficiaryReader.beneficiary_id.in_(ids))):
        place = (reader.beneficiary_id, reader.structure_id)
        found[place] = found.get(place, frozenset()) | {reader.user_id}
    return found


def _reads(session: Session, link: BeneficiaryStructure | None, readers: frozenset[int]) -> bool:
    """Whether whoever asks reads the file of that link: what the session guard asks, which does not act here."""
    if link is None or link.absorbed or (link.until is not None and link.until < today(scope_of(session).zone)):
        return False
    return not link.restricted or scope_of(session).actor.user_id in readers


def _note_parts(journal: Journal, kept_id: int, merged_id: int) -> None:
    for name in PARTS:
        journal.note(name, beneficiary_id=kept_id)
    for id in (kept_id, merged_id):
        journal.note("jalon_beneficiary", id=id)
        journal.note(LINKS, beneficiary_id=id)


def _choose(session: Session, kept: Beneficiary, merged: Beneficiary, choices: Mapping[str, str]) -> None:
    sides.choose(session, kept, merged, choices)
    if kept.file is not None and kept.state is not FileState.ACTIVE:  # as when the state is noted by hand
        kept.file.emergency_name = kept.file.emergency_phone = None
    session.flush()


def _join_links(session: Session, journal: Journal, kept_id: int, merged_id: int) -> None:
    """Of one structure's two links the kept person's is widened; a structure that knew the other gets one."""
    of_kept, of_merged = _links(session, kept_id), _links(session, merged_id)
    for structure_id, link in of_merged.items():
        if structure_id in of_kept:
            _widen(of_kept[structure_id], link)
        else:
            _copy(session, journal, link, kept_id)
        link.absorbed = True
    session.flush()


def _widen(link: BeneficiaryStructure, other: BeneficiaryStructure) -> None:
    """From the first day to the last; protected if either was."""
    link.since = min(link.since, other.since)
    link.until = None if link.until is None or other.until is None else max(link.until, other.until)
    link.restricted = link.restricted or other.restricted


def _copy(session: Session, journal: Journal, link: BeneficiaryStructure, kept_id: int) -> None:
    made = BeneficiaryStructure(
        beneficiary_id=kept_id,
        structure_id=link.structure_id,
        reason=link.reason,
        since=link.since,
        until=link.until,
        restricted=link.restricted,
    )
    session.add(made)
    session.flush()
    journal.before[LINKS, json.dumps({"id": made.id})] = None


def _close_questions(session: Session, journal: Journal, kept_id: int, merged_id: int) -> None:
    """What one structure asked another about these two is answered by the merge."""
    ends = (DuplicateRequest.asked_id, DuplicateRequest.known_id)
    pairs = [(ends[0] == a) & (ends[1] == b) for a, b in ((kept_id, merged_id), (merged_id, kept_id))]
    for request in session.scalars(select(DuplicateRequest).where(or_(*pairs))):
        journal.note("jalon_duplicate_request", id=request.id)
        request.state, request.answered_at = "closed", request.answered_at or now()
    session.flush()


def _withdraw_seconds(session: Session, journal: Journal, kept_id: int, merged_id: int) -> None:
    """Of two referrals that wait between the same structures one goes on.

    The other could not follow, and with the merged person nobody could answer it, nor ever erase the person.
    """
    waiting = select(Referral).where(Referral.state == ReferralState.SENT)
    of_kept = session.scalars(waiting.where(Referral.beneficiary_id == kept_id))
    asked = {(r.from_structure_id, r.to_structure_id) for r in of_kept}
    for referral in session.scalars(waiting.where(Referral.beneficiary_id == merged_id)).all():
        if (referral.from_structure_id, referral.to_structure_id) in asked:
            journal.note("jalon_referral", id=referral.id)
            referral.state, referral.answered_at = ReferralState.WITHDRAWN, now()
    session.flush()


def _move(journal: Journal, kept_id: int, merged_id: int) -> None:
    """Let every other row of the merged person be the kept person's; one that would collide stays where it is."""
    for name, table in journal.tables.items():
        if name in STAYS or name in PARTS[:2]:
            continue
        rows = journal.rows(name)
        for column, besides in table.pointers():
            for key in journal.note(name, **{column: merged_id, **besides}):
                _point(rows, key, column, kept_id)


def _point(rows: WholeRows, key: str, column: str, id: int) -> None:
    """In a savepoint: which of its keys would collide is the database's to say, of tables nobody here knows too."""
    try:
        with rows.connection.begin_nested():
            rows.point(key, column, id)
    except IntegrityError:
        return


def followers(session: Session, merged_id: int) -> Iterator[tuple[str, int]]:
    """Table and number of the rows of the session's structure that a merge takes along, and only of that one.

    What other structures noted follows too and is counted nowhere: the count would tell.
    """
    connection, here = session.connection(), structure_of(session).id
    for table in person_tables(connection):
        if table.name in STAYS or table.name in PARTS or not table.owners or table.name == "jalon_apart":
            continue
        rows = WholeRows(connection, table.name, table.key, table.all_columns)
        keys = {
            key
            for column, besides in table.pointers()
            for owner in table.owners
            for key in rows.where(**{column: merged_id, owner: here, **besides})
        }
        if keys:
            yield table.name, len(keys)
