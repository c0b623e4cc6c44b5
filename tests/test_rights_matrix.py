"""Roles and rights: the declarations compared with `rights.csv`, and every route walked as everybody against it.

The file is domain.md 2.7 for what exists: a line for each right, a column for each role, `x` where it is held.
`member` works in the structure without any role, `platform_admin` administers the platform and works nowhere.
"""

from __future__ import annotations

import csv
import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from jalon import accounts, core_rights
from jalon.models import InstalledModule
from jalon.registry import Registry
from jalon.testing.conformance import Kit, samples
from jalon.testing.conformance.databases import SqliteFiles
from jalon.testing.conformance.routes import Route, address, fields, routes_of
from jalon.testing.plugin import make_app, migrate
from jalon.testing.world import Browser, World

FILE = Path(__file__).with_name("rights.csv")
GHOST = {"slug": "ghost"}  # known, and neither switched on nor off by anybody
ARGUMENTS = {
    "jalon_rental.free": {"starts_at": "2031-03-03T08:00", "ends_at": "2031-03-03T18:00"},
    "jalon_modules.preview": GHOST,
    "jalon_modules.enable": GHOST,
    "jalon_modules.disable": GHOST,
    "jalon_door.label": {"code": "KNOWNTONOBODY"},
    "jalon_door.message": {"code": "KNOWNTONOBODY"},
    **{f"jalon_message_texts.{page}": {"name": "jalon.word"} for page in ("edit", "reset", "test")},
    "jalon_settings.form": {"slug": "opening-hours"},
    "jalon_settings.send": {"slug": "opening-hours"},
    "jalon_settings.withdraw": {"slug": "opening-hours"},
    "jalon_link.choose": {"token": "KNOWNTONOBODY"},
    "jalon_link.again": {"token": "KNOWNTONOBODY"},
    "jalon_first_steps.enable": GHOST,
    "jalon_start.account": {"key": "known to nobody"},
}
HERE, THERE = "here", "there"
NOBODYS = "jalon_admin.index"  # Flask-Admin's own start page answers 404 to everybody
Matrix = dict[str, set[str]]


def declared() -> Matrix:
    """Who holds each right, from the declarations of the core and of every module."""
    registry = Registry()
    enabled = frozenset(module.slug for module in registry.loaded())
    of = accounts.permissions_of
    held = {role.slug: of(registry, {role.slug}, enabled, member=False, admin=False) for role in _roles(registry)}
    held["member"] = of(registry, set(), enabled, member=True, admin=False)
    held["platform_admin"] = of(registry, set(), enabled, member=False, admin=True)
    names = [p.name for p in accounts.all_permissions(registry)]
    return {name: {who for who, rights in held.items() if name in rights} for name in names}


def _roles(registry: Registry) -> list[Any]:
    return accounts.all_roles(registry)


def written() -> Matrix:
    """What the file says."""
    with FILE.open(encoding="utf-8", newline="") as lines:
        return {row.pop("right"): {who for who, mark in row.items() if mark == "x"} for row in csv.DictReader(lines)}


def columns() -> list[str]:
    with FILE.open(encoding="utf-8", newline="") as lines:
        return next(csv.reader(lines))[1:]


def test_the_declarations_give_each_role_exactly_the_rights_of_the_file() -> None:
    assert declared() == written()


def test_the_file_has_a_column_for_every_role() -> None:
    assert sorted(columns()) == sorted([*(r.slug for r in _roles(Registry())), "member", "platform_admin"])


def test_a_platform_administrator_holds_no_right_of_a_module_and_looks_as_nobody() -> None:
    theirs = {right for right, holders in written().items() if "platform_admin" in holders}

    assert theirs == core_rights.PLATFORM_ADMIN
    assert all(right.startswith("jalon.") for right in theirs)
    assert "jalon.members.see_as" not in theirs


class Ground(NamedTuple):
    """A site with every module in two structures, a browser for everybody, and the rows of both."""

    world: World
    routes: list[tuple[Kit, Route]]
    numbers: Iterator[int]
    browsers: dict[str, Browser]


