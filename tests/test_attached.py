"""What is attached to records of modules: seen with them, hidden with them, there again with them."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from jalon.clock import today
from jalon.scope import PARIS
from jalon.testing.world import Browser, World
from jalon_fleet import vehicles
from jalon_fleet.models import Category, Vehicle

PAGE = "/relais/admin/fleet_vehicle/details/?id=1"
ABOUT = {"subject_table": "fleet_vehicle", "subject_id": "1"}


@pytest.fixture
def relais(world: World) -> World:
    """`relais` with a bicycle; ana directs and max keeps the accounts there."""
    world.structure("relais", enabled=["fleet"])
    world.user("ana", relais=["direction"])
    world.user("max", relais=["comptable"])
    with world.inside("relais") as session:
        vehicles.add(session, category=Category.BIKE, make="Velox", model="Town", serial_number="BC-1")
        session.commit()
    return world


def attach(browser: Browser) -> list[int]:
    day = today(PARIS).isoformat()
    answers = [
        browser.send("/relais/notes/", **ABOUT, shareable="The chain slips"),
        browser.send("/relais/tasks/", **ABOUT, title="Order a chain", due_on=day),
        browser.send("/relais/documents/", **ABOUT, kind="VEHICLE", name="Invoice of the chain", seen_on=day),
    ]
    return [answer.status_code for answer in answers]


def test_what_is_attached_to_a_vehicle_is_there_while_its_module_is_on(relais: World) -> None:
    ana = relais.client("ana")
    assert attach(ana) == [302, 302, 302]
    seen = [ana.get("/relais/tasks/?show=all").text, ana.get("/relais/documents/?show=all").text, ana.get(PAGE).text]
    assert ["chain" in text for text in seen] == [True, True, True]

    relais.disable("relais", "fleet")

    assert "chain" not in ana.get("/relais/tasks/?show=all").text
    assert "chain" not in ana.get("/relais/documents/?show=all").text
    assert [ana.get(f"/relais/{kind}/1").status_code for kind in ("documents", "tasks", "notes")] == [404, 308, 308]
    assert [ana.get(f"/relais/{kind}/1/").status_code for kind in ("tasks", "notes")] == [404, 404]
    assert attach(ana) == [404, 404, 404]

    relais.enable("relais", "fleet")

    assert "chain" in ana.get("/relais/tasks/?show=all").text
    assert ana.get("/relais/documents/1").status_code == 200


def test_who_may_not_see_the_vehicles_sees_nothing_of_them_below_other_pages(relais: World) -> None:
    attach(relais.client("ana"))
    max_ = relais.client("max")

    assert max_.get(PAGE).status_code == 403
    assert max_.get("/relais/tasks/?show=all").status_code == 403
    assert max_.get("/relais/documents/1").status_code == 403


def test_a_panel_stands_below_the_form_too_and_its_forms_lead_back_to_it(relais: World) -> None:
    relais.user("rem", relais=["agent_location"])
    agent, page = relais.client("rem"), "/relais/admin/fleet_vehicle/edit/?id=1"

    shown = agent.get(page).text
    answer = agent.send("/relais/tasks/", **ABOUT, title="Order a chain", due_on="2026-01-01", back=page)

    assert f'name="back" value="{page}"' in shown
    assert answer.location == page
    with relais.inside("relais") as session:
        assert session.scalars(select(Vehicle.version)).all() == [1]
