"""Any sequence of bookings, moves, exchanges and releases, against a plain list that does the same naively."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon import occupations
from jalon.models import Occupation, Resource
from jalon.occupations import ResourceTaken
from jalon.testing.world import World

DAY = datetime(2031, 3, 3, tzinfo=UTC)
HOUR = timedelta(hours=1)
BUFFERS = (0, 1)  # hours of preparation of the two resources

car = st.integers(0, 1)
pick = st.integers(0, 9)  # which of the promises there are, counted round
start = st.integers(0, 8)
length = st.integers(1, 3)
book = st.tuples(st.just("book"), car, start, length)
step = st.one_of(
    book,
    book,  # twice as often: the others need promises
    st.tuples(st.just("move"), pick, car, start, length),
    st.tuples(st.just("release"), pick),
    st.tuples(st.just("exchange"), pick, pick),
)


class Naive:
    """Promises as `[car, first, last]` in hours; refused when one blocks any hour of another's."""

    def __init__(self) -> None:
        self.rows: list[list[int]] = []

    def fits(self, car: int, first: int, last: int, besides: tuple[int, ...] = ()) -> bool:
        hours = set(range(first, last + BUFFERS[car]))
        others = [row for number, row in enumerate(self.rows) if number not in besides and row[0] == car]
        return not any(hours & set(range(a, b + BUFFERS[c])) for c, a, b in others)

    def fit_exchanged(self, one: int, other: int) -> bool:
        (car, *period), (other_car, *other_period) = self.rows[one], self.rows[other]
        return self.fits(other_car, *period, besides=(one, other)) and self.fits(
            car, *other_period, besides=(one, other)
        )


class Both:
    """Does each step in the engine and in the list, and compares their answers."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.cars = [resource(session, hours) for hours in BUFFERS]
        self.naive = Naive()
        self.promises: list[Occupation] = []

    def book(self, car: int, first: int, length: int) -> None:
        last = first + length
        possible = self.naive.fits(car, first, last)
        assert (car in self.free(first, last)) is possible
        try:
            made = occupations.book(self.session, self.cars[car], module="core", **period(first, last))
        except ResourceTaken:
            assert not possible
        else:
            assert possible
            self.naive.rows.append([car, first, last])
            self.promises.append(made)

    def move(self, number: int, car: int, first: int, length: int) -> None:
        last = first + length
        possible = self.naive.fits(car, first, last, besides=(number,))
        try:
            occupations.move(self.session, self.promises[number], resource_id=self.cars[car], **period(first, last))
        except ResourceTaken:
            assert not possible
        else:
            assert possible
            self.naive.rows[number] = [car, first, last]

    def release(self, number: int) -> None:
        occupations.release(self.session, self.promises.pop(number))
        del self.naive.rows[number]

    def exchange(self, one: int, other: int) -> None:
        possible = self.naive.fit_exchanged(one, other)
        try:
            occupations.exchange(self.session, self.promises[one], self.promises[other])
        except ResourceTaken:
            assert not possible
        else:
            assert possible
            rows = self.naive.rows
            rows[one][0], rows[other][0] = rows[other][0], rows[one][0]

    def free(self, first: int, last: int) -> list[int]:
        found = occupations.what_is_free(self.session, module="core", kinds=["car"], **period(first, last))
        return [self.cars.index(r.id) for r in found]

    def stored(self) -> list[tuple[int, int, int, int]]:
        query = select(Occupation).where(Occupation.blocking, Occupation.resource_id.in_(self.cars))
        return sorted(
            (self.cars.index(o.resource_id), hour(o.starts_at), hour(o.ends_at), hour(o.blocked_until))
            for o in self.session.scalars(query)
        )


def resource(session: Session, buffer_hours: int) -> int:
    row = Resource(module="core", kind="car", name="Clio", buffer_min=60 * buffer_hours)
    session.add(row)
    session.flush()
    return row.id


def period(first: int, last: int) -> dict[str, Any]:
    return {"starts_at": DAY + first * HOUR, "ends_at": DAY + last * HOUR}


def hour(instant: datetime) -> int:
    return (instant - DAY) // HOUR


def take(both: Both, name: str, *arguments: int) -> None:
    """One step; what points at promises is counted round among those there are."""
    picks = {"book": 0, "move": 1, "release": 1, "exchange": 2}[name]
    count = len(both.promises)
    if picks and count < picks:
        return
    picked = [a % count for a in arguments[:picks]]
    if len(set(picked)) == picks:
        getattr(both, name)(*picked, *arguments[picks:])


@settings(
    max_examples=100, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(step, min_size=8, max_size=16))
def test_the_engine_and_a_plain_list_agree_after_every_step(world: World, steps: list[tuple[Any, ...]]) -> None:
    if not getattr(world, "relais", None):
        world.relais = world.structure("relais")  # type: ignore[attr-defined]
    with world.inside("relais") as session:
        both = Both(session)

        for name, *arguments in steps:
            take(both, name, *arguments)

            assert both.stored() == sorted((c, a, b, b + BUFFERS[c]) for c, a, b in both.naive.rows)
