"""Jalon in somebody else's application: the garage with one structure and with several, and from wheels alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from jalon.clock import now
from jalon.models import User
from jalon.testing.world import TOKEN, World
from jalon_fleet.models import Vehicle
from jalon_rental.models import Booking

SignIn = Callable[[Flask, str], FlaskClient]


def test_the_host_stays_english_and_jalon_is_french(host: Flask, enter: SignIn) -> None:
    client = enter(host, "zoe")

    ours, theirs = client.get("/mobilite/").text, client.get("/").text

    assert '<html lang="fr"' in ours
    assert "Tableau de bord" in ours
    assert "Welcome to the garage" in theirs
    assert "Saturday, March 14, 2026" in theirs


def test_a_stranger_is_sent_to_the_hosts_own_sign_in(host: Flask) -> None:
    answer = host.test_client().get("/mobilite/")

    assert (answer.status_code, answer.location) == (302, "/sign-in")


def test_somebody_of_the_host_without_a_role_finds_nothing(host: Flask, enter: SignIn) -> None:
    client = enter(host, "max")

    for address in ("/mobilite/", "/mobilite/modules/", "/mobilite/admin/rental_booking/", "/mobilite/rental/free"):
        assert client.get(address).status_code == 404, address


def test_a_closed_account_finds_nothing_and_is_not_sent_round_in_circles(host: Flask, enter: SignIn) -> None:
    client = enter(host, "zoe")
    client.get("/mobilite/")
    with World(host).across() as session:
        session.scalars(select(User)).one().closed_at = now()
        session.commit()

    assert client.get("/mobilite/").status_code == 404


@pytest.mark.both_databases
def test_the_first_sight_of_somebody_makes_one_account_even_twice_at_once(host: Flask, enter: SignIn) -> None:
    browsers = [enter(host, "zoe") for _ in range(8)]

    with ThreadPoolExecutor(8) as at_once:
        answers = list(at_once.map(lambda browser: browser.get("/mobilite/").status_code, browsers))

    with World(host).across() as session:
        accounts = session.scalars(select(User)).all()
    assert answers == [200] * 8
    assert [(a.name, a.external_id) for a in accounts] == [("zoe", "1")]


@pytest.mark.both_databases
def test_somebody_of_the_host_books_and_a_second_booking_is_refused(host: Flask, enter: SignIn) -> None:
    client = enter(host, "zoe")
    booking = _booking(_add_vehicle(host))

    first, second = (_send(client, "/mobilite/admin/rental_booking/new/", **booking) for _ in range(2))

    assert (first.status_code, second.status_code) == (302, 422)
    with World(host).inside("garage") as session:
        assert session.scalar(select(func.count()).select_from(Booking)) == 1


def test_a_message_of_jalon_waits_for_jalons_next_page(host: Flask, enter: SignIn) -> None:
    client = enter(host, "zoe")
    address = _send(client, "/mobilite/admin/rental_booking/new/", **_booking(_add_vehicle(host))).location

    theirs, ours, again = client.get("/").text, client.get(address).text, client.get(address).text

    shown = [page.count('class="note ok" role="status"') for page in (theirs, ours, again)]
    assert shown == [0, 1, 0]


def test_links_of_the_one_structure_do_not_name_it(host: Flask, enter: SignIn) -> None:
    page = enter(host, "zoe").get("/mobilite/modules/")

    assert page.status_code == 403
    assert 'href="/mobilite/"' in page.text
    assert "structure=" not in page.text


def test_jalons_forms_need_their_own_token(host: Flask, enter: SignIn) -> None:
    client = enter(host, "zoe")

    assert client.post("/mobilite/admin/rental_booking/new/", data=_booking(_add_vehicle(host))).status_code == 400


def _add_vehicle(app: Flask) -> int:
    from jalon_fleet import vehicles
    from jalon_fleet.models import Category
    from jalon_rental.testing import renter

    with World(app).inside("garage") as session:
        vehicle: Vehicle = vehicles.add(
            session, category=Category.CAR, make="Renault", model="Zoé", plate="AB-123-CD", serial_number=None
        )
        assert renter(session, "Nadia Ferhat").id == 1
        session.commit()
        return vehicle.id


def _booking(vehicle_id: int) -> dict[str, Any]:
    day = now() + timedelta(days=10)
    return {
        "vehicle": vehicle_id,
        "beneficiary": "1",
        "starts_at": f"{day:%Y-%m-%d}T09:00",
        "ends_at": f"{day:%Y-%m-%d}T17:00",
    }


def _send(client: FlaskClient, address: str, **fields: Any) -> Any:
    found = TOKEN.search(client.get(address).text)
    assert found, "the form has no token"
    return client.post(address, data={**fields, "csrf_token": found[1]})


def test_a_role_said_for_one_structure_counts_there_only(shared: Flask, enter: SignIn) -> None:
    client = enter(shared, "zoe")

    statuses = {slug: client.get(f"/mobilite/{slug}/admin/rental_booking/").status_code for slug in ("relais", "scop")}

    assert statuses == {"relais": 200, "scop": 404}
    assert 'href="/mobilite/relais/' in client.get("/mobilite/relais/").text


def test_an_old_address_redirects_below_the_prefix_even_if_it_is_the_prefix(
    shared: Flask, garage: ModuleType, enter: SignIn
) -> None:
    from jalon import structures

    world = World(shared)
    world.structure("mobilite")
    with world.across() as session:
        structures.rename(session, structures.at(session, "mobilite") or pytest.fail("not founded"), "partage")
        session.commit()
    with shared.app_context():
        garage.db.session.scalars(select(garage.Person).filter_by(name="zoe")).one().roles = "partage/agent_location"
        garage.db.session.commit()

    answer = enter(shared, "zoe").get("/mobilite/mobilite/admin/rental_booking/?page=1")

    assert (answer.status_code, answer.location) == (301, "/mobilite/partage/admin/rental_booking/?page=1")


def test_a_structure_may_not_be_called_like_a_page_below_the_prefix(shared: Flask) -> None:
    from jalon.app_of import mount

    assert {"static", "q"} <= mount(shared).reserved_slugs(shared)
    assert not {"mobilite", "customers", "admin"} & mount(shared).reserved_slugs(shared)


# --- the wheels, in an empty environment, over HTTP ---


@pytest.mark.slow
def test_the_wheels_alone_are_enough_for_the_host(
    wheels: dict[str, Path], run: Callable[..., str], tmp_path: Path
) -> None:
    root = Path(__file__).parents[1]
    import sys

    run(sys.executable, "-m", "venv", tmp_path / "venv", cwd=tmp_path)
    python = tmp_path / "venv/bin/python"
    run(python, "-m", "pip", "install", "--constraint", root / "constraints.txt", *wheels.values(), cwd=tmp_path)
    setting = {"GARAGE_DATABASE_URL": f"sqlite:///{tmp_path / 'garage.sqlite'}", "PYTHONPATH": ""}

    def flask(*words: str) -> str:
        return run(
            python, "-W", "error", "-m", "flask", "--app", "garage", *words, cwd=root / "examples/host", **setting
        )

    flask("seed")
    flask("jalon", "db", "upgrade")
    flask("jalon", "modules", "enable", "rental", "--structure", "garage", "--with-requirements")
    story = run(python, Path(__file__).with_name("host_story.py"), cwd=root / "examples/host", **setting)

    assert json.loads(story) == {
        "test packages": [],
        "home": [200, "Welcome to the garage"],
        "dashboard": [200, "Tableau de bord"],
        "vehicle": 302,
        "booking": 302,
        "same booking again": 422,
        "bookings": 1,
    }
