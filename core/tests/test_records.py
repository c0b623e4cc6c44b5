"""One record of a generated screen: its form in parts, its neighbours in the list, a copy of it."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from jalon import communes, places
from jalon.admin import neighbours
from jalon.models import Commune, Place, PlaceKind
from jalon.testing.world import Browser, World

LIST = "/relais/admin/place/"


@pytest.fixture
def relais(world: World) -> World:
    """Five places; ida directs, max keeps the accounts."""
    world.structure("relais")
    world.structure("scop")
    world.user("ida", relais=["direction"])
    world.user("max", relais=["comptable"])
    with world.across() as session:
        communes.import_communes(session, communes.demo_territory())
        session.commit()
    with world.inside("relais") as session:
        commune = session.scalars(select(Commune).where(Commune.insee == "91223")).one()
        for name, kind, street in (
            ("Bureau", PlaceKind.PICK_UP, "b"),
            ("Atelier", PlaceKind.DEPOT, None),
            ("Étable", PlaceKind.DEPOT, "a"),
            ("Dépôt", PlaceKind.DEPOT, None),
            ("Café", PlaceKind.PICK_UP, "c"),
        ):
            places.add(session, name=name, kind=kind, commune=commune, street=street)
        session.commit()
    return world


def walk(browser: Browser, id: int, step: str, state: str = "") -> list[int]:
    """The ids one comes by, until the list ends."""
    met = [id]
    for _each in range(9):
        answer = browser.get(f"{LIST}neighbour/?id={met[-1]}&step={step}{state}")
        assert answer.status_code == 302
        found = int(parse_qs(urlsplit(answer.location).query)["id"][0])
        if found == met[-1]:
            break
        met.append(found)
    return met


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("", [2, 1, 5, 4, 3]),
        ("&show=depot", [2, 4, 3]),
    ],
)
def test_one_walks_from_record_to_record_as_the_list_stands(relais: World, state: str, expected: list[int]) -> None:
    ida = relais.client("ida")

    there = walk(ida, expected[0], "next", state)
    back = walk(ida, expected[-1], "previous", state)

    assert there == expected
    assert back == expected[::-1]


@pytest.mark.both_databases
@pytest.mark.parametrize(
    "order",
    [
        (Place.street,),
        (Place.street.desc(),),
        (Place.kind.desc(), Place.street),
        (Place.kind, Place.street.desc(), Place.id.desc()),
        (Place.archived_at.desc(), Place.in_order),
    ],
)
def test_what_is_empty_has_its_place_in_the_order(relais: World, order: tuple[Any, ...]) -> None:
    with relais.inside("relais") as session:
        query = session.query(Place).order_by(*order)
        ties = Place.id.desc() if str(order[-1]).endswith("DESC") else Place.id
        expected = [place.id for place in query.order_by(ties)]

        met = [neighbours.beside(query, Place.id, id, after=True) for id in expected]
        back = [neighbours.beside(query, Place.id, id, after=False) for id in expected]

    assert met == [*expected[1:], None]
    assert back == [None, *expected[:-1]]


def test_a_record_that_just_left_the_list_still_leads_to_the_next(relais: World) -> None:
    ida = relais.client("ida")
    ida.send("/relais/places/4/archive")

    answer = ida.get(f"{LIST}neighbour/?id=4&step=next&show=depot")

    assert "id=3" in answer.location
    assert "show%3Ddepot" in answer.location or "show=depot" in answer.location


def test_a_record_page_leads_on_in_the_list_it_was_opened_from_and_in_no_other(relais: World) -> None:
    ida = relais.client("ida")

    shown = ida.get(f"{LIST}edit/?id=4&url=/relais/admin/place/?show%3Ddepot%26page%3D3").text
    from_elsewhere = ida.get(f"{LIST}edit/?id=4&url=/relais/").text

    assert "/relais/admin/place/neighbour/?show=depot&amp;id=4&amp;step=next" in shown
    assert "neighbour" not in from_elsewhere


def test_the_last_of_the_list_says_so_and_stays(relais: World) -> None:
    ida = relais.client("ida")

    page = ida.get(f"{LIST}neighbour/?id=3&step=next", follow_redirects=True)

    assert "dernier de la liste" in page.text
    assert 'value="Étable"' in page.text


def test_a_copy_takes_over_all_but_what_is_its_own(relais: World) -> None:
    ida = relais.client("ida")

    page = ida.get(f"{LIST}new/?like=1").text
    strange = ida.get(f"{LIST}new/?like=999")

    assert 'value="b"' in page
    assert "Étampes" in page
    assert "Bureau" not in page
    assert f"{LIST}new/?like=1" in ida.get(f"{LIST}edit/?id=1").text
    assert strange.status_code == 200


def test_a_form_stands_in_parts_and_a_part_to_correct_is_marked(relais: World) -> None:
    ida = relais.client("ida")

    empty = ida.get("/relais/admin/organisation/new/").text
    refused = ida.send("/relais/admin/organisation/new/", name="CCAS", kind="SOCIAL", siret="12")

    assert '<a class="chip" href="#part-4">Numéros officiels' in empty
    assert '<h2 id="part-1-title">' in empty
    assert refused.status_code == 422
    assert '<a class="chip bad" href="#part-' in refused.text


HIDDEN = re.compile(r'<input[^>]*type="hidden"[^>]*>')
BUREAU = {"name": "Bureau", "kind": "PICK_UP", "commune": "Étampes", "street": "b"}


def hidden(page: str) -> dict[str, Any]:
    """What the first form with a version carries without showing it."""
    found: dict[str, Any] = {}
    for field in HIDDEN.findall(page):
        name, value = (re.search(rf'\b{key}="([^"]*)"', field) for key in ("name", "value"))
        if name and name[1] != "csrf_token":
            found.setdefault(name[1], []).append(unescape(value[1]) if value else "")
    return found


def test_two_who_change_one_record_see_both_versions_and_lose_nothing(relais: World) -> None:
    relais.user("lea", relais=["direction"])
    ida, lea, address = relais.client("ida"), relais.client("lea"), f"{LIST}edit/?id=1"
    opened = hidden(ida.get(address).text)
    assert lea.send(address, **hidden(lea.get(address).text), **{**BUREAU, "street": "12 rue Haute"}).status_code == 302

    late = ida.send(address, **opened, **{**BUREAU, "kind": "ROOM"})

    assert late.status_code == 409
    assert "Modifié entre-temps par Lea" in unescape(late.text).replace("\u00a0", " ")
    assert "12 rue Haute" in late.text
    chosen = dict(re.findall(r'name="(take-[a-z_]+)" value="(\w+)" required checked', late.text))
    assert chosen == {"take-street": "theirs", "take-kind": "mine"}
    assert ida.send(address, **hidden(late.text), **chosen).status_code == 302
    with relais.inside("relais") as session:
        place = session.scalars(select(Place).where(Place.id == 1)).one()
        assert (place.street, place.kind, place.commune.name) == ("12 rue Haute", PlaceKind.ROOM, "Étampes")


def test_a_reader_is_told_who_archives_and_the_history_says_how_long_ago(relais: World) -> None:
    relais.user("rem", relais=["accueil"])

    read = relais.client("rem").get(f"{LIST}details/?id=1").text
    changed = relais.client("ida").send(f"{LIST}edit/?id=1", **BUREAU, version="1")
    page = relais.client("ida").get(f"{LIST}edit/?id=1").text

    assert '<summary class="btn off">Archiver</summary>' in read
    assert changed.status_code == 302
    assert "dernier changement il y a" in page
    assert "/relais/places/1/archive" in page
