"""Rules of referrals: a structure asks another one of the collective to receive a person, who agrees to it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased

from jalon import consents, sensitive, timeline
from jalon.clock import now
from jalon.db import explains
from jalon.errors import DomainError
from jalon.i18n import _, _l
from jalon.models import (
    Beneficiary,
    BeneficiaryStructure,
    FileState,
    Purpose,
    Referral,
    ReferralState,
    Structure,
)
from jalon.scope import scope_of, structure_of

LONGEST_SERVICE, LONGEST_TEXT = 80, 2000
RECEIVED, WAITING, SENT = "received", "waiting", "sent"


class AgreementNeeded(DomainError):
    """Nothing of a person crosses to another structure against their will."""

    message = _l("Note the person's agreement to sharing between structures first: nothing is sent without it.")


class FileNotOpen(DomainError):
    """Whoever refers somebody follows them now."""

    message = _l("This file is not open to you here: you cannot refer this person.")


class NotOneOfUs(DomainError):
    """The receiver is no other structure of the collective."""

    field = "to_structure"
    message = _l("Choose a structure of the collective.")


class ServiceNeeded(DomainError):
    """The receiver would not know what for."""

    field = "service"
    message = _l("Say in a few words what the person needs.")


class MessageTooLong(DomainError):
    """More than the receiver would read."""

    field = "message"
    message = _l("This text is too long: 2,000 characters at most.")


class ConfirmationNeeded(DomainError):
    """A protected name is about to be read elsewhere."""

    field = "confirmed"
    message = _l("This file is protected: tick that the person wants this structure to know who they are.")


@explains("uq_jalon_referral_waiting")
class AlreadyWaiting(DomainError):
    """Asking again does not make the answer come sooner."""

    field = "to_structure"
    message = _l("This structure has not answered your first referral of this person yet.")


class AlreadyAnswered(DomainError):
    """A referral is answered once."""

    message = _l("This referral is no longer waiting: it was answered or withdrawn.")


class NotTheSender(DomainError):
    """What was asked is taken back by who asked."""

    message = _l("Only the structure that sent a referral withdraws it.")


@dataclass(frozen=True)
class Line:
    """A referral with the names of both ends; `received` when the session's structure is the one asked."""

    referral: Referral
    from_name: str
    to_name: str
    received: bool

    @property
    def waiting(self) -> bool:
        return self.referral.state is ReferralState.SENT


def send(
    session: Session, person: Beneficiary, *, to_structure_id: int, service: str, message: str, confirmed: bool = False
) -> Referral:
    """Ask a structure to receive a person whose file is open here; the receiver reads the name and these words.

    Raises FileNotOpen, AgreementNeeded, NotOneOfUs, ServiceNeeded, MessageTooLong, ConfirmationNeeded,
    AlreadyWaiting, and what `sensitive.check` raises.
    """
    refuse_closed(session, person)
    here = structure_of(session).id
    receiver = session.get(Structure, to_structure_id)
    if receiver is None or receiver.closed_at is not None or receiver.id == here:
        raise NotOneOfUs
    asked, words = checked(" ".join(service.split()), "service"), checked(message, "message")
    if not 0 < len(asked) <= LONGEST_SERVICE:
        raise ServiceNeeded
    if is_protected(session, person) and not confirmed:
        raise ConfirmationNeeded
    _refuse_second(session, person, receiver.id)
    referral = Referral(
        beneficiary_id=person.id,
        person_name=str(person.identity),
        service=asked,
        message=words,
        sent_by=scope_of(session).actor.name,
        from_structure_id=here,
        to_structure_id=receiver.id,
    )
    session.add(referral)
    session.flush()
    _tell(session, referral, "core.referral_sent", receiver.name)
    return referral


def refuse_closed(session: Session, person: Beneficiary) -> None:
    """Raises FileNotOpen, AgreementNeeded: what must hold before anything is even written."""
    if person.file is None or person.identity is None or person.state is not FileState.ACTIVE:
        raise FileNotOpen
    if not consents.agrees(session, person.id, Purpose.SHARE_WITH_STRUCTURES):
        raise AgreementNeeded


def close(session: Session, referral: Referral, state: ReferralState) -> None:
    """It waits no longer."""
    referral.state, referral.answered_at = state, now()
    session.flush()


