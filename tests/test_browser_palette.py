"""Ctrl+K and the telephone, by keyboard alone, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import monotonic

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from jalon import beneficiaries
from jalon.models import Note, Task, Title
from jalon.testing.browsing import Visitor
from jalon.testing.world import World

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text(encoding="utf-8")
RUN = """async () => (await axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']})).violations
    .filter(v => ['serious', 'critical'].includes(v.impact)).map(v => v.id)"""
SIZES = {"desk, light": (1280, 860, "light"), "phone, dark": (390, 800, "dark")}


@pytest.fixture
def desk(world: World) -> World:
    world.structure("relais")
    world.user("ida", relais=["accueil"])
    with world.inside("relais", permissions={"jalon.beneficiaries.read"}) as session:
        for family, first in (("Lefèvre", "Hélène"), ("Lefort", "Yanis")):
            named = {"title": Title.NEUTRAL, "usage_name": family, "first_name": first}
            beneficiaries.create(session, named, {"no_phone": True}, reason="test")
        session.commit()
    return world


def faults(page: Page) -> list[str]:
    page.evaluate(AXE)
    found: list[str] = page.evaluate(RUN)
    return found


@pytest.mark.parametrize("size", SIZES)
def test_a_call_is_noted_by_keyboard_alone_in_ten_seconds(
    desk: World, visit: Callable[..., Visitor], size: str
) -> None:
    width, height, scheme = SIZES[size]
    visitor = visit(color_scheme=scheme, viewport={"width": width, "height": height})
    page = visitor.sign_in("ida")
    page.goto(f"{visitor.address}/relais/phone/")
    began = monotonic()

    page.keyboard.type("lefebre elene")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Ce qui s’est dit")).to_be_focused()
    page.keyboard.type("Cherche une voiture pour janvier.")
    page.keyboard.press("Tab")
    page.keyboard.type("La rappeler")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Enregistré pour LEFÈVRE Hélène.")).to_be_visible()

    assert monotonic() - began < 10
    expect(page.get_by_role("combobox", name="Qui appelle")).to_be_focused()
    expect(page.get_by_role("combobox", name="Qui appelle")).to_have_value("")
    assert page.url == f"{visitor.address}/relais/phone/"
    with desk.inside("relais", permissions={"jalon.beneficiaries.read"}) as session:
        assert session.scalars(select(Note.shareable)).all() == ["Cherche une voiture pour janvier."]
        assert session.scalars(select(Task.title)).all() == ["La rappeler"]
    page.keyboard.type("lef")
    expect(page.get_by_role("option")).to_have_count(2)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Ce qui s’est dit")).to_be_focused()
    assert faults(page) == []


def test_what_is_refused_stays_typed_and_a_caller_nobody_knows_is_added_with_the_name(
    desk: World, visit: Callable[..., Visitor]
) -> None:
    visitor = visit()
    page = visitor.sign_in("ida")
    page.goto(f"{visitor.address}/relais/phone/")

    page.keyboard.type("lefort")
    page.keyboard.press("Enter")
    note = page.get_by_label("Ce qui s’est dit")
    expect(note).to_be_focused()
    page.keyboard.type("IBAN FR76 3000 6000 0112 3456 7890 189")
    page.keyboard.press("Control+s")
    expect(page.get_by_text("numéro de compte bancaire")).to_be_visible()
    expect(note).to_be_focused()
    expect(note).to_have_value("IBAN FR76 3000 6000 0112 3456 7890 189")
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.press("Escape")
    page.keyboard.type("quoxpim yann")
    expect(page.get_by_role("option", name="Ajouter une personne")).to_be_visible()
    page.keyboard.press("Enter")

    expect(page.locator("[name=usage_name]")).to_have_value("quoxpim")
    expect(page.locator("[name=first_name]")).to_have_value("yann")
    assert "quoxpim" not in page.url


@pytest.mark.parametrize("size", SIZES)
def test_ctrl_k_leads_anywhere_and_escape_comes_back(desk: World, visit: Callable[..., Visitor], size: str) -> None:
    width, height, scheme = SIZES[size]
    visitor = visit(color_scheme=scheme, viewport={"width": width, "height": height})
    page = visitor.sign_in("ida")
    box = page.get_by_role("combobox", name="Chercher partout")

    page.get_by_role("link", name="Chercher partout").click() if width < 860 else page.keyboard.press("Control+k")
    expect(page.get_by_role("option", name="Au téléphone")).to_be_visible()
    page.keyboard.type("lef")
    expect(page.get_by_role("option", name="LEFORT Yanis")).to_be_visible()
    assert faults(page) == []
    first = box.get_attribute("aria-activedescendant")
    page.keyboard.press("ArrowDown")
    second = box.get_attribute("aria-activedescendant")
    page.keyboard.press("Home")
    assert [first, second, box.get_attribute("aria-activedescendant")] == ["hit-0", "hit-1", "hit-0"]
    page.keyboard.press("Escape")
    expect(page.get_by_role("option")).to_have_count(0)
    page.keyboard.press("Control+k")
    page.keyboard.type("au tel")
    expect(page.get_by_role("option").first).to_contain_text("Au téléphone")
    page.keyboard.press("Enter")

    expect(page).to_have_url(f"{visitor.address}/relais/phone/")
