"""Jalon in somebody else's application: the example garage, before and after, and from wheels in an empty place."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from flask import Flask, request_started, template_rendered
from flask.testing import FlaskClient
from flask_babel import get_locale
from sqlalchemy import func, select

from jalon.clock import now
from jalon.models import User
from jalon.testing.world import TOKEN, World
from jalon_fleet.models import Vehicle
from jalon_rental.models import Booking

VISITS: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "/", {}),
    ("GET", "/", {"headers": {"Accept-Language": "de"}}),
    ("GET", "/", {"headers": {"Accept-Language": "fr"}}),
    ("HEAD", "/", {}),
    ("OPTIONS", "/customers", {}),
    ("GET", "/customers", {}),
    ("GET", "/customers/1", {}),
    ("GET", "/customers/99", {}),
    ("GET", "/nowhere", {}),
    ("POST", "/customers", {"data": {"name": "Bertha"}}),
    ("POST", "/customers", {}),
    ("GET", "/sign-in", {}),
    ("POST", "/sign-in", {"data": {"name": "zoe", "password": "wrong"}}),
    ("POST", "/sign-in", {"data": {"name": "zoe", "password": "zoe-garage"}}),
    ("GET", "/", {}),
    ("GET", "/customers/3", {}),
    ("GET", "/static/sign.txt", {}),
    ("GET", "/admin/", {}),
    ("GET", "/admin/static/bootstrap/bootstrap4/css/bootstrap.min.css", {}),
    ("GET", "/admin/customer/?sort=1&desc=1", {}),
    ("GET", "/admin/customer/new/", {}),
    ("POST", "/admin/customer/new/", {"data": {"name": "", "seen": "x"}}),
    ("POST", "/admin/customer/new/", {"data": {"name": "Gottlieb", "seen": "0"}}),
    ("GET", "/admin/customer/", {}),
    ("GET", "/admin/customer/edit/?id=1", {}),
    ("POST", "/admin/customer/edit/?id=1", {"data": {"name": "Ada King", "seen": "7"}}),
    ("GET", "/admin/customer/details/?id=1", {}),
    ("POST", "/admin/customer/delete/", {"data": {"id": "2"}}),
    ("POST", "/admin/customer/action/", {"data": {"action": "delete", "rowid": ["3"]}}),
    ("POST", "/admin/customer/ajax/update/", {"data": {"list_form_pk": "1"}}),
    ("GET", "/admin/customer/ajax/lookup/?name=x", {}),
    ("GET", "/admin/customer/export/csv/", {}),
    ("GET", "/admin/customer/", {"headers": {"Accept-Language": "de"}}),
]


@dataclass
class Visit:
    """What a browser and the application itself saw of one request."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    cookie: dict[str, Any]
    templates: list[str] = field(default_factory=list)
    locales: list[str] = field(default_factory=list)


@pytest.fixture
def host(garage: ModuleType, database_url: str) -> Iterator[Flask]:
    """The garage with Jalon at /mobilite, migrated, with rental for its one structure."""
    app = garage.create_app(database=database_url)
    app.testing = True
    app.test_cli_runner().invoke(args=["seed"], catch_exceptions=False)
    World(app).structure("garage", enabled=["rental"])
    yield app
    _close(garage, app)


def _close(garage: ModuleType, app: Flask) -> None:
    with app.app_context():
        garage.db.engine.dispose()


def _signed_in(app: Flask, name: str) -> FlaskClient:
    client = app.test_client()
    client.post("/sign-in", data={"name": name, "password": f"{name}-garage"})
    return client


def _visits(app: Flask, between: str = "") -> tuple[list[Visit], set[str | None]]:
    """All VISITS by one browser, which looks at the address `between` before each; and the endpoints they met."""
    client, seen, endpoints = app.test_client(), [], set()
    for method, address, options in VISITS:
        if between:
            client.get(between)
        with _watching(app) as (templates, locales, met):
            answer = client.open(address, method=method, buffered=True, **options)
        endpoints |= met
        headers = [(k, v) for k, v in answer.headers if k not in ("Set-Cookie", "Date")]
        seen.append(Visit(answer.status_code, headers, answer.data, _cookie(app, answer), templates, locales))
    return seen, endpoints


