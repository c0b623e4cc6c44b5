"""Real Chromium against a real server: fixtures for tests marked `browser`.

Playwright is imported by whoever asks for a browser, so that a module's other tests do without it.
"""

from __future__ import annotations

import logging
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from flask import Flask
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

REFUSED = "Failed to load resource: the server responded with a status of 4"  # Chromium's word on a 422


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's Chromium; skipped when absent, unless JALON_REQUIRE_ALL asks for it."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None and not os.environ.get("JALON_REQUIRE_ALL"):
        pytest.skip("Chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program)
        yield browser
        browser.close()


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """Where `app` answers, several requests at once, under its own policy (no inline script or style)."""
    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(logging.ERROR)

    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


class Visitor:
    """One browser of its own: what it asks of other hosts and what its console says are kept."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.context = context
        self.address = address
        self.complaints: list[str] = []
        self.elsewhere: list[str] = []
        context.on("console", self._listen)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.on("request", lambda request: self._follow(request.url))

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(REFUSED):
            self.complaints.append(message.text)

    def _follow(self, url: str) -> None:
        if urlsplit(url).netloc != urlsplit(self.address).netloc:
            self.elsewhere.append(url)

    def open(self, path: str) -> Page:
        """A new tab."""
        page = self.context.new_page()
        page.goto(self.address + path)
        return page

    def sign_in(self, name: str) -> Page:
        """A tab of somebody who just signed in."""
        from jalon.testing.world import PASSWORD

        page = self.open("/login")
        page.get_by_label("Adresse électronique").fill(f"{name}@test.example")
        page.get_by_label("Mot de passe").fill(PASSWORD)
        page.get_by_role("button", name="Se connecter").click()
        page.wait_for_selector("main#main[tabindex]")
        return page


@pytest.fixture
def visit(chromium: Browser, address: str) -> Iterator[Callable[..., Visitor]]:
    """Makes visitors; afterwards none has met an error in its console, nor left the site."""
    made: list[Visitor] = []

    def visitor(**options: Any) -> Visitor:
        context = chromium.new_context(locale="fr-FR", timezone_id="Europe/Paris", **options)
        context.set_default_timeout(10_000)
        made.append(Visitor(context, address))
        return made[-1]

    yield visitor
    for each in made:
        each.context.close()
    assert [c for v in made for c in v.complaints] == []
    assert [u for v in made for u in v.elsewhere] == []
