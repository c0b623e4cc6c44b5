"""The occupancy engine: what is promised, what happened, and each refusal with its own sentence."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from jalon import occupations
from jalon.clock import now
from jalon.db import constraint_of
from jalon.errors import DomainError
from jalon.models import Occupation, OccupationKind, Resource
from jalon.occupations import (
    AlreadyDeparted,
    AlreadyReleased,
    AlreadyReturned,
    BadPeriod,
    BufferNeedsReason,
    HoldExpired,
    NotDeparted,
    NotUsable,
    ResourceArchived,
    ResourceTaken,
    ReturnBeforeDeparture,
    StillOut,
    StillPromised,
    UnknownResource,
)
from jalon.testing.world import World

DAY = datetime(2031, 3, 3, tzinfo=UTC)
HOUR = timedelta(hours=1)


def at(hour: float) -> datetime:
    """An hour of a day far ahead; negative and over 24 are neighbouring days."""
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


RELATIONS = {  # against a promise from 10 to 12 with an hour of preparation
    "before": (6, 8, True),
    "ends when its own preparation meets the start": (6, 9, True),
    "its preparation runs into the start": (6, 9.5, False),
    "touches the start": (8, 10, False),
    "overlaps the start": (9, 11, False),
    "same": (10, 12, False),
    "inside": (10.5, 11, False),
    "around": (9, 13, False),
    "overlaps the end": (11, 13, False),
    "begins in the preparation": (12, 14, False),
    "begins at the end of the preparation": (13, 14, True),
    "after": (15, 16, True),
}


@pytest.mark.both_databases
@pytest.mark.parametrize(("first", "last", "possible"), RELATIONS.values(), ids=RELATIONS.keys())
def test_two_promises_never_share_an_instant(session: Session, first: float, last: float, possible: bool) -> None:
    car = resource(session, buffer_min=60)
    book(session, car, 10, 12)

    if possible:
        book(session, car, first, last)
    else:
        with pytest.raises(ResourceTaken):
            book(session, car, first, last)


@pytest.mark.both_databases
@pytest.mark.parametrize(("first", "last", "possible"), RELATIONS.values(), ids=RELATIONS.keys())
def test_the_database_refuses_by_itself_what_the_rule_refuses(
    session: Session, first: float, last: float, possible: bool
) -> None:
    car = resource(session)
    session.add(_raw(car, 10, 12, 13))
    session.flush()

    session.add(_raw(car, first, last, last + 1))
    if possible:
        session.flush()
    else:
        with pytest.raises(IntegrityError) as refused:
            session.flush()
        assert constraint_of(refused.value) == "occupation_promise"


def _raw(resource_id: int, first: float, last: float, until: float | None = None, **values: Any) -> Occupation:
    return Occupation(
        resource_id=resource_id,
        module="core",
        kind=OccupationKind.USE,
        starts_at=at(first),
        ends_at=at(last),
        blocked_until=at(last if until is None else until),
        **values,
    )


UPDATES = {  # of a promise from 14 to 16, or of a cancelled one from 10 to 12, beside a promise from 10 to 12
    "start moved into the other": ("promise", {"starts_at": at(11)}, "occupation_promise"),
    "start moved to touch the other": ("promise", {"starts_at": at(12)}, None),
    "moved before it, preparation over it": (
        "promise",
        {"starts_at": at(8), "ends_at": at(10), "blocked_until": at(10.5)},
        "occupation_promise",
    ),
    "moved before it": ("promise", {"starts_at": at(8), "ends_at": at(9), "blocked_until": at(10)}, None),
    "cancelled one blocked again": ("cancelled", {"blocking": True}, "occupation_promise"),
    "cancelled one moved": ("cancelled", {"starts_at": at(9)}, None),
    "left while the other was out": ("promise", {"departed_at": at(11)}, "occupation_fact"),
    "left when the other came back": ("promise", {"departed_at": at(12)}, None),
    "given the other's resource": ("elsewhere", {"resource_id": 1}, "occupation_promise"),
}


@pytest.mark.both_databases
@pytest.mark.parametrize(("which", "values", "constraint"), UPDATES.values(), ids=UPDATES.keys())
def test_the_database_judges_updates_as_it_judges_inserts(
    session: Session, which: str, values: dict[str, Any], constraint: str | None
) -> None:
    car, other_car = resource(session), resource(session)
    rows = {
        "other": _raw(car, 10, 12, departed_at=at(10), returned_at=at(12)),
        "promise": _raw(car, 14, 16),
        "cancelled": _raw(car, 10, 12, blocking=False),
        "elsewhere": _raw(other_car, 10, 12),
    }
    session.add_all(rows.values())
    session.flush()
    values = {**values, **({"resource_id": car} if "resource_id" in values else {})}
    statement = update(Occupation).where(Occupation.id == rows[which].id).values(**values)

    if constraint is None:
        session.execute(statement)
    else:
        with pytest.raises(IntegrityError) as refused:
            session.execute(statement)
        assert constraint_of(refused.value) == constraint


FACTS = {  # against a use that left at 10 and came back at 12
    "back before": (8, 9, True),
    "back when the other left": (8, 10, True),
    "out over the departure": (9, 11, False),
    "same": (10, 12, False),
    "left when the other came back": (12, 13, True),
    "not back yet, left before": (9, None, False),
    "not back yet, left after": (12, None, True),
}


@pytest.mark.both_databases
@pytest.mark.parametrize(("left", "back", "possible"), FACTS.values(), ids=FACTS.keys())
def test_the_database_refuses_two_uses_at_once(
    session: Session, left: float, back: float | None, possible: bool
) -> None:
    car = resource(session)
    session.add(_raw(car, 1, 2, departed_at=at(10), returned_at=at(12)))
    session.flush()

    session.add(_raw(car, 3, 4, departed_at=at(left), returned_at=None if back is None else at(back)))
    if possible:
        session.flush()
    else:
        with pytest.raises(IntegrityError) as refused:
            session.flush()
        assert constraint_of(refused.value) == "occupation_fact"


CHECKS = {
    "ends before it starts": ({"ends_at": at(9)}, "ck_jalon_occupation_period"),
    "lasts no time": ({"ends_at": at(10)}, "ck_jalon_occupation_period"),
    "preparation ends before the use": ({"blocked_until": at(11)}, "ck_jalon_occupation_period"),
    "back before it left": (
        {"departed_at": at(10), "returned_at": at(9)},
        "ck_jalon_occupation_return_after_departure",
    ),
    "back without leaving": ({"returned_at": at(9)}, "ck_jalon_occupation_return_has_departure"),
    "a use that expires": ({"expires_at": at(9)}, "ck_jalon_occupation_only_holds_expire"),
}


@pytest.mark.both_databases
@pytest.mark.parametrize(("values", "name"), CHECKS.values(), ids=CHECKS.keys())
def test_an_impossible_row_is_refused_by_name(session: Session, values: dict[str, Any], name: str) -> None:
    row = _raw(resource(session), 10, 12)
    for key, value in values.items():
        setattr(row, key, value)
    session.add(row)

    with pytest.raises(IntegrityError) as refused:
        session.flush()

    assert constraint_of(refused.value) == name


@pytest.mark.parametrize(("first", "last"), [(10, 10), (12, 10)])
def test_book_refuses_a_period_that_does_not_advance(session: Session, first: float, last: float) -> None:
    car = resource(session)

    with pytest.raises(BadPeriod):
        book(session, car, first, last)


USABLE = {
    "archived": ({"archived_at": at(0)}, ResourceArchived),
    "not yet usable": ({"usable_from": at(11)}, NotUsable),
    "no longer usable": ({"usable_until": at(11)}, NotUsable),
    "usable just so long": ({"usable_from": at(10), "usable_until": at(12)}, None),
}


@pytest.mark.parametrize(("values", "refusal"), USABLE.values(), ids=USABLE.keys())
def test_book_keeps_to_when_a_resource_can_be_used(session: Session, values: dict[str, Any], refusal: Any) -> None:
    car = resource(session, **values)

    if refusal is None:
        assert book(session, car, 10, 12).blocking
    else:
        with pytest.raises(refusal):
            book(session, car, 10, 12)


def test_book_refuses_a_resource_of_another_structure(world: World) -> None:
    world.structure("relais")
    world.structure("scop")
    with world.inside("scop") as elsewhere:
        foreign = resource(elsewhere)
        elsewhere.commit()

    with world.inside("relais") as session, pytest.raises(UnknownResource):
        book(session, foreign, 10, 12)


def test_a_shorter_buffer_needs_a_reason(session: Session) -> None:
    car = resource(session, buffer_min=60)

    with pytest.raises(BufferNeedsReason):
        book(session, car, 10, 12, buffer_min=15)

    assert book(session, car, 10, 12, buffer_min=15, buffer_reason="same renter").blocked_until == at(12.25)


def test_a_longer_buffer_needs_none(session: Session) -> None:
    car = resource(session, buffer_min=60)

    assert book(session, car, 10, 12, buffer_min=90).blocked_until == at(13.5)


def test_an_unavailability_shortens_the_preparation_it_begins_in(session: Session) -> None:
    car = resource(session, buffer_min=60)
    use = book(session, car, 10, 12)

    repair = book(session, car, 12.5, 20, kind=OccupationKind.UNAVAILABLE)

    assert (use.blocked_until, repair.blocked_until) == (at(12.5), at(20))


def test_an_unavailability_over_a_promise_is_refused(session: Session) -> None:
    car = resource(session, buffer_min=60)
    book(session, car, 10, 12)

    with pytest.raises(StillPromised):
        book(session, car, 11, 20, kind=OccupationKind.UNAVAILABLE)


def test_booking_releases_expired_options_first(session: Session) -> None:
    car = resource(session)
    option = book(session, car, 10, 12, kind=OccupationKind.HOLD, expires_at=now() - HOUR)

    book(session, car, 10, 12)

    assert not option.blocking


def test_a_live_option_keeps_its_place(session: Session) -> None:
    car = resource(session)
    book(session, car, 10, 12, kind=OccupationKind.HOLD, expires_at=now() + HOUR)

    with pytest.raises(ResourceTaken):
        book(session, car, 10, 12)


def test_an_expired_option_does_not_depart(session: Session) -> None:
    car = resource(session)
    option = book(session, car, 10, 12, kind=OccupationKind.HOLD, expires_at=now() - HOUR)

    with pytest.raises(HoldExpired):
        occupations.depart(session, option)


def test_release_frees_the_period_once(session: Session) -> None:
    car = resource(session)
    use = book(session, car, 10, 12)

    occupations.release(session, use)

    assert book(session, car, 10, 12).id != use.id
    with pytest.raises(AlreadyReleased):
        occupations.release(session, use)


def test_what_has_left_is_not_released(session: Session) -> None:
    use = book(session, resource(session), 10, 12)
    occupations.depart(session, use, at=at(10))

    with pytest.raises(AlreadyDeparted):
        occupations.release(session, use)


@pytest.mark.both_databases
def test_exchange_swaps_the_resources_of_two_promises_of_one_period(session: Session) -> None:
    clio, zoe = resource(session), resource(session, name="Zoé", buffer_min=60)
    one, other = book(session, clio, 10, 12), book(session, zoe, 10, 12)

    occupations.exchange(session, one, other)

    assert (one.resource_id, other.resource_id) == (zoe, clio)
    assert (one.blocked_until, other.blocked_until) == (at(13), at(12))


@pytest.mark.both_databases
def test_an_exchange_that_would_meet_a_third_promise_changes_nothing(session: Session) -> None:
    clio, zoe = resource(session), resource(session, name="Zoé")
    one, other = book(session, clio, 10, 12), book(session, zoe, 14, 16)
    book(session, zoe, 11, 13)

    with pytest.raises(ResourceTaken):
        occupations.exchange(session, one, other)

    session.refresh(one), session.refresh(other)
    assert (one.resource_id, other.resource_id, one.blocking, other.blocking) == (clio, zoe, True, True)


def test_exchange_refuses_what_has_left(session: Session) -> None:
    one, other = book(session, resource(session), 10, 12), book(session, resource(session), 10, 12)
    occupations.depart(session, one, at=at(10))

    with pytest.raises(AlreadyDeparted):
        occupations.exchange(session, one, other)


def test_depart_and_give_back_say_what_happened(session: Session) -> None:
    use = book(session, resource(session), 10, 12)

    occupations.depart(session, use, at=at(10.1))
    occupations.give_back(session, use, at=at(12.2))

    assert (use.departed_at, use.returned_at, use.ends_at) == (at(10.1), at(12.2), at(12))


STEPS = {
    "back without having left": (["back"], NotDeparted),
    "left twice": (["leave", "leave"], AlreadyDeparted),
    "back twice": (["leave", "back", "back"], AlreadyReturned),
    "back before leaving": (["leave", "back before"], ReturnBeforeDeparture),
    "left after release": (["release", "leave"], AlreadyReleased),
}


@pytest.mark.parametrize(("steps", "refusal"), STEPS.values(), ids=STEPS.keys())
def test_each_step_out_of_order_has_its_own_refusal(session: Session, steps: list[str], refusal: Any) -> None:
    use = book(session, resource(session), 10, 12)
    acts = {
        "leave": lambda: occupations.depart(session, use, at=at(10)),
        "back": lambda: occupations.give_back(session, use, at=at(12)),
        "back before": lambda: occupations.give_back(session, use, at=at(9)),
        "release": lambda: occupations.release(session, use),
    }
    for step in steps[:-1]:
        acts[step]()

    with pytest.raises(refusal):
        acts[steps[-1]]()


def test_coming_back_early_frees_the_rest_but_the_preparation(session: Session) -> None:
    car = resource(session, buffer_min=60)
    use = book(session, car, 10, 20)
    occupations.depart(session, use, at=at(10))

    occupations.give_back(session, use, at=at(14))

    assert (use.ends_at, use.blocked_until) == (at(14), at(15))
    assert book(session, car, 15, 16).blocking


@pytest.mark.both_databases
def test_what_is_late_keeps_its_promise_and_stops_the_next_departure(session: Session) -> None:
    car = resource(session)
    yesterday = now() - timedelta(days=1)
    late = occupations.book(session, car, module="core", starts_at=yesterday - HOUR, ends_at=yesterday)
    occupations.depart(session, late, at=yesterday - HOUR)
    following = occupations.book(session, car, module="core", starts_at=now() + HOUR, ends_at=now() + 2 * HOUR)

    with pytest.raises(StillOut):
        occupations.depart(session, following)
    with pytest.raises(StillOut):
        occupations.book(session, car, module="core", starts_at=now(), ends_at=now() + HOUR / 2)

    assert late.ends_at == yesterday
    assert occupations.late(session, module="core") == [late]


def test_what_is_free_leaves_out_what_is_taken_archived_late_or_cut_short(session: Session) -> None:
    free = resource(session, name="Free", buffer_min=60)
    book(session, free, 14, 15)
    cut_short = resource(session, name="Cut short", buffer_min=60)
    book(session, cut_short, 12.5, 13)
    taken = resource(session, name="Taken")
    book(session, taken, 11, 12)
    resource(session, name="Archived", archived_at=at(0))
    resource(session, name="Other kind", kind="bike")
    lapsed = resource(session, name="Lapsed option")
    book(session, lapsed, 10, 12, kind=OccupationKind.HOLD, expires_at=now() - HOUR)

    found = occupations.what_is_free(session, module="core", kinds=["car"], starts_at=at(10), ends_at=at(12))

    assert [r.name for r in found] == ["Free", "Lapsed option"]


def test_what_is_free_now_leaves_out_what_has_not_come_back(session: Session) -> None:
    car = resource(session)
    yesterday = now() - timedelta(days=1)
    late = occupations.book(session, car, module="core", starts_at=yesterday - HOUR, ends_at=yesterday)
    occupations.depart(session, late, at=yesterday - HOUR)

    def free(starts_at: datetime) -> int:
        ends_at = starts_at + timedelta(days=2)
        return len(
            occupations.what_is_free(session, module="core", kinds=["car"], starts_at=starts_at, ends_at=ends_at)
        )

    assert (free(now()), free(at(10))) == (0, 1)


def test_moving_a_promise_takes_its_new_place_and_leaves_the_former(session: Session) -> None:
    clio, zoe = resource(session), resource(session, name="Zoé")
    use = book(session, clio, 10, 12)
    book(session, zoe, 10, 12)

    with pytest.raises(ResourceTaken):
        occupations.move(session, use, resource_id=zoe, starts_at=at(11), ends_at=at(13))
    occupations.move(session, use, resource_id=zoe, starts_at=at(12), ends_at=at(13))

    assert (use.resource_id, use.starts_at) == (zoe, at(12))
    assert book(session, clio, 10, 12).blocking


def test_what_has_left_may_be_prolonged_but_not_given_another_resource(session: Session) -> None:
    clio, zoe = resource(session), resource(session, name="Zoé")
    use = book(session, clio, 10, 12)
    occupations.depart(session, use, at=at(10))

    occupations.move(session, use, resource_id=clio, starts_at=at(10), ends_at=at(14))

    assert use.ends_at == at(14)
    with pytest.raises(AlreadyDeparted):
        occupations.move(session, use, resource_id=zoe, starts_at=at(10), ends_at=at(14))


def test_every_refusal_has_a_sentence_of_its_own() -> None:
    refusals = [r for r in vars(occupations).values() if isinstance(r, type) and issubclass(r, DomainError)]

    assert len({str(refusal()) for refusal in refusals}) == len(refusals) == 16
