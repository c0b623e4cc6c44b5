"""Places: where they are, and when they are no longer used."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from jalon import communes, places, tasks
from jalon.models import Commune, Member, Place, PlaceKind
from jalon.testing.world import World

NEW = "/relais/admin/place/new/"
GARE = {"name": "Gare", "kind": "PICK_UP", "commune": "Étampes"}


@pytest.fixture
def relais(world: World) -> World:
    """`relais` and `scop` with the communes of the territory; lea keeps the places of relais."""
    world.structure("relais")
    world.structure("scop")
    world.user("lea", relais=["conseiller"])
    with world.across() as session:
        communes.import_communes(session, communes.demo_territory())
        session.commit()
    return world


@pytest.mark.parametrize(
    ("latitude", "longitude", "refusal"),
    [
        (None, None, None),
        (48.4347, 2.1622, None),
        (42.0, 9.0, None),
        (-21.1, 55.5, None),
        (16.2, -61.5, None),
        (4.9, -52.3, None),
        (-22.3, 166.4, None),
        (48.4, None, places.HalfCoordinates),
        (None, 2.2, places.HalfCoordinates),
        (0.0, 0.0, places.OutsideFrance),
        (2.1622, 48.4347, places.OutsideFrance),
        (52.5, 13.4, places.OutsideFrance),
        (float("nan"), 2.0, places.OutsideFrance),
    ],
)
def test_a_point_is_whole_and_in_france(
    latitude: float | None, longitude: float | None, refusal: type[Exception] | None
) -> None:
    if refusal is None:
        places.check_point(latitude, longitude)
        return
    with pytest.raises(refusal):
        places.check_point(latitude, longitude)


def test_a_point_farther_than_30_km_from_its_commune_is_told(relais: World) -> None:
    with relais.inside("relais") as session:
        etampes = session.scalars(select(Commune).where(Commune.insee == "91223")).one()
        near = places.add(session, name="Near", kind=PlaceKind.ROOM, commune=etampes, latitude=48.43, longitude=2.16)
        far = places.add(session, name="Far", kind=PlaceKind.ROOM, commune=etampes, latitude=48.85, longitude=2.35)
        nowhere = places.add(session, name="Nowhere", kind=PlaceKind.ROOM, commune=etampes)

        assert places.far_from_commune_km(near) is None
        assert places.far_from_commune_km(far) == pytest.approx(48, abs=3)
        assert places.far_from_commune_km(nowhere) is None


def test_a_place_is_added_with_a_warning_when_its_point_is_far(relais: World) -> None:
    desk = relais.client("lea")

    answer = desk.send(NEW, **GARE, latitude="48.85", longitude="2.35")

    assert answer.status_code == 302, answer.text
    assert "vérifiez la latitude" in desk.get("/relais/admin/place/").text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": " "}, ""),
        ({"commune": ""}, "dans quelle commune"),
        ({"commune": "91150"}, "Plusieurs portent ce nom"),
        ({"latitude": "48.4"}, "ni l’une ni l’autre"),
        ({"latitude": "2.16", "longitude": "48.43"}, "pas en France"),
        ({"latitude": "north"}, ""),
        ({"kind": ""}, "Choisissez"),
    ],
)
def test_a_refused_place_keeps_what_was_typed(relais: World, fields: dict[str, str], sentence: str) -> None:
    answer = relais.client("lea").send(NEW, **{**GARE, **fields})

    assert answer.status_code == 422
    assert sentence in answer.text
    assert all(typed in answer.text for typed in fields.values())


@pytest.mark.both_databases
def test_two_places_of_a_structure_have_two_names(relais: World) -> None:
    desk = relais.client("lea")
    desk.send(NEW, **GARE)

    answer = desk.send(NEW, **GARE)

    assert answer.status_code == 422
    assert "porte déjà ce nom" in answer.text
    with relais.inside("scop") as session:
        etampes = session.scalars(select(Commune).where(Commune.insee == "91223")).one()
        places.add(session, name="Gare", kind=PlaceKind.PICK_UP, commune=etampes)


def test_an_archived_place_is_no_longer_listed_and_comes_back(relais: World) -> None:
    desk = relais.client("lea")
    desk.send(NEW, **GARE)

    desk.send("/relais/places/1/archive")
    again = desk.send("/relais/places/1/archive")

    assert again.status_code == 302
    assert "déjà archivé" in desk.get("/relais/admin/place/").text
    assert 'href="/relais/admin/place/edit/?id=1' not in desk.get("/relais/admin/place/?show=pick_up").text
    assert 'href="/relais/admin/place/edit/?id=1' in desk.get("/relais/admin/place/?show=archived").text
    desk.send("/relais/places/1/bring-back")
    with relais.inside("relais") as session:
        assert session.scalars(select(Place.archived_at)).one() is None


@pytest.mark.both_databases
def test_places_and_members_stand_in_the_order_of_the_alphabet_whatever_their_accents(relais: World) -> None:
    names = ["École", "Zénith", "Œuvre", "agence", "d’Étampes", "Dourdan"]
    relais.user("zoe", relais=["direction"])
    with relais.inside("relais") as session:
        commune = session.scalars(select(Commune).limit(1)).one()
        for name in names:
            places.add(session, name=name, kind=PlaceKind.ROOM, commune=commune)
            session.add(Member(name=name))
        session.commit()
    zoe = relais.client("zoe")

    shown = [zoe.get(f"/relais/admin/{table}/").text.partition("<tbody")[2] for table in ("place", "member")]

    expected = ["agence", "d’Étampes", "Dourdan", "École", "Œuvre", "Zénith"]
    for page in shown:
        assert sorted(names, key=lambda name: page.index(name)) == expected
    with relais.inside("relais") as session:
        assert [member.name for member in tasks.members(session) if member.name in names] == expected
