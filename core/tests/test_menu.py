"""The navigation, its pictures, and the look that a browser was told to have."""

from __future__ import annotations

import re

import pytest

from jalon import beneficiaries, core_menu, icons
from jalon.models import Title
from jalon.testing.world import World

CURRENT = re.compile(r'<a href="([^"]+)" class="active" aria-current="page">')
PAGES = {
    "the dashboard": ("/relais/", "/relais/"),
    "a list": ("/relais/admin/beneficiary/", "/relais/admin/beneficiary/"),
    "a page within a list's entry": ("/relais/admin/place/new/", "/relais/admin/place/"),
    "a search of its own": ("/relais/beneficiaries/found", "/relais/beneficiaries/found"),
    "one of the settings": ("/relais/settings/structure/", "/relais/settings/"),
    "a person's page": ("/relais/beneficiaries/{person}/", "/relais/admin/beneficiary/"),
}


@pytest.mark.parametrize(("address", "entry"), PAGES.values(), ids=list(PAGES))
def test_a_page_is_marked_at_one_entry_of_the_menu(world: World, address: str, entry: str) -> None:
    world.structure("relais")
    world.user("zoe", relais=["direction", "conseiller"])
    with world.inside("relais", permissions={"jalon.beneficiaries.read"}) as session:
        named = {"title": Title.MADAM, "usage_name": "Petit", "first_name": "Nora"}
        person = beneficiaries.create(session, named, {"no_phone": True}, reason="test").id
        session.commit()

    page = world.client("zoe").get(address.format(person=person))

    assert page.status_code == 200
    assert CURRENT.findall(page.text) == [entry]


def test_nobody_is_offered_what_the_role_may_not_open(world: World) -> None:
    world.structure("relais")
    world.user("noe", relais=["accueil"])
    browser = world.client("noe")

    offered = set(re.findall(r'<a href="(/relais/[^"]+)"', browser.get("/relais/").text))

    assert {browser.get(address).status_code for address in offered} == {200}
    assert not any("access-log" in address for address in offered)


def test_each_entry_of_the_core_has_a_picture_of_the_set(world: World) -> None:
    named = {item.icon for _name, items in (*core_menu.FIRST, *core_menu.LAST) for item in items}

    assert named <= set(icons.names())


def test_a_picture_of_no_set_becomes_a_circle() -> None:
    assert icons.drawn("<script>") == icons.drawn("circle")


@pytest.mark.parametrize(
    ("told", "said"), [("dark", ' data-theme="dark"'), ("light", ' data-theme="light"'), ('"><b', "")]
)
def test_a_browser_told_to_be_dark_gets_its_pages_dark_and_one_told_nonsense_follows_its_system(
    world: World, told: str, said: str
) -> None:
    world.structure("relais")
    browser = world.app.test_client()
    browser.set_cookie("jalon_theme", told)

    page = browser.get("/login").text

    assert f'<html lang="fr"{said}>' in page
