"""Subscribers as a list: none is imported without saying how they agreed, who left is refused line by line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon.testing.world import World
from jalon_newsletter import imports, subscribers
from jalon_newsletter.errors import HasLeft, SourceNeeded
from jalon_newsletter.models import Proof, Way

DAY = date(2026, 1, 5)
LINE = {"email": "Nadia@Lecteurs.example", "name": "Nadia", "way": Way.PAPER, "source": "Classeur", "given_on": DAY}


@pytest.fixture
def session(world: World) -> Iterator[Session]:
    world.structure("relais", enabled=["newsletter"])
    with world.inside("relais") as session:
        yield session


def test_a_line_makes_a_subscriber_with_its_proof_and_is_written_back(session: Session) -> None:
    made = imports.add(session, dict(LINE), ())

    assert imports.shown(made) | {"state": ""} == {**LINE, "email": "Nadia@lecteurs.example", "state": ""}
    assert session.scalars(select(Proof.given_on)).all() == [DAY]
    assert session.scalars(imports.listed(session)).all() == [made]


def test_a_line_without_its_proof_is_refused(session: Session) -> None:
    with pytest.raises(SourceNeeded):
        imports.add(session, {**LINE, "way": None}, ())

    assert {c.name for c in imports.COLUMNS if c.required} == {"email", "way", "given_on"}


def test_the_same_address_is_found_and_who_left_is_refused(session: Session) -> None:
    made = imports.add(session, dict(LINE), ())
    again = {**LINE, "email": "nadia@lecteurs.EXAMPLE"}

    assert [double.id for double in imports.find(session, again)] == [made.id]
    assert list(imports.keys(again)) == list(imports.keys(dict(LINE)))
    subscribers.leave(session, made)
    assert imports.find(session, again) == []
    with pytest.raises(HasLeft):
        imports.add(session, again, ())


def test_an_import_is_taken_back_with_its_proof(world: World, session: Session) -> None:
    made = imports.add(session, dict(LINE), ())

    imports.take_back(session, world.jalon.hooks, made)

    assert session.scalars(select(Proof)).all() == []
