"""Whole stories at the desk: a person is referred, a person is erased, a list comes in and is taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from jalon import beneficiaries
from jalon.clock import now
from jalon.models import Beneficiary, Title
from jalon.testing.browsing import Visitor
from jalon.testing.world import World
from jalon_fleet import vehicles
from jalon_fleet.models import Category
from jalon_rental import bookings
from jalon_rental.models import Booking
from jalon_rental.testing import renter

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LINES = (
    "Civilité;Nom;Prénom;Date de naissance;Sans téléphone\r\n"
    "Madame;Lefèvre;Hélène;12/03/1985;oui\r\n"
    "Monsieur;Brûlé;Noël;31/02/1980;oui\r\n"
)


def status(page: Page, words: str) -> None:
    expect(page.locator("main [role=status]").first).to_contain_text(words)


def test_a_person_who_agrees_is_referred_and_received_and_both_ends_read_it(
    world: World, visit: Callable[..., Visitor]
) -> None:
    for slug in ("relais", "tremplin"):
        world.structure(slug)
    world.user("ada", relais=["conseiller"])
    world.user("tom", tremplin=["conseiller"])
    with world.inside("relais") as session:
        named = {"title": Title.MADAM, "usage_name": "Lefèvre", "first_name": "Hélène"}
        person_id = beneficiaries.create(session, named, {"no_phone": True}, reason="test").id
        session.commit()
    here, there = visit(), visit()
    ada, tom = here.sign_in("ada"), there.sign_in("tom")

    ada.goto(f"{here.address}/relais/beneficiaries/{person_id}/refer")
    ada.get_by_role("link", name="Noter l’accord de la personne").click()
    ada.get_by_label("Finalité").select_option(label="Partage entre les structures qui accompagnent")
    ada.get_by_label("Réponse").select_option(label="Donné")
    ada.get_by_label("Preuve").select_option(label="Dit, et noté")
    ada.get_by_role("button", name="Noter la réponse").click()
    status(ada, "La réponse est notée.")
    ada.get_by_role("link", name="Orienter").click()
    ada.get_by_label("Vers quelle structure").select_option(index=1)
    ada.get_by_label("Besoin de la personne").fill("un scooter pour un mois")
    ada.get_by_role("button", name="Envoyer l’orientation").click()
    status(ada, "L’orientation est envoyée.")

    tom.goto(f"{there.address}/tremplin/referrals/")
    tom.get_by_role("link", name="LEFÈVRE Hélène").click()
    tom.get_by_role("button", name="Accepter et ouvrir le dossier").click()
    tom.get_by_role("link", name="Ouvrir la fiche de la personne").click()

    expect(tom.locator("#path")).to_contain_text("un scooter pour un mois")
    ada.goto(f"{here.address}/relais/beneficiaries/{person_id}/")
    expect(ada.locator("#path")).to_contain_text("Orientation acceptée")


def test_who_has_a_booking_is_erased_once_it_is_over_and_no_name_remains(
    world: World, visit: Callable[..., Visitor]
) -> None:
    world.structure("relais", enabled=["rental"])
    world.user("ida", relais=["direction"])
    with world.inside("relais") as session:
        car = vehicles.add(session, category=Category.CAR, make="Renault", model="Clio", plate="AB-123-CD")
        person = renter(session, "Nora Diarra")
        bookings.book(session, car, beneficiary=person, starts_at=now(), ends_at=now() + timedelta(days=2))
        person_id, code = person.id, person.code
        session.commit()
    visitor = visit()
    page = visitor.sign_in("ida")
    page.goto(f"{visitor.address}/relais/beneficiaries/{person_id}/")

    page.get_by_role("link", name="Effacer cette personne").click()
    expect(page.locator("main [role=status]").first).to_contain_text("Quelque chose est encore en cours")
    expect(page.get_by_role("button", name="Effacer définitivement")).to_have_count(0)
    with world.inside("relais") as session:
        bookings.cancel(session, session.scalars(select(Booking)).one())
        session.commit()
    page.reload()
    page.get_by_label("Saisissez le code du dossier").fill(code)
    page.get_by_role("button", name="Effacer définitivement").click()
    page.get_by_role("button", name="Oui").click()

    status(page, "La personne est effacée")
    for path in ("admin/beneficiary/", f"beneficiaries/{person_id}/", "admin/rental_booking/", "history/"):
        page.goto(f"{visitor.address}/relais/{path}")
        expect(page.locator("main")).not_to_contain_text("DIARRA")


def test_a_list_from_a_french_excel_is_checked_written_and_taken_back(
    world: World, visit: Callable[..., Visitor], tmp_path: Path
) -> None:
    world.app.config["JALON_DATA_DIR"] = str(tmp_path / "data")
    world.structure("relais")
    world.user("ada", relais=["conseiller"])
    (tmp_path / "liste.csv").write_bytes(LINES.encode("cp1252"))
    page = visit().sign_in("ada")

    page.get_by_role("link", name="Importer une liste").click()
    page.get_by_role("radio", name="Personnes").check()
    page.get_by_label("Fichier").set_input_files(tmp_path / "liste.csv")
    page.get_by_role("button", name="Lire le fichier").click()
    page.get_by_role("button", name="Vérifier les lignes").click()
    expect(page.get_by_text("la même valeur pour toutes les lignes.")).to_be_visible()
    page.locator("[name=all-reason]").fill("liste du foyer")
    page.get_by_role("button", name="Vérifier les lignes").click()
    expect(page.get_by_role("row", name="31/02/1980")).to_be_visible()
    with page.expect_download() as given:
        page.get_by_role("link", name="en CSV").click()
    assert given.value.suggested_filename == "liste à corriger.csv"
    page.get_by_role("button", name="Importer").click()
    page.get_by_role("button", name="Oui").click()
    page.get_by_role("link", name="Annuler cet import").click()
    with world.inside("relais") as session:
        assert str(session.scalars(select(Beneficiary)).one().identity) == "LEFÈVRE Hélène"
    page.get_by_role("button", name="Annuler l’import").click()
    page.get_by_role("button", name="Oui").click()

    expect(page.locator("main")).to_contain_text("Fiches retirées")
