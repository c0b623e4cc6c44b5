"""Rules of licences: which one a vehicle needs, which ones do, and the checks that were made of them."""

from __future__ import annotations

import calendar
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon.clock import today
from jalon.i18n import Text
from jalon.models import Beneficiary, Situation, SituationItem
from jalon.scope import scope_of
from jalon.texts import tidy
from jalon_fleet.models import Category, Gearbox, Vehicle
from jalon_rental.errors import CategoriesNeeded, NumberNeeded, ObtainedLater, VerifiedLater
from jalon_rental.i18n import _l
from jalon_rental.models import CheckMode, LicenceCheck, LicenceState

FREE_BEFORE = date(1988, 1, 1)  # code de la route R211-2: born before, no licence for a moped or a licence-free car
CATEGORIES: Mapping[str, Text] = MappingProxyType(
    {
        "am": _l("AM (BSR)"),
        "b": _l("B"),
        "b_automatic": _l("B, automatic gearbox only (code 78)"),
        "b_125": _l("B with the 7 hours for a 125"),
        "a1": _l("A1"),
        "a2": _l("A2"),
        "a": _l("A"),
        "foreign": _l("Foreign licence, good for a car"),
    }
)
_ANY = frozenset(CATEGORIES)
_CAR = frozenset({"b", "b_125", "foreign", "foreign_eu"})
_LIGHT = frozenset({Category.SCOOTER_50, Category.LIGHT_CAR})
_FREE = frozenset({Category.EBIKE, Category.BIKE, Category.KICK_SCOOTER})
_SAYS_NOTHING = frozenset({"code"})  # a theory test is no licence


@dataclass(frozen=True)
class Known:
    """What is known of somebody's licence: values of CATEGORIES, or of a situation's licences."""

    held: frozenset[str]
    suspended: bool = False


def fitting(vehicle: Vehicle, born: date | None) -> frozenset[str] | None:
    """The licences with which somebody may drive it; None when none is needed.

    Sources: code de la route R221-4 and after (B, code 78, 125 after seven hours), R211-2 (mopeds and licence-free
    cars); domain model 3.1, points 9 and 10. An unknown birth is taken for one after 1987.
    """
    if vehicle.category in _FREE:
        return None
    if vehicle.category in _LIGHT:
        return None if born is not None and born < FREE_BEFORE else _ANY | {"foreign_eu"}
    if vehicle.category is Category.SCOOTER_125:
        return frozenset({"a1", "a2", "a", "b_125"})
    return _CAR | {"b_automatic"} if vehicle.gearbox is Gearbox.AUTOMATIC else _CAR


def fits(vehicle: Vehicle, born: date | None, known: Known | None) -> bool | None:
    """Whether what is known of the licence lets somebody drive it; None when nothing is known."""
    good = fitting(vehicle, born)
    if good is None:
        return True
    if known is None:
        return None
    return not known.suspended and bool(known.held & good)


def record(
    session: Session,
    person: Beneficiary,
    *,
    mode: CheckMode,
    licence_state: LicenceState = LicenceState.VALID,
    categories: Collection[str] = (),
    verified_on: date | None = None,
    adcs_number: str | None = None,
    obtained_on: date | None = None,
    valid_until: date | None = None,
) -> LicenceCheck:
    """Note that a licence was verified; no copy of it is kept.

    Raises VerifiedLater, NumberNeeded, CategoriesNeeded, ObtainedLater.
    """
    scope = scope_of(session)
    verified_on = verified_on or today(scope.zone)
    number = tidy(adcs_number or "") or None
    if mode is CheckMode.ADCS and number is None:
        raise NumberNeeded
    if licence_state is LicenceState.VALID and not categories:
        raise CategoriesNeeded
    _check_days(obtained_on, verified_on, today(scope.zone))
    check = LicenceCheck(
        beneficiary_id=person.id,
        mode=mode,
        licence_state=licence_state,
        categories=" ".join(name for name in CATEGORIES if name in categories),
        verified_on=verified_on,
        adcs_number=number,
        obtained_on=obtained_on,
        valid_until=valid_until,
        verified_by=scope.actor.name[:120],
    )
    session.add(check)
    session.flush()
    return check


def _check_days(obtained_on: date | None, verified_on: date, day: date) -> None:
    if verified_on > day:
        raise VerifiedLater
    if obtained_on is not None and obtained_on > verified_on:
        raise ObtainedLater


def latest(session: Session, people: Collection[int], *, on: date | None = None) -> dict[int, LicenceCheck]:
    """The last check of each of these persons, made by that day; one query."""
    query = select(LicenceCheck).where(LicenceCheck.beneficiary_id.in_(people))
    if on is not None:
        query = query.where(LicenceCheck.verified_on <= on)
    rows = session.scalars(query.order_by(LicenceCheck.verified_on, LicenceCheck.id)) if people else ()
    return {check.beneficiary_id: check for check in rows}


def said(session: Session, people: Collection[int]) -> dict[int, Known]:
    """What the last situation of each person says of licences, where it says anything; one query.

    It is asked for a guard's yes or no, and its words are told to nobody: the right to read a situation is another.
    """
    query = (
        select(SituationItem)
        .join(SituationItem.situation)
        .where(SituationItem.beneficiary_id.in_(people), SituationItem.kind == "licence")
        .order_by(Situation.on_day, Situation.id)
    )
    found: dict[int, tuple[int, set[str]]] = {}
    for item in session.scalars(query) if people else ():
        situation, values = found.get(item.beneficiary_id, (0, set()))
        if item.situation_id != situation:
            values = set()
        found[item.beneficiary_id] = (item.situation_id, values | {item.value})
    return {id: _known(values) for id, (_situation, values) in found.items()}


def of_check(check: LicenceCheck) -> Known:
    return Known(frozenset(check.categories.split()), check.licence_state is LicenceState.SUSPENDED)


def good_until(check: LicenceCheck, months: int) -> date:
    """The last day on which that check suffices: 30/11 and three months is 28/02."""
    years, month = divmod(check.verified_on.month - 1 + months, 12)
    year = check.verified_on.year + years
    day = min(check.verified_on.day, calendar.monthrange(year, month + 1)[1])
    return date(year, month + 1, day)


def _known(values: Collection[str]) -> Known:
    held = frozenset(values) - {"suspended", "cancelled", "none"} - _SAYS_NOTHING
    return Known(held, suspended=bool({"suspended", "cancelled"} & set(values)))
