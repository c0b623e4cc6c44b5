"""What a form looks up while one types belongs to its field: whoever may not read it asks in vain."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from jalon.app_of import mount
from jalon.testing.plugin import make_app
from jalon.testing.world import World
from jalon_rental.admin import BookingScreen

LOOKUP = "/relais/admin/rental_booking/ajax/lookup/?name=member&query=bo"


@pytest.fixture
def app(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """The site with bookings whose follower is looked up, and read with a right."""
    monkeypatch.setattr(BookingScreen, "form_ajax_refs", {"member": {"fields": ("name",)}}, raising=False)
    monkeypatch.setattr(BookingScreen, "field_permissions", {"member": "rental.notes"})
    made = make_app(database_url)
    yield made
    with made.app_context():
        mount(made).db.engine.dispose()


@pytest.mark.parametrize(("role", "status", "found"), [("conseiller", 200, True), ("accueil", 404, False)])
def test_a_hidden_field_is_not_looked_up(world: World, role: str, status: int, found: bool) -> None:
    world.structure("relais", enabled=["rental"])
    world.user("boss", relais=["direction"])
    world.user("lea", relais=[role])

    answer = world.client("lea").get(LOOKUP)

    assert (answer.status_code, "Boss" in answer.text) == (status, found)
