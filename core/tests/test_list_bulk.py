"""Changing many records of a list at once, and taking it back."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from jalon.clock import now
from jalon.models import BulkChange, Commune, HistoryEntry, Place, PlaceKind
from jalon.testing.world import Browser, World

pytestmark = pytest.mark.both_databases
LIST = "/relais/admin/place/"
ROOM = {"fields": "kind", "kind": "ROOM"}


@pytest.fixture
def relais(world: World) -> World:
    """Three places of `relais`, one a room already, and one of `scop`; zoe may change those of relais."""
    world.structure("relais")
    world.structure("scop")
    world.user("zoe", relais=["direction"])
    world.user("ali", relais=["accueil"])
    with world.across() as session:
        session.add(
            Commune(insee="91223", name="Étampes", postcodes="91150", population=1, epci="", longitude=2, latitude=48)
        )
        session.commit()
    for slug, kinds in {"relais": ["PICK_UP", "PICK_UP", "ROOM"], "scop": ["PICK_UP"]}.items():
        with world.inside(slug) as session:
            for number, kind in enumerate(kinds):
                session.add(Place(name=f"{slug} {number}", kind=PlaceKind[kind], commune_insee="91223"))
            session.commit()
    return world


def kinds(world: World) -> dict[str, str]:
    with world.across() as session:
        return {place.name: place.kind.name for place in session.scalars(select(Place))}


def ids(world: World, slug: str = "relais") -> list[int]:
    with world.inside(slug) as session:
        return list(session.scalars(select(Place.id).order_by(Place.id)))


def ticked(world: World) -> str:
    return f"{LIST}bulk/?" + "&".join(f"id={id}" for id in [*ids(world), *ids(world, "scop")])


def only_change(world: World) -> BulkChange:
    with world.across() as session:
        done = session.scalars(select(BulkChange)).one()
        session.expunge(done)
        return done


def change_all(zoe: Browser, world: World) -> None:
    assert zoe.send(ticked(world), count="3", **ROOM).status_code == 302


def test_the_number_said_is_the_rows_changed_and_the_history(relais: World) -> None:
    zoe = relais.client("zoe")
    asked = zoe.get(ticked(relais)).text
    with relais.inside("relais") as session:
        before = session.scalar(select(func.count()).select_from(HistoryEntry)) or 0

    answer = zoe.send(ticked(relais), count="3", **ROOM)

    with relais.inside("relais") as session:
        told = (session.scalar(select(func.count()).select_from(HistoryEntry)) or 0) - before
    assert "Modifier ces 3 fiches" in asked
    assert (told, only_change(relais).touched) == (2, 2)
    assert "2 fiches ont été modifiées." in zoe.get(answer.location).text
    assert kinds(relais) == {"relais 0": "ROOM", "relais 1": "ROOM", "relais 2": "ROOM", "scop 0": "PICK_UP"}


def test_all_that_match_are_those_of_the_list(relais: World) -> None:
    zoe = relais.client("zoe")

    answer = zoe.send(f"{LIST}bulk/?all=1&f.kind=in:pick_up&search=relais 1", count="1", **ROOM)

    assert answer.status_code == 302
    assert {name for name, kind in kinds(relais).items() if kind == "ROOM"} == {"relais 1", "relais 2"}


@pytest.mark.parametrize(
    ("query", "typed", "sentence"),
    [
        ("", ROOM, "Cochez d’abord"),
        ("all=1", {"count": "3"}, "Cochez ce qui doit changer."),
        ("all=1", {"count": "2", **ROOM}, "La liste a changé"),
        ("all=1", {"count": "3", "fields": "kind", "kind": "NOTHING"}, 'role="alert"'),
        ("all=1&f.kind=in:room", {"count": "1", **ROOM}, "Aucune de ces fiches ne changerait"),
        ("all=1", {"count": "3", "fields": "name", "name": "Same"}, "Cochez ce qui doit changer."),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_changes(
    relais: World, query: str, typed: dict[str, str], sentence: str
) -> None:
    before = kinds(relais)

    answer = relais.client("zoe").send(f"{LIST}bulk/?{query}", **typed)

    assert answer.status_code == 422
    assert sentence in answer.text
    assert kinds(relais) == before


def test_who_may_not_write_is_not_offered_it(relais: World) -> None:
    ali = relais.client("ali")

    assert 'form="bulk"' not in ali.get(LIST).text
    assert ali.get(ticked(relais)).status_code == 403


def test_undoing_puts_every_record_back(relais: World) -> None:
    zoe, before = relais.client("zoe"), kinds(relais)
    change_all(zoe, relais)

    answer = zoe.send(f"{LIST}bulk/undo/", change=only_change(relais).id)

    assert answer.status_code == 302
    assert kinds(relais) == before
    assert "déjà été annulée" in zoe.send(f"{LIST}bulk/undo/", change=only_change(relais).id).text


def test_undoing_is_refused_whole_when_a_record_was_changed_since(relais: World) -> None:
    zoe = relais.client("zoe")
    change_all(zoe, relais)
    with relais.inside("relais") as session:
        session.scalars(select(Place).where(Place.name == "relais 1")).one().street = "1 rue Neuve"
        session.commit()

    answer = zoe.send(f"{LIST}bulk/undo/", change=only_change(relais).id)

    assert answer.status_code == 422
    assert "1 fiche a été modifiée depuis" in answer.text
    assert ">relais 1</a>" in answer.text
    assert kinds(relais)["relais 0"] == "ROOM"


def test_undoing_is_over_after_thirty_days(relais: World) -> None:
    zoe = relais.client("zoe")
    change_all(zoe, relais)
    with relais.inside("relais") as session:
        session.scalars(select(BulkChange)).one().at = now() - timedelta(days=31)
        session.commit()

    assert "plus de 30 jours" in zoe.send(f"{LIST}bulk/undo/", change=only_change(relais).id).text


def test_archiving_leaves_those_that_are_archived(relais: World) -> None:
    zoe = relais.client("zoe")
    zoe.send(f"{LIST}bulk/?id={ids(relais)[0]}", count="1", archive="1")
    with relais.inside("relais") as session:
        first = session.scalars(select(Place.archived_at).where(Place.id == ids(relais)[0])).one()

    zoe.send(f"{LIST}bulk/?all=1", count="3", archive="1")

    with relais.inside("relais") as session:
        since = dict(session.execute(select(Place.id, Place.archived_at)).all())
        journals = [json.loads(j or "{}") for j in session.scalars(select(BulkChange.journal).order_by(BulkChange.id))]
    assert since[ids(relais)[0]] == first
    assert all(since.values())
    assert [len(journal["rows"]) for journal in journals] == [1, 2]
