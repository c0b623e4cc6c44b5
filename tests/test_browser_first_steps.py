"""The five steps from an empty installation to a first record, by somebody without a mouse."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from jalon import first_steps
from jalon.testing.browsing import Visitor
from jalon.testing.plugin import make_app
from jalon.testing.world import PASSWORD

pytestmark = pytest.mark.browser


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """A site that has just been installed."""
    made = make_app(database_url, JALON_DATA_DIR=str(tmp_path / "data"))
    yield made
    with made.app_context():
        made.extensions["jalon"].db.engine.dispose()


def type_in(page: Page, label: str, text: str) -> None:
    """Go to a field with the Tab key, and type."""
    field = page.get_by_label(label, exact=True)
    for _step in range(60):
        if field.evaluate("field => field === document.activeElement"):
            break
        page.keyboard.press("Tab")
    expect(field).to_be_focused()
    page.keyboard.type(text)


def press(page: Page, role: str, name: str, key: str = "Enter") -> None:
    """Go to a button, link or box with the Tab key, and press it."""
    wanted = page.get_by_role(role, name=name).first  # type: ignore[arg-type]
    expect(wanted).to_be_visible()
    for _step in range(60):
        if wanted.evaluate("found => found === document.activeElement"):
            break
        page.keyboard.press("Tab")
    expect(wanted).to_be_focused()
    page.keyboard.press(key)


def test_from_nothing_to_a_first_vehicle_by_keyboard(app: Flask, visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.open("/")
    expect(page.get_by_role("heading", name="Personne n’a encore de compte ici")).to_be_visible()

    key = first_steps.new_key(Path(app.config["JALON_DATA_DIR"]), app.config["SECRET_KEY"])
    page.goto(f"{visitor.address}/first-steps/{key}")
    expect(page.get_by_text("Étape 1 sur 5")).to_be_visible()
    for label, text in (("Prénom et nom*", "Camille Martin"), ("Adresse électronique*", "camille@test.example")):
        type_in(page, label, text)
    for label in ("Mot de passe*", "Le même mot de passe encore une fois"):
        type_in(page, label, PASSWORD)
    page.keyboard.press("Enter")

    expect(page.get_by_text("Étape 2 sur 5")).to_be_visible()
    type_in(page, "Nom de la structure*", "Garage d’Étampes")
    expect(page.get_by_label("Son adresse sur ce site")).to_have_value("garage-d-etampes")
    page.keyboard.press("Enter")

    expect(page.get_by_text("Étape 3 sur 5")).to_be_visible()
    expect(page.get_by_role("checkbox", name="Je la dirige")).to_be_checked()
    press(page, "button", "Enregistrer et continuer")

    expect(page.get_by_text("Étape 4 sur 5")).to_be_visible()
    press(page, "link", "Retour")
    expect(page.get_by_text("Direction : Camille Martin.")).to_be_visible()
    press(page, "link", "Un module")
    press(page, "button", "Activer Location")
    expect(page.get_by_role("status").filter(has_text="Location")).to_be_visible()

    page.goto(visitor.address + "/")  # somebody comes in; later it goes on from the dashboard
    press(page, "link", "Suite : une première fiche")
    expect(page.get_by_text("Étape 5 sur 5")).to_be_visible()
    press(page, "button", "Me donner le rôle « Agent de location »")
    press(page, "link", "Remplir une première fiche : véhicule")

    type_in(page, "Marque*", "Renault")
    type_in(page, "Modèle*", "Clio")
    type_in(page, "Immatriculation", "AB-123-CD")
    press(page, "button", "Enregistrer")
    expect(page.get_by_text("C’est enregistré.")).to_be_visible()

    page.goto(visitor.address + "/")
    expect(page.get_by_role("heading", name="Bonjour")).to_be_visible()
    expect(page.get_by_text("Premiers pas")).to_have_count(0)
