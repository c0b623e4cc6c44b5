"""Who is taken for whom, in a structure and beyond."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from jalon import beneficiaries, consents, crossings, duplicates
from jalon.models import Agreement, Beneficiary, DuplicateRequest, Proof, Purpose, Title
from jalon.testing.world import World

BORN = date(1985, 3, 12)
KNOWN: dict[str, Any] = {"title": Title.MADAM, "usage_name": "Lefèvre", "first_name": "Hélène", "birth_date": BORN}
CALLED: dict[str, Any] = {"phone": "+33612345678", "email": "famille@exemple.fr"}
ELSEWHERE: dict[str, Any] = {"phone": "+33712345678", "email": None}


@pytest.mark.parametrize(
    ("identity", "file", "why", "hard"),
    [
        ({}, ELSEWHERE, duplicates.NAME_AND_BIRTH, True),
        ({"usage_name": "LEFEVRE", "first_name": "helene"}, ELSEWHERE, duplicates.NAME_AND_BIRTH, True),
        ({"usage_name": "Durand", "birth_name": "Lefèvre"}, ELSEWHERE, duplicates.NAME_AND_BIRTH, True),
        (
            {"usage_name": "Durand", "birth_date": None},
            {"phone": "+33612345678"},
            duplicates.FIRST_NAME_AND_PHONE,
            True,
        ),
        (
            {"usage_name": "Durand", "birth_date": None},
            {"second_phone": "+33612345678"},
            duplicates.FIRST_NAME_AND_PHONE,
            True,
        ),
        (
            {"usage_name": "Durand", "birth_date": None},
            {"email": "Famille@exemple.fr"},
            duplicates.FIRST_NAME_AND_EMAIL,
            True,
        ),
        ({"first_name": "Helenne"}, ELSEWHERE, duplicates.NEARLY_NAMED, False),
        ({"usage_name": "Lefebvre"}, ELSEWHERE, duplicates.NEARLY_NAMED, False),
        ({"birth_date": date(1985, 12, 3)}, ELSEWHERE, duplicates.DAY_AND_MONTH, False),
        ({"usage_name": "Hélène", "first_name": "Lefèvre"}, ELSEWHERE, duplicates.NAMES_EXCHANGED, False),
        ({"birth_date": None}, ELSEWHERE, duplicates.BIRTH_UNKNOWN, False),
        ({"first_name": "Sophie"}, CALLED, None, False),
        ({"first_name": "Lucas", "birth_date": date(2008, 4, 5)}, CALLED, None, False),
        ({"birth_date": date(1990, 1, 2)}, ELSEWHERE, None, False),
        ({"first_name": "Hélèn", "title": Title.SIR}, ELSEWHERE, None, False),
    ],
)
def test_pairs(identity: dict[str, Any], file: dict[str, Any], why: Any, hard: bool) -> None:
    verdict = duplicates.compare(duplicates.traits({**KNOWN, **identity}, file), duplicates.traits(KNOWN, CALLED))

    assert verdict == (None if why is None else (why, hard))


def test_twins_with_short_names_are_two_people() -> None:
    one, other = ({**KNOWN, "first_name": name} for name in ("Léa", "Léo"))

    assert duplicates.compare(duplicates.traits(one, CALLED), duplicates.traits(other, CALLED)) is None


@pytest.fixture
def three(world: World) -> World:
    for slug in ("mine", "theirs", "third"):
        world.structure(slug)
    return world


def add(world: World, slug: str, **more: Any) -> int:
    with world.inside(slug) as session:
        made = beneficiaries.create(session, KNOWN, {"phone": "06 12 34 56 78"}, reason="test", **more)
        session.commit()
        return made.id


@pytest.mark.both_databases
def test_who_looks_the_same_is_compared_before_saving(three: World) -> None:
    known = add(three, "mine")

    with pytest.raises(duplicates.LooksKnown) as refused:
        add(three, "mine")
    other = add(three, "mine", apart=[known])

    assert [match.person.id for match in refused.value.matches] == [known]
    assert other != known


@pytest.mark.both_databases
def test_another_structures_person_is_never_shown(three: World) -> None:
    add(three, "theirs")

    assert add(three, "mine")


def ask(world: World, slug: str, person: int) -> None:
    with world.inside(slug) as session:
        structure = session.info["jalon_scope"].structure.id
    with world.across() as session:
        crossings.ask(session, structure_id=structure, beneficiary_id=person, asked_by="Zoé")
        session.commit()


def seen_by_mine(world: World, person: int) -> Any:
    with world.inside("mine") as session:
        asked = crossings.asked_about(session, 1, person)
        return None if asked is None else asked[1]


@pytest.mark.both_databases
@pytest.mark.parametrize("known_elsewhere", [True, False])
def test_asking_looks_the_same_whether_somebody_knows_or_not(three: World, known_elsewhere: bool) -> None:
    if known_elsewhere:
        add(three, "theirs")
    person = add(three, "mine")

    ask(three, "mine", person)

    assert seen_by_mine(three, person) == []
    with three.across() as session:
        assert len(session.scalars(select(DuplicateRequest)).all()) == 1
    with three.inside("theirs") as session:
        assert len(crossings.to_answer(session, 2)) == int(known_elsewhere)
    with three.inside("third") as session:
        assert crossings.to_answer(session, 3) == []


@pytest.mark.both_databases
def test_the_same_person_is_linked_only_with_agreement(three: World) -> None:
    known, person = add(three, "theirs"), add(three, "mine")
    ask(three, "mine", person)

    def answer(same: bool) -> None:
        with three.across() as session:
            request = session.scalars(select(DuplicateRequest)).one()
            crossings.answer(session, request.id, structure_id=2, same=same, answered_by="Awa")
            session.commit()

    with pytest.raises(crossings.AgreementNeeded):
        answer(True)
    with three.inside("theirs") as session:
        consents.record(
            session, known, purpose=Purpose.SHARE_WITH_STRUCTURES, agreement=Agreement.GIVEN, proof=Proof.ORAL
        )
        session.commit()
    answer(True)

    assert seen_by_mine(three, person) == [known]
    with three.inside("mine") as session:
        assert set(session.scalars(select(Beneficiary.id))) == {known, person}
    with pytest.raises(crossings.AlreadyAnswered):
        answer(False)


def test_somebody_else_reads_as_no_answer(three: World) -> None:
    add(three, "theirs")
    person = add(three, "mine")
    ask(three, "mine", person)
    with three.across() as session:
        request = session.scalars(select(DuplicateRequest)).one()
        crossings.answer(session, request.id, structure_id=2, same=False, answered_by="Awa")
        session.commit()

    assert seen_by_mine(three, person) == []


def test_a_protected_file_is_asked_about_by_nobody(three: World) -> None:
    known, person = add(three, "theirs"), add(three, "mine")
    with three.inside("theirs") as session:
        found = session.get_one(Beneficiary, known)
        beneficiaries.link_of(session, found).restricted = True
        session.commit()

    ask(three, "mine", person)

    with three.across() as session:
        assert [r.to_structure_id for r in session.scalars(select(DuplicateRequest))] == [1]


def test_a_structure_asks_once_about_a_person_and_not_without_end(
    three: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crossings, "REQUESTS_A_DAY", 1)
    first = add(three, "mine")
    second = add(three, "mine", apart=[first])
    ask(three, "mine", first)

    with pytest.raises(crossings.AlreadyAsked):
        ask(three, "mine", first)
    with pytest.raises(crossings.TooManyRequests):
        ask(three, "mine", second)
