"""Whatever a module does wrong, every core page answers; and each module's wheel can be taken away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import entry_points

import pytest
from flask import Flask

from jalon.app_of import mount
from jalon.migrate import upgrade
from jalon.registry import Registry
from jalon.testing.disk import PLUGIN, Disk
from jalon.testing.plugin import make_app
from jalon.testing.world import World
from jalon_fleet import vehicles
from jalon_fleet.models import Category, Vehicle
from jalon_rental.demo import sample

CORE_PAGES = ("/{s}/", "/{s}/modules/", "/{s}/modules/bad/", "/{s}/modules/fleet/", "/health", "/login")
DECLARED = "from jalon.declarations import *\nfrom jalon.hookspecs import hookimpl\nfrom flask import Blueprint\n"
VIEW = """
from jalon.access import requires
page = Blueprint("jalon_bad", "jalon_bad", template_folder="templates")
@page.get("/broken")
@requires("jalon.home")
def broken():
    from flask import render_template
    return render_template("jalon_bad/nothing.html")
"""
FAULTS = {
    "import": "import nothing_of_that_name",
    "syntax": "def",
    "exit": "raise SystemExit(1)",
    "register": PLUGIN + "@hookimpl\ndef dashboard_cards(session, weather):\n    return []\n",
    "blueprint of another's name": DECLARED + "plugin = Plugin(blueprints=(Blueprint('rental', 'jalon_bad'),))",
    "screen without model": DECLARED
    + "from jalon.admin import AdminScreen\nclass Bad(AdminScreen):\n    pass\nplugin = Plugin(screens=(Bad,))",
    "hook that shows raises": PLUGIN + "@hookimpl\ndef dashboard_cards(session):\n    1 / 0\n",
    "hook that shows before a switch raises": PLUGIN + "@hookimpl\ndef running_items(session):\n    1 / 0\n",
    "bad SQL in a hook": PLUGIN
    + "from sqlalchemy import text\n@hookimpl\ndef dashboard_cards(session):\n"
    + "    session.execute(text('SELECT nothing FROM nowhere'))\n",
    "card that leads nowhere": DECLARED
    + "plugin = Plugin()\n@hookimpl\ndef dashboard_cards(session):\n"
    + "    return [Card('x', 1, 'jalon_bad.nothing', 'jalon.home')]\n",
    "card that is none": PLUGIN + "@hookimpl\ndef dashboard_cards(session):\n    return [object()]\n",
    "menu that leads nowhere": DECLARED + "plugin = Plugin(menu=(MenuItem('x', 'jalon_bad.nothing', 'jalon.home'),))",
    "a page that cannot be rendered": DECLARED + VIEW + "plugin = Plugin(blueprints=(page,))",
    "act raises": PLUGIN + "@hookimpl\ndef resource_withdrawing(session, resource_id):\n    1 / 0\n",
    "duty raises": PLUGIN + "@hookimpl\ndef apply_retention(session, before):\n    1 / 0\n",
}


def installed(name: str) -> object:
    return next(p for p in entry_points(group="jalon.plugins") if p.name == name)


@pytest.fixture
def apps() -> Iterator[list[Flask]]:
    made: list[Flask] = []
    yield made
    for app in made:
        with app.app_context():
            mount(app).db.engine.dispose()


def world_with(url: str, registry: Registry, apps: list[Flask]) -> World:
    app = make_app(url, registry=registry, PROPAGATE_EXCEPTIONS=False)
    apps.append(app)
    with app.app_context():
        upgrade(mount(app).db.engine, registry)
    return World(app)


@pytest.mark.both_databases(slow="postgresql")
@pytest.mark.parametrize("plugin", FAULTS.values(), ids=FAULTS.keys())
def test_every_core_page_answers_whatever_a_module_does(
    database_url: str, disk: Disk, apps: list[Flask], plugin: str
) -> None:
    _every_core_page_answers(database_url, disk, apps, plugin)


@pytest.mark.both_databases
def test_a_statement_that_fails_in_a_hook_does_not_end_the_transaction_of_the_page(
    database_url: str, disk: Disk, apps: list[Flask]
) -> None:
    _every_core_page_answers(database_url, disk, apps, FAULTS["bad SQL in a hook"])


def _every_core_page_answers(database_url: str, disk: Disk, apps: list[Flask], plugin: str) -> None:
    registry = Registry([installed("fleet"), disk.module("bad", plugin=plugin)])
    world = world_with(database_url, registry, apps)
    world.structure("relais", enabled=["fleet"])
    if registry.modules["bad"].loaded:
        world.enable("relais", "bad")
    world.user("ada", admin=True, relais=["direction"])
    browser = world.client("ada")

    answers = {page: browser.get(page.format(s="relais")).status_code for page in CORE_PAGES}

    assert set(answers.values()) == {200}, answers
    assert browser.get("/relais/admin/fleet_vehicle/").status_code == 200


def test_a_page_that_cannot_be_rendered_says_so_without_a_traceback(
    database_url: str, disk: Disk, apps: list[Flask]
) -> None:
    plugin = FAULTS["a page that cannot be rendered"]
    world = world_with(database_url, Registry([disk.module("bad", plugin=plugin)]), apps)
    world.structure("relais", enabled=["bad"])
    world.user("ada", relais=["direction"])

    answer = world.client("ada").get("/relais/bad/broken")

    assert answer.status_code == 500
    assert "Traceback" not in answer.text
    assert "nothing.html" not in answer.text


@pytest.mark.both_databases
def test_a_failing_module_is_named_on_the_page_it_would_have_decorated(
    database_url: str, disk: Disk, apps: list[Flask]
) -> None:
    plugin = FAULTS["hook that shows raises"]
    world = world_with(database_url, Registry([disk.module("bad", plugin=plugin)]), apps)
    world.structure("relais", enabled=["bad"])
    world.user("ada", admin=True, relais=["direction"])
    browser = world.client("ada")

    notices = re.findall(r'<p class="note warn" role="status">([^<]*)</p>', browser.get("/relais/").text)
    assert notices == ["«\u00a0bad\u00a0» n’a pas pu donner ses chiffres. Le reste fonctionne."]
    assert "ZeroDivisionError" in browser.get("/relais/modules/").text


@pytest.mark.both_databases
@pytest.mark.parametrize("gone", ["fleet", "rental", "both"])
def test_with_a_wheel_removed_every_core_page_answers_and_says_so(
    world: World, database_url: str, apps: list[Flask], gone: str
) -> None:
    world.structure("relais", enabled=["rental"])
    world.user("ada", admin=True, relais=["direction", "agent_location"])
    with world.inside("relais") as session:
        sample(session, 1)
        session.commit()
    kept = [p for p in entry_points(group="jalon.plugins") if gone != "both" and p.name != gone]
    without = world_with(database_url, Registry(kept), apps)
    browser = without.client("ada")

    for page in ("/relais/", "/relais/modules/", "/relais/modules/rental/", "/relais/modules/fleet/", "/health"):
        assert browser.get(page).status_code == 200, page
    cards = browser.get("/relais/modules/").text
    assert "Le programme de ce module n’est pas installé sur ce serveur." in cards
    assert browser.get("/relais/admin/rental_booking/").status_code == 404


def test_rows_are_there_again_when_the_wheel_is_back(world: World, database_url: str, apps: list[Flask]) -> None:
    world.structure("relais", enabled=["rental"])
    with world.inside("relais") as session:
        vehicles.add(session, category=Category.CAR, make="Renault", model="Clio", plate="AA-123-BB")
        session.commit()
    world_with(database_url, Registry([]), apps)

    again = world_with(database_url, Registry(entry_points(group="jalon.plugins")), apps)

    with again.inside("relais") as session:
        assert session.query(Vehicle).count() == 1
