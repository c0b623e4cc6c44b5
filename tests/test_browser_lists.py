"""A list by mouse and by keyboard, in a real browser under its own policy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from jalon.models import Commune, Place, PlaceKind
from jalon.testing.browsing import Visitor
from jalon.testing.world import World

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LIST = "/relais/admin/place/?show=all"


@pytest.fixture
def visitor(world: World, visit: Callable[..., Visitor]) -> Visitor:
    world.structure("relais")
    world.user("zoe", relais=["direction"])
    with world.across() as session:
        session.add(
            Commune(insee="91223", name="Étampes", postcodes="91150", population=1, epci="", longitude=2, latitude=48)
        )
        session.commit()
    with world.inside("relais") as session:
        for name, kind in {"Gare": "PICK_UP", "Mairie": "PICK_UP", "Salle bleue": "ROOM"}.items():
            session.add(Place(name=name, kind=PlaceKind[kind], commune_insee="91223"))
        session.commit()
    return visit(viewport={"width": 1280, "height": 860})


def names(page: Any) -> list[str]:
    return list(page.locator(".rowlink").all_inner_texts())


def test_a_list_by_keyboard(visitor: Visitor) -> None:
    visitor.sign_in("zoe")
    page = visitor.open(LIST)

    page.keyboard.press("j")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.textContent") == "Mairie"
    page.keyboard.press(" ")
    page.locator("#glance[open] h2", has_text="Mairie").wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("bleue")
    page.keyboard.press("Enter")
    page.wait_for_url("**search=bleue**")
    assert names(page) == ["Salle bleue"]
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/edit/?id=**")


def test_a_filter_is_asked_in_the_menu_and_taken_away_on_its_chip(visitor: Visitor) -> None:
    visitor.sign_in("zoe")
    page = visitor.open(LIST)

    page.locator("summary", has_text="Filtrer").click()
    page.locator(".pop a", has_text="Sorte").first.click()
    page.get_by_label("Salle", exact=True).check()
    page.locator(".filter button.primary").click()
    page.wait_for_url("**f.kind=in:room**")
    assert names(page) == ["Salle bleue"]
    page.locator(".asked .off").click()
    page.wait_for_url("**show=all**")
    assert len(names(page)) == 3


def test_the_row_is_a_link_wherever_one_presses(visitor: Visitor) -> None:
    visitor.sign_in("zoe")
    page = visitor.open(LIST)

    with visitor.context.expect_page() as opened:
        page.locator("tbody tr").first.click(button="middle", position={"x": 500, "y": 12})

    assert "/edit/?id=" in opened.value.url


def test_many_are_changed_and_put_back(visitor: Visitor) -> None:
    visitor.sign_in("zoe")
    page = visitor.open(LIST)

    page.locator("[data-all]").check()
    assert page.locator("[data-ticked]").inner_text().endswith("3")
    page.get_by_role("button", name="Modifier plusieurs fiches").click()
    page.get_by_label("Changer").check()
    page.locator("select[name=kind]").select_option("ROOM")
    page.get_by_role("button", name="Modifier ces 3 fiches").click()
    page.get_by_text("2 fiches ont été modifiées.").wait_for()
    page.get_by_role("button", name="Annuler").click()
    page.locator("#confirm").get_by_role("button", name="Oui").click()
    page.get_by_text("La modification est annulée").wait_for()
