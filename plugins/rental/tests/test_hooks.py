"""What rental answers when the core asks for its modules' opinion."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from jalon.clock import now
from jalon.declarations import Hit
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


def test_who_has_a_vehicle_is_found_by_its_plate_and_told_to_who_sees_bookings(world: World) -> None:
    world.structure("relais", enabled=["rental"])

    with world.inside("relais", permissions={"rental.read", "jalon.beneficiaries.read"}) as session:
        car = vehicles.add(session, category=Category.CAR, make="Renault", model="Clio", plate="AA-123-BB")
        start, hours = now() + timedelta(days=1), timedelta(hours=2)
        bookings.book(session, car, beneficiary=renter(session, "Ada"), starts_at=start, ends_at=start + hours)
        session.commit()
        told = {typed: _hits(world, session, typed) for typed in ("aa123", "clio", "zz999")}
    with world.inside("relais") as session:
        untold = _hits(world, session, "aa123")

    assert {typed: len(hits) for typed, hits in told.items()} == {"aa123": 1, "clio": 0, "zz999": 0}
    assert "ADA" in told["aa123"][0].label.upper()
    assert untold == []


def test_what_the_guards_say_of_a_driver_is_missing_as_long_as_something_is_open(world: World) -> None:
    world.structure("relais", enabled=["rental"])
    seen = {"rental.read", "jalon.beneficiaries.read"}

    with world.inside("relais", permissions=seen) as session:
        car = vehicles.add(session, category=Category.CAR, make="Renault", model="Clio", plate="AA-123-BB")
        ada, start, hours = renter(session, "Ada", verified=False), now() + timedelta(days=1), timedelta(hours=2)
        before = _missing(world, session, ada.id)
        for day in (start, start + timedelta(days=2)):
            bookings.book(session, car, beneficiary=ada, starts_at=day, ends_at=day + hours)
        after = _missing(world, session, ada.id)

    assert before == []
    assert [("licence" in m or "permis" in m) for m in after] == [True]


def _hits(world: World, session: Session, typed: str) -> list[Hit]:
    shown = world.jalon.hooks.show(session, "search", text=typed)
    return [hit for answer in shown if answer.slug == "rental" for hit in answer.value]


def _missing(world: World, session: Session, beneficiary_id: int) -> list[str]:
    shown = world.jalon.hooks.show(session, "person_missing", beneficiary_id=beneficiary_id)
    return [str(missing.sentence) for answer in shown if answer.slug == "rental" for missing in answer.value]
