"""What rental owes to persons: a request is a contact, and holds up their erasure as a booking does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from jalon import erasures, retention
from jalon.clock import now, today
from jalon.models import Cause
from jalon.scope import scope_of
from jalon.testing.world import World
from jalon_fleet.models import Category
from jalon_rental import requests
from jalon_rental.models import Booking, Reason
from jalon_rental.testing import renter

TWO_YEARS = timedelta(days=2 * 366)


@pytest.fixture
def asked(world: World) -> Iterator[tuple[Session, Booking]]:
    """A request without vehicle, for in a hundred days, committed, and the session that made it."""
    world.structure("relais", enabled=["rental"])
    with world.inside("relais") as session:
        begins = now() + timedelta(days=100)
        request = requests.ask(
            session,
            beneficiary=renter(session),
            category=Category.CAR,
            starts_at=begins,
            ends_at=begins + timedelta(days=1),
        )
        session.commit()
        yield session, request


@pytest.mark.both_databases
def test_a_request_without_vehicle_is_a_contact(world: World, asked: tuple[Session, Booking]) -> None:
    session, request = asked
    structure_id, person = request.structure_id, request.beneficiary_id
    day = today(scope_of(session).zone)
    session.rollback()

    with world.across() as looking:
        after_the_link = retention.due(looking, structure_id, day + TWO_YEARS)
        after_the_request = retention.due(looking, structure_id, day + TWO_YEARS + timedelta(days=101))

    assert after_the_link == []
    assert [due.person_id for due in after_the_request] == [person]


@pytest.mark.both_databases
def test_an_open_request_holds_up_the_erasure_until_it_is_answered(
    world: World, asked: tuple[Session, Booking]
) -> None:
    session, request = asked
    person = request.beneficiary_id or 0
    session.rollback()

    with world.across() as erasing, pytest.raises(erasures.StillOpen):
        erasures.erase(erasing, person, cause=Cause.REQUEST)
    requests.refuse(session, session.get_one(Booking, request.id), reason=Reason.NO_VEHICLE)
    session.commit()

    with world.across() as erasing:
        assert erasures.erase(erasing, person, cause=Cause.REQUEST).whole
