"""Taking a module out of the database: counts, export, nothing left; with or without its code."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from jalon import uninstall
from jalon.app_of import mount
from jalon.migrate import upgrade
from jalon.registry import Registry
from jalon.testing.plugin import make_app
from jalon.testing.world import World
from jalon.uninstall import CoreStays, NothingToUninstall, StillEnabled, StillNeeded
from jalon_rental.demo import sample

pytestmark = pytest.mark.both_databases


@pytest.fixture
def filled(world: World) -> World:
    """Two structures with two bookings each, then rental switched off everywhere."""
    for slug in ("relais", "scop"):
        world.structure(slug, enabled=["rental"])
        with world.inside(slug) as session:
            for number in (1, 2):
                sample(session, number)
            session.commit()
        world.disable(slug, "rental")
    return world


def counted(world: World, slug: str, registry: Registry | None = None) -> dict[str, int]:
    with world.app.app_context():
        return {
            c.table: c.rows for c in uninstall.impact(world.jalon.db.engine, registry or world.jalon.registry, slug)
        }


def take_out(world: World, slug: str, path: Path, registry: Registry | None = None) -> None:
    with world.app.app_context():
        uninstall.uninstall(world.jalon.db.engine, registry or world.jalon.registry, slug, export_to=path)


def test_the_impact_counts_the_rows_of_all_structures(filled: World) -> None:
    counts = counted(filled, "rental")

    assert (counts["rental_booking"], counts["jalon_occupation"], counts["jalon_resource"]) == (4, 4, 0)


def test_uninstalling_exports_then_drops_everything_of_the_module_and_nothing_else(
    filled: World, tmp_path: Path
) -> None:
    take_out(filled, "rental", tmp_path / "rental.zip")

    rows = _csv(tmp_path / "rental.zip", "rental_booking.csv")
    assert len(rows) == 4
    assert {row["state"] for row in rows} == {"booked"}
    with filled.app.app_context(), filled.jalon.db.engine.connect() as connection:
        left = set(inspect(connection).get_table_names())
        assert not {"rental_booking", "alembic_version_rental"} & left
        assert connection.scalar(text("SELECT count(*) FROM jalon_occupation")) == 0
        assert connection.scalar(text("SELECT count(*) FROM fleet_vehicle")) == 4
        declared = text("SELECT count(*) FROM jalon_personal_column WHERE module = 'rental'")
        assert connection.scalar(declared) == 0
        assert connection.scalar(text("SELECT count(*) FROM jalon_resource")) == 4


def _csv(archive: Path, name: str) -> list[dict[str, str]]:
    with zipfile.ZipFile(archive) as opened:
        return list(csv.DictReader(io.StringIO(opened.read(name).decode())))


def test_it_can_be_installed_again(filled: World, tmp_path: Path) -> None:
    take_out(filled, "rental", tmp_path / "rental.zip")

    with filled.app.app_context():
        outcomes = upgrade(filled.jalon.db.engine, filled.jalon.registry)
    filled.enable("relais", "rental")

    assert {o.slug: o.trouble for o in outcomes} == dict.fromkeys(["core", "fleet", "newsletter", "rental"], "")
    assert counted_again(filled) == 0


def counted_again(world: World) -> int:
    with world.app.app_context(), world.jalon.db.engine.connect() as connection:
        return int(connection.scalar(text("SELECT count(*) FROM rental_booking")) or 0)


def test_it_works_when_the_code_is_gone(filled: World, tmp_path: Path) -> None:
    registry = Registry(p for p in entry_points(group="jalon.plugins") if p.name == "fleet")

    assert counted(filled, "rental", registry)["rental_booking"] == 4
    take_out(filled, "rental", tmp_path / "rental.zip", registry)

    with filled.app.app_context():
        assert "rental_booking" not in inspect(filled.jalon.db.engine).get_table_names()


def test_what_is_needed_or_switched_on_stays(filled: World, tmp_path: Path) -> None:
    with pytest.raises(StillNeeded):
        take_out(filled, "fleet", tmp_path / "x.zip")
    filled.enable("relais", "rental")
    with pytest.raises(StillEnabled):
        take_out(filled, "rental", tmp_path / "x.zip")
    with pytest.raises(CoreStays):
        take_out(filled, "core", tmp_path / "x.zip")
    with pytest.raises(NothingToUninstall):
        take_out(filled, "ghost", tmp_path / "x.zip")

    assert not (tmp_path / "x.zip").exists()


@pytest.mark.parametrize(
    "arguments",
    [["rental"], ["rental", "--confirm", "rental"], ["rental", "--confirm", "rentl", "--export", "x.zip"]],
    ids=["not confirmed", "no export", "slug mistyped"],
)
def test_the_command_drops_nothing_without_the_typed_slug_and_an_export(
    filled: World, database_url: str, arguments: list[str]
) -> None:
    app = make_app(database_url)
    answer = app.test_cli_runner().invoke(args=["jalon", "modules", "uninstall", *arguments, "--json"])

    assert answer.exit_code == 1
    assert {row["table"]: row["rows"] for row in json.loads(answer.stdout)}["rental_booking"] == 4
    assert counted_again(filled) == 4
    with app.app_context():
        mount(app).db.engine.dispose()
