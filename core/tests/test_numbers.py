"""Numbers of a register: one after the other, by structure and year, without holes whatever falls or is killed."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from multiprocessing import get_context
from multiprocessing.process import BaseProcess

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from jalon import numbers
from jalon.db import sqlite_rules
from jalon.declarations import NumberSequence
from jalon.models import Member, Number
from jalon.scope import Actor, Scope, StructureRef
from jalon.testing.world import World

RECEIPTS = NumberSequence("probe.receipt", "Receipts", pattern="R{year}-{number:04}")
TICKETS = NumberSequence("probe.ticket", "Tickets", pattern="T{number}", gapless=False, yearly=False)
NEW_YEAR = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)  # in Paris it is 2027 already


@pytest.fixture(autouse=True)
def declared() -> Iterator[None]:
    numbers.declare("probe", [RECEIPTS, TICKETS])
    yield
    for sequence in (RECEIPTS, TICKETS):
        numbers._declared.pop(sequence.name)


@pytest.mark.both_databases
def test_numbers_follow_one_another_by_structure_and_by_its_civil_year(world: World) -> None:
    world.structure("relais"), world.structure("potager")

    with world.inside("relais") as session:
        taken = [numbers.take(session, "probe.receipt", at=NEW_YEAR.replace(hour=hour)) for hour in (12, 22, 23)]
        session.commit()
    with world.inside("potager") as session:
        elsewhere = numbers.take(session, "probe.receipt", at=NEW_YEAR)

    assert taken == ["R2026-0001", "R2026-0002", "R2027-0001"]
    assert elsewhere == "R2027-0001"


@pytest.mark.both_databases
def test_a_number_falls_with_its_transaction_and_another_kind_never_comes_twice(world: World) -> None:
    world.structure("relais")

    seen = []
    for ends in ("commit", "rollback", "commit"):
        with world.inside("relais") as session:
            seen.append((numbers.take(session, "probe.receipt", at=NEW_YEAR), numbers.take(session, "probe.ticket")))
            getattr(session, ends)()

    assert [receipt for receipt, _ in seen] == ["R2027-0001", "R2027-0002", "R2027-0002"]
    assert seen[0][1] < seen[2][1]


@pytest.mark.parametrize(
    ("name", "options", "why"),
    [
        ("other.receipt", {}, "must be called"),
        ("probe.same", {"pattern": "{year}"}, "must show"),
        ("probe.again", {"pattern": "{number}"}, "must show"),
    ],
)
def test_a_sequence_that_could_give_a_number_twice_is_refused(name: str, options: dict[str, str], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        numbers.declare("probe", [NumberSequence(name, "Unfit", **options)])


def test_a_sequence_that_nobody_declares_gives_no_number(world: World) -> None:
    world.structure("relais")

    with world.inside("relais") as session, pytest.raises(LookupError):
        numbers.take(session, "probe.unknown")


# --- many processes, falls and kills ---


def write_members(url: str, structure_id: int, count: int, seed: int) -> None:
    """What one process does: each row bears a number; one in three falls, after the number was taken."""
    numbers.declare("probe", [RECEIPTS])
    engine, chance = create_engine(url), random.Random(seed)
    sqlite_rules(engine)
    from jalon.db import GuardedSession

    scope = Scope(structure=StructureRef(structure_id, "relais", "Relais"), actor=Actor("test"))
    written = 0
    while written < count:
        with GuardedSession(bind=engine) as session, scope.enter(session):
            name = numbers.take(session, "probe.receipt", at=NEW_YEAR)
            session.add(Member(name=name))
            session.flush()
            if chance.random() < 0.33:
                time.sleep(chance.random() / 200)
                session.rollback()
            else:
                session.commit()
                written += 1


def start(url: str, structure_id: int, count: int, seed: int) -> BaseProcess:
    process = get_context("fork").Process(target=write_members, args=(url, structure_id, count, seed))
    process.start()
    return process


def ended(process: BaseProcess) -> int | None:
    process.join(60)
    return process.exitcode


def check_no_hole(world: World) -> int:
    with world.across() as session:
        names = sorted(session.scalars(select(Member.name).where(Member.name.like("R2027-%"))))
        last = _last(session)
    assert names == [f"R2027-{number:04}" for number in range(1, len(names) + 1)]
    assert last == len(names)
    return len(names)


def _last(session: Session) -> int:
    return session.scalars(select(Number.last).where(Number.name == "probe.receipt")).one()


@pytest.mark.both_databases(slow="postgresql")
def test_four_processes_whose_transactions_fall_leave_no_hole(world: World, database_url: str) -> None:
    structure = world.structure("relais")

    running = [start(database_url, structure.id, 10, seed) for seed in range(4)]
    codes = [ended(process) for process in running]

    assert codes == [0, 0, 0, 0]
    assert check_no_hole(world) == 40


@pytest.mark.slow
@pytest.mark.both_databases
def test_processes_killed_while_they_take_numbers_leave_no_hole(world: World, database_url: str) -> None:
    structure, chance = world.structure("relais"), random.Random(7)
    running = [start(database_url, structure.id, 10_000, seed) for seed in range(4)]

    for seed in range(4, 16):
        time.sleep(1.5 + chance.random())
        killed = running.pop(0)
        killed.kill()
        ended(killed)
        running.append(start(database_url, structure.id, 10_000, seed))
    for process in running:
        process.kill()
        ended(process)

    assert check_no_hole(world) > 40
