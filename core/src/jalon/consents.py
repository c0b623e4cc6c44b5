"""What a person agreed to: the latest answer holds, none is ever changed."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon.models import Agreement, Consent, Proof, Purpose
from jalon.scope import scope_of, structure_of

TEXT_VERSION = "1"


def record(session: Session, beneficiary_id: int, *, purpose: Purpose, agreement: Agreement, proof: Proof) -> Consent:
    """Note an answer of a person, collected by whoever acts."""
    said = Consent(
        beneficiary_id=beneficiary_id,
        structure_id=structure_of(session).id,
        purpose=purpose,
        agreement=agreement,
        proof=proof,
        collected_by=scope_of(session).actor.name,
        text_version=TEXT_VERSION,
    )
    session.add(said)
    session.flush()
    return said


def history(session: Session, beneficiary_id: int) -> list[Consent]:
    """All answers of a person that the session may read, the latest first."""
    return list(
        session.scalars(
            select(Consent)
            .where(Consent.beneficiary_id == beneficiary_id)
            .order_by(Consent.at.desc(), Consent.id.desc())
        )
    )


def latest(session: Session, beneficiary_id: int) -> dict[Purpose, Consent]:
    """What holds now, by purpose; a purpose never asked is not in it."""
    held: dict[Purpose, Consent] = {}
    for said in history(session, beneficiary_id):
        held.setdefault(said.purpose, said)
    return held


def agrees(session: Session, beneficiary_id: int, purpose: Purpose) -> bool:
    """Whether the person's last word on a purpose is yes. Ask at the moment of acting, never before."""
    said = latest(session, beneficiary_id).get(purpose)
    return said is not None and said.agreement is Agreement.GIVEN
