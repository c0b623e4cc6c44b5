"""Light and dark, and what was typed and not saved, in a real browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from jalon.testing.browsing import Visitor
from jalon.testing.world import World

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
BACKGROUND = "getComputedStyle(document.body).backgroundColor"
LIGHT, DARK = "rgb(246, 247, 249)", "rgb(14, 17, 22)"


def test_a_page_follows_its_system_until_the_browser_is_told_otherwise_and_paper_is_never_dark(
    world: World, visit: Callable[..., Visitor]
) -> None:
    world.structure("relais")
    world.user("ida", relais=["direction"])
    page = visit(color_scheme="dark").sign_in("ida")
    seen = [page.evaluate(BACKGROUND)]

    page.get_by_role("button", name="Clair ou sombre").click()
    seen.append(page.evaluate(BACKGROUND))
    page.reload()
    seen.append(page.evaluate(BACKGROUND))
    page.get_by_role("button", name="Clair ou sombre").click()
    page.emulate_media(media="print")
    seen.append(page.evaluate(BACKGROUND))

    assert seen == [DARK, LIGHT, LIGHT, "rgb(255, 255, 255)"]


def test_what_is_typed_is_marked_as_not_saved_and_ctrl_s_saves_it(world: World, visit: Callable[..., Visitor]) -> None:
    world.structure("relais")
    world.user("ida", relais=["direction"])
    visitor = visit()
    page = visitor.sign_in("ida")
    page.goto(f"{visitor.address}/relais/admin/closure/new/")
    expect(page.get_by_text("Pas encore enregistré")).to_have_count(0)

    page.get_by_label("Motif").fill("Inventaire")
    expect(page.get_by_text("Pas encore enregistré")).to_be_visible()
    page.locator("[name=first_day]").fill("2026-12-24")
    page.locator("[name=last_day]").fill("2026-12-26")
    page.keyboard.press("Control+s")

    expect(page.get_by_text("Pas encore enregistré")).to_have_count(0)
    page.goto(f"{visitor.address}/relais/admin/closure/")
    expect(page.get_by_role("link", name="Inventaire").first).to_be_visible()


def test_a_page_with_something_typed_is_not_left_without_a_question(
    world: World, visit: Callable[..., Visitor]
) -> None:
    world.structure("relais")
    world.user("ida", relais=["direction"])
    visitor = visit()
    page = visitor.sign_in("ida")
    page.goto(f"{visitor.address}/relais/admin/closure/new/")
    page.get_by_label("Motif").fill("Inventaire")
    asked = []
    page.once("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))

    page.get_by_role("link", name="Tableau de bord").click()
    page.wait_for_timeout(200)

    assert asked == ["beforeunload"]
    expect(page.get_by_label("Motif")).to_have_value("Inventaire")
