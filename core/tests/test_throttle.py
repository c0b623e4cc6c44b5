"""What may not be tried without end."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from jalon import throttle
from jalon.clock import real_now
from jalon.models import Attempt
from jalon.testing.world import World

QUARTER = timedelta(minutes=15)


def tried(world: World, kind: str, who: str, *, limit: int = 3) -> bool:
    """Whether one more attempt is let through; it is then counted."""
    with world.across() as session:
        try:
            throttle.allow(session, kind, who, limit, QUARTER)
        except throttle.TooManyAttempts:
            return False
        session.commit()
        return True


def age(world: World, by: timedelta) -> None:
    with world.across() as session:
        session.execute(update(Attempt).values(at=real_now() - by))
        session.commit()


@pytest.mark.both_databases
def test_the_attempt_after_the_limit_is_refused_and_not_counted(world: World) -> None:
    answers = [tried(world, "password", "ada") for _ in range(5)]

    assert answers == [True, True, True, False, False]
    with world.across() as session:
        assert len(list(session.scalars(select(Attempt)))) == 3


@pytest.mark.both_databases
def test_twenty_at_once_never_exceed_the_limit(world: World) -> None:
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: tried(world, "password", "ada", limit=7), range(20)))

    assert sum(answers) == 7


@pytest.mark.parametrize(
    ("kind", "who"), [("password", "bob"), ("code", "ada"), ("password", "ada2")], ids=["person", "kind", "longer"]
)
def test_the_attempts_of_another_are_counted_apart(world: World, kind: str, who: str) -> None:
    for _ in range(3):
        tried(world, "password", "ada")

    assert tried(world, kind, who)


def test_the_window_slides(world: World) -> None:
    for _ in range(3):
        tried(world, "password", "ada")
    age(world, QUARTER + timedelta(seconds=1))

    assert tried(world, "password", "ada")


def test_the_refusal_says_in_how_many_minutes(world: World) -> None:
    for _ in range(3):
        tried(world, "password", "ada")
    age(world, timedelta(minutes=4, seconds=30))

    with world.across() as session, pytest.raises(throttle.TooManyAttempts, match=r"\b11\b"):
        throttle.allow(session, "password", "ada", 3, QUARTER)


def test_a_success_clears_that_account_only_and_sweeps_what_is_old(world: World) -> None:
    for who in ("ada", "bob", "old"):
        tried(world, "password", who)
    with world.across() as session:
        old = update(Attempt).where(Attempt.key == throttle.key_of("password", "old"))
        session.execute(old.values(at=real_now() - throttle.LONGEST - timedelta(hours=1)))
        throttle.clear(session, "password", "ada")
        session.commit()

        left = list(session.scalars(select(Attempt.key)))

    assert left == [throttle.key_of("password", "bob")]


@pytest.mark.parametrize(
    ("ip", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::"),
        (None, ""),
        ("a socket", "a socket"),
    ],
)
def test_a_household_of_the_newer_internet_is_one_visitor(ip: str | None, network: str) -> None:
    assert throttle.network(ip) == network
