"""Persons helped: adding one, changing what is known, who may read it, and its end."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon import duplicates, identities, person_files, sensitive, timeline
from jalon.clock import today
from jalon.errors import DomainError
from jalon.i18n import _, _l
from jalon.models import (
    FILE_STEPS,
    Beneficiary,
    BeneficiaryReader,
    BeneficiaryStructure,
    DisabledWorker,
    File,
    FileState,
    Identity,
    Member,
)
from jalon.scope import scope_of

EMERGENCY = ("emergency_name", "emergency_phone")
Values = Mapping[str, Any]


class ReasonNeeded(DomainError):
    """A structure sees a person's file for a reason, which is written."""

    field = "reason"
    message = _l("Say why your structure opens this file.")


class FileHidden(DomainError):
    """The file is closed here, or protected."""

    message = _l("This file is closed or protected for you: it cannot be changed.")


class EndsBeforeStart(DomainError):
    """The accompaniment would end before it began."""

    field = "until"
    message = _l("The file was opened on %(since)s: it cannot close before.")


class StepRefused(DomainError):
    """The state of the person does not allow it."""

    message = _l("A file that is “%(state)s” cannot become “%(wanted)s”.")


class ReadersNeeded(DomainError):
    """A protected file that nobody may read is lost."""

    field = "readers"
    message = _l("Name at least one member of your structure, who has an account.")


def create(
    session: Session,
    identity: Values,
    file: Values,
    *,
    reason: str,
    apart: Collection[int] = (),
    age_confirmed: bool = False,
) -> Beneficiary:
    """Add a person, whom the session's structure sees from today for that reason.

    `apart` are the ids of those who look the same and are somebody else. Raises ReasonNeeded, LooksKnown, and what
    `identities.checked` and `person_files.checked` raise.
    """
    day = today(scope_of(session).zone)
    named = identities.checked(identity, day=day, age_confirmed=age_confirmed)
    known = person_files.checked(file)
    opened_for = _reason(reason)
    matches = [m for m in duplicates.find(session, named, known) if m.person.id not in apart]
    if matches:
        raise duplicates.LooksKnown(matches)
    person = Beneficiary(code=f"new-{secrets.token_hex(8)}", identity=Identity(**named), file=File(**known))
    session.add(BeneficiaryStructure(beneficiary=person, reason=opened_for, since=day))
    session.flush()
    person.code = code_of(person.id, day)  # the id is known only now, and no other number is never given twice
    session.flush()
    duplicates.keep_apart(session, person.id, apart)
    timeline.tell(session, person.id, "core.opened", _("The follow-up begins."), shared=True)
    return person


def _reason(typed: str) -> str:
    """Why a structure sees a file. Raises ReasonNeeded and what `sensitive.check` raises."""
    reason = typed.strip()
    if not reason:
        raise ReasonNeeded
    sensitive.check(reason, field="reason")
    return reason


def code_of(id: int, day: date) -> str:
    """What a person is called where no name may stand: B-2026-00123."""
    return f"B-{day.year}-{id:05}"


def change(
    session: Session,
    person: Beneficiary,
    identity: Values,
    file: Values,
    *,
    apart: Collection[int] = (),
    age_confirmed: bool = False,
) -> None:
    """Change what is known of a person; of `file` only the given fields. Raises FileHidden and as `create`.

    Who looks the same is asked of those who did not before: a new telephone of a known pair is nothing new.
    """
    if person.identity is None or person.file is None or person.state is FileState.ANONYMISED:
        raise FileHidden
    same_birth = identity.get("birth_date") == person.identity.birth_date
    day = today(scope_of(session).zone)
    named = identities.checked(identity, day=day, age_confirmed=age_confirmed or same_birth)
    known = person_files.checked(file)
    _compare(session, person, named, known, apart)
    for name, value in named.items():
        setattr(person.identity, name, value)
    for name, value in known.items():
        setattr(person.file, name, value)
    session.flush()
    duplicates.keep_apart(session, person.id, apart)


def _compare(session: Session, person: Beneficiary, named: Values, known: Values, apart: Collection[int]) -> None:
    before = duplicates.traits_of(person)
    whole = {**duplicates.compared(person.file, duplicates.REACHED), **known}
    if duplicates.traits(named, whole) == before:
        return
    others = {person.id, *apart, *duplicates.said_apart(session, person.id)}
    matches = [m for m in duplicates.find(session, named, whole) if m.person.id not in others]
    if closer := [m for m in matches if duplicates.is_closer(m, before)]:
        raise duplicates.LooksKnown(closer)