class _watching:
    """Notes templates, locales and endpoints of the requests inside the block."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.templates: list[str] = []
        self.locales: list[str] = []
        self.endpoints: set[str | None] = set()

    def __enter__(self) -> tuple[list[str], list[str], set[str | None]]:
        template_rendered.connect(self._rendered, self.app)
        request_started.connect(self._started, self.app)
        return self.templates, self.locales, self.endpoints

    def __exit__(self, *error: object) -> None:
        template_rendered.disconnect(self._rendered, self.app)
        request_started.disconnect(self._started, self.app)

    def _rendered(self, app: Flask, template: Any, context: dict[str, Any]) -> None:
        self.templates.append(f"{template.name} in {template.filename}")
        self.locales.append(f"{get_locale()}, {sorted(k for k in context if k.startswith('jalon'))}")

    def _started(self, app: Flask) -> None:
        from flask import request

        self.endpoints.add(request.endpoint)


def _cookie(app: Flask, answer: Any) -> dict[str, Any]:
    """What the answer's session cookie holds and how it is sent; its signature changes with the second."""
    found = {}
    for line in answer.headers.getlist("Set-Cookie"):
        for name, morsel in SimpleCookie(line).items():
            serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
            held = serializer.loads(morsel.value)
            found[name] = {k: v for k, v in held.items() if not k.startswith("jalon_")}, dict(morsel)
    return found


@pytest.mark.parametrize("between", ["", "/mobilite/", "/mobilite/admin/rental_booking/new/"])
def test_no_page_and_no_header_of_the_host_changes(
    garage: ModuleType, host: Flask, tmp_path: Path, between: str
) -> None:
    plain = garage.create_app(mounted=False, database=f"sqlite:///{tmp_path / 'plain.sqlite'}")
    plain.test_cli_runner().invoke(args=["seed"], catch_exceptions=False)

    before, endpoints = _visits(plain)
    after, _same = _visits(host, between)

    _close(garage, plain)
    assert set(plain.view_functions) <= endpoints, "a page of the host is not compared"
    for visit, was, is_now in zip(VISITS, before, after, strict=True):
        assert is_now == was, visit


def test_the_host_stays_english_and_jalon_is_french(host: Flask) -> None:
    client = _signed_in(host, "zoe")

    ours, theirs = client.get("/mobilite/").text, client.get("/").text

    assert '<html lang="fr"' in ours
    assert "Tableau de bord" in ours
    assert "Welcome to the garage" in theirs
    assert "Saturday, March 14, 2026" in theirs


def test_a_stranger_is_sent_to_the_hosts_own_sign_in(host: Flask) -> None:
    answer = host.test_client().get("/mobilite/")

    assert (answer.status_code, answer.location) == (302, "/sign-in")


def test_somebody_of_the_host_without_a_role_finds_nothing(host: Flask) -> None:
    client = _signed_in(host, "max")

    for address in ("/mobilite/", "/mobilite/modules/", "/mobilite/admin/rental_booking/", "/mobilite/rental/free"):
        assert client.get(address).status_code == 404, address


def test_a_closed_account_finds_nothing_and_is_not_sent_round_in_circles(host: Flask) -> None:
    client = _signed_in(host, "zoe")
    client.get("/mobilite/")
    with World(host).across() as session:
        session.scalars(select(User)).one().closed_at = now()
        session.commit()

    assert client.get("/mobilite/").status_code == 404


@pytest.mark.both_databases
def test_the_first_sight_of_somebody_makes_one_account_even_twice_at_once(host: Flask) -> None:
    browsers = [_signed_in(host, "zoe") for _ in range(8)]

    with ThreadPoolExecutor(8) as at_once:
        answers = list(at_once.map(lambda browser: browser.get("/mobilite/").status_code, browsers))

    with World(host).across() as session:
        accounts = session.scalars(select(User)).all()
    assert answers == [200] * 8
    assert [(a.name, a.external_id) for a in accounts] == [("zoe", "1")]


@pytest.mark.both_databases
def test_somebody_of_the_host_books_and_a_second_booking_is_refused(host: Flask) -> None:
    client = _signed_in(host, "zoe")
    booking = _booking(_add_vehicle(host))

    first, second = (_send(client, "/mobilite/admin/rental_booking/new/", **booking) for _ in range(2))

    assert (first.status_code, second.status_code) == (302, 422)
    with World(host).inside("garage") as session:
        assert session.scalar(select(func.count()).select_from(Booking)) == 1


