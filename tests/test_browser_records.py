"""One record in a real browser: documents dropped on it, and the next in the list by one key."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from jalon.testing.browsing import Visitor
from jalon.testing.world import World
from jalon_fleet import vehicles
from jalon_fleet.models import Category

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
PDF = base64.b64encode(b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n").decode()
DROP = """(files) => {
  const carried = new DataTransfer();
  for (const [name, content] of files)
    carried.items.add(new File([Uint8Array.from(atob(content), (c) => c.charCodeAt(0))], name));
  const box = document.querySelector("#documents");
  for (const type of ["dragenter", "dragover", "drop"])
    box.dispatchEvent(new DragEvent(type, { dataTransfer: carried, bubbles: true, cancelable: true }));
}"""


@pytest.fixture
def fleet(world: World, tmp_path: Path) -> World:
    """Three bicycles; ida rents them."""
    world.app.config["JALON_DATA_DIR"] = str(tmp_path / "data")
    world.structure("relais", enabled=["fleet"])
    world.user("ida", relais=["agent_location"])
    with world.inside("relais") as session:
        for number in ("BC-1", "BC-2", "BC-3"):
            vehicles.add(session, category=Category.BIKE, make="Velox", model="Town", serial_number=number)
        session.commit()
    return world


def opened(visit: Callable[..., Visitor], id: int, **options: object) -> Page:
    visitor = visit(**options)
    page = visitor.sign_in("ida")
    page.goto(f"{visitor.address}/relais/admin/fleet_vehicle/edit/?id={id}&url=/relais/admin/fleet_vehicle/?show%3Din")
    return page


def test_files_are_dropped_at_once_and_each_says_what_became_of_it(fleet: World, visit: Callable[..., Visitor]) -> None:
    page = opened(visit, 1)
    page.get_by_label("Marque").fill("Typed meanwhile")

    page.evaluate(DROP, [["Carte grise.pdf", PDF], ["facture.pdf", "TVqQAA=="], ["Contrat.pdf", PDF]])
    expect(page.locator("[data-files] li")).to_have_count(3)
    page.locator("#doc-kind").select_option("VEHICLE")

    expect(page.locator("[data-files] .done")).to_have_count(2)
    expect(page.locator("[data-files] .refused")).to_contain_text("facture.pdf")
    expect(page.locator("[data-files] .refused")).to_contain_text("quel que soit son nom")
    expect(page.locator("[data-kept]")).to_contain_text("Carte grise")
    expect(page.locator("[data-kept]")).to_contain_text("Contrat")
    expect(page.locator("#documents-title")).to_contain_text("2")
    expect(page.get_by_label("Marque")).to_have_value("Typed meanwhile")


def test_many_files_are_chosen_by_the_button_on_a_telephone(fleet: World, visit: Callable[..., Visitor]) -> None:
    page = opened(visit, 1, viewport={"width": 390, "height": 800})
    content = base64.b64decode(PDF)

    page.get_by_text("Ajouter des documents").click()
    page.locator("#doc-kind").select_option("VEHICLE")
    page.locator("#doc-file").set_input_files(
        [{"name": f"{name}.pdf", "mimeType": "application/pdf", "buffer": content} for name in ("un", "deux")]
    )

    expect(page.locator("[data-kept] article")).to_have_count(2)
    expect(page.locator("[data-kept]")).to_contain_text("deux")


def test_one_key_leads_to_the_next_record_of_the_list_and_none_while_one_types(
    fleet: World, visit: Callable[..., Visitor]
) -> None:
    page = opened(visit, 1)
    number = page.get_by_label("Numéro de série")

    page.locator("body").press("j")
    expect(number).to_have_value("BC-2")
    number.press("Alt+ArrowDown")
    expect(number).to_have_value("BC-3")
    page.locator("body").press("j")
    expect(page.get_by_text("dernier de la liste")).to_be_visible()
    page.locator("body").press("k")
    expect(number).to_have_value("BC-2")
    number.press("j")

    expect(number).to_have_value("jBC-2")
    assert "show%3Din" in page.url
