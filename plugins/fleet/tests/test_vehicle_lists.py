"""Vehicles imported from a file and exported to one, as the module declares them."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import stream_encode_multipart

from jalon import spreadsheets
from jalon.imports import headers
from jalon.models import Resource
from jalon.testing.world import Browser, World
from jalon_fleet import vehicles
from jalon_fleet.imports import VEHICLES
from jalon_fleet.models import Category, Vehicle

LIST = """Type,Marque,Modèle,Immatriculation,N° de cadre
Voiture,Renault,Clio,ab 123 cd,
VAE,Moustache,Lundi,,BC-99
Voiture,Peugeot,208,AB-123,
Voiture,Dacia,Sandero,EF-456-GH,
"""


@pytest.fixture
def relais(world: World, tmp_path: Path) -> World:
    """`relais` with the fleet, where remi keeps the vehicles; one is there already."""
    world.app.config["JALON_DATA_DIR"] = str(tmp_path / "data")
    world.structure("relais", enabled=["fleet"])
    world.user("remi", relais=["agent_location"])
    with world.inside("relais") as session:
        vehicles.add(session, category=Category.CAR, make="Dacia", model="Sandero", plate="EF-456-GH")
        session.commit()
    return world


def imported(browser: Browser) -> tuple[str, str]:
    """Its address, and the report before it was confirmed."""
    sent = FileStorage(io.BytesIO(LIST.encode()), "flotte.csv", name="file")
    form = MultiDict({"what": "vehicles", "csrf_token": browser.token(), "file": sent})
    body, _length, boundary = stream_encode_multipart(form, use_tempfile=False)  # one on disk is never closed
    kind = f"multipart/form-data; boundary={boundary}"
    where: str = browser.client.post("/relais/imports/", data=body.read(), content_type=kind).location
    places = headers.recognised(VEHICLES, LIST.splitlines()[0].split(","))
    columns: dict[str, Any] = {f"column-{name}": place for name, place in places.items()}
    browser.send(f"{where}/columns", **columns)
    report = browser.get(where).text
    browser.send(f"{where}/confirm", **{"line-5": "different"})
    return where, report


@pytest.mark.both_databases
def test_vehicles_are_imported_by_the_fleet_s_own_rules_and_taken_back(relais: World) -> None:
    remi = relais.client("remi")

    where, report = imported(remi)

    assert "Une immatriculation s’écrit AB-123-CD" in report
    assert "Même plaque" in report
    with relais.inside("relais") as session:
        plates = set(session.scalars(select(Vehicle.plate)))
        assert plates == {"EF-456-GH", "AB-123-CD", None}

    remi.send(f"{where}/undo")

    with relais.inside("relais") as session:
        assert session.scalars(select(Vehicle.plate)).all() == ["EF-456-GH"]
        assert len(session.scalars(select(Resource).where(Resource.archived_at.is_not(None))).all()) == 2


def test_an_exported_list_of_vehicles_has_the_names_that_an_import_knows() -> None:
    file = io.BytesIO()

    spreadsheets.write(file, "csv", [str(column.header) for column in VEHICLES.columns], [["x"] * 5])

    assert len(headers.recognised(VEHICLES, spreadsheets.read(file.getvalue()).headers)) == 5
