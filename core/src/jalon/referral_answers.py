"""Answering a referral, and who can be asked: what reaches into two structures at once.

The functions here work in a session across structures, opened for each of them alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon import consents, modules, timeline
from jalon.clock import today
from jalon.errors import DomainError
from jalon.i18n import _, _l
from jalon.models import (
    Beneficiary,
    BeneficiaryReader,
    BeneficiaryStructure,
    Purpose,
    Referral,
    ReferralState,
    Structure,
)
from jalon.referrals import AgreementNeeded, AlreadyAnswered, checked, close, name_of, what
from jalon.registry import Registry
from jalon.scope import scope_of


class NotTheReceiver(DomainError):
    """The answer is the receiver's."""

    message = _l("Only the structure that receives a referral answers it.")


class ReasonNeeded(DomainError):
    """The sender must know what to tell the person."""

    field = "answer"
    message = _l("Say why, so that the other structure can tell the person.")


@dataclass(frozen=True)
class Receiver:
    """A structure that may be asked, and the names of the modules it has switched on."""

    id: int
    name: str
    offers: tuple[str, ...]


def receivers(session: Session, registry: Registry, structure_id: int) -> list[Receiver]:
    """The other structures of the collective, and what each offers: modules that none other of its own is built on."""
    here = session.get_one(Structure, structure_id)
    others = select(Structure).where(
        Structure.id != here.id, Structure.closed_at.is_(None), Structure.is_demo == here.is_demo
    )
    places = session.scalars(others.order_by(Structure.name, Structure.id)).all()
    enabled = modules.read_enabled_of(session, registry, [place.id for place in places])
    return [Receiver(place.id, place.name, _offered(registry, enabled[place.id])) for place in places]


def _offered(registry: Registry, enabled: frozenset[str]) -> tuple[str, ...]:
    beneath = {needed for slug in enabled for needed in registry.requirements(slug)}
    return tuple(module.name for module in registry.loaded() if module.slug in enabled - beneath)


def accept(session: Session, referral_id: int, *, structure_id: int) -> Referral:
    """Receive the person: from today the structure sees the file, protected as it is where the person came from.

    Raises NotTheReceiver, AlreadyAnswered; AgreementNeeded when the person does not agree any more.
    """
    referral = _waiting(session, referral_id, structure_id)
    if not consents.agrees(session, referral.beneficiary_id, Purpose.SHARE_WITH_STRUCTURES):
        raise AgreementNeeded
    _link(session, referral)
    close(session, referral, ReferralState.ACCEPTED)
    _tell_sender(session, referral, "core.referral_accepted")
    said = _(
        "From %(structure)s: %(service)s", structure=name_of(session, referral.from_structure_id), **what(referral)
    )
    _tell(session, referral, "core.referral_accepted", said, structure_id)
    return referral


def refuse(session: Session, referral_id: int, *, structure_id: int, answer: str) -> Referral:
    """Say no, and why. Raises NotTheReceiver, AlreadyAnswered, ReasonNeeded and as `referrals.checked`."""
    referral = _waiting(session, referral_id, structure_id)
    reason = checked(answer, "answer")
    if not reason:
        raise ReasonNeeded
    referral.answer = reason
    close(session, referral, ReferralState.REFUSED)
    _tell_sender(session, referral, "core.referral_refused")
    return referral


def _waiting(session: Session, referral_id: int, structure_id: int) -> Referral:
    """The referral, held until the transaction ends: two colleagues may answer at once."""
    query = select(Referral).where(Referral.id == referral_id).with_for_update()
    referral = session.scalars(query.execution_options(populate_existing=True)).one()
    if referral.to_structure_id != structure_id:
        raise NotTheReceiver
    if referral.state is not ReferralState.SENT:
        raise AlreadyAnswered
    return referral


def _link(session: Session, referral: Referral) -> None:
    """The receiver's link to the person; protected when the sender's is, with whoever accepts as its reader."""
    session.scalar(select(Beneficiary.id).where(Beneficiary.id == referral.beneficiary_id).with_for_update())
    links = session.scalars(
        select(BeneficiaryStructure).where(BeneficiaryStructure.beneficiary_id == referral.beneficiary_id)
    ).all()
    mine = next((link for link in links if link.structure_id == referral.to_structure_id), None)
    day = today(ZoneInfo(session.get_one(Structure, referral.to_structure_id).zone))
    reason = _("Referred by %(structure)s", structure=name_of(session, referral.from_structure_id))[:120]
    if mine is None:
        protected = any(link.restricted for link in links if link.structure_id == referral.from_structure_id)
        _open(session, referral, reason=reason, since=day, protected=protected)
    elif mine.until is not None:
        mine.until, mine.reason = None, reason
        if mine.restricted:
            _give_a_reader(session, referral)
        _tell_opened(session, referral)


def _open(session: Session, referral: Referral, *, reason: str, since: date, protected: bool) -> None:
    mine = {"beneficiary_id": referral.beneficiary_id, "structure_id": referral.to_structure_id}
    session.add(BeneficiaryStructure(reason=reason, since=since, restricted=protected, **mine))
    session.flush()
    reader = scope_of(session).actor.user_id
    if protected and reader is not None:
        session.add(BeneficiaryReader(user_id=reader, **mine))
    _tell_opened(session, referral)


def _give_a_reader(session: Session, referral: Referral) -> None:
    """An erasure in this structure alone leaves a protected link without any reader: whoever accepts is one."""
    mine = {"beneficiary_id": referral.beneficiary_id, "structure_id": referral.to_structure_id}
    reader = scope_of(session).actor.user_id
    if reader is not None and session.scalars(select(BeneficiaryReader.id).filter_by(**mine)).first() is None:
        session.add(BeneficiaryReader(user_id=reader, **mine))


def _tell_opened(session: Session, referral: Referral) -> None:
    begun, there = _("The follow-up begins."), referral.to_structure_id
    timeline.write(session, referral.beneficiary_id, "core.opened", begun, structure_id=there, shared=True)


def _tell_sender(session: Session, referral: Referral, kind: str) -> None:
    said = _("By %(structure)s: %(service)s", structure=name_of(session, referral.to_structure_id), **what(referral))
    _tell(session, referral, kind, said, referral.from_structure_id)


def _tell(session: Session, referral: Referral, kind: str, said: str, structure_id: int) -> None:
    text = said[: timeline.LONGEST]
    timeline.write(session, referral.beneficiary_id, kind, text, structure_id=structure_id, subject=referral)