def test_a_message_of_jalon_waits_for_jalons_next_page(host: Flask) -> None:
    client = _signed_in(host, "zoe")
    address = _send(client, "/mobilite/admin/rental_booking/new/", **_booking(_add_vehicle(host))).location

    theirs, ours, again = client.get("/").text, client.get(address).text, client.get(address).text

    shown = [page.count("enregistré") + page.count("créé") for page in (theirs, ours, again)]
    assert shown == [0, 1, 0]


def test_links_of_the_one_structure_do_not_name_it(host: Flask) -> None:
    page = _signed_in(host, "zoe").get("/mobilite/modules/")

    assert page.status_code == 403
    assert 'href="/mobilite/"' in page.text
    assert "structure=" not in page.text


def test_jalons_forms_need_their_own_token(host: Flask) -> None:
    client = _signed_in(host, "zoe")

    assert client.post("/mobilite/admin/rental_booking/new/", data=_booking(_add_vehicle(host))).status_code == 400


def _add_vehicle(app: Flask) -> int:
    from jalon_fleet import vehicles
    from jalon_fleet.models import Category

    with World(app).inside("garage") as session:
        vehicle: Vehicle = vehicles.add(
            session, category=Category.CAR, make="Renault", model="Zoé", plate="AB-123-CD", serial_number=None
        )
        session.commit()
        return vehicle.id


def _booking(vehicle_id: int) -> dict[str, Any]:
    day = now() + timedelta(days=10)
    return {
        "vehicle": vehicle_id,
        "renter_name": "Nadia Ferhat",
        "starts_at": f"{day:%Y-%m-%d}T09:00",
        "ends_at": f"{day:%Y-%m-%d}T17:00",
    }


def _send(client: FlaskClient, address: str, **fields: Any) -> Any:
    found = TOKEN.search(client.get(address).text)
    assert found, "the form has no token"
    return client.post(address, data={**fields, "csrf_token": found[1]})


# --- several structures in one host ---


@pytest.fixture
def shared(garage: ModuleType, database_url: str) -> Iterator[Flask]:
    """The garage with every structure below /mobilite/<structure>/; zoe works at relais only."""
    app = garage.create_app(structure=None, database=database_url)
    app.testing = True
    app.test_cli_runner().invoke(args=["seed"], catch_exceptions=False)
    with app.app_context():
        garage.db.session.scalars(select(garage.Person).filter_by(name="zoe")).one().roles = "relais/agent_location"
        garage.db.session.commit()
    for slug in ("relais", "scop"):
        World(app).structure(slug, enabled=["rental"])
    yield app
    _close(garage, app)


def test_a_role_said_for_one_structure_counts_there_only(shared: Flask) -> None:
    client = _signed_in(shared, "zoe")

    statuses = {slug: client.get(f"/mobilite/{slug}/admin/rental_booking/").status_code for slug in ("relais", "scop")}

    assert statuses == {"relais": 200, "scop": 404}
    assert 'href="/mobilite/relais/' in client.get("/mobilite/relais/").text


def test_an_old_address_redirects_below_the_prefix_even_if_it_is_the_prefix(shared: Flask) -> None:
    from jalon import structures

    world = World(shared)
    world.structure("mobilite")
    with world.across() as session:
        structures.rename(session, structures.at(session, "mobilite") or pytest.fail("not founded"), "partage")
        session.commit()

    answer = _signed_in(shared, "zoe").get("/mobilite/mobilite/admin/rental_booking/?page=1")

    assert (answer.status_code, answer.location) == (301, "/mobilite/partage/admin/rental_booking/?page=1")


def test_a_structure_may_not_be_called_like_a_page_below_the_prefix(shared: Flask) -> None:
    from jalon.app_of import mount

    assert {"static", "q"} <= mount(shared).reserved_slugs(shared)
    assert not {"mobilite", "customers", "admin"} & mount(shared).reserved_slugs(shared)


# --- the wheels, in an empty environment, over HTTP ---


@pytest.mark.xdist_group("wheels")
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
