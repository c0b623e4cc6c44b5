"""What tests over several distributions share: the example host, and the wheels as they are published."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from distribution import ByWhatTheyShare
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from jalon import demo
from jalon.testing.conformance.forms import forms_in
from jalon.testing.plugin import make_app
from jalon.testing.walk import Reader, Seen, kind_of, look, walk
from jalon.testing.world import Browser, World

ROOT = Path(__file__).parents[1]
LEFT_BEHIND = shutil.ignore_patterns("*.egg-info", "build", "__pycache__")


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByWhatTheyShare:
    return ByWhatTheyShare(config, log)


def _example_host() -> ModuleType:
    """examples/host/garage.py, imported once: its tables can be declared only once in a process."""
    if "garage" not in sys.modules:
        spec = importlib.util.spec_from_file_location("garage", ROOT / "examples/host/garage.py")
        assert spec
        assert spec.loader
        sys.modules["garage"] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules["garage"]


@pytest.fixture(scope="session")
def garage() -> ModuleType:
    """The example host's module."""
    return _example_host()


@pytest.fixture(scope="session")
def folders() -> dict[str, Path]:
    """The folder of each distribution by its package."""
    plugins = sorted(ROOT.glob("plugins/*/src/*/plugin.py"))
    return {"jalon": ROOT / "core"} | {path.parent.name: path.parents[2] for path in plugins}


@pytest.fixture(scope="session")
def wheels(folders: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The wheel of each distribution by its package, built through its source archive from a copy."""
    work = tmp_path_factory.mktemp("wheels")
    built = {}
    for package, folder in folders.items():
        shutil.copytree(folder, work / package, ignore=LEFT_BEHIND)
        shutil.rmtree(work / package / "tests", ignore_errors=True)
        _run(sys.executable, "-m", "build", "--no-isolation", "--outdir", work / "dist", work / package, cwd=work)
        (built[package],) = (work / "dist").glob(f"{package}-*.whl")
    return built


@pytest.fixture(scope="session")
def run() -> Callable[..., str]:
    return _run


def _run(*command: object, cwd: Path, **environment: str) -> str:
    """What a command printed; its error output is the failure's text."""
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


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


@pytest.fixture
def enter() -> Callable[[Flask, str], FlaskClient]:
    """A browser signed in to the garage as that person."""

    def sign_in(app: Flask, name: str) -> FlaskClient:
        client = app.test_client()
        client.post("/sign-in", data={"name": name, "password": f"{name}-garage"})
        return client

    return sign_in


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


@pytest.fixture(scope="session")
def demo_file(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the demo of 3 January 2027, to copy."""
    path = tmp_path_factory.mktemp("demo") / "demo.sqlite"
    shutil.copyfile(sqlite_template, path)
    world = World(make_app(f"sqlite:///{path}"))
    with pytest.MonkeyPatch.context() as patched, world.app.app_context():
        _on_that_day(patched)
        demo.load(world.jalon)
    _close_site(world)
    return path


@pytest.fixture(scope="module")
def shown(demo_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The demo of 3 January 2027, for tests that only look at it."""
    path = tmp_path_factory.mktemp("demo") / "shown.sqlite"
    shutil.copyfile(demo_file, path)
    world = World(make_app(f"sqlite:///{path}"))
    with pytest.MonkeyPatch.context() as patched:
        _on_that_day(patched)
        yield world
    _close_site(world)


def _on_that_day(patched: pytest.MonkeyPatch) -> None:
    patched.setenv("JALON_ENV", "demo")
    patched.setenv("JALON_TODAY", "2027-01-03")


@pytest.fixture(scope="session")
def demo_browsers(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Browser]]:
    """A browser for each account of a demo, and one of nobody's."""
    path = tmp_path_factory.mktemp("demo") / "walked.sqlite"
    shutil.copyfile(sqlite_template, path)
    world = World(make_app(f"sqlite:///{path}"))
    with world.app.app_context():
        demo.load(world.jalon)
    browsers = {"nobody": Browser(world.app)}
    for email, _work in demo.ACCOUNTS_SHOWN:
        browsers[email] = Browser(world.app)
        browsers[email].send("/login", email=email, password=demo.PASSWORD)
    yield browsers
    _close_site(world)


def _close_site(world: World) -> None:
    with world.app.app_context():
        world.jalon.db.engine.dispose()


@pytest.fixture(scope="session")
def demo_pages(demo_browsers: dict[str, Browser]) -> list[Seen]:
    """Every kind of page of the demo, as somebody of each role sees it, and everybody's page that does not exist."""
    roles = {who.split("@")[0]: who for who in reversed(demo_browsers)}
    pages = [page for who in roles.values() for page in walk(demo_browsers[who], who, "/")]
    return [*pages, *(look(browser, who, "/relais/nowhere") for who, browser in demo_browsers.items())]


@pytest.fixture(scope="session")
def demo_refusals(demo_browsers: dict[str, Browser], demo_pages: list[Seen]) -> list[Seen]:
    """What the site answers to the forms of these pages that are sent back empty, one of each kind."""
    refused, known = [], set()
    for page in demo_pages:
        if (kind := kind_of(page.address)) in known:
            continue
        known.add(kind)
        form = next((f for f in forms_in(page.html) if f.method == "post" and not f.action), None)
        if form is not None:
            kept = {n: v for n, v in form.fields.items() if n == "version"}
            answer = demo_browsers[page.who].send(page.address, **{**dict.fromkeys(form.fields, ""), **kept})
            refused.append(Seen(page.who, page.address, answer.status_code, answer.text, Reader(answer.text)))
    return refused
