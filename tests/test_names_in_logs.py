"""A renter's name, typed, searched for, refused and read, is in no line that the site logs."""

from __future__ import annotations

import io
import logging

from jalon import logs
from jalon.testing.world import World

NAME = "Zébuline Quatrepoil"


def test_a_renters_name_is_logged_nowhere(world: World) -> None:
    world.structure("relais", enabled=["rental"])
    world.user("zoe", relais=["agent_location"])
    browser = world.client("zoe")
    paper = io.StringIO()
    handler = logging.StreamHandler(paper)
    handler.setFormatter(logs.JsonLine())
    logging.getLogger().addHandler(handler)
    logging.getLogger("jalon").setLevel(logging.INFO)

    vehicle = {"category": "CAR", "make": NAME, "model": "Clio", "plate": "AB-123-CD"}
    made = browser.send("/relais/admin/fleet_vehicle/new/", **vehicle)
    refused = browser.send("/relais/admin/rental_booking/new/", beneficiary_typed=NAME)
    found = browser.get(f"/relais/admin/fleet_vehicle/?search={NAME}")
    browser.get(f"/relais/admin/rental_booking/?renter_name={NAME}")

    logging.getLogger().removeHandler(handler)
    logging.getLogger("jalon").setLevel(logging.NOTSET)
    assert (made.status_code, refused.status_code, found.status_code) == (302, 422, 200)
    assert NAME in found.text
    assert paper.getvalue().count("\n") >= 4
    assert "uatrepoil" not in paper.getvalue()
    assert "buline" not in paper.getvalue()
