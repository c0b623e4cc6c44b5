"""The example garage, before and after Jalon is mounted: every page, header, cookie, template and locale."""

from __future__ import annotations

from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from flask import Flask, request, request_started, template_rendered
from flask_babel import get_locale

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

    with plain.app_context():
        garage.db.engine.dispose()
    assert set(plain.view_functions) <= endpoints, "a page of the host is not compared"
    for visit, was, is_now in zip(VISITS, before, after, strict=True):
        assert is_now == was, visit
