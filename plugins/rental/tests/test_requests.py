"""From the request to the booking: waiting list, option that expires by itself, refusal with its reason."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from jalon import erasures, merges, occupations
from jalon.clock import now
from jalon.db import open_session
from jalon.errors import DomainError
from jalon.models import Beneficiary, Cause, OccupationKind
from jalon.scope import scope_of
from jalon.testing.world import World
from jalon_fleet import vehicles
from jalon_fleet.models import Category, Vehicle
from jalon_rental import bookings, requests
from jalon_rental.errors import PersonGone, ReasonNeeded, VehicleNeeded, WishNeeded
from jalon_rental.models import Booking, Reason, Side, State
from jalon_rental.testing import renter

HOUR = timedelta(hours=1)


@pytest.fixture
def session(world: World) -> Iterator[Session]:
    world.structure("relais", enabled=["rental"])
    with world.inside("relais") as session:
        yield session


def car(session: Session) -> Vehicle:
    return vehicles.add(session, category=Category.CAR, make="Renault", model="Clio", plate="AA-123-BB")


def ask(session: Session, **options: Any) -> Booking:
    period = {"starts_at": now().replace(microsecond=0) + 100 * HOUR, "ends_at": now() + 300 * HOUR}
    return requests.ask(session, **{"beneficiary": renter(session), "category": Category.CAR, **period, **options})


@pytest.mark.both_databases
def test_a_request_without_vehicle_waits_until_one_is_given(session: Session) -> None:
    waiting = ask(session)

    with pytest.raises(VehicleNeeded):
        requests.confirm(session, waiting)
    requests.confirm(session, waiting, vehicle=car(session))

    assert (waiting.state, str(waiting.vehicle)) == (State.BOOKED, "Renault Clio · AA-123-BB")


def test_a_request_says_what_is_wished_for(session: Session) -> None:
    with pytest.raises(WishNeeded):
        ask(session, category=None)


def test_the_same_request_twice_is_one(session: Session) -> None:
    first = ask(session)

    again = ask(session, starts_at=first.starts_at, ends_at=first.ends_at)

    assert again is first


@pytest.mark.both_databases
def test_an_option_keeps_the_vehicle_and_lets_it_go_by_itself(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    vehicle = car(session)
    kept = ask(session, vehicle=vehicle)
    requests.option(session, kept)
    period = {"starts_at": kept.starts_at, "ends_at": kept.ends_at}
    with pytest.raises(occupations.ResourceTaken):
        bookings.book(session, vehicle, beneficiary=renter(session, "Luc Tessier"), **period)
    assert bookings.free_vehicles(session, **period) == []

    later = now() + 49 * HOUR
    for module in ("jalon_rental.bookings.questions", "jalon.occupations.room", "jalon.occupations.questions"):
        monkeypatch.setattr(f"{module}.now", lambda: later)
    assert bookings.has_expired(kept)
    taken = bookings.book(session, vehicle, beneficiary=renter(session, "Luc Tessier"), **period)

    assert taken.state is State.BOOKED
    with pytest.raises(occupations.ResourceTaken):
        requests.confirm(session, kept)


def test_an_option_becomes_a_booking(session: Session) -> None:
    kept = ask(session, vehicle=car(session))
    requests.option(session, kept)
    promise = kept.occupation

    requests.confirm(session, kept)

    assert kept.occupation is promise
    assert promise is not None
    assert (promise.kind, promise.expires_at) == (OccupationKind.USE, None)


def test_an_option_goes_back_to_a_request_and_frees_the_vehicle(session: Session) -> None:
    vehicle = car(session)
    kept = ask(session, vehicle=vehicle)
    requests.option(session, kept)

    requests.back_to_request(session, kept)

    assert kept.state is State.REQUESTED
    assert bookings.free_vehicles(session, starts_at=kept.starts_at, ends_at=kept.ends_at) == [vehicle]


def test_a_refusal_says_why_and_stays(session: Session) -> None:
    waiting = ask(session)

    with pytest.raises(ReasonNeeded):
        requests.refuse(session, waiting, reason=None)
    requests.refuse(session, waiting, reason=Reason.NO_VEHICLE)

    assert (waiting.state, waiting.reason, waiting.category) == (State.REFUSED, Reason.NO_VEHICLE, Category.CAR)


def test_who_cancelled_is_kept(session: Session) -> None:
    waiting = ask(session)

    bookings.cancel(session, waiting, by=Side.RENTER)

    assert (waiting.state, waiting.given_up_by) == (State.CANCELLED, Side.RENTER)


@pytest.mark.both_databases
def test_nothing_is_promised_to_a_person_who_was_erased_meanwhile(session: Session, world: World) -> None:
    waiting, vehicle = ask(session), car(session)
    person_id = waiting.beneficiary_id
    assert person_id is not None
    session.commit()
    with world.across() as erasing:
        erasures.erase(erasing, person_id, cause=Cause.REQUEST, again=True)  # as a restored backup does
        erasing.commit()

    with pytest.raises(PersonGone):
        requests.option(session, waiting, vehicle=vehicle)
    with pytest.raises(PersonGone):
        requests.confirm(session, waiting, vehicle=vehicle)


@pytest.mark.both_databases
@pytest.mark.parametrize("meanwhile", ["merged", "erased"])
def test_nothing_is_promised_to_a_person_while_their_file_goes(world: World, meanwhile: str) -> None:
    world.structure("relais", enabled=["rental"])
    with world.inside("relais") as session:
        vehicle, kept, going = car(session).id, renter(session, "Luc Tessier").id, renter(session).id
        session.commit()

    with world.inside("relais") as inside:
        scope = replace(scope_of(inside), across="a file goes")
    with ThreadPoolExecutor(1) as pool, world.app.app_context(), open_session(world.jalon.db, scope) as working:
        if meanwhile == "erased":
            erasures.erase(working, going, cause=Cause.REQUEST)
        else:
            merges.merge(working, kept, going, choices={})
        promised = pool.submit(lend, world, vehicle, going)
        time.sleep(0.5)  # the other one reads the file as it was, or waits for it
        working.commit()

    assert promised.result() == "PersonGone"


def lend(world: World, vehicle_id: int, person_id: int) -> str:
    """Book a vehicle in a session of its own; the kind of the refusal, empty when it is booked."""
    period = {"starts_at": now() + 100 * HOUR, "ends_at": now() + 110 * HOUR}
    with world.inside("relais") as session:
        person, vehicle = session.get_one(Beneficiary, person_id), session.get_one(Vehicle, vehicle_id)
        try:
            bookings.book(session, vehicle, beneficiary=person, **period)
            session.commit()
        except DomainError as refusal:
            return type(refusal).__name__
    return ""
