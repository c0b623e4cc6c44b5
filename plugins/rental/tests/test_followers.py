"""Who follows a booking: whoever books, unless said otherwise; and what becomes of it when they leave."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import current_app
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from jalon import departures, members
from jalon.app_of import mount
from jalon.clock import now
from jalon.departures import SuccessorNeeded
from jalon.models import Member, User
from jalon.scope import Actor, structure_of
from jalon.testing.world import World
from jalon_fleet import vehicles
from jalon_fleet.models import Category
from jalon_rental import bookings
from jalon_rental.errors import FollowerLeft
from jalon_rental.models import Booking
from jalon_rental.testing import renter


@pytest.fixture
def zoe(world: World) -> User:
    world.structure("relais", enabled=["rental"])
    world.user("boss", relais=["direction"])
    return world.user("zoe", relais=["agent_location"])


@pytest.fixture
def session(world: World, zoe: User) -> Iterator[Session]:
    """A session of Zoé's, the rental agent."""
    with world.inside("relais", actor=Actor("Zoe", zoe.id)) as session:
        yield session


def book(session: Session, day: int = 1, **options: Any) -> Booking:
    found = session.scalar(select(Booking).limit(1))
    car = (
        found.vehicle
        if found
        else vehicles.add(session, category=Category.CAR, make="Renault", model="Clio", plate="AA-123-BB")
    )
    start = now() + timedelta(days=day)
    return bookings.book(
        session, car, beneficiary=renter(session, "Awa"), starts_at=start, ends_at=start + timedelta(hours=2), **options
    )


def named(session: Session, name: str) -> Member:
    return session.scalars(select(Member).where(Member.name == name)).one()


@pytest.mark.both_databases
def test_whoever_books_follows_the_booking(session: Session) -> None:
    booking, other = book(session), book(session, 2, member=named(session, "Boss"))

    assert (booking.member, other.member) == (named(session, "Zoe"), named(session, "Boss"))


def test_a_booking_by_a_command_is_followed_by_nobody(world: World, zoe: User) -> None:
    with world.inside("relais") as session:
        assert book(session).member is None


def test_who_left_follows_nothing_new(session: Session) -> None:
    gone = members.join(session, structure_of(session), None, name="Gone")
    departures.leave(session, mount(current_app).hooks, gone)

    with pytest.raises(FollowerLeft):
        book(session, member=gone)


@pytest.mark.both_databases
def test_the_database_refuses_a_follower_of_another_structure(world: World, session: Session) -> None:
    booking = book(session)
    session.commit()
    world.structure("scop")
    stranger = world.user("luc", scop=["direction"])
    with world.across() as across:
        foreign = across.scalars(select(Member.id).where(Member.user_id == stranger.id)).one()

    booking.member_id = foreign
    with pytest.raises(IntegrityError):
        session.flush()


@pytest.mark.both_databases
def test_owned_items_counts_what_is_not_over_and_hand_over_moves_exactly_that(session: Session) -> None:
    hooks = mount(current_app).hooks
    zoe, boss = named(session, "Zoe"), named(session, "Boss")
    running, over = book(session), book(session, 2)
    bookings.cancel(session, over)

    before = [item for answer in hooks.show(session, "owned_items", member_id=zoe.id) for item in answer.value]
    moved = hooks.act(session, "hand_over", from_member_id=zoe.id, to_member_id=boss.id)

    assert [item.count for item in before] == [1]
    assert [answer.value for answer in moved if answer.slug == "rental"] == [1]
    assert [item.count for item in departures.follows(session, hooks, zoe)] == [0, 0]  # tasks, then bookings
    assert (running.member, over.member) == (boss, zoe)


@pytest.mark.both_databases
def test_nobody_leaves_bookings_behind(session: Session) -> None:
    hooks = mount(current_app).hooks
    zoe, boss = named(session, "Zoe"), named(session, "Boss")
    booking = book(session)

    with pytest.raises(SuccessorNeeded):
        departures.leave(session, hooks, zoe)
    done = departures.leave(session, hooks, zoe, successor=boss)

    assert (done.handed_over, booking.member) == (1, boss)


def test_a_departure_refused_by_a_module_changes_nothing(
    world: World, zoe: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any, **options: Any) -> int:
        raise RuntimeError("no")

    with world.inside("relais", actor=Actor("Zoe", zoe.id)) as session:
        book(session)
        session.commit()
    monkeypatch.setattr(bookings, "pass_on", broken)
    with world.inside("relais") as session:
        with pytest.raises(RuntimeError):
            departures.leave(session, mount(current_app).hooks, named(session, "Zoe"), successor=named(session, "Boss"))
        session.rollback()

        assert named(session, "Zoe").left_at is None


def test_mine_are_the_bookings_that_i_follow(world: World, zoe: User) -> None:
    with world.inside("relais", actor=Actor("Zoe", zoe.id)) as session:
        book(session)
        session.commit()
        member_id = named(session, "Zoe").id
    browsers = {name: world.client(name) for name in ("zoe", "boss")}

    mine = {n: "Awa" in b.get("/relais/admin/rental_booking/?show=mine").text for n, b in browsers.items()}
    followed = browsers["boss"].get(f"/relais/admin/rental_booking/?show=of-member&member={member_id}").text

    assert mine == {"zoe": True, "boss": False}
    assert "Awa" in followed
    for wrong in ("", "&member=x", "&member=-1", "&member=99999999999"):
        assert browsers["boss"].get(f"/relais/admin/rental_booking/?show=of-member{wrong}").status_code == 404
