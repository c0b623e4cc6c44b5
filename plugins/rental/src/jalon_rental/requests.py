"""Rules before a booking: asked for, kept for two days, promised for good, or refused. Source: domain model 3.1."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon import occupations, settings
from jalon.clock import now
from jalon.models import Beneficiary, Commune, File, Member, OccupationKind
from jalon_fleet.models import Category, Vehicle
from jalon_rental import bookings, guards, limits
from jalon_rental.errors import ReasonNeeded, VehicleNeeded, WishNeeded
from jalon_rental.models import Booking, Guard, Reason, State
from jalon_rental.settings import RentalSettings


def ask(
    session: Session,
    *,
    beneficiary: Beneficiary | None,
    starts_at: datetime,
    ends_at: datetime,
    vehicle: Vehicle | None = None,
    category: Category | None = None,
    commune: Commune | None = None,
    note: str | None = None,
    member: Member | None = None,
) -> Booking:
    """Keep what a person asks for; no vehicle is promised. The same asked twice is one request.

    The commune is the one of the person's file when none is said: unmet requests are counted by it. Raises
    RenterNeeded, FileClosed, PersonGone, FollowerLeft, WishNeeded, BadPeriod.
    """
    person, follower = bookings.renting(session, beneficiary), bookings.following(session, member)
    wished = vehicle.category if vehicle is not None else category
    if wished is None:
        raise WishNeeded
    if starts_at >= ends_at:
        raise occupations.BadPeriod
    if same := _asked_already(session, person, wished, starts_at, ends_at):
        return same
    home = select(File.commune_insee).where(File.beneficiary_id == person.id)
    request = Booking(
        state=State.REQUESTED,
        beneficiary=person,
        vehicle=vehicle,
        category=wished,
        commune_insee=commune.insee if commune is not None else session.scalar(home),
        starts_at=starts_at,
        ends_at=ends_at,
        note=note,
        member=follower,
    )
    session.add(request)
    session.flush()
    return request


def option(session: Session, booking: Booking, *, vehicle: Vehicle | None = None) -> None:
    """Keep a vehicle for the hours that the settings say; it is free again by itself.

    Raises TransitionRefused, VehicleNeeded, FileClosed, PersonGone, Held and whatever `limits.check` and
    `occupations.book` raise.
    """
    bookings.allow(booking, State.OPTIONED)
    until = now() + timedelta(hours=settings.current(session, RentalSettings).option_hours)
    kept = _promise(session, booking, vehicle, expires_at=until)
    bookings.become(session, booking, State.OPTIONED, option_until=until, **kept)


def confirm(session: Session, booking: Booking, *, vehicle: Vehicle | None = None) -> None:
    """Promise the vehicle for good. An option that has expired is promised again if it still can be.

    Raises TransitionRefused, VehicleNeeded, FileClosed, PersonGone, Held and whatever `limits.check`,
    `occupations.book` and `.keep` raise.
    """
    bookings.allow(booking, State.BOOKED)
    kept = booking.occupation
    if kept is not None and booking.state is State.OPTIONED and not bookings.has_expired(booking) and vehicle is None:
        if booking.beneficiary_id is not None:
            bookings.renting(session, booking.beneficiary)
        guards.check(session, guards.of_booking(session, booking))
        occupations.keep(session, kept)
        promised: dict[str, Any] = {}
    else:
        _let_go(session, booking)
        promised = _promise(session, booking, vehicle)
    bookings.become(session, booking, State.BOOKED, **promised)


def back_to_request(session: Session, booking: Booking) -> None:
    """The vehicle of an option is free again, the request stays. Raises TransitionRefused."""
    bookings.allow(booking, State.REQUESTED)
    _let_go(session, booking)
    bookings.become(session, booking, State.REQUESTED)


def refuse(session: Session, booking: Booking, *, reason: Reason | None) -> None:
    """The request is not met, for that reason; it stays, for unmet requests are counted.

    Raises TransitionRefused, ReasonNeeded.
    """
    bookings.allow(booking, State.REFUSED)
    if reason is None:
        raise ReasonNeeded
    _let_go(session, booking)
    bookings.become(session, booking, State.REFUSED, reason=reason)


def _promise(
    session: Session, booking: Booking, vehicle: Vehicle | None, *, expires_at: datetime | None = None
) -> dict[str, Any]:
    """The vehicle and its promise, as the booking is to hold them."""
    chosen = vehicle or booking.vehicle
    if chosen is None:
        raise VehicleNeeded
    if booking.beneficiary_id is not None:
        bookings.renting(session, booking.beneficiary)
    period = (booking.starts_at, booking.ends_at)
    limits.check(session, period, any_length=bookings.waived(booking, Guard.LENGTH))
    guards.check(session, guards.of_booking(session, booking, vehicle=chosen))
    promise = occupations.book(
        session,
        chosen.resource_id,
        module=bookings.MODULE,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        kind=OccupationKind.HOLD if expires_at else OccupationKind.USE,
        expires_at=expires_at,
    )
    return {"vehicle": chosen, "occupation": promise}


def _let_go(session: Session, booking: Booking) -> None:
    if booking.occupation is not None and booking.occupation.blocking:
        occupations.release(session, booking.occupation)


def _asked_already(
    session: Session, person: Beneficiary, category: Category, starts_at: datetime, ends_at: datetime
) -> Booking | None:
    return session.scalar(
        select(Booking).where(
            Booking.beneficiary_id == person.id,
            Booking.state == State.REQUESTED,
            Booking.category == category,
            Booking.starts_at == starts_at,
            Booking.ends_at == ends_at,
        )
    )
