"""Views of a list that are kept, and how one arranges its columns."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select

from jalon import departures
from jalon.models import Member, Organisation, OrganisationKind, SavedView
from jalon.testing.world import Browser, World

LIST = "/relais/admin/organisation/"
FILTERED = {"screen": "jalon_admin_organisation", "f.kind": "in:employer", "show": "all"}
SAVE = "/relais/views/?screen=jalon_admin_organisation&f.kind=in:employer&show=all"
ARRANGE = "/relais/views/arrange?screen=jalon_admin_organisation"
KEYS = ["name", "kind", "commune", "phone", "email", "active", "siret"]


@pytest.fixture
def relais(world: World) -> World:
    """`relais` and `scop`; zoe and ben may change the directory at relais, ali only reads places, lea is of scop."""
    for slug in ("relais", "scop"):
        world.structure(slug)
    for name, where in {"zoe": "relais", "ben": "relais", "lea": "scop"}.items():
        world.user(name, **{where: ["conseiller"]})
    world.user("ali", relais=["accueil"])
    with world.inside("relais", permissions=["jalon.organisations.write"]) as session:
        for name, kind in (("Ferme", OrganisationKind.EMPLOYER), ("Garage", OrganisationKind.SOLIDARITY_GARAGE)):
            session.add(Organisation(name=name, kind=kind, folded=name.lower()))
        session.commit()
    return world


def ids(answer: Any) -> set[str]:
    return set(re.findall(r'class="rowlink" href="[^"]*[?&;]id=(\d+)', answer.text))


def view_of(world: World, name: str) -> SavedView:
    with world.across() as session:
        found = session.scalar(select(SavedView).where(SavedView.name == name))
        assert found is not None
        session.expunge(found)
        return found


def test_a_view_shows_again_the_same_rows(relais: World) -> None:
    zoe = relais.client("zoe")
    before = ids(zoe.get(LIST, query_string=FILTERED))

    answer = zoe.send(SAVE, name="Employeurs")

    assert len(before) == 1
    assert ids(zoe.get(answer.location)) == before
    assert "☆ Employeurs" in zoe.get(LIST).text


def test_mine_is_nobody_elses_and_the_structures_is_of_no_other_structure(relais: World) -> None:
    zoe, ben, lea = map(relais.client, ("zoe", "ben", "lea"))
    zoe.send(SAVE, name="Pour moi")
    zoe.send(SAVE, name="Pour tous", shared="1")

    seen_by_ben, seen_by_lea = ben.get(LIST).text, lea.get("/scop/admin/organisation/").text

    assert ("Pour moi" in seen_by_ben, "Pour tous" in seen_by_ben) == (False, True)
    assert ("Pour moi" in seen_by_lea, "Pour tous" in seen_by_lea) == (False, False)
    assert lea.send(f"/scop/views/{view_of(relais, 'Pour tous').id}/remove").status_code == 404
    assert ben.send(f"/relais/views/{view_of(relais, 'Pour moi').id}/remove").status_code == 404


@pytest.mark.parametrize(
    ("name", "shared", "sentence"),
    [
        ("", {}, "Donnez un nom"),
        ("x" * 61, {}, "Donnez un nom"),
        ("Pour tous", {"shared": "1"}, "porte déjà ce nom"),
    ],
)
def test_a_refused_name_is_said_at_its_field(relais: World, name: str, shared: dict[str, str], sentence: str) -> None:
    zoe = relais.client("zoe")
    zoe.send(SAVE, name="Pour tous", shared="1")

    answer = zoe.send(SAVE, name=name, **shared)

    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'value="{name}"' in answer.text


def test_who_may_not_change_the_records_shares_and_changes_no_view_of_them(relais: World) -> None:
    zoe, ali = relais.client("zoe"), relais.client("ali")
    zoe.send("/relais/views/?screen=jalon_admin_closure", name="Pour tous", shared="1")
    zoe.send("/relais/views/?screen=jalon_admin_place", name="Lieux", shared="1")
    view = view_of(relais, "Lieux")

    answer = ali.send("/relais/views/?screen=jalon_admin_place", name="Les nôtres", shared="1")
    ali.send(f"/relais/views/{view.id}/remove")
    ali.send(f"/relais/views/{view.id}/rename", name="Pris")

    assert answer.status_code == 422
    assert view_of(relais, "Lieux").id == view.id
    with relais.across() as session:
        assert session.scalar(select(SavedView).where(SavedView.name == "Pour tous")) is None


def test_a_list_opens_with_the_view_one_chose_until_it_is_removed(relais: World) -> None:
    zoe = relais.client("zoe")
    zoe.send(SAVE, name="Employeurs", opens="1")
    view = view_of(relais, "Employeurs")

    bare, whole = zoe.get(LIST), zoe.get(f"{LIST}?show=all")
    zoe.send(f"/relais/views/{view.id}/remove")

    assert (bare.status_code, bare.location) == (302, f"{LIST}?show=all&f.kind=in:employer&view={view.id}")
    assert len(ids(whole)) == 2
    assert zoe.get(LIST).status_code == 200


def test_a_view_is_renamed(relais: World) -> None:
    zoe = relais.client("zoe")
    zoe.send(SAVE, name="Employeurs")

    zoe.send(f"/relais/views/{view_of(relais, 'Employeurs').id}/rename", name="Patrons")

    assert "Patrons" in zoe.get(f"{LIST}views/").text


def test_one_chooses_ones_columns_and_their_order(relais: World) -> None:
    zoe, ben = relais.client("zoe"), relais.client("ben")

    zoe.send(ARRANGE, order=["siret", "name"], column=["siret", "name"], page_size="20", done="1")

    assert heads(zoe) == ["SIRET", "Nom"]
    assert "SIRET" not in heads(ben)
    zoe.send(ARRANGE, reset="1")
    assert heads(zoe) == heads(ben)


def test_a_button_moves_a_column_without_script(relais: World) -> None:
    zoe = relais.client("zoe")

    zoe.send(ARRANGE, order=KEYS, column=["name", "kind"], down="name")

    assert heads(zoe) == ["Sorte", "Nom"]


def test_a_list_keeps_one_column(relais: World) -> None:
    assert relais.client("zoe").send(ARRANGE, order=KEYS, done="1").status_code == 422


@pytest.mark.both_databases
def test_what_one_kept_goes_when_one_leaves(relais: World) -> None:
    zoe = relais.client("zoe")
    zoe.send(SAVE, name="Pour moi", opens="1")
    zoe.send(SAVE, name="Pour tous", shared="1")

    with relais.inside("relais") as session:
        member = session.scalars(select(Member).where(Member.name == "Zoe")).one()
        departures.leave(session, relais.jalon.hooks, member)
        session.commit()

    with relais.across() as session:
        assert [view.name for view in session.scalars(select(SavedView))] == ["Pour tous"]


def heads(browser: Browser) -> list[str]:
    page = browser.get(f"{LIST}?show=all").text
    head = page.partition("<thead>")[2].partition("</thead>")[0]
    return [
        text for text in re.findall(r"<a [^>]*>([^<]*)|<th scope=\"col\">([^<]+)</th>", head) for text in text if text
    ]
