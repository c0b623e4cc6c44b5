"""A small world for tests: structures, people, scopes and signed-in browsers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from zoneinfo import ZoneInfo

from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from jalon import members, modules, structures
from jalon.app import Jalon
from jalon.app_of import mount
from jalon.db import open_session
from jalon.models import User
from jalon.scope import Actor, Scope, StructureRef
from jalon.tenures import Held

PASSWORD = "a password for tests"  # noqa: S105 - of accounts that live for one test
TESTER = Actor("test")
HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)  # costs nothing to check, hundreds do
SIGN_IN_PAGES = ("/login", "/logout", "/account")
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class World:
    """Builds what a test needs in one application; everything it makes is committed."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.jalon: Jalon = mount(app)

    def structure(self, slug: str, *, enabled: Iterable[str] = ()) -> StructureRef:
        """Found a structure with these modules and what they require."""
        with self.across() as session:
            ref = structures.ref(structures.found(session, slug, name=slug.capitalize(), phone="01 99 00 10 00"))
            session.commit()
        self.enable(slug, *enabled)
        return ref

    def enable(self, slug: str, *names: str) -> None:
        with self.inside(slug) as session:
            for name in names:
                modules.enable(session, self.jalon.registry, name, with_requirements=True)
            session.commit()

    def disable(self, slug: str, *names: str) -> None:
        with self.inside(slug) as session:
            for name in names:
                modules.disable(session, self.jalon.registry, name, with_dependents=True)
            session.commit()

    def user(self, name: str, *, admin: bool = False, **roles: Iterable[str | Held]) -> User:
        """An account `<name>@test.example`; `relais=["agent_location"]` makes a member of `relais` with that role."""
        with self.across() as session:
            user = User(
                email=f"{name}@test.example", name=name.capitalize(), password_hash=HASH, is_platform_admin=admin
            )
            session.add(user)
            session.flush()
            for slug, held in roles.items():
                structure = structures.at(session, slug.replace("_", "-"))
                assert structure is not None
                members.join(session, structure, user, roles=list(held))
            session.commit()
            session.refresh(user)
            session.expunge(user)
            return user

    @contextmanager
    def across(self) -> Iterator[Session]:
        """A session over all structures."""
        with self.app.app_context(), open_session(self.jalon.db, Scope(across="a test prepares its world")) as session:
            yield session

    @contextmanager
    def inside(self, slug: str, *, permissions: Iterable[str] = (), actor: Actor = TESTER) -> Iterator[Session]:
        """A session in a structure's scope, with the modules enabled there."""
        with self.across() as looking:
            structure = structures.at(looking, slug)
            assert structure is not None, f"no structure {slug}"
            scope = Scope(
                structure=structures.ref(structure),
                actor=actor,
                enabled=modules.read_enabled(looking, self.jalon.registry, structure.id),
                permissions=frozenset(permissions),
                zone=ZoneInfo(structure.zone),
            )
        with self.app.app_context(), open_session(self.jalon.db, scope) as session:
            yield session

    def client(self, name: str | None = None) -> Browser:
        """A browser, signed in as `<name>@test.example` when named."""
        browser = Browser(self.app)
        if name is not None:
            answer = browser.send("/login", email=f"{name}@test.example", password=PASSWORD)
            assert answer.status_code == 302, answer.text
        return browser


class Browser:
    """A test client that brings the form token along, as a page's form does."""

    def __init__(self, app: Flask) -> None:
        self.client: FlaskClient = app.test_client()
        self._token = ""

    def get(self, address: str, **options: Any) -> Any:
        return self.client.get(address, buffered=True, **options)

    def send(self, address: str, *, token: bool = True, **fields: Any) -> Any:
        """POST a form; `token=False` leaves its token out."""
        data = {**fields, **({"csrf_token": self.token()} if token else {})}
        answer = self.client.post(address, data=data, buffered=True)
        if address.startswith(SIGN_IN_PAGES):
            self._token = ""  # it went with the session in which somebody was, or was not, signed in
        return answer

    def token(self) -> str:
        """The session's token, read once from the sign-in page and good on every form of the session."""
        if not self._token:
            found = TOKEN.search(self.client.get("/login").text)
            assert found, "the sign-in page has no form token"
            self._token = found[1]
        return self._token
