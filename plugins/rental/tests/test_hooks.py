"""What rental answers when the core asks for its modules' opinion."""

from __future__ import annotations

from datetime import timedelta

from jalon.clock import now
from jalon.testing.world import World
from jalon_fleet import vehicles
from jalon_fleet.models import Category
from jalon_rental import bookings
from jalon_rental.testing import renter


def test_describe_occupations_names_the_vehicle_and_nobody(world: World) -> None:
    world.structure("relais", enabled=["rental"])

    with world.inside("relais") as session:
        car = vehicles.add(session, category=Category.CAR, make="Renault", model="Clio", plate="AA-123-BB")
        start = now() + timedelta(days=1)
        ours, other = (
            bookings.book(
                session, car, beneficiary=renter(session, "Ada"), starts_at=day, ends_at=day + timedelta(hours=2)
            )
            for day in (start, start + timedelta(days=1))
        )
        shown = world.jalon.hooks.show(session, "describe_occupations", prepare=dict, ids=[ours.occupation_id, 0])

    [answer] = [a for a in shown if a.slug == "rental"]
    assert set(answer.value) == {ours.occupation_id}
    assert "AA-123-BB" in answer.value[ours.occupation_id]
    assert "Ada" not in answer.value[ours.occupation_id]
    assert other.occupation_id not in answer.value
