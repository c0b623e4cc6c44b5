"""Signing in, as somebody does it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from jalon.testing.browsing import Visitor
from jalon.testing.world import PASSWORD, World

pytestmark = pytest.mark.browser


def test_a_wrong_password_keeps_the_address_and_the_right_one_opens_the_page_first_asked_for(
    world: World, visit: Callable[..., Visitor]
) -> None:
    world.structure("relais", enabled=["rental"])
    world.user("zoe", relais=["agent_location"])

    page = visit().open("/relais/rental/free")
    page.get_by_label("Adresse électronique").fill("zoe@test.example")
    page.get_by_label("Mot de passe").fill("not this one")
    page.keyboard.press("Enter")

    expect(page.get_by_role("alert")).to_contain_text("ne vont pas ensemble")
    expect(page.get_by_label("Adresse électronique")).to_have_value("zoe@test.example")
    expect(page.get_by_label("Mot de passe")).to_have_value("")

    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()

    expect(page.get_by_role("heading", name="Véhicules libres")).to_be_visible()
    page.get_by_role("button", name="Se déconnecter").click()
    expect(page).to_have_url(re.compile("/login$"))


def test_on_a_phone_the_menu_is_a_drawer_that_escape_closes(world: World, visit: Callable[..., Visitor]) -> None:
    world.structure("relais", enabled=["rental"])
    world.user("zoe", relais=["agent_location"])
    page = visit(viewport={"width": 390, "height": 800}, has_touch=True).sign_in("zoe")
    opener = page.get_by_role("button", name="Ouvrir le menu")
    menu = page.get_by_role("navigation", name="Menu principal")

    expect(menu).to_be_hidden()
    opener.tap()
    expect(menu).to_be_visible()
    expect(page.get_by_role("link", name="Tableau de bord")).to_be_focused()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(opener).to_be_focused()

    opener.tap()
    menu.get_by_role("link", name="Réservations").tap()
    expect(page.get_by_role("heading", name="Réservations")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
