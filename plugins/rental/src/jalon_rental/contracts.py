"""Rules of contracts: made once the vehicle is booked, replaced when the booking changes, never rewritten."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from jalon import days, history, letterheads, numbers, settings
from jalon.clock import now, today
from jalon.declarations import NumberSequence
from jalon.errors import DomainError
from jalon.localtime import to_local
from jalon.models import File, Identity, LegalProtection, Occupation, Title
from jalon.scope import scope_of
from jalon_fleet.models import Category, Gearbox, Vehicle
from jalon_rental import licences
from jalon_rental.errors import ContractTooLate, ContractTooSoon, PersonNeeded, RenterHidden
from jalon_rental.i18n import _, _l
from jalon_rental.models import OPEN, Booking, Contract, Ending, State
from jalon_rental.settings import RentalSettings

# unique and never reused; without holes are invoices (CGI, annexe II, article 242 nonies A), and a contract is none
NUMBERS = NumberSequence("rental.contract", _l("Rental contracts"), pattern="C{year}-{number:04}", gapless=False)
KEPT_YEARS = 5  # code civil, article 2224; domain model 5, “Retention”
PERSONAL = {"renter": "—", "born_on": None, "address": None, "phone": None, "licence": None}
MAJORITY = 18
_COSIGNED = frozenset(
    {LegalProtection.GUARDIANSHIP, LegalProtection.SIMPLE_CURATORSHIP, LegalProtection.STRICT_CURATORSHIP}
)


def make(session: Session, booking: Booking) -> Contract:
    """The contract of a booking as it is now; the one in force, where it still says so. It replaces another.

    Raises ContractTooSoon, ContractTooLate, PersonNeeded, RenterHidden.
    """
    session.refresh(booking, with_for_update=True)  # two who ask at once get one contract
    identity, file = _renter(session, booking)
    former = in_force(session, [booking.id]).get(booking.id)
    if former is not None and _fits(former, booking, names_of(session, [booking])):
        return former
    if former is not None:
        _end(session, former, Ending.REPLACED)
    contract = Contract(
        booking=booking,
        beneficiary_id=identity.beneficiary_id,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        conditions=settings.current(session, RentalSettings).contract_conditions,
        lessor=_lessor(session),
        made_by=scope_of(session).actor.name[:120],
        **_said_of_vehicle(booking.vehicle),
        **_said_of_person(session, identity, file, booking),
    )
    contract.number = numbers.take(session, NUMBERS.name)
    session.add(contract)
    session.flush()
    return contract


def why_not(session: Session, booking: Booking) -> str:
    """Why no contract can be made of a booking; empty when one can."""
    try:
        _renter(session, booking)
    except DomainError as refusal:
        return str(refusal)
    return ""


def in_force(session: Session, booking_ids: Collection[int]) -> dict[int, Contract]:
    """The contract in force of each of these bookings that has one; one query."""
    query = select(Contract).where(Contract.booking_id.in_(booking_ids), Contract.ended_at.is_(None))
    return {contract.booking_id: contract for contract in session.scalars(query)} if booking_ids else {}


def names_of(session: Session, bookings: Iterable[Booking]) -> dict[int, str]:
    """How the persons of these bookings would be written in a contract today, those that are seen; one query."""
    people = {booking.beneficiary_id for booking in bookings}
    identities = select(Identity).where(Identity.beneficiary_id.in_(people))
    return {identity.beneficiary_id: _name(identity) for identity in session.scalars(identities)} if people else {}


def fitting(session: Session, bookings: Collection[Booking]) -> dict[int, Contract]:
    """Those in force that still say what is agreed and who rents, by booking; two queries."""
    known = in_force(session, [booking.id for booking in bookings])
    names = names_of(session, [booking for booking in bookings if booking.id in known])
    found = {booking.id: (known.get(booking.id), booking) for booking in bookings}
    return {id: contract for id, (contract, b) in found.items() if contract is not None and _fits(contract, b, names)}


def of_booking(session: Session, booking: Booking) -> list[Contract]:
    """All that were made of a booking, the latest first."""
    query = select(Contract).where(Contract.booking_id == booking.id).order_by(Contract.id.desc())
    return list(session.scalars(query))


def cancel(session: Session, booking: Booking) -> None:
    """The booking is given up, and its contract with it."""
    former = in_force(session, [booking.id]).get(booking.id)
    if former is not None:
        _end(session, former, Ending.CANCELLED)


def lacking(session: Session, bookings: Iterable[Booking]) -> dict[int, str]:
    """What is wrong with the contracts of those that leave today or are out, in a sentence, by id; two queries.

    A vehicle that left without contract has left; only one that no longer says what is agreed is told of then.
    """
    zone = scope_of(session).zone
    rows, day = list(bookings), today(zone)
    known = in_force(session, [booking.id for booking in rows])
    names = names_of(session, [booking for booking in rows if booking.id in known])
    said = {}
    for booking in rows:
        leaves = booking.state is State.BOOKED and to_local(booking.starts_at, zone).date() <= day
        if leaves or (booking.state is State.OUT and booking.id in known):
            said[booking.id] = _fault(booking, known.get(booking.id), names)
    return {id: fault for id, fault in said.items() if fault}


def must_have(session: Session, booking: Booking) -> str:
    """What refuses the departure, where the structure asks for a contract; empty when nothing does."""
    if not settings.current(session, RentalSettings).contract_needed:
        return ""
    return _fault(booking, in_force(session, [booking.id]).get(booking.id), names_of(session, [booking]))


def _fits(contract: Contract, booking: Booking, names: dict[int, str]) -> bool:
    """Whether booking and renter are still what was written; a name that is not seen is not compared."""
    renter = names.get(booking.beneficiary_id or 0, contract.renter)
    return contract.covers(booking) and contract.renter == renter


def _fault(booking: Booking, contract: Contract | None, names: dict[int, str]) -> str:
    if contract is None:
        return _("No contract is made.")
    if _fits(contract, booking, names):
        return ""
    return _("The contract %(number)s no longer says what is booked: make another.", number=contract)


def forget(session: Session, *, before: datetime) -> int:
    """Erase who signed where the rental was over five years ago, and before that instant; returns how many.

    Sooner it may have to be shown to a judge: code civil, article 2224.
    """
    least = min(before, now() - timedelta(days=365 * KEPT_YEARS + 1))
    back_later = exists().where(Occupation.id == Booking.occupation_id, Occupation.returned_at >= least)
    over = select(Booking.id).where(Booking.ends_at < least, Booking.state.not_in(OPEN), ~back_later)
    old = (Contract.booking_id.in_(over), Contract.renter != PERSONAL["renter"])
    forgotten = list(session.scalars(select(Contract.id).where(*old)))
    with history.erasing(session):
        session.execute(update(Contract).where(*old).values(**PERSONAL))
    history.erase(session, Contract, forgotten, fields=tuple(PERSONAL))
    return len(forgotten)


def _renter(session: Session, booking: Booking) -> tuple[Identity, File]:
    """What may be written of who signs. Raises ContractTooSoon, ContractTooLate, PersonNeeded, RenterHidden."""
    if booking.state in (State.REQUESTED, State.OPTIONED):
        raise ContractTooSoon
    if booking.state not in OPEN:
        raise ContractTooLate
    person = booking.beneficiary_id
    if person is None:
        raise PersonNeeded
    identity = session.scalar(select(Identity).where(Identity.beneficiary_id == person))
    file = session.scalar(select(File).where(File.beneficiary_id == person))
    if identity is None or file is None:
        raise RenterHidden
    return identity, file


def _said_of_person(session: Session, identity: Identity, file: File, booking: Booking) -> dict[str, Any]:
    born, first = identity.birth_date, to_local(booking.starts_at, scope_of(session).zone).date()
    minor = born is not None and days.age(born, first) < MAJORITY
    return {
        "renter": _name(identity),
        "born_on": born,
        "address": _address(file),
        "phone": file.phone,
        "licence": _licence(session, identity.beneficiary_id),
        "cosigned": minor or file.legal_protection in _COSIGNED,
    }


def _name(identity: Identity) -> str:
    title = "" if identity.title is Title.NEUTRAL else str(Title.labels()[identity.title])
    name = " ".join(part for part in (title, identity.first_name, identity.usage_name.upper()) if part)
    if identity.birth_name and identity.birth_name != identity.usage_name:
        return _("%(name)s (birth name: %(birth_name)s)", name=name, birth_name=identity.birth_name)
    return name


def _address(file: File) -> str | None:
    commune = file.commune
    place = f"{commune.postcodes[:5]} {commune.name}".strip() if commune is not None else None
    return ", ".join(part for part in (file.street, file.address_extra, file.hamlet, place) if part) or None


def _licence(session: Session, person_id: int) -> str | None:
    """The categories of the last check, and when it was made."""
    check = licences.latest(session, [person_id]).get(person_id)
    if check is None or not check.categories:
        return None
    held = ", ".join(str(licences.CATEGORIES.get(name, name)) for name in check.categories.split())
    return _("%(categories)s, verified on %(day)s", categories=held, day=days.shown(check.verified_on))


def _said_of_vehicle(vehicle: Vehicle | None) -> dict[str, Any]:
    assert vehicle is not None  # whatever is booked has one: ck_rental_booking_vehicle
    kind = str(Category.labels()[vehicle.category])
    if vehicle.gearbox is not None:
        gearbox = str(Gearbox.labels()[vehicle.gearbox]).lower()
        kind = _("%(category)s, gearbox: %(gearbox)s", category=kind, gearbox=gearbox)
    mark = vehicle.plate or vehicle.serial_number or ""
    return {
        "vehicle_id": vehicle.id,
        "vehicle_kind": kind,
        "vehicle_name": f"{vehicle.make} {vehicle.model}",
        "vehicle_mark": mark,
    }


def _lessor(session: Session) -> str:
    head = letterheads.of(session)
    return f"{head.name}\n{head.lines}".strip()


def _end(session: Session, contract: Contract, ending: Ending) -> None:
    contract.ending, contract.ended_at = ending, now()
    session.flush()
