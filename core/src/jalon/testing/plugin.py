"""The pytest plugin: fresh migrated databases of both kinds, an application, a world to fill it.

A test marked `both_databases` runs on SQLite and on PostgreSQL; all others on SQLite. With `slow="postgresql"`
the second waits for `make test-all`.
"""

from __future__ import annotations

import functools
import gc
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from flask import Flask

    from jalon.app import Jalon
    from jalon.registry import Registry
    from jalon.testing.cluster import Cluster
    from jalon.testing.conformance import Kit
    from jalon.testing.disk import Disk
    from jalon.testing.site import Site
    from jalon.testing.world import World

pytest_plugins = ("jalon.testing.browsing", "jalon.testing.levels", "jalon.testing.smtp")
KINDS = ("sqlite", "postgresql")


def pytest_configure(config: pytest.Config) -> None:
    gc.set_threshold(20_000, 10, 10)  # at Python's own 700, looking for garbage was a seventh of the run
    config.addinivalue_line("markers", "both_databases: runs on SQLite and on PostgreSQL")
    config.addinivalue_line("markers", "browser: drives a real Chromium")
    config.addinivalue_line("markers", "slow: runs in `make test-all` only")


def pytest_collection_finish() -> None:
    gc.freeze()  # code and tests stay to the end: they need not be looked at again


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database_kind" in metafunc.fixturenames:
        both = metafunc.definition.get_closest_marker("both_databases")
        slow = both.kwargs.get("slow") if both else None
        kinds = [pytest.param(k, marks=pytest.mark.slow) if k == slow else k for k in (KINDS if both else KINDS[:1])]
        metafunc.parametrize("database_kind", kinds, scope="session")


def make_app(url: str, *, registry: Registry | None = None, **config: Any) -> Flask:
    """Our own site on a database, with the modules of `registry`, all installed ones when none is given."""
    from jalon.site import create_app
    from jalon.testing.site import COMPILED

    settings = {
        "JALON_ENV": "demo",
        "SECRET_KEY": "a secret for tests",
        "TESTING": True,
        "SQLALCHEMY_DATABASE_URI": url,
    }
    app = create_app({**settings, **config}, registry=registry)
    app.jinja_env.bytecode_cache = COMPILED
    return app


