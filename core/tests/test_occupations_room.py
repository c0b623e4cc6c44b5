"""Preparation time, unavailabilities, what is late or left early, and who promises on whose resource."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from jalon import occupations
from jalon.clock import now
from jalon.db import refusal_of
from jalon.errors import DomainError
from jalon.models import Member, Occupation, OccupationKind, Resource
from jalon.occupations import (
    AlreadyDeparted,
    AlreadyReturned,
    BadPeriod,
    ChangedMeanwhile,
    HoldExpired,
    NotDeparted,
    NotUsable,
    PromiseOver,
    ResourceTaken,
    ReturnBeforeDeparture,
    StillOut,
    StillPromised,
)
from jalon.testing.world import World

DAY = datetime(2031, 3, 3, tzinfo=UTC)
HOUR = timedelta(hours=1)
UNAVAILABLE = OccupationKind.UNAVAILABLE


def at(hour: float) -> datetime:
    return DAY + timedelta(hours=hour)


@pytest.fixture
def session(world: World) -> Iterator[Session]:
    world.structure("relais")
    with world.inside("relais") as session:
        yield session


def resource(session: Session, **values: Any) -> int:
    row = Resource(**{"module": "core", "kind": "car", "name": "Clio", **values})
    session.add(row)
    session.flush()
    return row.id


def book(session: Session, resource_id: int, first: float, last: float, **options: Any) -> Occupation:
    return occupations.book(session, resource_id, module="core", starts_at=at(first), ends_at=at(last), **options)


def book_from_now(session: Session, resource_id: int, first: float, last: float, **options: Any) -> Occupation:
    """`first` and `last` are hours from now; negative ones are past."""
    starts_at, ends_at = now() + first * HOUR, now() + last * HOUR
    return occupations.book(session, resource_id, module="core", starts_at=starts_at, ends_at=ends_at, **options)


def free(session: Session, starts_at: datetime, ends_at: datetime) -> list[int]:
    found = occupations.what_is_free(session, module="core", kinds=["car"], starts_at=starts_at, ends_at=ends_at)
    return [r.id for r in found]


# --- preparation ---


def test_a_resource_without_preparation_takes_two_uses_that_touch(session: Session) -> None:
    car = resource(session)
    book(session, car, 17, 18)

    assert book(session, car, 18, 19).starts_at == at(18)


@pytest.mark.parametrize("unavailable_first", [True, False])
def test_an_unavailability_shortens_preparation_whichever_was_there_first(
    session: Session, unavailable_first: bool
) -> None:
    car = resource(session, buffer_min=60)
    steps: list[Callable[[], Occupation]] = [
        lambda: book(session, car, 10, 12),
        lambda: book(session, car, 12.5, 20, kind=UNAVAILABLE),
    ]

    first, second = [step() for step in (reversed(steps) if unavailable_first else steps)]

    use = second if unavailable_first else first
    assert use.blocked_until == at(12.5)


def test_preparation_takes_its_time_again_when_the_unavailability_is_lifted(session: Session) -> None:
    car = resource(session, buffer_min=60)
    use = book(session, car, 10, 12)
    repair = book(session, car, 12.5, 20, kind=UNAVAILABLE)

    occupations.release(session, repair)

    assert use.blocked_until == at(13)


def test_preparation_takes_its_time_again_when_the_unavailability_is_moved(session: Session) -> None:
    car = resource(session, buffer_min=60)
    use = book(session, car, 10, 12)
    repair = book(session, car, 12.25, 20, kind=UNAVAILABLE)

    occupations.move(session, repair, resource_id=car, starts_at=at(12.75), ends_at=at(20))

    assert use.blocked_until == at(12.75)


def test_an_unavailability_refused_over_a_promise_leaves_the_preparation_before_it_whole(session: Session) -> None:
    car = resource(session, buffer_min=60)
    use = book(session, car, 10, 12)
    later = book(session, car, 14, 16)

    with pytest.raises(StillPromised):
        book(session, car, 12.5, 15, kind=UNAVAILABLE)

    assert use.blocked_until == at(13)
    assert occupations.conflicts(session, car, starts_at=at(12.5), ends_at=at(15)) == [later]


def test_two_unavailabilities_do_not_overlap_and_break_no_promise(session: Session) -> None:
    car = resource(session)
    book(session, car, 10, 12, kind=UNAVAILABLE)

    with pytest.raises(ResourceTaken) as refused:
        book(session, car, 11, 13, kind=UNAVAILABLE)

    assert not isinstance(refused.value, StillPromised)


MOVES = {  # of a promise from 10 to 12, shortened from 60 minutes of preparation to 15
    "prolonged": ("same", 10, 13, 13.25),
    "brought forward": ("same", 8, 9, 9.25),
    "on another resource": ("other", 10, 12, 13),
}


@pytest.mark.parametrize(("where", "first", "last", "until"), MOVES.values(), ids=MOVES.keys())
def test_what_a_person_shortened_stays_short_on_the_same_resource(
    session: Session, where: str, first: float, last: float, until: float
) -> None:
    cars = {"same": resource(session, buffer_min=60), "other": resource(session, buffer_min=60)}
    use = book(session, cars["same"], 10, 12, buffer_min=15, buffer_reason="same renter")

    occupations.move(session, use, resource_id=cars[where], starts_at=at(first), ends_at=at(last))

    assert use.blocked_until == at(until)


def test_a_move_away_from_an_unavailability_has_its_whole_preparation(session: Session) -> None:
    car = resource(session, buffer_min=60)
    use = book(session, car, 10, 12)
    book(session, car, 12.5, 20, kind=UNAVAILABLE)

    occupations.move(session, use, resource_id=car, starts_at=at(8), ends_at=at(10))

    assert use.blocked_until == at(11)


RETURNS = {  # of a promise from 10 to 20 with an hour of preparation, left at 9.5: back, end, blocked until, promising
    "before the start": (9.75, 20, 21, False),
    "at the start": (10, 20, 21, False),
    "in the middle": (14, 14, 15, True),
    "at the end": (20, 20, 21, True),
    "in the preparation": (20.5, 20, 21, True),
    "days late": (80, 20, 21, True),
}


@pytest.mark.both_databases
@pytest.mark.parametrize(("back", "end", "until", "promising"), RETURNS.values(), ids=RETURNS.keys())
def test_a_return_shortens_a_promise_and_never_prolongs_it(
    session: Session, back: float, end: float, until: float, promising: bool
) -> None:
    use = book(session, resource(session, buffer_min=60), 10, 20)
    occupations.depart(session, use, at=at(9.5))

    occupations.give_back(session, use, at=at(back))

    assert (use.ends_at, use.blocked_until, use.blocking, use.returned_at) == (at(end), at(until), promising, at(back))


def test_an_early_return_before_an_unavailability_has_its_whole_preparation(session: Session) -> None:
    car = resource(session, buffer_min=60)
    use = book(session, car, 10, 20)
    book(session, car, 20.25, 30, kind=UNAVAILABLE)
    occupations.depart(session, use, at=at(10))

    occupations.give_back(session, use, at=at(14))

    assert use.blocked_until == at(15)


# --- departures ---


DEPARTURES = {  # of a promise from 10 to 12, when somebody else is promised it from 8 to 9 with an hour of preparation
    "in time": (10, None),
    "within its period": (11.9, None),
    "a little early, in the other's preparation": (9.5, None),
    "when the other should be back": (9, None),
    "in the other's time": (8.9, ResourceTaken),
    "before the other's time": (7, ResourceTaken),
    "a week early": (-160, ResourceTaken),
    "when it should be back": (12, PromiseOver),
    "a day late": (36, PromiseOver),
}


@pytest.mark.both_databases
@pytest.mark.parametrize(("left", "refusal"), DEPARTURES.values(), ids=DEPARTURES.keys())
def test_a_departure_keeps_to_its_promise_or_to_nobody_elses(
    session: Session, left: float, refusal: type[DomainError] | None
) -> None:
    car = resource(session, buffer_min=60)
    book(session, car, 8, 9)
    use = book(session, car, 10, 12)

    if refusal is None:
        occupations.depart(session, use, at=at(left))
        assert use.departed_at == at(left)
    else:
        with pytest.raises(refusal):
            occupations.depart(session, use, at=at(left))
        assert use.departed_at is None


def test_what_left_a_week_early_is_not_promised_again_meanwhile(session: Session) -> None:
    car = resource(session)
    use = book_from_now(session, car, 7 * 24, 8 * 24)
    occupations.depart(session, use)

    with pytest.raises(StillOut):
        book_from_now(session, car, 24, 48)

    assert free(session, now() + 24 * HOUR, now() + 48 * HOUR) == []


def test_an_option_that_expired_is_not_moved_nor_exchanged(session: Session) -> None:
    car, other = resource(session), resource(session)
    option = book(session, car, 10, 12, kind=OccupationKind.HOLD, expires_at=now() - HOUR)
    use = book(session, other, 10, 12)

    with pytest.raises(HoldExpired):
        occupations.move(session, option, resource_id=car, starts_at=at(11), ends_at=at(13))
    with pytest.raises(HoldExpired):
        occupations.exchange(session, option, use)

    assert (use.resource_id, option.resource_id) == (other, car)


def test_what_came_back_is_not_moved(session: Session) -> None:
    car = resource(session)
    use = book(session, car, 10, 12)
    occupations.depart(session, use, at=at(10))
    occupations.give_back(session, use, at=at(13))

    with pytest.raises(AlreadyReturned):
        occupations.move(session, use, resource_id=car, starts_at=at(10), ends_at=at(14))


# --- late ---


def late_one(session: Session, car: int) -> Occupation:
    """Promised from six to two hours ago, left, and not back."""
    use = book_from_now(session, car, -6, -2)
    occupations.depart(session, use, at=use.starts_at)
    return use


LATE = {  # hours from now, of a new occupation of what is late
    "now": (0, 3, False),
    "begun already": (-1, 3, False),
    "in the past, while it was out": (-2, -1, False),
    "in the past, before it left": (-9, -7, True),
    "later today": (1, 3, True),
}


@pytest.mark.both_databases
@pytest.mark.parametrize(("first", "last", "possible"), LATE.values(), ids=LATE.keys())
def test_what_is_late_is_promised_for_later_and_not_for_now(
    session: Session, first: float, last: float, possible: bool
) -> None:
    car = resource(session)
    late_one(session, car)

    offered = free(session, now() + first * HOUR, now() + last * HOUR)

    assert offered == ([car] if possible else [])
    if possible:
        assert book_from_now(session, car, first, last).blocking
    else:
        with pytest.raises(StillOut):
            book_from_now(session, car, first, last)


def test_no_promise_is_moved_or_exchanged_onto_what_is_late_now(session: Session) -> None:
    gone, there = resource(session), resource(session)
    late_one(session, gone)
    use = book_from_now(session, there, -1, 3)
    next_of_gone = book_from_now(session, gone, 1, 4)

    with pytest.raises(StillOut):
        occupations.move(session, use, resource_id=gone, starts_at=use.starts_at, ends_at=now() + HOUR / 2)
    with pytest.raises(StillOut):
        occupations.exchange(session, use, next_of_gone)

    assert (use.resource_id, next_of_gone.resource_id) == (there, gone)


def test_what_is_late_can_be_prolonged(session: Session) -> None:
    car = resource(session)
    use = late_one(session, car)

    occupations.move(session, use, resource_id=car, starts_at=use.starts_at, ends_at=now() + 2 * HOUR)

    assert occupations.late(session, module="core") == []


def test_the_next_promise_of_what_is_late_can_be_exchanged_with_one_that_has_time(session: Session) -> None:
    gone, there = resource(session), resource(session)
    late_one(session, gone)
    blocked = book_from_now(session, gone, 1, 3)
    relaxed = book_from_now(session, there, 24, 30)

    occupations.exchange(session, blocked, relaxed)
    occupations.depart(session, blocked)

    assert (blocked.resource_id, relaxed.resource_id) == (there, gone)


# --- lent, shared, withdrawn ---


def test_a_lent_resource_is_promised_only_while_it_is_lent(session: Session) -> None:
    lent = resource(session, usable_from=at(0), usable_until=at(24))
    use = book(session, lent, 20, 24)

    with pytest.raises(NotUsable):
        occupations.move(session, use, resource_id=lent, starts_at=at(20), ends_at=at(25))

    assert free(session, at(23), at(25)) == []
    assert free(session, at(1), at(2)) == [lent]


@pytest.mark.both_databases
def test_somebody_who_drives_and_teaches_has_one_resource(session: Session) -> None:
    member = Member(name="Awa Meunier")
    session.add(member)
    session.flush()
    person = resource(session, module="transport", kind="driver", member_id=member.id)
    occupations.book(session, person, module="transport", starts_at=at(8), ends_at=at(12))

    with pytest.raises(ResourceTaken):
        occupations.book(session, person, module="training", starts_at=at(11), ends_at=at(13))
    with pytest.raises(IntegrityError):
        resource(session, module="training", kind="trainer", member_id=member.id)


WITHDRAWALS: dict[str, tuple[float, float, dict[str, Any], bool]] = {
    "promised": (1, 2, {}, False),
    "promised and running": (-1, 2, {}, False),
    "over": (-3, -2, {}, True),
    "in the garage": (-1, 2, {"kind": UNAVAILABLE}, True),
    "an option": (1, 2, {"kind": OccupationKind.HOLD, "expires_at": now() + 90 * 24 * HOUR}, False),
    "an option that expired": (1, 2, {"kind": OccupationKind.HOLD, "expires_at": now() - HOUR}, True),
}


@pytest.mark.parametrize(("first", "last", "options", "possible"), WITHDRAWALS.values(), ids=WITHDRAWALS.keys())
def test_what_is_promised_is_not_withdrawn(
    session: Session, first: float, last: float, options: dict[str, Any], possible: bool
) -> None:
    car = resource(session)
    book_from_now(session, car, first, last, **options)

    if possible:
        occupations.refuse_withdrawal(session, car)
    else:
        with pytest.raises(StillPromised):
            occupations.refuse_withdrawal(session, car)


def test_what_is_late_is_not_withdrawn(session: Session) -> None:
    car = resource(session)
    late_one(session, car)

    with pytest.raises(StillPromised):
        occupations.refuse_withdrawal(session, car)


# --- refused by the database, said as the rule says it ---


IMPOSSIBLE: dict[str, tuple[dict[str, Any], type[DomainError]]] = {
    "two promises": ({}, ResourceTaken),
    "two uses": ({"blocking": False, "departed_at": at(11)}, StillOut),
    "no period": ({"blocking": False, "ends_at": at(10)}, BadPeriod),
    "back before it left": (
        {"blocking": False, "departed_at": at(2), "returned_at": at(1)},
        ReturnBeforeDeparture,
    ),
    "back without leaving": ({"blocking": False, "returned_at": at(1)}, NotDeparted),
}


@pytest.mark.both_databases
@pytest.mark.parametrize(("values", "refusal"), IMPOSSIBLE.values(), ids=IMPOSSIBLE.keys())
def test_what_the_database_refuses_has_the_sentence_of_the_rule(
    world: World, values: dict[str, Any], refusal: type[DomainError]
) -> None:
    structure = world.structure("relais")
    with world.inside("relais") as session:
        car = resource(session)
        occupations.depart(session, book(session, car, 10, 12), at=at(10))
        session.commit()

    with world.across() as session:
        row = {
            "structure_id": structure.id,
            "resource_id": car,
            "module": "core",
            "kind": OccupationKind.USE,
            "starts_at": at(10),
            "ends_at": at(12),
            "blocked_until": at(12),
        }
        session.add(Occupation(**{**row, **values}))
        with pytest.raises(IntegrityError) as refused:
            session.flush()

    assert type(refusal_of(refused.value)) is refusal


@pytest.mark.both_databases
def test_a_promise_that_somebody_else_has_just_moved_is_not_released_blindly(world: World) -> None:
    world.structure("relais")
    with world.inside("relais") as mine:
        clio, zoe = resource(mine), resource(mine)
        use_id = book(mine, clio, 10, 12).id
        mine.commit()
        seen = mine.get_one(Occupation, use_id)
        assert seen.resource_id == clio
        mine.expire_on_commit = False
        mine.commit()
        with world.inside("relais") as theirs:
            moved = theirs.get_one(Occupation, use_id)
            occupations.move(theirs, moved, resource_id=zoe, starts_at=at(10), ends_at=at(12))
            theirs.commit()

        with pytest.raises(ChangedMeanwhile):
            occupations.release(mine, seen)


def test_what_has_left_is_not_released_although_it_came_back(session: Session) -> None:
    use = book(session, resource(session), 10, 12)
    occupations.depart(session, use, at=at(10))
    occupations.give_back(session, use, at=at(11))

    with pytest.raises(AlreadyDeparted):
        occupations.release(session, use)
