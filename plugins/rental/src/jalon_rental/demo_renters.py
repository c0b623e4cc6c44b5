"""Who rents what in the demo: each a vehicle that the licence allows, from the day the file was opened on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon.demo import cohort
from jalon.models import Beneficiary, BeneficiaryStructure, Identity
from jalon_fleet.models import Category, Vehicle
from jalon_rental import licences
from jalon_rental.licences import Known
from jalon_rental.models import CheckMode

CHECK_MONTHS = 4  # the default of the setting
REST = timedelta(days=3)  # between two contracts of one person, were the first back late
# who takes it first: a car is for who drives, a scooter for who may ride no more than that, a bicycle for the others
RANKS = {Category.CAR: (2,), Category.SCOOTER_50: (1, 2, 0), Category.EBIKE: (0, 1, 2), Category.BIKE: (0, 1, 2)}


@dataclass(frozen=True)
class Renter:
    """A person, what is known of the licence, and since when the structure has the file."""

    person: Beneficiary
    born: date | None
    known: Known | None
    since: date

    @property
    def rank(self) -> int:
        """2 drives a car, 1 rides a moped, 0 has no licence."""
        held = self.known.held if self.known and not self.known.suspended else frozenset()
        return 2 if "b" in held else 1 if "am" in held else 0

    def may_drive(self, vehicle: Vehicle) -> bool:
        return licences.fits(vehicle, self.born, self.known) is True


class Period(Protocol):
    """A vehicle for some civil days."""

    @property
    def vehicle(self) -> Vehicle: ...
    @property
    def first(self) -> date: ...
    @property
    def last(self) -> date: ...


P = TypeVar("P", bound=Period)


def renters(session: Session, *, still: bool = False) -> list[Renter]:
    """The demo's persons whom the session's structure helps by renting, in the order in which they came.

    `still`: only those whose file stays open after the closed year.
    """
    people = cohort.helped_by(session, "rental", still=still)
    ids = [person.id for person in people]
    said = licences.said(session, ids)
    births = _by_person(session, Identity.birth_date, Identity.beneficiary_id, ids)
    since = _by_person(session, BeneficiaryStructure.since, BeneficiaryStructure.beneficiary_id, ids)
    return [Renter(p, births[p.id], said.get(p.id), since[p.id]) for p in people]


def _by_person(session: Session, value: object, person: object, ids: Sequence[int]) -> dict[int, date]:
    rows = session.execute(select(person, value).where(person.in_(ids)))  # type: ignore[call-overload, attr-defined]
    return {row[0]: row[1] for row in rows}


def likeliest(renters: Iterable[Renter], vehicle: Vehicle) -> list[Renter]:
    """Those who may drive it, whom it suits best first."""
    ranks = RANKS[vehicle.category]
    fit = [r for r in renters if r.may_drive(vehicle)]
    return sorted(fit, key=lambda r: ranks.index(r.rank) if r.rank in ranks else len(ranks))


def spread(renters: Sequence[Renter], vehicle: Vehicle, count: int) -> list[Renter]:
    """So many who may drive it, whom it suits best; of those alike some of all times of the year."""
    picked: list[Renter] = []
    for rank in RANKS[vehicle.category]:
        alike = [r for r in renters if r.rank == rank and r.may_drive(vehicle)]
        wanted = min(len(alike), count - len(picked))
        picked += [alike[n * len(alike) // wanted] for n in range(wanted)]
    return picked


def shared_out(contracts: Sequence[P], people: Sequence[Renter]) -> Iterator[tuple[P, Renter]]:
    """A renter for each contract: all of them once, some twice, nobody before the file was opened nor two at a time.

    New people come evenly over the year, so that it does not end with those of its beginning.
    """
    new, back = list(people), list[tuple[date, Renter]]()
    contracts = sorted(contracts, key=lambda c: (c.first, c.vehicle.id))
    for number, contract in enumerate(contracts):
        turn = (number + 1) * len(people) // len(contracts) > number * len(people) // len(contracts)
        returned = next((r for last, r in back if last + REST < contract.first), None)
        must = len(new) == len(contracts) - number
        if new and new[0].since <= contract.first and (turn or must or returned is None):
            renter = new.pop(0)
            back.append((contract.last, renter))
        else:
            assert returned is not None, f"nobody for {contract}"
            renter = returned
            back = [(last, r) for last, r in back if r is not returned]
        yield contract, renter
    assert not new, "somebody rented nothing"


def verify(session: Session, renter: Renter, vehicle: Vehicle, on: date) -> None:
    """Note that the licence was verified that day, where one is needed and no older check is still good."""
    if licences.fitting(vehicle, renter.born) is None:
        return
    last = licences.latest(session, [renter.person.id], on=on).get(renter.person.id)
    if last is None or licences.good_until(last, CHECK_MONTHS) < on:
        licences.record(
            session,
            renter.person,
            mode=CheckMode.ADCS,
            adcs_number=f"{renter.person.id:04}{on:%y%m%d}",
            categories=("am", "b") if renter.rank == 2 else ("am",),
            verified_on=on,
            obtained_on=_obtained(renter, on),
        )


def _obtained(renter: Renter, on: date) -> date | None:
    """Some months after the age at which that licence is given, and before the day it was verified."""
    if renter.born is None:
        return None
    age = 18 if renter.rank == 2 else 14
    given = renter.born + timedelta(days=365.25 * age + 100)
    return min(given, on - timedelta(days=2))
