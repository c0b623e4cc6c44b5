"""Requests imported from a list of codes and days, and bookings exported to one."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import stream_encode_multipart

from jalon.imports import headers
from jalon.testing.world import Browser, World
from jalon_fleet.models import Category
from jalon_rental.i18n import _
from jalon_rental.imports import BOOKINGS, shown
from jalon_rental.models import Booking, State
from jalon_rental.testing import renter

HEADERS = "Code,Type de véhicule,Du,Au"


@pytest.fixture
def relais(world: World, tmp_path: Path) -> World:
    world.app.config["JALON_DATA_DIR"] = str(tmp_path / "data")
    world.structure("relais", enabled=["rental"])
    world.user("zoe", relais=["agent_location"])
    return world


def imported(browser: Browser, lines: list[str]) -> tuple[str, str]:
    """Its address, and the report before it was confirmed."""
    sent = FileStorage(io.BytesIO("\n".join([HEADERS, *lines]).encode()), "demandes.csv", name="file")
    form = MultiDict({"what": "bookings", "csrf_token": browser.token(), "file": sent})
    body, _length, boundary = stream_encode_multipart(form, use_tempfile=False)  # one on disk is never closed
    kind = f"multipart/form-data; boundary={boundary}"
    where: str = browser.client.post("/relais/imports/", data=body.read(), content_type=kind).location
    places = headers.recognised(BOOKINGS, HEADERS.split(","))
    columns: dict[str, Any] = {f"column-{name}": place for name, place in places.items()}
    browser.send(f"{where}/columns", **columns)
    report = browser.get(where).text
    browser.send(f"{where}/confirm")
    return where, report


@pytest.mark.both_databases
def test_a_list_of_requests_is_imported_by_code_shown_again_and_taken_back(relais: World) -> None:
    with relais.inside("relais") as session:
        code = renter(session).code
        session.commit()
    zoe = relais.client("zoe")

    where, report = imported(
        zoe, [f"{code.lower()},Voiture,03/03/2031,07/03/2031", "B-1999-99999,VAE,03/03/2031,07/03/2031"]
    )
    with relais.inside("relais") as session:
        made = session.scalars(select(Booking)).all()
        told = [shown(booking) for booking in made]
    zoe.send(f"{where}/undo")
    with relais.inside("relais") as session:
        left = session.scalars(select(Booking)).all()

    assert _("Nobody here has this code: it stands on the person’s page, as in B-2026-00012.") in report
    assert [(booking.state, booking.vehicle_id) for booking in made] == [(State.REQUESTED, None)]
    assert told[0]["beneficiary"] == code
    assert (told[0]["category"], f"{told[0]['starts_at']} {told[0]['ends_at']}") == (
        Category.CAR,
        "2031-03-03 2031-03-07",
    )
    assert left == []