def migrate(url: str, *, registry: Registry | None = None) -> None:
    """Make the tables of the core and of these modules, of all when none is given; no connection stays open."""
    from jalon.app_of import mount
    from jalon.migrate import upgrade

    app = make_app(url, registry=registry)
    with app.app_context():
        engine = mount(app).db.engine
        failed = [o for o in upgrade(engine, mount(app).registry) if o.trouble]
        engine.dispose()
    assert not failed, failed


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server for the run; skipped when absent, unless JALON_REQUIRE_ALL asks for it."""
    from jalon.testing.cluster import Cluster, binaries

    try:
        binaries()
    except LookupError as absent:
        if os.environ.get("JALON_REQUIRE_ALL"):
            raise
        pytest.skip(str(absent))
    running = Cluster()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def postgresql_template(cluster: Cluster) -> str:
    """Name of a migrated database to copy."""
    name = cluster.create()
    migrate(cluster.url(name))
    return name


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file to copy."""
    path = tmp_path_factory.mktemp("template") / "jalon.sqlite"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def core_templates(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """Gives, by kind, the file or the name of a database with the core's tables only, to copy."""
    from jalon.registry import Registry

    @functools.cache
    def template(kind: str) -> str:
        if kind == "sqlite":
            path = tmp_path_factory.mktemp("core") / "jalon.sqlite"
            migrate(f"sqlite:///{path}", registry=Registry([]))
            return str(path)
        cluster: Cluster = request.getfixturevalue("cluster")
        name = cluster.create()
        migrate(cluster.url(name), registry=Registry([]))
        return name

    return template


@pytest.fixture
def core_database_url(
    database_kind: str, request: pytest.FixtureRequest, core_templates: Callable[[str], str], tmp_path: Path
) -> Iterator[str]:
    """A database with the core's tables only, for modules that a test writes."""
    if database_kind == "sqlite":
        yield f"sqlite:///{shutil.copyfile(core_templates('sqlite'), tmp_path / 'core.sqlite')}"
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    name = cluster.create(template=core_templates("postgresql"))
    yield cluster.url(name)
    cluster.drop(name)


@pytest.fixture
def empty_database_url(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without any table."""
    if database_kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite'}"
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    name = cluster.create()
    yield cluster.url(name)
    cluster.drop(name)


@pytest.fixture
def database_url(
    database_kind: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A fresh migrated database, at the same address for each test of a process."""
    if database_kind == "sqlite":
        path = tmp_path_factory.getbasetemp() / "jalon.sqlite"
        for left in path.parent.glob(f"{path.name}*"):
            left.unlink()
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    name = cluster.create("jalon_test", template=request.getfixturevalue("postgresql_template"))
    yield cluster.url(name)
    cluster.drop(name)


@pytest.fixture(scope="session")
def sites() -> Callable[[str], Site]:
    """Our own site by the address of its database: making one takes longer than most tests."""
    made: dict[str, Site] = {}

    def site(url: str) -> Site:
        if url not in made:
            from jalon.testing.site import Site

            made[url] = Site(make_app(url))
        return made[url]

    return site


@pytest.fixture
def app(database_url: str, sites: Callable[[str], Site]) -> Iterator[Flask]:
    """Our own site on a fresh migrated database; what a test sets on it is gone with the test."""
    site = sites(database_url)
    yield site.app
    site.reset()


@pytest.fixture
def jalon(app: Flask) -> Jalon:
    """The Jalon mounted in `app`."""
    from jalon.app_of import mount

    return mount(app)


@pytest.fixture
def world(app: Flask) -> World:
    """Builds structures, people and sessions in `app`."""
    from jalon.testing.world import World

    return World(app)


@pytest.fixture
def another_database(
    database_kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Callable[[bool], str]]:
    """Gives the address of one more database of the same kind: migrated, or empty."""
    made: list[str] = []

    def one(migrated: bool) -> str:
        if database_kind == "sqlite":
            path = tmp_path / f"another-{len(made)}.sqlite"
            made.append(str(path))
            if migrated:
                shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
            return f"sqlite:///{path}"
        cluster: Cluster = request.getfixturevalue("cluster")
        template = request.getfixturevalue("postgresql_template") if migrated else "template0"
        made.append(cluster.create(template=template))
        return cluster.url(made[-1])

    yield one
    if database_kind == "postgresql":
        for name in made:
            request.getfixturevalue("cluster").drop(name)


@pytest.fixture(scope="session")
def rendered() -> Callable[[str], bytes]:
    """The real PDF of a page, made once for the same page: the kit opens each address as everybody, many times."""
    from jalon import pdf

    return functools.cache(pdf.render)


@pytest.fixture
def kit(
    request: pytest.FixtureRequest,
    another_database: Callable[[bool], str],
    tmp_path: Path,
    rendered: Callable[[str], bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> Kit:
    """The conformance kit, for the module that the test class names."""
    monkeypatch.setattr("jalon.pdf.render", rendered)
    from jalon.testing.conformance import Kit
    from jalon.testing.conformance.databases import OnDemand

    folder = tmp_path / "kit"
    folder.mkdir()
    databases = OnDemand(empty=lambda: another_database(False), fresh=lambda: another_database(True))
    return Kit(request.cls.module, databases, folder, arguments=request.cls.arguments)


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    """A folder where modules are written for one test."""
    from jalon.testing.disk import Disk

    folder = tmp_path / "modules"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    yield Disk(folder)
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", "")).startswith(str(folder)):
            del sys.modules[name]
