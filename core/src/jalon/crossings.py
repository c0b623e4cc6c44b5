"""Asking whether a person is known to another structure of the collective: nobody is told, the other one answers.

The functions here work in a session across structures, opened for each of them alone.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased, joinedload

from jalon import timeline
from jalon.clock import now, today
from jalon.duplicates import traits_of
from jalon.errors import DomainError
from jalon.i18n import _, _l
from jalon.models import (
    Agreement,
    Beneficiary,
    BeneficiaryStructure,
    Consent,
    DuplicateRequest,
    FileState,
    Identity,
    Purpose,
    Structure,
)

REQUESTS_A_DAY = 20  # of a structure; who wants to find out who is known where needs many more
ASKED, SAME, OTHER, CLOSED = "asked", "same", "other", "closed"


class TooManyRequests(DomainError):
    """The structure asked too often today."""

    message = _l("Your structure has asked %(count)s times since yesterday: ask again tomorrow.")


class AlreadyAsked(DomainError):
    """One question about a person is enough."""

    message = _l("The question has been asked for this person.")


class CannotAsk(DomainError):
    """Without a name and a date of birth nobody can be recognised."""

    message = _l("Note the person's date of birth first: the question is asked by exact name and date of birth.")


class AlreadyAnswered(DomainError):
    """The question is closed."""

    message = _l("This question has been answered.")


class AgreementNeeded(DomainError):
    """A file is opened to another structure only if the person agrees."""

    message = _l("Note the person's agreement to sharing between structures first, on the person's page.")


def ask(session: Session, *, structure_id: int, beneficiary_id: int, asked_by: str) -> None:
    """Ask those who know somebody of exactly that name and date of birth; the same is stored when nobody does.

    So what the asking structure can read, the counts and the time it takes say nothing. Raises TooManyRequests,
    AlreadyAsked, CannotAsk.
    """
    _refuse_repeated(session, structure_id, beneficiary_id)
    person = session.get_one(Beneficiary, beneficiary_id)
    for known_id, to_id in _known(session, person, structure_id) or [(beneficiary_id, structure_id)]:
        session.add(
            DuplicateRequest(
                asked_id=beneficiary_id,
                known_id=known_id,
                from_structure_id=structure_id,
                to_structure_id=to_id,
                asked_by=asked_by,
            )
        )
    session.flush()


def _refuse_repeated(session: Session, structure_id: int, beneficiary_id: int) -> None:
    mine = (DuplicateRequest.from_structure_id == structure_id) & (DuplicateRequest.state != CLOSED)
    if session.scalar(select(DuplicateRequest.id).where(mine, DuplicateRequest.asked_id == beneficiary_id).limit(1)):
        raise AlreadyAsked
    recent = select(func.count(DuplicateRequest.asked_id.distinct())).where(
        mine, DuplicateRequest.asked_at > now() - timedelta(days=1)
    )
    if (count := session.scalar(recent) or 0) >= REQUESTS_A_DAY:
        raise TooManyRequests(count=count)


def _known(session: Session, person: Beneficiary, structure_id: int) -> list[tuple[int, int]]:
    """Person and structure of each open, unprotected file of exactly that name and birth, out of reach for this one."""
    wanted = traits_of(person)
    if person.identity is None or wanted.born is None:
        raise CannotAsk
    mine = select(BeneficiaryStructure.beneficiary_id).where(BeneficiaryStructure.structure_id == structure_id)
    links = session.execute(
        select(Identity, BeneficiaryStructure)
        .join(BeneficiaryStructure, BeneficiaryStructure.beneficiary_id == Identity.beneficiary_id)
        .join(Beneficiary, Beneficiary.id == Identity.beneficiary_id)
        .where(
            Identity.birth_date == wanted.born,
            Identity.beneficiary_id.not_in(mine),
            Beneficiary.state == FileState.ACTIVE,
            BeneficiaryStructure.until.is_(None),
            ~BeneficiaryStructure.restricted,
        )
        .order_by(BeneficiaryStructure.id)
    )
    return [
        (link.beneficiary_id, link.structure_id)
        for identity, link in links
        if (them := traits_of(identity.beneficiary)).first == wanted.first and them.families & wanted.families
    ]


def answer(session: Session, request_id: int, *, structure_id: int, same: bool, answered_by: str) -> DuplicateRequest:
    """Answer a question put to a structure. If it is the same person, the asking one is linked to the known file.

    Raises AlreadyAnswered; AgreementNeeded when the person does not agree to sharing between structures now.
    """
    request = session.scalars(
        select(DuplicateRequest).where(
            DuplicateRequest.id == request_id, DuplicateRequest.to_structure_id == structure_id
        )
    ).one()
    if request.state != ASKED:
        raise AlreadyAnswered
    if same:
        _link(session, request, answered_by)
    request.state, request.answered_at = SAME if same else OTHER, now()
    session.flush()
    return request


def _link(session: Session, request: DuplicateRequest, answered_by: str) -> None:
    if not _agrees(session, request.known_id):
        raise AgreementNeeded
    held = select(BeneficiaryStructure.id).where(
        BeneficiaryStructure.beneficiary_id == request.known_id,
        BeneficiaryStructure.structure_id == request.from_structure_id,
    )
    if session.scalar(held) is None:
        zone = session.get_one(Structure, request.from_structure_id).zone
        session.add(
            BeneficiaryStructure(
                beneficiary_id=request.known_id,
                structure_id=request.from_structure_id,
                reason=_("Same person, confirmed by %(name)s", name=answered_by)[:120],
                since=today(ZoneInfo(zone)),
            )
        )
        begun = _("The follow-up begins.")
        timeline.write(
            session, request.known_id, "core.opened", begun, structure_id=request.from_structure_id, shared=True
        )


def _agrees(session: Session, beneficiary_id: int) -> bool:
    last = session.scalars(
        select(Consent.agreement)
        .where(Consent.beneficiary_id == beneficiary_id, Consent.purpose == Purpose.SHARE_WITH_STRUCTURES)
        .order_by(Consent.at.desc(), Consent.id.desc())
        .limit(1)
    ).first()
    return last is Agreement.GIVEN


# --- in the session of a structure ---


def to_answer(session: Session, structure_id: int) -> list[tuple[DuplicateRequest, Beneficiary, str]]:
    """Open questions put to the structure: the request, its own person, the name of who asks."""
    asking = aliased(Structure)
    rows = session.execute(
        select(DuplicateRequest, Beneficiary, asking.name)
        .join(Beneficiary, Beneficiary.id == DuplicateRequest.known_id)
        .join(asking, asking.id == DuplicateRequest.from_structure_id)
        .where(
            DuplicateRequest.to_structure_id == structure_id,
            DuplicateRequest.from_structure_id != structure_id,
            DuplicateRequest.state == ASKED,
        )
        .order_by(DuplicateRequest.asked_at, DuplicateRequest.id)
        .options(joinedload(Beneficiary.identity))
    )
    return [(request, person, name) for request, person, name in rows]


def asked_about(session: Session, structure_id: int, beneficiary_id: int) -> tuple[datetime, list[int]] | None:
    """When the structure asked about a person, and whom it was linked to since; None when it never asked.

    No answer, “somebody else” and “nobody knows” read the same.
    """
    requests = session.scalars(
        select(DuplicateRequest).where(
            DuplicateRequest.from_structure_id == structure_id,
            DuplicateRequest.asked_id == beneficiary_id,
            DuplicateRequest.state != CLOSED,  # the two were merged: nothing is asked any more
        )
    ).all()
    if not requests:
        return None
    return min(r.asked_at for r in requests), sorted(r.known_id for r in requests if r.state == SAME)
