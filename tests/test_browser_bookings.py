"""A rental agent's desk: what is free, a booking, a refusal, two structures side by side, no mouse."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from jalon.clock import now
from jalon.testing.browsing import Visitor
from jalon.testing.world import World
from jalon_fleet import vehicles
from jalon_fleet.models import Category, Vehicle
from jalon_rental import bookings
from jalon_rental.testing import renter

pytestmark = pytest.mark.browser

MONDAY, FRIDAY = "2030-09-02T09:00", "2030-09-06T17:00"
FREE = f"/rental/free?starts_at={MONDAY}&ends_at={FRIDAY}&category="


def add_car(world: World, slug: str, plate: str) -> None:
    with world.inside(slug) as session:
        vehicles.add(session, category=Category.CAR, make="Renault", model="Clio", plate=plate)
        for name in ("Nora Diarra", "Hugo Perrin"):
            renter(session, name)
        session.commit()


@pytest.fixture
def relais(world: World) -> World:
    """One structure, one car, one agent."""
    world.structure("relais", enabled=["rental"])
    world.user("zoe", relais=["agent_location"])
    add_car(world, "relais", "AB-123-CD")
    return world


def offer(page: Page) -> None:
    """From the menu to the free vehicles of that week."""
    page.get_by_role("link", name="Véhicules libres").click()
    page.get_by_label("Du").fill(MONDAY)
    page.get_by_label("Au").fill(FRIDAY)
    page.get_by_role("button", name="Chercher").click()


def course(page: Page) -> Locator:
    """Where the page of a booking says its state; its history says former ones."""
    return page.get_by_role("region", name="Déroulement")


def choose(page: Page, name: str) -> None:
    """Type a name, look for it, and find it chosen for nobody else bears it."""
    page.get_by_label("Trouver une personne").last.fill(name)
    page.get_by_role("button", name="Chercher").last.click()
    expect(page.get_by_role("radio")).to_be_checked()


def save(page: Page) -> None:
    page.get_by_role("button", name="Enregistrer", exact=True).click()


def test_an_agent_finds_what_is_free_books_it_finds_it_again_and_cancels(
    relais: World, visit: Callable[..., Visitor]
) -> None:
    page = visit().sign_in("zoe")

    offer(page)
    expect(page.get_by_role("heading", name="1 véhicule libre")).to_be_visible()
    page.get_by_role("link", name="Réserver Renault Clio · AB-123-CD").click()
    choose(page, "nora diara")
    save(page)

    expect(page.locator("main [role=status]").first).to_have_text("C’est enregistré.")
    expect(page.get_by_role("heading", level=1)).to_have_text("DIARRA Nora · Renault Clio · AB-123-CD")
    offer(page)
    expect(page.get_by_text("Rien n’est libre pendant toute cette période.")).to_be_visible()

    page.get_by_role("link", name="Réservations").click()
    page.get_by_role("searchbox", name="Chercher").fill("ab-123")
    page.keyboard.press("Enter")
    page.get_by_role("row").filter(has_text="AB-123-CD").get_by_role("link").first.click()
    page.get_by_role("button", name="Annuler la réservation").click()
    page.keyboard.press("Escape")
    expect(course(page).get_by_text("Réservé", exact=True)).to_be_visible()
    page.get_by_role("button", name="Annuler la réservation").click()
    page.get_by_role("button", name="Oui").click()
    expect(page.locator("main [role=status]").first).to_contain_text("La réservation est annulée")


def test_todays_departure_is_one_click_from_the_dashboard_and_the_vehicle_leaves_and_comes_back(
    relais: World, visit: Callable[..., Visitor]
) -> None:
    with relais.inside("relais") as session:
        car = session.scalars(select(Vehicle)).one()
        bookings.book(
            session, car, beneficiary=renter(session, "Nora Diarra"), starts_at=now(), ends_at=now() + timedelta(days=2)
        )
        session.commit()
    page = visit().sign_in("zoe")

    page.get_by_role("link", name="Départs du jour 1").click()
    page.get_by_role("link", name="Nora").click()
    page.get_by_role("button", name="Remettre les clés").click()
    expect(page.locator("main [role=status]").first).to_contain_text("Les clés sont remises")
    expect(course(page).get_by_text("Sorti", exact=True)).to_be_visible()
    page.get_by_role("button", name="Reprendre le véhicule").click()

    expect(page.locator("main [role=status]").first).to_contain_text("Le véhicule est rendu")
    expect(course(page).get_by_text("Rendu", exact=True)).to_be_visible()


def test_a_double_booking_is_refused_at_the_field_and_what_was_typed_stays(
    relais: World, visit: Callable[..., Visitor]
) -> None:
    visitor = visit()
    first, second = visitor.sign_in("zoe"), visitor.open("/relais/")
    for page, name in ((first, "Nora"), (second, "Hugo")):
        offer(page)
        page.get_by_role("link", name="Réserver Renault").click()
        choose(page, name)
        page.get_by_label("Remarque").fill(f"pour {name} <b>& co</b> 🚗")

    save(first)
    save(second)

    expect(first.locator("main [role=status]").first).to_have_text("C’est enregistré.")
    refused = second.get_by_label("Départ")
    expect(refused).to_have_attribute("aria-invalid", "true")
    expect(refused).to_be_focused()
    expect(second.locator("#starts_at-err")).to_have_text("Déjà pris pendant une partie de cette période.")
    expect(refused).to_have_value(MONDAY)
    expect(second.get_by_label("Retour")).to_have_value(FRIDAY)
    expect(second.get_by_role("radio", name="PERRIN Hugo")).to_be_checked()
    expect(second.get_by_label("Remarque")).to_have_value("pour Hugo <b>& co</b> 🚗")
    expect(second.get_by_label("Véhicule", exact=True)).to_contain_text("Renault Clio · AB-123-CD")


def test_two_tabs_in_two_structures_each_keep_their_own(world: World, visit: Callable[..., Visitor]) -> None:
    for slug, plate in (("relais", "AB-123-CD"), ("tremplin", "EF-456-GH")):
        world.structure(slug, enabled=["rental"])
        add_car(world, slug, plate)
    world.user("zoe", relais=["agent_location"], tremplin=["agent_location"])
    visitor = visit()
    relais = visitor.sign_in("zoe")
    tremplin = visitor.open("/tremplin/")

    for page in (relais, tremplin):
        offer(page)
    for page in (tremplin, relais):
        page.get_by_role("link", name="Réserver Renault").click()
    choose(relais, "Nora")
    choose(tremplin, "Hugo")
    for page in (relais, tremplin):
        save(page)

    for page, slug, name, plate in (
        (relais, "relais", "DIARRA Nora", "AB-123-CD"),
        (tremplin, "tremplin", "PERRIN Hugo", "EF-456-GH"),
    ):
        expect(page).to_have_url(re.compile(f"/{slug}/admin/rental_booking/edit/"))
        expect(page.get_by_role("heading", level=1)).to_have_text(f"{name} · Renault Clio · {plate}")
        page.get_by_role("link", name="Réservations").first.click()
        expect(page.locator("tbody tr")).to_have_count(1)
        expect(page.locator("tbody")).to_contain_text(name)


def test_a_booking_is_made_without_a_mouse(relais: World, visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.sign_in("zoe")
    page.goto(f"{visitor.address}/relais{FREE}")

    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Aller au contenu")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    tab_to(page, "Réserver Renault Clio · AB-123-CD")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Trouver une personne").last).to_be_visible()
    page.get_by_label("Trouver une personne").last.focus()
    page.keyboard.type("Nora Diarra")
    page.keyboard.press("Enter")
    expect(page.get_by_role("radio")).to_be_checked()
    page.get_by_label("Quelqu’un d’autre").or_(page.get_by_label("Trouver une personne").last).last.focus()
    page.keyboard.press("Enter")

    expect(page.locator("main [role=status]").first).to_have_text("C’est enregistré.")
    expect(page.get_by_role("heading", level=1)).to_contain_text("DIARRA Nora")


def tab_to(page: Page, name: str, most: int = 60) -> None:
    """Press Tab until what has that name is focused, and seen to be."""
    wanted = page.get_by_label(name).or_(page.get_by_role("link", name=name)).first
    for _press in range(most):
        page.keyboard.press("Tab")
        if wanted.evaluate("e => e === document.activeElement"):
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
            return
    raise AssertionError(f"{name} is not reached by {most} tabs")
