"""What is printed of vehicles: the sheet of one, the labels of all."""

from __future__ import annotations

import re
import zlib
from datetime import timedelta

import pytest
from sqlalchemy import select

from jalon import links
from jalon.clock import today
from jalon.models import Link
from jalon.scope import PARIS
from jalon.testing.world import World
from jalon_fleet import papers, sheets, vehicles
from jalon_fleet.models import Category, PaperKind, Vehicle

CAR = {"category": Category.CAR, "make": "Renault", "model": "Clio", "plate": "AA-123-BB", "minimum_age": 21}
BIKE = {"category": Category.BIKE, "make": "Arcade", "model": "Escapade", "serial_number": "X1"}


@pytest.fixture
def relais(world: World) -> World:
    world.structure("relais", enabled=["fleet"])
    world.user("ana", relais=["accueil"])
    world.user("zoe", relais=["agent_location"])
    with world.inside("relais") as session:
        car = vehicles.add(session, **CAR)
        vehicles.add(session, **BIKE)
        papers.note(session, car, PaperKind.INSURANCE, valid_until=today(PARIS) - timedelta(days=1))
        session.commit()
    return world


def vehicle(session: object, model: str) -> Vehicle:
    return session.scalars(select(Vehicle).where(Vehicle.model == model)).one()  # type: ignore[attr-defined]


def pages_of(paper: bytes) -> int:
    streams = re.findall(rb"/FlateDecode[^>]*>>\nstream\n(.*?)\nendstream", paper, re.DOTALL)
    return b"".join(map(zlib.decompress, streams)).count(b"/Type /Page\n") or len(
        re.findall(rb"/Type\s*/Page\b(?!s)", b"".join(map(zlib.decompress, streams)))
    )


def test_the_sheet_is_one_tagged_page_that_who_only_reads_may_print(relais: World) -> None:
    page = relais.client("ana").get("/relais/admin/fleet_vehicle/details/?id=1").text

    paper = relais.client("ana").get("/relais/fleet/vehicles/1/sheet")

    assert 'href="/relais/fleet/vehicles/1/sheet"' in page
    assert (paper.mimetype, paper.headers["Cache-Control"]) == ("application/pdf", "private, no-store")
    assert paper.data.startswith(b"%PDF-")
    assert pages_of(paper.data) == 1


def test_the_sheet_says_what_is_known_and_leaves_room_for_what_is_seen(relais: World) -> None:
    with relais.inside("relais") as session, relais.app.test_request_context("/relais/"):
        car, bike = (sheets.of_vehicle(session, vehicle(session, model)) for model in ("Clio", "Escapade"))

    over = f"{today(PARIS) - timedelta(days=1):%d/%m/%Y}"
    assert f"échu depuis le {over}" in car
    assert '<dd class="blank"></dd>' in car  # the inspection that nobody noted
    assert "21 ans" in car
    assert "Kilomètres" in car
    assert "Ce véhicule n’en demande pas." in bike
    assert "Kilomètres" not in bike


def test_the_labels_of_the_fleet_are_the_same_each_time_and_leave_others_good(relais: World) -> None:
    with relais.inside("relais") as session:
        stuck_on = vehicles.issue_label(session, vehicle(session, "Clio"))
        session.commit()

    answers = [relais.client("zoe").send("/relais/fleet/vehicles/1/labels") for _twice in range(2)]

    with relais.inside("relais") as session:
        known = links.find(session, stuck_on)
        rows = session.scalars(select(Link)).all()
    assert [answer.mimetype for answer in answers] == ["application/pdf"] * 2
    assert known is not None
    assert len(rows) == 3  # the one stuck on, and one for each vehicle
