"""Reading a confidential field of bookings: on the list, the form, the details, the history and in an export."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from jalon.clock import now
from jalon.declarations import Permission
from jalon.models import AccessEntry
from jalon.testing.world import Browser, World
from jalon_fleet import vehicles
from jalon_fleet.models import Category
from jalon_rental import bookings
from jalon_rental.admin import BookingScreen
from jalon_rental.models import Booking
from jalon_rental.testing import renter

pytestmark = pytest.mark.both_databases
LIST = "/relais/admin/rental_booking/"
NOTES = "rental.secret_notes"


@pytest.fixture
def agent(world: World, monkeypatch: pytest.MonkeyPatch) -> Browser:
    """Somebody who may read notes, which are confidential; two bookings."""
    module = world.jalon.registry.modules["rental"]
    grants = {**module.plugin.grants, "agent_location": ("rental.read", "rental.write", NOTES)}
    secret = Permission(NOTES, "read the notes", confidential=True)
    module.plugin = replace(module.plugin, permissions=(*module.plugin.permissions, secret), grants=grants)
    monkeypatch.setattr(BookingScreen, "field_permissions", {"note": NOTES}, raising=False)
    monkeypatch.setattr(BookingScreen, "can_export", True)
    world.structure("relais", enabled=["rental"])
    with world.inside("relais") as session:
        car = vehicles.add(session, category=Category.CAR, make="Renault", model="Clio", plate="AA-123-BB")
        for day in (1, 2):
            start = now() + timedelta(days=day)
            bookings.book(
                session, car, beneficiary=renter(session, "Ada"), starts_at=start, ends_at=start + timedelta(hours=2)
            )
        session.commit()
    world.user("zoe", relais=["agent_location"])
    world.user("max", relais=["accueil"])
    return world.client("zoe")


def logged(world: World) -> list[tuple[str, str, str, int | None, int]]:
    with world.inside("relais") as session:
        entries = session.scalars(select(AccessEntry).order_by(AccessEntry.id))
        return [(e.actor_name, e.permission, e.subject_table, e.subject_id, e.rows) for e in entries]


@pytest.mark.parametrize("page", ["edit/?id=1", "details/?id=1"])
def test_a_record_is_one_entry(world: World, agent: Browser, page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = world.jalon.screens["jalon_admin_rental_booking"]
    monkeypatch.setattr(screen, "_details_columns", [("renter", "Locataire"), ("note", "Remarque")])

    assert agent.get(LIST + page).status_code == 200

    assert logged(world) == [("Zoe", NOTES, "rental_booking", 1, 1)]


def test_who_may_not_read_the_field_has_read_nothing(world: World, agent: Browser) -> None:
    assert world.client("max").get(f"{LIST}details/?id=1").status_code == 200

    assert logged(world) == []


def test_a_list_that_shows_the_field_is_one_entry_with_its_rows(
    world: World, agent: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = world.jalon.screens["jalon_admin_rental_booking"]
    agent.get(LIST)
    assert logged(world) == []
    monkeypatch.setattr(screen, "_list_columns", [("renter", "Locataire"), ("note", "Remarque")])

    agent.get(LIST)
    agent.get(f"{LIST}?search=nobody")

    assert logged(world) == [("Zoe", NOTES, "rental_booking", None, 2)]


def test_an_export_is_one_entry_with_its_rows(world: World, agent: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = world.jalon.screens["jalon_admin_rental_booking"]
    monkeypatch.setattr(screen, "_export_columns", [("renter", "Locataire"), ("note", "Remarque")])

    answer = agent.get(f"{LIST}export/csv/")

    assert "Ada" in answer.text
    assert logged(world) == [("Zoe", NOTES, "rental_booking", None, 2)]


def test_a_refused_form_shows_the_field_too(world: World, agent: Browser) -> None:
    assert agent.send(f"{LIST}edit/?id=1", beneficiary="").status_code == 422

    assert logged(world) == [("Zoe", NOTES, "rental_booking", 1, 1)]


def test_the_past_of_the_field_is_read_as_the_field_itself(world: World, agent: Browser) -> None:
    with world.inside("relais") as session:
        session.execute(update(Booking).values(note="Suivi délicat"))
        session.commit()
    world.user("dora", relais=["direction", "agent_location"])

    assert "Suivi délicat" in agent.get(f"{LIST}history/?id=2").text
    assert "Suivi délicat" in world.client("dora").get("/relais/history/").text

    assert ("Zoe", NOTES, "rental_booking", 2, 1) in logged(world)
    assert ("Dora", NOTES, "jalon_history", None, 2) in logged(world)