@pytest.fixture(scope="module")
def ground(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    folder = tmp_path_factory.mktemp("rights")
    path = shutil.copyfile(sqlite_template, folder / "walked.sqlite")
    app = make_app(f"sqlite:///{path}")
    world = World(app)
    slugs = [module.slug for module in world.jalon.registry.loaded()]
    for structure in (HERE, THERE):
        world.structure(structure, enabled=slugs)
    people = {who: world.client(_settle(world, who)) for who in [*columns(), "stranger"]}
    kits = [Kit(slug, SqliteFiles(folder, migrate), folder, arguments=ARGUMENTS) for slug in ("core", *slugs)]
    routes = [(kit, route) for kit in kits for route in routes_of(kit, app, world.jalon)]
    yield Ground(
        world,
        sorted(routes, key=lambda each: each[1].method != "GET"),  # what is posted may take away what is read
        itertools.count(1),
        {**people, "nobody": Browser(app)},
    )
    with app.app_context():
        world.jalon.db.engine.dispose()


def _settle(world: World, who: str) -> str:
    """Everybody works here, but for the administrator and the stranger, who works there."""
    name = who.replace("_", "-")
    if who == "platform_admin":
        world.user(name, admin=True)
    elif who == "stranger":
        world.user(name, there=["direction"])
    else:
        world.user(name, here=[] if who == "member" else [who])
    return name


def _rows(world: World, structure: str, number: int) -> dict[str, Any]:
    with world.across() as session:
        ids = samples.core_rows(session, structure, number)
        if number == 1:
            session.add(InstalledModule(slug=GHOST["slug"], name="Ghost", version="1"))
        session.commit()
    for module in world.jalon.registry.loaded():
        if module.plugin.sample is not None:
            with world.inside(structure) as session:
                made: list[Any] = list(module.plugin.sample(session, number))
                ids |= {row.__tablename__: getattr(row, "id", None) for row in made}
                session.commit()
    return ids


def test_every_route_declares_the_right_it_needs(ground: Ground) -> None:
    silent = [
        str(route)
        for _kit, route in ground.routes
        if route.permission is None and not route.open and route.endpoint != NOBODYS
    ]

    assert silent == []


def test_every_right_that_a_route_needs_is_declared(ground: Ground) -> None:
    needed = {route.permission for _kit, route in ground.routes if route.permission}

    assert needed - set(written()) == set()


def test_pages_outside_a_structure_are_declared_open(ground: Ground) -> None:
    assert [str(route) for _kit, route in ground.routes if not route.in_structure and not route.open] == []


FIRST = ("direction", "agent_location", "stranger")  # in `make test`; everybody in `make test-all`
EVERYBODY = [*columns(), "stranger", "nobody"]
WALKERS = [who if who in FIRST else pytest.param(who, marks=pytest.mark.slow) for who in EVERYBODY]


@pytest.mark.parametrize("who", WALKERS)
def test_every_route_answers_as_the_file_says(ground: Ground, who: str) -> None:
    rights = written()
    rows = {structure: _rows(ground.world, structure, next(ground.numbers)) for structure in (HERE, THERE)}

    faults = [
        fault
        for structure in (HERE, THERE)
        for kit, route in ground.routes
        if route.in_structure and not route.open and (fault := _fault(ground, kit, route, who, structure, rights, rows))
    ]

    assert faults == []


def _fault(
    ground: Ground, kit: Kit, route: Route, who: str, structure: str, rights: Matrix, rows: dict[str, dict[str, Any]]
) -> str:
    wanted = _expected(route, who, structure, rights)
    if route.method == "POST" and route.of_record and "302" in wanted:
        rows[structure] = _rows(ground.world, structure, next(ground.numbers))  # the post before may have used them up
    ids = rows[structure]
    where, browser = address(kit, route, structure, ids), ground.browsers[who]
    answer = browser.get(where) if route.method == "GET" else browser.send(where, **fields(route, ids))
    return "" if _said(answer) in wanted else f"{route} at {structure}: {_said(answer)}, not {' or '.join(wanted)}"


def _said(answer: Any) -> str:
    to_sign_in = answer.status_code == 302 and (answer.location or "").startswith("/login")
    return "sign-in" if to_sign_in else str(answer.status_code)


def _expected(route: Route, who: str, structure: str, rights: Matrix) -> set[str]:
    """Signed in, then a member, then the page, then the right; a refused form is 422."""
    if route.endpoint == NOBODYS:
        return {"404"}
    if who == "nobody":
        return {"sign-in"}
    at_home = who == "platform_admin" or (structure == THERE) == (who == "stranger")
    if not at_home or not route.offered:
        return {"404"}
    role = "direction" if who == "stranger" else who
    held = rights[route.permission or ""]
    allowed = role in held or (who != "platform_admin" and "member" in held)
    return ({"200", "302"} if route.method == "GET" else {"200", "302", "422"}) if allowed else {"403"}
