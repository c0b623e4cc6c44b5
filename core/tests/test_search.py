"""Finding a person, however the name is typed, and nobody of another structure."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select, text

from jalon import beneficiaries, people
from jalon.models import Beneficiary, Title
from jalon.testing.world import World

pytestmark = pytest.mark.both_databases
CROWD = [
    ("Lefèvre", "Hélène", "06 12 34 56 78", date(1985, 3, 12)),
    ("Boucharchon", "Ahmed", "07 82 33 44 55", date(1990, 1, 1)),
    ("Brünœl", "Jean-Paul", "01 99 00 10 00", None),
    ("Martin", "Ahmed", "06 39 98 00 01", date(1985, 3, 12)),
    ("Ma", "Lê", "06 39 98 00 02", None),
]


@pytest.fixture
def crowd(world: World) -> World:
    world.structure("mine")
    world.structure("theirs")
    with world.inside("mine") as session:
        for family, first, phone, born in CROWD:
            identity = {"title": Title.NEUTRAL, "usage_name": family, "first_name": first, "birth_date": born}
            beneficiaries.create(session, identity, {"phone": phone}, reason="test", age_confirmed=True)
        session.commit()
    return world


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("lefevre helene", "LEFÈVRE Hélène"),
        ("LEFÈVRE Hel", "LEFÈVRE Hélène"),
        ("hélène lefèvre", "LEFÈVRE Hélène"),
        ("helenne lefevre", "LEFÈVRE Hélène"),
        ("lefebre helene", "LEFÈVRE Hélène"),
        ("brunoel", "BRÜNŒL Jean-Paul"),
        ("boucarchon", "BOUCHARCHON Ahmed"),
        ("bouchrachon", "BOUCHARCHON Ahmed"),
        ("martn ahmed", "MARTIN Ahmed"),
        ("matrin ahmed", "MARTIN Ahmed"),
        ("ahmde martin", "MARTIN Ahmed"),
        ("ma le", "MA Lê"),
        ("06.12.34.56.78", "LEFÈVRE Hélène"),
        ("+33 6 12 34 56 78", "LEFÈVRE Hélène"),
        ("345678", "LEFÈVRE Hélène"),
        ("01/01/1990", "BOUCHARCHON Ahmed"),
        ("martin 12/03/1985", "MARTIN Ahmed"),
    ],
)
def test_a_person_is_found_first(crowd: World, typed: str, first: str) -> None:
    with crowd.inside("mine") as session:
        assert [str(p) for p in people.search(session, typed)][:1] == [first]


@pytest.mark.parametrize(
    "typed", ["", " ", "'; DROP TABLE", '"', "%", "zzzz", "B-1", "06 99 99 99 99", "\0", "x" * 500]
)
def test_what_finds_nobody_finds_nobody(crowd: World, typed: str) -> None:
    with crowd.inside("mine") as session:
        assert people.search(session, typed) == []


@pytest.mark.parametrize("typed", ["lefevre", "lefebre", "le", "0612345678", "5678", "12/03/1985"])
def test_nobody_of_another_structure_is_found(crowd: World, typed: str) -> None:
    with crowd.inside("theirs") as session:
        assert people.search(session, typed) == []


def test_the_code_finds_its_person_in_the_structure_only(crowd: World) -> None:
    with crowd.inside("mine") as session:
        code = session.scalars(select(Beneficiary.code).order_by(Beneficiary.id)).first() or ""
        assert [p.code for p in people.search(session, code.lower().replace("-", " ", 1))] == [code]
    with crowd.inside("theirs") as session:
        assert people.search(session, code) == []


def test_a_protected_person_is_found_by_the_code_only(crowd: World) -> None:
    with crowd.inside("mine") as session:
        person = people.search(session, "lefevre")[0]
        beneficiaries.link_of(session, person).restricted = True
        code = person.code
        session.commit()

    with crowd.inside("mine") as session:
        for typed in ("lefevre", "lefebre", "0612345678", "12/03/1985 lefevre"):
            assert people.search(session, typed) == []
        assert ["Lef" in str(p) for p in people.search(session, code)] == [False]


def test_a_changed_name_is_found_by_the_new_one_only(crowd: World) -> None:
    with crowd.inside("mine") as session:
        person = people.search(session, "brunoel")[0]
        assert person.identity is not None
        person.identity.usage_name = "Vasseur"
        session.commit()

    with crowd.inside("mine") as session:
        assert people.search(session, "brunoel") == []
        assert len(people.search(session, "vasseur")) == 1


def test_the_index_of_sqlite_agrees_with_the_names(crowd: World) -> None:
    with crowd.across() as session:
        if session.get_bind().dialect.name == "sqlite":
            session.execute(
                text("INSERT INTO jalon_identity_fts(jalon_identity_fts, rank) VALUES ('integrity-check', 1)")
            )


def test_a_name_just_written_lies_in_the_index_and_not_beside_it(crowd: World) -> None:
    with crowd.across() as session:
        if session.get_bind().dialect.name == "postgresql":
            options = text("SELECT reloptions FROM pg_class WHERE relname = 'ix_jalon_identity_folded'")
            assert session.scalar(options) == ["fastupdate=off"]