def what(referral: Referral) -> dict[str, str]:
    """What it is for, to fill a sentence with."""
    return {"service": referral.service}


def name_of(session: Session, structure_id: int) -> str:
    return session.get_one(Structure, structure_id).name


def is_protected(session: Session, person: Beneficiary) -> bool:
    """Whether the file is for named readers only."""
    protected = select(BeneficiaryStructure.restricted).where(BeneficiaryStructure.beneficiary_id == person.id)
    return bool(session.scalar(protected))


def _refuse_second(session: Session, person: Beneficiary, to_structure_id: int) -> None:
    waiting = select(Referral.id).where(
        Referral.beneficiary_id == person.id,
        Referral.from_structure_id == structure_of(session).id,
        Referral.to_structure_id == to_structure_id,
        Referral.state == ReferralState.SENT,
    )
    if session.scalar(waiting) is not None:
        raise AlreadyWaiting


def checked(typed: str, field: str) -> str:
    """A text that crosses, without blanks around it. Raises MessageTooLong and what `sensitive.check` raises."""
    words = typed.strip()
    if len(words) > LONGEST_TEXT:
        refusal = MessageTooLong()
        refusal.field = field  # type: ignore[misc]
        raise refusal
    sensitive.check(words, field=field)
    return words


def withdraw(session: Session, referral: Referral) -> None:
    """Take back what was asked. Raises NotTheSender, AlreadyAnswered."""
    if referral.from_structure_id != structure_of(session).id:
        raise NotTheSender
    session.refresh(referral, with_for_update=True)
    if referral.state is not ReferralState.SENT:
        raise AlreadyAnswered
    close(session, referral, ReferralState.WITHDRAWN)
    _tell(session, referral, "core.referral_withdrawn", name_of(session, referral.to_structure_id))


def _tell(session: Session, referral: Referral, kind: str, receiver: str) -> None:
    said = _("To %(structure)s: %(service)s", structure=receiver, **what(referral))
    timeline.tell(session, referral.beneficiary_id, kind, said[: timeline.LONGEST], subject=referral)


def find(session: Session, referral_id: int) -> Line | None:
    """A referral that this structure sent or received, as long as it may read it."""
    return next(iter(_lines(session, Referral.id == referral_id, limit=1)), None)


def listed(session: Session, which: str, *, limit: int) -> list[Line]:
    """Those received, or sent: what waits for an answer first, then the latest. Those that wait: the oldest first."""
    here = structure_of(session).id
    if which == WAITING:
        return _lines(session, *_to_answer(session), oldest_first=True, limit=limit)
    end = Referral.from_structure_id if which == SENT else Referral.to_structure_id
    return _lines(session, end == here, limit=limit)


def about(session: Session, beneficiary_id: int, *, limit: int = 20) -> list[Line]:
    """Those of a person, sent from here or received."""
    return _lines(session, Referral.beneficiary_id == beneficiary_id, limit=limit)


def waiting(session: Session) -> int:
    """How many referrals wait for this structure's answer."""
    return session.scalar(select(func.count()).select_from(Referral).where(*_to_answer(session))) or 0


def _to_answer(session: Session) -> tuple[ColumnElement[bool], ...]:
    return Referral.to_structure_id == structure_of(session).id, Referral.state == ReferralState.SENT


def _lines(session: Session, *conditions: ColumnElement[bool], limit: int, oldest_first: bool = False) -> list[Line]:
    sender, receiver = aliased(Structure), aliased(Structure)
    here = structure_of(session).id
    latest = (Referral.sent_at.desc(), Referral.id.desc())
    order = (Referral.sent_at, Referral.id) if oldest_first else (Referral.state != ReferralState.SENT, *latest)
    rows = session.execute(
        select(Referral, sender.name, receiver.name)
        .join(sender, sender.id == Referral.from_structure_id)
        .join(receiver, receiver.id == Referral.to_structure_id)
        .where(*conditions)
        .order_by(*order)
        .limit(limit)
    )
    return [Line(referral, sent, to, referral.to_structure_id == here) for referral, sent, to in rows]


def linked(session: Session, beneficiary_id: int) -> bool:
    """Whether this structure follows, or followed, a person: then there is a page to open."""
    return session.scalar(select(Beneficiary.id).where(Beneficiary.id == beneficiary_id)) is not None
