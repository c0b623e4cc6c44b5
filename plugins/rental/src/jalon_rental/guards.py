"""What a booking is held to: the vehicle's papers and the driver's licence until the planned end, not only today."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon import days, settings
from jalon.i18n import Text
from jalon.localtime import to_local
from jalon.models import File, Identity
from jalon.scope import scope_of
from jalon_fleet import papers
from jalon_fleet.models import PaperKind, Vehicle
from jalon_rental import contracts, licences
from jalon_rental.errors import Held
from jalon_rental.i18n import _
from jalon_rental.licences import Known
from jalon_rental.models import Booking, Guard, LicenceCheck, State
from jalon_rental.settings import RentalSettings

_PAPER = {PaperKind.INSPECTION: Guard.INSPECTION, PaperKind.INSURANCE: Guard.INSURANCE}


@dataclass(frozen=True)
class Finding:
    """What a guard has to say. `blocks`: it refuses; else somebody should look, and the lists say so."""

    guard: Guard
    sentence: Text | str
    field: str
    blocks: bool


@dataclass(frozen=True)
class Asked:
    """What a guard is asked of: a vehicle, a person of that id, the civil days. `leaving` is the day of the hand-over.

    `strict` is asked when the vehicle leaves or stays out longer: what is not known then refuses too.
    """

    vehicle: Vehicle
    person_id: int | None
    first: date
    last: date
    leaving: date
    strict: bool = False
    waived: frozenset[Guard] = frozenset()


@dataclass(frozen=True)
class Facts:
    """What is known of some vehicles and some persons, by id; as the session may see it."""

    settings: RentalSettings
    papers: papers.Expiries
    born: dict[int, date | None] = field(default_factory=dict)
    readable: frozenset[int] = frozenset()
    checks: dict[int, LicenceCheck] = field(default_factory=dict)
    said: dict[int, Known] = field(default_factory=dict)


def read(session: Session, vehicles: Collection[int], people: Collection[int], *, day: date | None = None) -> Facts:
    """The facts for all of these at once: five queries at most. Checks made after `day` are not there yet."""
    births = select(Identity.beneficiary_id, Identity.birth_date).where(Identity.beneficiary_id.in_(people))
    files = select(File.beneficiary_id).where(File.beneficiary_id.in_(people))
    return Facts(
        settings.current(session, RentalSettings),
        papers.expiries(session, vehicles),
        {row.beneficiary_id: row.birth_date for row in session.execute(births)} if people else {},
        frozenset(session.scalars(files)) if people else frozenset(),
        licences.latest(session, people, on=day),
        licences.said(session, people),
    )


def findings(facts: Facts, asked: Asked) -> list[Finding]:
    """What the guards say, refusals first; what somebody let pass is left out."""
    said = [*_papers(facts, asked), *_driver(facts, asked)]
    return sorted((f for f in said if f.guard not in asked.waived), key=lambda f: not f.blocks)


def check(session: Session, asked: Asked) -> None:
    """Raises Held with the first refusal of a guard."""
    people = [asked.person_id] if asked.person_id is not None else []
    facts = read(session, [asked.vehicle.id], people, day=asked.leaving if asked.strict else None)
    for finding in findings(facts, asked):
        if finding.blocks:
            raise Held(finding.guard, finding.sentence, finding.field)


def look(session: Session, bookings: Iterable[Booking]) -> dict[int, list[Finding]]:
    """What is to be checked of bookings that are not over, by id; as many queries for one as for a hundred."""
    some = [b for b in bookings if b.state in (State.REQUESTED, State.OPTIONED, State.BOOKED, State.OUT) and b.vehicle]
    facts = read(
        session,
        {b.vehicle_id for b in some if b.vehicle_id is not None},
        {b.beneficiary_id for b in some if b.beneficiary_id is not None},
    )
    shown = {b.id: findings(facts, of_booking(session, b)) for b in some}
    for id, told in contracts.lacking(session, some).items():
        shown[id].append(Finding(Guard.CONTRACT, told, "contract", facts.settings.contract_needed))
    return {id: found for id, found in shown.items() if found}


def of_booking(
    session: Session,
    booking: Booking,
    *,
    vehicle: Vehicle | None = None,
    leaving: datetime | None = None,
    strict: bool = False,
) -> Asked:
    """What the guards are asked of a booking, with its vehicle or another."""
    driven = vehicle or booking.vehicle
    assert driven is not None
    waived = frozenset(waiver.guard for waiver in booking.waivers)
    asked = ask(session, driven, booking.beneficiary_id, booking.starts_at, booking.ends_at, waived=waived)
    day = to_local(leaving or booking.starts_at, scope_of(session).zone).date()
    return dataclasses.replace(asked, leaving=day, strict=strict)


def ask(
    session: Session,
    vehicle: Vehicle,
    person_id: int | None,
    starts_at: datetime,
    ends_at: datetime,
    *,
    waived: frozenset[Guard] = frozenset(),
) -> Asked:
    zone = scope_of(session).zone
    first, last = to_local(starts_at, zone).date(), to_local(ends_at, zone).date()
    return Asked(vehicle, person_id, first, last, first, waived=waived)


def _papers(facts: Facts, asked: Asked) -> Iterator[Finding]:
    known = facts.papers.get(asked.vehicle.id, {})
    for kind in sorted(papers.needed(asked.vehicle.category), key=lambda k: k.value):
        until = known.get(kind)
        what = {"paper": PaperKind.labels()[kind]}
        if until is None:
            blocks = asked.strict and facts.settings.papers_must_be_noted
            yield Finding(_PAPER[kind], _("%(paper)s: nobody noted until when it is valid.", **what), "vehicle", blocks)
        elif until < asked.last:
            told = _(
                "%(paper)s: valid until %(until)s, and the vehicle is to be back on %(last)s.",
                until=f"{until:%d/%m/%Y}",
                last=f"{asked.last:%d/%m/%Y}",
                **what,
            )
            yield Finding(_PAPER[kind], told, "ends_at", True)


def _driver(facts: Facts, asked: Asked) -> Iterator[Finding]:
    id = asked.person_id
    if id is None:
        yield Finding(Guard.CHECK, _("No person is chosen: the licence cannot be checked."), "beneficiary", False)
        return
    born = facts.born.get(id)
    if id not in facts.readable:
        if asked.strict and licences.fitting(asked.vehicle, born) is not None:
            told = _(
                "The file of this person is closed or protected for you: a member who reads it hands the vehicle over."
            )
            yield Finding(Guard.CHECK, told, "beneficiary", True)
        return
    yield from _age(asked, born)
    if licences.fitting(asked.vehicle, born) is not None:
        yield from _licence(facts, asked, born)


def _age(asked: Asked, born: date | None) -> Iterator[Finding]:
    least = asked.vehicle.minimum_age
    if least is None:
        return
    if born is None:
        told = _("The date of birth is not known, and this vehicle is lent from %(age)s years on.", age=least)
        yield Finding(Guard.AGE, told, "beneficiary", False)
    elif days.age(born, asked.first) < least:
        told = _(
            "This vehicle is lent from %(age)s years on, and the person is %(has)s at the start.",
            age=least,
            has=days.age(born, asked.first),
        )
        yield Finding(Guard.AGE, told, "beneficiary", True)


def _licence(facts: Facts, asked: Asked, born: date | None) -> Iterator[Finding]:
    assert asked.person_id is not None
    made = facts.checks.get(asked.person_id)
    known = licences.of_check(made) if made else facts.said.get(asked.person_id)
    if licences.fits(asked.vehicle, born, known) is False:
        told = _("The licence that is known does not let this person drive this vehicle.")
        if known and not known.suspended and known.held == {"b_automatic"}:
            told = _("The licence is for automatic gearboxes only (code 78), and this vehicle is not noted as one.")
        if known and known.suspended:
            told = _("The licence that is known is suspended, cancelled or invalid.")
        yield Finding(Guard.LICENCE, told, "beneficiary", True)
        return
    yield from _check(facts.settings, asked, made)
    yield from _seniority(asked, made)


def _check(asked_of: RentalSettings, asked: Asked, made: LicenceCheck | None) -> Iterator[Finding]:
    """Source: domain model 3.1, → En cours: a check no older than four months; valid until the planned end."""
    months = asked_of.licence_check_months
    if made is None:
        told = _("The licence has not been verified yet: note the check before the vehicle leaves.")
        yield Finding(Guard.CHECK, told, "beneficiary", asked.strict)
    elif licences.good_until(made, months) < asked.leaving:
        told = _(
            "The licence was verified on %(day)s, over %(months)s months before the vehicle leaves: verify it again.",
            day=f"{made.verified_on:%d/%m/%Y}",
            months=months,
        )
        yield Finding(Guard.CHECK, told, "beneficiary", asked.strict)
    if made is not None and made.valid_until is not None and made.valid_until < asked.last:
        told = _(
            "The licence is valid until %(until)s, and the vehicle is to be back on %(last)s.",
            until=f"{made.valid_until:%d/%m/%Y}",
            last=f"{asked.last:%d/%m/%Y}",
        )
        yield Finding(Guard.LICENCE, told, "ends_at", True)


def _seniority(asked: Asked, made: LicenceCheck | None) -> Iterator[Finding]:
    least = asked.vehicle.licence_years
    if not least or made is None:
        return
    if made.obtained_on is None:
        told = _("The date of the licence is not noted, and this vehicle asks for %(years)s years of it.", years=least)
        yield Finding(Guard.SENIORITY, told, "beneficiary", False)
    elif days.age(made.obtained_on, asked.first) < least:
        told = _(
            "This vehicle asks for %(years)s years of licence, and the licence dates from %(day)s.",
            years=least,
            day=f"{made.obtained_on:%d/%m/%Y}",
        )
        yield Finding(Guard.SENIORITY, told, "beneficiary", True)
