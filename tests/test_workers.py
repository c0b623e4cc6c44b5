"""Two workers of a real server agree on the next request after a switch; nothing is restarted."""

from __future__ import annotations

import http.client
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path

import pytest

from jalon.testing.world import PASSWORD, World

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def server(world: World, database_url: str, tmp_path: Path) -> Iterator[str]:
    """Our own site under gunicorn with two workers, on the loopback."""
    port = free_port()
    environment = {
        **os.environ,
        "JALON_ENV": "demo",
        "JALON_DATABASE_URL": database_url,
        "JALON_DATA_DIR": str(tmp_path),
        "JALON_PORT": str(port),
    }
    process = subprocess.Popen([sys.executable, "-m", "jalon", "serve"], env=environment, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(address)
        yield address
    finally:
        process.terminate()
        process.wait(15)


def _wait_for(address: str) -> None:
    for _ in range(150):
        try:
            urllib.request.urlopen(f"{address}/health", timeout=2)
            return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise TimeoutError(address)


class Visitor:
    """A browser without a window."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def open(self, path: str, **fields: str) -> tuple[int, str]:
        data = urllib.parse.urlencode(fields).encode() if fields else None
        try:
            with self.opener.open(self.address + path, data, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()

    def send(self, path: str, **fields: str) -> tuple[int, str]:
        found = TOKEN.search(self.open("/login")[1])
        assert found
        return self.open(path, csrf_token=found[1], **fields)


def test_every_worker_answers_by_the_last_switch(world: World, server: str) -> None:
    world.structure("relais")
    world.user("ada", admin=True, relais=["direction", "agent_location"])
    visitor = Visitor(server)
    visitor.send("/login", email="ada@test.example", password=PASSWORD)

    wrong = []
    for turn in range(30):
        act, expected = ("enable", 200) if turn % 2 == 0 else ("disable", 404)
        assert visitor.send(f"/relais/modules/fleet/{act}", agreed="1")[0] == 200
        answers = [visitor.open("/relais/admin/fleet_vehicle/")[0] for _ in range(6)]
        wrong += [(turn, answer) for answer in answers if answer != expected]

    assert wrong == []


def test_no_header_of_a_visitor_makes_the_server_believe_in_a_proxy(world: World, server: str) -> None:
    world.structure("relais")
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(server).netloc, timeout=20)

    connection.request("GET", "/relais", headers={"X-Forwarded-Proto": "https", "X-Forwarded-Ssl": "on"})
    answer = connection.getresponse()
    connection.close()

    assert (answer.status, answer.getheader("Location")) == (308, f"{server}/relais/")
