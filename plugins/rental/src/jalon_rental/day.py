"""Who comes today: departures, returns, and what did not come back; seven queries and those of the guards."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from jalon.models import Beneficiary
from jalon_rental import contracts, situations, troubles
from jalon_rental.models import Booking, Contract


@dataclass(frozen=True)
class Day:
    """The lines of the desk's day, the earliest first, and why some are to be looked at, by id."""

    departures: list[Booking]
    returns: list[Booking]
    late: list[Booking]
    endangered: list[Booking]  # of any day: what a late vehicle was promised for next
    whys: dict[int, list[tuple[str, bool]]]
    contracts: dict[int, Contract]  # those that say what is booked, by booking


def read(session: Session) -> Day:
    """What the structure's day holds. Late returns stand apart, and not among the returns."""
    person = joinedload(Booking.beneficiary)
    whole = (
        person.joinedload(Beneficiary.identity),
        person.joinedload(Beneficiary.file),
        joinedload(Booking.vehicle),
        joinedload(Booking.member),
        selectinload(Booking.waivers),
    )
    leaving = select(Booking).where(situations.leaving_today(session)).order_by(Booking.starts_at, Booking.id)
    back = select(Booking).where(situations.back_today(session)).order_by(Booking.ends_at, Booking.id)
    overdue = select(Booking).where(situations.late(session)).order_by(Booking.ends_at, Booking.id)
    departures = list(session.scalars(leaving.options(*whole)))
    returns, late = (list(session.scalars(query.options(*whole))) for query in (back, overdue))
    waiting = select(Booking).where(Booking.id.in_(troubles.endangered(session) if late else ()))
    endangered = list(session.scalars(waiting.order_by(Booking.starts_at, Booking.id).options(*whole))) if late else []
    return Day(
        departures,
        returns,
        late,
        endangered,
        troubles.whys(session, [*departures, *late, *returns]),
        contracts.fitting(session, departures),
    )
