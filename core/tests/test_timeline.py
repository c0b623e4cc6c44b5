"""What is told of a person's path, and to whom."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon import beneficiaries, consents, sensitive, situations, tell, timeline
from jalon.clock import today
from jalon.errors import ScopeViolation
from jalon.models import (
    Agreement,
    Beneficiary,
    BeneficiaryReader,
    BeneficiaryStructure,
    Moment,
    Proof,
    Purpose,
    TimelineEntry,
    Title,
    User,
)
from jalon.scope import PARIS, Actor
from jalon.testing.world import World

IDENTITY: dict[str, Any] = {"title": Title.MADAM, "usage_name": "Lefèvre", "first_name": "Hélène"}
KINDS = {"booked": "Booked"}


@pytest.fixture(autouse=True)
def sample_kinds() -> Iterator[None]:
    """A module's declaration, as mounting it would note it."""
    timeline.declare("sample", KINDS)  # type: ignore[arg-type]
    yield
    timeline._declared.pop("sample")


@pytest.fixture
def people(world: World) -> World:
    for slug in ("mine", "theirs"):
        world.structure(slug)
    return world


def add(session: Session) -> int:
    person = beneficiaries.create(session, IDENTITY, {"phone": "0612345678"}, reason="test")
    session.commit()
    return person.id


def say(session: Session, id: int, agreement: Agreement) -> None:
    purpose = Purpose.SHARE_WITH_STRUCTURES
    consents.record(session, id, purpose=purpose, agreement=agreement, proof=Proof.ORAL)
    session.commit()


def link(world: World, id: int, **values: Any) -> None:
    """`theirs` follows the same person."""
    with world.inside("theirs") as session:
        session.add(BeneficiaryStructure(beneficiary_id=id, reason="test", since=today(PARIS), **values))
        session.commit()


def read(world: World, slug: str, id: int, **asked: Any) -> list[str]:
    with world.inside(slug) as session:
        return [line.entry.text for line in timeline.of(session, id, **asked)]


def test_a_fact_is_told_in_time_order_with_whose_it_is(people: World) -> None:
    with people.inside("mine") as session:
        id = add(session)
        tell(session, id, "sample.booked", "A car\nfor  Monday", at=session.scalars(select(TimelineEntry.at)).one())
        session.commit()

    with people.inside("mine") as session:
        lines = timeline.of(session, id)

    assert [(line.kind, line.entry.text, line.own) for line in lines] == [
        ("Booked", "A car for Monday", True),
        ("Dossier ouvert", "L’accompagnement commence.", True),
    ]


@pytest.mark.parametrize(
    ("kind", "text", "refusal"),
    [
        ("sample.booked", "x" * 201, timeline.FactTooLong),
        ("sample.booked", "2 95 10 99 126 111 93", sensitive.NirFound),
        ("sample.booked", "FR76 3000 6000 0112 3456 7890 189", sensitive.IbanFound),
        ("sample.unknown", "x", LookupError),
        ("nowhere.booked", "x", LookupError),
        ("booked", "x", LookupError),
    ],
)
def test_what_may_not_be_told_is_refused(people: World, kind: str, text: str, refusal: type[Exception]) -> None:
    with people.inside("mine") as session:
        id = add(session)

        with pytest.raises(refusal):
            tell(session, id, kind, text)


@pytest.mark.both_databases
def test_a_shared_fact_is_read_elsewhere_only_while_the_person_agrees(people: World) -> None:
    with people.inside("mine") as session:
        id = add(session)
        tell(session, id, "sample.booked", "A car", shared=True)
        tell(session, id, "sample.booked", "Between us")
        session.commit()
    link(people, id)
    seen = [read(people, "theirs", id, whose=timeline.OTHERS)]

    for agreement in (Agreement.GIVEN, Agreement.WITHDRAWN, Agreement.GIVEN):
        with people.inside("theirs") as session:
            say(session, id, agreement)
        seen.append(read(people, "theirs", id, whose=timeline.OTHERS))

    shared = ["A car", "L’accompagnement commence."]
    assert seen == [[], shared, [], shared]
    assert read(people, "mine", id, whose=timeline.OWN) == ["Between us", *shared]


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({}, 1),
        ({"restricted": True}, 0),
        ({"until": today(PARIS)}, 1),
        ({"since": today(PARIS) - timedelta(days=9), "until": today(PARIS) - timedelta(days=1)}, 0),
    ],
)
def test_the_readers_own_link_must_be_open(people: World, how: dict[str, Any], expected: int) -> None:
    with people.inside("mine") as session:
        id = add(session)
        say(session, id, Agreement.GIVEN)

    with people.inside("theirs") as session:
        session.add(BeneficiaryStructure(beneficiary_id=id, **{"reason": "test", "since": today(PARIS), **how}))
        session.commit()

    assert len(read(people, "theirs", id)) == expected


def test_who_protects_a_file_shares_no_more_of_it(people: World) -> None:
    people.user("ana", mine=["conseiller"])
    with people.across() as session:
        ana = session.scalars(select(User.id)).one()
    with people.inside("mine", actor=Actor("Ana", ana)) as session:
        id = add(session)
        say(session, id, Agreement.GIVEN)
    link(people, id)
    assert len(read(people, "theirs", id)) == 1

    with people.inside("mine", actor=Actor("Ana", ana)) as session:
        beneficiaries.restrict(session, session.get_one(Beneficiary, id), readers={ana})
        session.commit()
        assert session.scalars(select(BeneficiaryReader.user_id)).all() == [ana]
        assert len(timeline.of(session, id)) == 1

    assert read(people, "theirs", id) == []
    assert read(people, "mine", id) == []  # somebody who is no named reader


def test_the_core_tells_its_own_facts(people: World) -> None:
    with people.inside("mine") as session:
        id = add(session)
        person = session.get_one(Beneficiary, id)
        noted = situations.note(session, id, {"moment": Moment.ENTRY, "on_day": today(PARIS)})
        situations.validate(session, noted)
        beneficiaries.close(session, person, until=today(PARIS))
        beneficiaries.reopen(session, person, reason="Back")
        session.commit()

        told = [(line.entry.kind, line.entry.shared) for line in timeline.of(session, id)]

    assert told == [("opened", True), ("closed", True), ("situation", False), ("opened", True)]


def test_nothing_is_told_of_somebody_else_or_in_anothers_name(people: World) -> None:
    with people.inside("theirs") as session:
        id = add(session)

    with people.inside("mine") as session, pytest.raises(ScopeViolation, match="does not reach"):
        tell(session, id, "sample.booked", "A car")


def test_a_fact_leads_to_its_record_for_who_may_open_it_here(people: World) -> None:
    with people.inside("mine") as session:
        id = add(session)
        tell(session, id, "sample.booked", "About", subject=session.get_one(Beneficiary, id), shared=True)
        say(session, id, Agreement.GIVEN)
    link(people, id)

    found = {}
    for slug, rights in (
        ("mine", {"jalon.beneficiaries.read"}),
        ("mine", set()),
        ("theirs", {"jalon.beneficiaries.read"}),
    ):
        with people.inside(slug, permissions=rights) as session:
            found[slug, bool(rights)] = timeline.of(session, id)[0].found is not None

    assert found == {("mine", True): True, ("mine", False): False, ("theirs", True): False}
