"""The Modules page, as a platform administrator uses it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from jalon.clock import now
from jalon.testing.browsing import Visitor
from jalon.testing.world import World
from jalon_fleet import vehicles
from jalon_fleet.models import Category
from jalon_rental import bookings
from jalon_rental.testing import renter

pytestmark = pytest.mark.browser


def test_rental_is_switched_on_with_the_fleet_it_needs_and_its_menu_appears_at_once(
    world: World, visit: Callable[..., Visitor]
) -> None:
    world.structure("relais")
    world.user("camille", admin=True, relais=["agent_location"])
    page = visit().sign_in("camille")
    menu = page.get_by_role("navigation", name="Menu principal")
    expect(menu.get_by_role("link", name="Réservations")).to_have_count(0)

    menu.get_by_role("link", name="Modules").click()
    page.get_by_role("region", name="Location").get_by_role("link", name="Activer").click()
    expect(page.get_by_text("Activés en même temps")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="Parc de véhicules —")).to_be_visible()
    page.get_by_role("button", name="Activer").click()

    expect(page.get_by_role("status").filter(has_text="Location")).to_contain_text("est activé")
    expect(page.get_by_role("cell", name="Camille")).to_have_count(2)
    menu.get_by_role("link", name="Réservations").click()
    expect(page.get_by_text("Rien ici pour le moment.")).to_be_visible()


def test_switching_the_fleet_off_shows_who_needs_it_and_what_is_running_and_keeps_the_data(
    world: World, visit: Callable[..., Visitor]
) -> None:
    world.structure("relais", enabled=["rental"])
    world.user("camille", admin=True, relais=["agent_location"])
    with world.inside("relais") as session:
        car = vehicles.add(session, category=Category.CAR, make="Renault", model="Clio", plate="AB-123-CD")
        start = now() + timedelta(days=1)
        bookings.book(
            session, car, beneficiary=renter(session, "Nora"), starts_at=start, ends_at=start + timedelta(days=2)
        )
        session.commit()
    visitor = visit()
    page = visitor.sign_in("camille")

    page.goto(visitor.address + "/relais/modules/fleet/")
    expect(page.get_by_role("listitem").filter(has_text="Location —")).to_be_visible()
    expect(page.get_by_text("1 réservation n’est pas terminée")).to_be_visible()
    page.get_by_role("button", name="Désactiver").click()
    expect(page.get_by_role("link", name="Réservations")).to_have_count(0)
    page.goto(visitor.address + "/relais/admin/rental_booking/")
    expect(page.get_by_role("heading", name="Page introuvable")).to_be_visible()

    page.goto(visitor.address + "/relais/modules/rental/")
    page.get_by_role("button", name="Activer").click()
    page.get_by_role("link", name="Réservations").click()
    expect(page.get_by_role("link", name="Nora")).to_be_visible()
