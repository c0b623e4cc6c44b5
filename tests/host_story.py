"""Run by test_host.py where only the wheels are installed: the garage answers HTTP, and zoe books a car twice."""

from __future__ import annotations

import json
import re
import sqlite3
import sys
import threading
from datetime import date, timedelta
from http.cookiejar import CookieJar
from importlib.metadata import packages_distributions
from os import environ, getcwd
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, build_opener

from werkzeug.serving import make_server

sys.path.insert(0, getcwd())
from garage import create_app

from jalon.testing.world import World
from jalon_rental.testing import renter


class StayHere(HTTPRedirectHandler):
    """A redirect is an answer to look at, not to follow."""

    def redirect_request(self, *anything: object) -> None:
        return None


app = create_app()
server = make_server("127.0.0.1", 0, app, threaded=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
browser = build_opener(HTTPCookieProcessor(CookieJar()), StayHere())


def ask(address: str, form: dict[str, str] | None = None) -> tuple[int, str]:
    """Status and body of an answer; with a form, a POST."""
    data = urlencode(form).encode() if form is not None else None
    try:
        with browser.open(f"http://127.0.0.1:{server.port}{address}", data) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as answer:
        with answer:
            return answer.code, answer.read().decode()


def fill(address: str, **fields: str) -> int:
    """Status of a form of Jalon sent with the token its page gave."""
    page = ask(address)[1]
    return ask(address, {**fields, "csrf_token": re.findall(r'name="csrf_token" value="([^"]+)"', page)[0]})[0]


def heading(address: str) -> tuple[int, str]:
    status, page = ask(address)
    return status, re.findall(r"<h1>(.*?)</h1>", page)[0]


day = date.today() + timedelta(days=10)
booking = {"vehicle": "1", "beneficiary": "1", "starts_at": f"{day}T09:00", "ends_at": f"{day}T17:00"}
screens = "/mobilite/admin"
ask("/sign-in", {"name": "zoe", "password": "zoe-garage"})
with World(app).inside("garage") as session:
    assert renter(session, "Nadia Ferhat").id == 1
    session.commit()
story = {
    "test packages": sorted({"pytest", "psycopg", "playwright", "hypothesis"} & set(packages_distributions())),
    "home": heading("/"),
    "dashboard": heading("/mobilite/"),
    "vehicle": fill(f"{screens}/fleet_vehicle/new/", category="CAR", make="Renault", model="Zoé", plate="AB-123-CD"),
    "booking": fill(f"{screens}/rental_booking/new/", **booking),
    "same booking again": fill(f"{screens}/rental_booking/new/", **booking),
}
server.shutdown()
file = sqlite3.connect(environ["GARAGE_DATABASE_URL"].removeprefix("sqlite:///"))
story["bookings"] = file.execute("SELECT count(*) FROM rental_booking").fetchone()[0]
file.close()
print(json.dumps(story))
