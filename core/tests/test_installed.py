"""What is installed is told to every member; the guide of components cannot show what is not there."""

from __future__ import annotations

import re
from importlib import metadata, resources

import pytest

from jalon import icons, libraries
from jalon.testing.world import World

ABOUT, GUIDE = "/relais/about/", "/relais/styleguide/"
MACROS = {"render_form": 'name="csrf_token"', "render_field": 'id="wrong-name-err"', "why": 'class="menu why"'}


@pytest.fixture
def relais(world: World) -> World:
    world.structure("relais")
    world.user("noe", relais=["comptable"])
    world.user("ada", admin=True)
    return world


def classes_of(page: str) -> set[str]:
    return {name for found in re.findall(r'class="([^"]*)"', page) for name in found.split()}


def test_every_member_reads_versions_licences_and_the_database(relais: World) -> None:
    page = relais.client("noe").get(ABOUT).text

    assert metadata.version("jalon") in page
    assert metadata.version("flask") in page
    assert re.search(r"(SQLite|PostgreSQL) \d+\.", page)
    assert "Lucide" in page
    assert "SIL Open Font License" in page


def test_each_library_that_runs_here_says_a_version_and_a_licence() -> None:
    found = libraries.needed_by(("jalon",))

    assert {"flask", "sqlalchemy", "flask-admin", "pluggy", "weasyprint"} <= {one.name.lower() for one in found}
    assert [one.name for one in found if not (one.version and one.licence)] == []


def test_the_guide_is_for_platform_administrators(relais: World) -> None:
    assert relais.client("noe").get(GUIDE).status_code == 403
    assert relais.client("ada").get(GUIDE).status_code == 200


def test_each_class_of_the_guide_is_styled_and_each_macro_and_icon_is_drawn(relais: World) -> None:
    css = (resources.files("jalon") / "static" / "jalon.css").read_text(encoding="utf-8")

    page = relais.client("ada").get(GUIDE).text.partition('<div class="guide">')[2]

    unknown = {name for name in classes_of(page) if not re.search(rf"\.{re.escape(name)}(?![\w-])", css)}
    assert unknown == set()
    assert [macro for macro, mark in MACROS.items() if mark not in page] == []
    assert [name for name in icons.names() if f"<code>{name}</code>" not in page] == []
    assert page.count("&lt;button class=&#34;btn primary&#34;") >= 2
