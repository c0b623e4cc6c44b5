"""The vehicles' screens, as a browser sees them."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
import segno
from sqlalchemy import select

from jalon.testing.world import Browser, World
from jalon_fleet import vehicles
from jalon_fleet.models import Category, Vehicle

LIST = "/relais/admin/fleet_vehicle/"
NEW = f"{LIST}new/"
CAR = {"category": "CAR", "make": "Renault", "model": "Clio", "plate": "ab 123 cd", "serial_number": ""}


@pytest.fixture
def agent(world: World) -> Browser:
    world.structure("relais", enabled=["fleet"])
    world.user("zoe", relais=["agent_location"])
    return world.client("zoe")


def stored(world: World) -> list[str]:
    with world.inside("relais") as session:
        return [str(vehicle) for vehicle in session.scalars(select(Vehicle).order_by(Vehicle.id))]


@pytest.mark.both_databases
def test_a_vehicle_is_typed_saved_and_listed(world: World, agent: Browser) -> None:
    answer = agent.send(NEW, **CAR)

    assert answer.status_code == 302
    assert stored(world) == ["Renault Clio · AB-123-CD"]
    assert "AB-123-CD" in agent.get(LIST).text


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "bad plate": ({"plate": "AI-123-BB"}, "plate"),
    "no plate": ({"plate": ""}, "plate"),
    "taken plate": ({"plate": "aa-123-bb"}, "plate"),
    "no make": ({"make": ""}, "make"),
    "cycle without number": ({"category": "BIKE", "plate": ""}, "serial_number"),
    "no such category": ({"category": "ROCKET"}, "category"),
    "a name too long": ({"make": "x" * 41}, "make"),
}


@pytest.mark.parametrize(("changes", "field"), REFUSED.values(), ids=REFUSED.keys())
def test_a_refused_vehicle_keeps_what_was_typed_and_says_what_is_wrong_at_the_field(
    world: World, agent: Browser, changes: dict[str, Any], field: str
) -> None:
    agent.send(NEW, **{**CAR, "plate": "AA-123-BB"})

    answer = agent.send(NEW, **{**CAR, "model": "Typed <b>twice</b>", **changes})

    assert answer.status_code == 422
    assert f'id="{field}-err"' in answer.text
    assert "Typed &lt;b&gt;twice&lt;/b&gt;" in answer.text
    assert stored(world) == ["Renault Clio · AA-123-BB"]


NO_VEHICLES = ["0", "4711", "99999999999", "1" * 30, "-1", "x"]


@pytest.mark.both_databases
@pytest.mark.parametrize("step", ["retire", "bring-back", "label"])
def test_a_step_on_no_vehicle_is_not_found(agent: Browser, step: str) -> None:
    answers = {id: agent.send(f"/relais/fleet/vehicles/{id}/{step}").status_code for id in NO_VEHICLES}

    assert answers == dict.fromkeys(NO_VEHICLES, 404)


def test_a_vehicle_leaves_the_fleet_and_comes_back_by_its_buttons(world: World, agent: Browser) -> None:
    with world.inside("relais") as session:
        vehicle = vehicles.add(session, category=Category.CAR, make="Renault", model="Clio", plate="AA-123-BB")
        session.commit()
        address = f"{LIST}edit/?id={vehicle.id}"
        steps = f"/relais/fleet/vehicles/{vehicle.id}"

    states = []
    for step in ("retire", "bring-back"):
        agent.send(f"{steps}/{step}")
        page = agent.get(address).text
        states.append(("/retire" in page, "/bring-back" in page))

    assert states == [(False, True), (True, False)]


@pytest.mark.parametrize("role", ["accueil", "conseiller", "direction", "regulateur"])
def test_who_only_reads_sees_the_list_without_buttons_and_changes_nothing(world: World, role: str) -> None:
    world.structure("relais", enabled=["fleet"])
    world.user("lea", relais=[role])
    with world.inside("relais") as session:
        vehicle_id = vehicles.add(session, category=Category.CAR, make="Renault", model="Clio", plate="AA-123-BB").id
        session.commit()
    reader = world.client("lea")

    listed = reader.get(LIST)

    assert listed.status_code == 200
    assert "AA-123-BB" in listed.text
    assert "/new/" not in listed.text
    assert "/edit/" not in listed.text
    assert reader.get(NEW).status_code == 403
    assert reader.send(NEW, **CAR).status_code == 403
    assert reader.send(f"/relais/fleet/vehicles/{vehicle_id}/retire").status_code == 403
    assert stored(world) == ["Renault Clio · AA-123-BB"]


UNSEEN = {"blanks": "   ", "a NUL": "\0", "a zero-width space": "\u200b", "all of them": " \u200b\0\u200d\ufeff "}


@pytest.mark.both_databases
@pytest.mark.parametrize("typed", UNSEEN.values(), ids=UNSEEN.keys())
@pytest.mark.parametrize("field", ["make", "model"])
def test_what_nobody_can_read_is_nothing_typed(world: World, agent: Browser, field: str, typed: str) -> None:
    answer = agent.send(NEW, **{**CAR, field: typed})

    assert answer.status_code == 422
    assert f'id="{field}-err"' in answer.text
    assert stored(world) == []


def test_a_label_leads_to_the_public_address_whatever_the_request_says(world: World, agent: Browser) -> None:
    world.app.config["JALON_PUBLIC_URL"] = "https://jalon.example.org"
    agent.send(NEW, **CAR)
    form = {"csrf_token": agent.token()}
    agent.client.set_cookie("jalon_session", agent.client.get_cookie("jalon_session").value, domain="evil.example")

    answer = agent.client.post("/relais/fleet/vehicles/1/label", data=form, base_url="https://evil.example")

    found = re.search(r"<code>([^<]+)</code>", answer.text)
    assert found
    picture = segno.make(f"https://jalon.example.org/q/{found[1]}", error="m").svg_inline(scale=6, omitsize=False)
    assert picture in answer.text


WRONG_PAPERS = {
    "no last day": ({"valid_until": ""}, "valid_until"),
    "not a day": ({"valid_until": "2027-02-30"}, "valid_until"),
    "a year mistyped": ({"valid_until": "2207-03-01"}, "valid_until"),
    "seen tomorrow": ({"seen_on": "2899-01-01"}, "seen_on"),
}


@pytest.mark.parametrize(("changes", "field"), WRONG_PAPERS.values(), ids=WRONG_PAPERS.keys())
def test_a_refused_paper_keeps_what_was_typed_and_says_what_is_wrong_at_the_field(
    agent: Browser, changes: dict[str, str], field: str
) -> None:
    agent.send(NEW, **CAR)
    typed = {"kind": "INSURANCE", "valid_until": f"{date.today().year + 1}-03-01", "seen_on": "", **changes}

    answer = agent.send("/relais/fleet/vehicles/1/papers", **typed)

    assert answer.status_code == 422
    assert f'id="{field}-err"' in answer.text
    assert f'value="{typed[field]}"' in answer.text
    assert '<option selected value="INSURANCE">' in answer.text


def test_a_paper_that_was_seen_is_noted_from_the_page_of_the_vehicle(agent: Browser) -> None:
    agent.send(NEW, **CAR)
    last = date.today() + timedelta(days=200)

    answer = agent.send("/relais/fleet/vehicles/1/papers", kind="INSURANCE", valid_until=last.isoformat())

    assert answer.status_code == 302
    assert f"valable jusqu’au {last:%d/%m/%Y}" in agent.get(f"{LIST}edit/?id=1").text


def test_the_history_of_a_vehicle_calls_its_papers_as_its_page_does(agent: Browser) -> None:
    agent.send(NEW, **CAR)
    agent.send("/relais/fleet/vehicles/1/papers", kind="INSURANCE", valid_until=str(date.today() + timedelta(days=200)))

    page = agent.get("/relais/admin/fleet_vehicle/edit/?id=1").text

    assert "<b>Valable jusqu’au</b>" in page
    assert "valid_until</b>" not in page
