"""The members' pages by keyboard alone, and what an accessibility checker says of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from jalon.models import Member
from jalon.testing.browsing import Visitor
from jalon.testing.world import World

pytestmark = pytest.mark.browser
AXE = Path(__file__).with_name("axe") / "axe.min.js"
GRAVE = ("serious", "critical")


def member_id(world: World, name: str) -> int:
    with world.inside("relais") as session:
        return session.scalars(select(Member.id).where(Member.name == name)).one()


def wrong(page: Any) -> list[str]:
    """What axe finds serious on a page."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run()")["violations"]
    return [f"{v['id']}: {v['nodes'][0]['html'][:100]}" for v in found if v["impact"] in GRAVE]


def test_a_member_is_invited_by_keyboard_alone_with_a_role_until_a_day(
    world: World, visit: Callable[..., Visitor]
) -> None:
    world.structure("relais", enabled=["rental"])
    world.user("boss", relais=["direction"])
    page = visit().sign_in("boss")

    page.get_by_role("link", name="Membres").press("Enter")
    page.get_by_role("link", name="Inviter").press("Enter")
    page.get_by_label("Adresse électronique").press_sequentially("awa@example.org")
    page.keyboard.press("Tab")
    page.keyboard.type("Awa Meunier")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")  # direction, adviser, front desk
    page.keyboard.press("Space")
    expect(page.get_by_role("checkbox", name="Accueil")).to_be_checked()
    page.get_by_role("button", name="Inviter").press("Enter")

    expect(page.get_by_role("heading", name="Awa Meunier")).to_be_visible()
    expect(page.get_by_role("checkbox", name="Accueil")).to_be_checked()


def test_a_greyed_button_opens_and_closes_by_keyboard(world: World, visit: Callable[..., Visitor]) -> None:
    world.structure("relais", enabled=["rental"])
    world.user("boss", relais=["direction"])
    visitor = visit(viewport={"width": 390, "height": 800})
    page = visitor.sign_in("boss")
    page.goto(visitor.address + "/relais/admin/rental_booking/")

    page.get_by_text("Ajouter").press("Enter")
    expect(page.get_by_text("Rôles qui l’ont")).to_be_visible()
    assert wrong(page) == []
    page.keyboard.press("Escape")
    expect(page.get_by_text("Rôles qui l’ont")).to_be_hidden()


def test_pages_of_members_have_nothing_serious_for_axe(world: World, visit: Callable[..., Visitor]) -> None:
    world.structure("relais", enabled=["rental"])
    world.user("boss", relais=["direction"])
    world.user("lea", relais=["accueil"])
    lea, visitor = member_id(world, "Lea"), visit()
    page = visitor.sign_in("boss")
    faults = {}

    for path in (
        "admin/member/",
        "members/invite",
        f"admin/member/edit/?id={lea}",
        f"members/{lea}/leave",
        f"members/{lea}/rights",
    ):
        page.goto(f"{visitor.address}/relais/{path}")
        faults[path] = wrong(page)
    page.get_by_role("button", name="Voir comme ce membre").click()
    page.get_by_text("Vous voyez le site comme Lea").wait_for()
    faults["looking"] = wrong(page)

    assert {path: found for path, found in faults.items() if found} == {}