def set_disabled_worker(
    session: Session, person: Beneficiary, *, recognised: bool | None, seen_on: date | None
) -> None:
    """What the person says, or a paper shows, of the recognition as a disabled worker (RQTH)."""
    known = disabled_worker(session, person)
    if known is None:
        known = DisabledWorker(beneficiary_id=person.id)
        session.add(known)
    known.recognised, known.seen_on = recognised, seen_on
    session.flush()


def disabled_worker(session: Session, person: Beneficiary) -> DisabledWorker | None:
    return session.scalar(select(DisabledWorker).where(DisabledWorker.beneficiary_id == person.id))


# --- the link of a structure to the person ---


def link_of(session: Session, person: Beneficiary) -> BeneficiaryStructure:
    """Why and until when the session's structure sees a person it can see."""
    return session.scalars(select(BeneficiaryStructure).where(BeneficiaryStructure.beneficiary_id == person.id)).one()


def held(session: Session, person: Beneficiary) -> tuple[FileState, date | None]:
    """The person's state and the end of the structure's link, as they are now: until this transaction ends nobody
    merges or erases the person. For a module that is about to promise something to a person it read before.
    """
    state = select(Beneficiary.state).where(Beneficiary.id == person.id)
    now_in = session.scalars(state.with_for_update(read=True, key_share=True)).one()
    until = select(BeneficiaryStructure.until).where(BeneficiaryStructure.beneficiary_id == person.id)
    return now_in, session.scalars(until).one()


def close(session: Session, person: Beneficiary, *, until: date) -> None:
    """The structure sees the file until that day; the name stays on its own papers.

    Raises EndsBeforeStart, FileHidden.
    """
    _refuse_unless_named(person)
    link = link_of(session, person)
    if until < link.since:
        raise EndsBeforeStart(since=f"{link.since:%d/%m/%Y}")
    link.until = until
    session.flush()
    timeline.tell(session, person.id, "core.closed", _("Until %(day)s.", day=f"{until:%d/%m/%Y}"), shared=True)


def reopen(session: Session, person: Beneficiary, *, reason: str) -> None:
    """The structure sees the file again, for that reason. Raises ReasonNeeded, FileHidden for who may not be named."""
    _refuse_unless_named(person)
    opened_for = _reason(reason)
    link = link_of(session, person)
    link.until, link.reason = None, opened_for
    session.flush()
    session.expire(person)
    timeline.tell(session, person.id, "core.opened", _("The follow-up begins again."), shared=True)


def restrict(session: Session, person: Beneficiary, *, readers: Collection[int]) -> None:
    """Only these users of the structure may name the person from now on. Raises FileHidden, ReadersNeeded."""
    _refuse_unless_named(person)
    members = set(session.scalars(select(Member.user_id).where(Member.user_id.in_(readers), Member.left_at.is_(None))))
    if not readers or set(readers) - members:
        raise ReadersNeeded
    for reader in readers_of(session, person):
        if reader.user_id not in members:
            session.delete(reader)
        members.discard(reader.user_id)
    session.add_all(BeneficiaryReader(beneficiary_id=person.id, user_id=id) for id in sorted(filter(None, members)))
    link_of(session, person).restricted = True
    session.flush()
    session.expire(person)


def unrestrict(session: Session, person: Beneficiary) -> None:
    """Whoever has the right reads the file again; who was named is forgotten. Raises FileHidden."""
    _refuse_unless_named(person)
    for reader in readers_of(session, person):
        session.delete(reader)
    link_of(session, person).restricted = False
    session.flush()
    session.expire(person)


def _refuse_unless_named(person: Beneficiary) -> None:
    """Erased, or here for others only: nobody makes themselves a reader, and no link opens that nobody reads."""
    if person.state is FileState.ANONYMISED or person.identity is None:
        raise FileHidden


def readers_of(session: Session, person: Beneficiary) -> list[BeneficiaryReader]:
    return list(session.scalars(select(BeneficiaryReader).where(BeneficiaryReader.beneficiary_id == person.id)))


# --- the state of the person ---


def set_state(session: Session, person: Beneficiary, state: FileState) -> None:
    """Archive, take back, or note a death; whom to call in an emergency is then forgotten.

    Raises StepRefused, FileHidden.
    """
    _refuse_unless_named(person)
    if (person.state, state) not in FILE_STEPS:
        labels = FileState.labels()
        raise StepRefused(state=labels[person.state], wanted=labels[state])
    person.state = state
    if person.file is not None and state is not FileState.ACTIVE:
        for name in EMERGENCY:
            setattr(person.file, name, None)
    session.flush()
