"""What uninstalling refuses, and what the export of it keeps, with modules written for the purpose."""

from __future__ import annotations

import csv
import io
import stat
import zipfile
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect, text

from jalon import uninstall
from jalon.app_of import mount
from jalon.migrate import upgrade, version_table
from jalon.registry import Registry
from jalon.testing.disk import Disk
from jalon.testing.plugin import make_app
from jalon.testing.world import World
from jalon.uninstall import NothingToUninstall, StillPointedAt

pytestmark = pytest.mark.both_databases
REVISION = '''"""Things"""
import sqlalchemy as sa
from alembic import op
revision = "{slug}_0001"
down_revision = None
def upgrade():
    op.create_table("{slug}_thing", sa.Column("id", sa.Integer(), primary_key=True), {columns})
def downgrade():
    op.drop_table("{slug}_thing")
'''
PLAIN = 'sa.Column("said", sa.Text())'
POINTING = {
    "at a table of the module": ('sa.Column("at", sa.Integer(), sa.ForeignKey("base_thing.id"))', ""),
    "at its resource": (
        'sa.Column("at", sa.Integer(), sa.ForeignKey("jalon_resource.id"))',
        "INSERT INTO other_thing (id, at) VALUES (1, 1)",
    ),
    "at an occupation of its resource": (
        'sa.Column("at", sa.Integer(), sa.ForeignKey("jalon_occupation.id"))',
        "INSERT INTO other_thing (id, at) VALUES (1, 1)",
    ),
}
RESOURCE = """INSERT INTO jalon_resource (id, module, kind, name, buffer_min, version, structure_id)
SELECT 1, 'base', 'base', 'Van', 0, 1, id FROM jalon_structure"""
OCCUPATION = """INSERT INTO jalon_occupation
(id, resource_id, module, kind, starts_at, ends_at, blocked_until, blocking, version, structure_id)
SELECT 1, 1, 'other', 'use', '2026-01-01 08:00', '2026-01-01 09:00', '2026-01-01 09:00', true, 1, id
FROM jalon_structure"""


def written(disk: Disk, slug: str, columns: str = PLAIN) -> EntryPoint:
    """A module with one table."""
    point = disk.module(slug)
    path = disk.folder / f"jalon_{slug}" / "migrations" / "versions" / f"{slug}_0001_things.py"
    path.write_text(REVISION.format(slug=slug, columns=columns))
    return point


class Place:
    """A database with these modules' tables."""

    def __init__(self, url: str, *points: EntryPoint) -> None:
        self.registry = Registry(points)
        self.app = make_app(url, registry=self.registry)
        self.world = World(self.app)
        with self.app.app_context():
            self.engine: Engine = mount(self.app).db.engine
            assert [o.trouble for o in upgrade(self.engine, self.registry) if o.trouble] == []
        self.world.structure("relais")

    def run(self, *statements: str) -> None:
        with self.engine.begin() as connection:
            for statement in filter(None, statements):
                connection.execute(text(statement))

    def take_out(self, slug: str, path: Path) -> list[uninstall.Count]:
        return uninstall.uninstall(self.engine, self.registry, slug, export_to=path)

    def tables(self) -> set[str]:
        return set(inspect(self.engine).get_table_names())


@pytest.fixture
def place(core_database_url: str) -> Iterator[Callable[..., Place]]:
    """Makes the one place of a test."""
    made: list[Place] = []

    def make(*points: EntryPoint) -> Place:
        made.append(Place(core_database_url, *points))
        return made[-1]

    yield make
    for one in made:
        one.engine.dispose()


def rows_of(archive: Path, table: str) -> list[dict[str, str]]:
    with zipfile.ZipFile(archive) as opened:
        return list(csv.DictReader(io.StringIO(opened.read(f"{table}.csv").decode())))


@pytest.mark.parametrize(("columns", "row"), POINTING.values(), ids=POINTING.keys())
def test_what_another_module_points_at_is_not_dropped(
    place: Callable[..., Place], disk: Disk, tmp_path: Path, columns: str, row: str
) -> None:
    here = place(written(disk, "base"), written(disk, "other", columns))
    here.run(RESOURCE, OCCUPATION, row)

    with pytest.raises(StillPointedAt) as refused:
        here.take_out("base", tmp_path / "base.zip")

    assert "other_thing" in str(refused.value)
    assert "base_thing" in here.tables()
    assert not (tmp_path / "base.zip").exists()


def test_the_occupations_of_its_resources_go_with_it_whoever_made_them(
    place: Callable[..., Place], disk: Disk, tmp_path: Path
) -> None:
    here = place(written(disk, "base"), written(disk, "other"))
    here.run(RESOURCE, OCCUPATION)

    dropped = {c.table: c.rows for c in here.take_out("base", tmp_path / "base.zip")}

    assert (dropped["jalon_resource"], dropped["jalon_occupation"]) == (1, 1)
    assert "base_thing" not in here.tables()
    assert "other_thing" in here.tables()


def test_its_settings_go_with_it_and_those_of_others_stay(
    place: Callable[..., Place], disk: Disk, tmp_path: Path
) -> None:
    here = place(written(disk, "base"), written(disk, "other"))
    said = "INSERT INTO jalon_setting (module, key, value, valid_from, structure_id) SELECT '{0}', 'a', '1', '2026-01-01', id FROM jalon_structure"  # noqa: E501
    here.run(said.format("base"), said.format("other"))

    here.take_out("base", tmp_path / "base.zip")

    with here.engine.connect() as connection:
        assert list(connection.scalars(text("SELECT module FROM jalon_setting"))) == ["other"]
    assert [row["module"] for row in rows_of(tmp_path / "base.zip", "jalon_setting")] == ["base"]


def test_a_module_whose_name_begins_with_its_name_is_untouched(
    place: Callable[..., Place], disk: Disk, tmp_path: Path
) -> None:
    here = place(written(disk, "base"), written(disk, "basement"))

    here.take_out("base", tmp_path / "base.zip")

    assert {"basement_thing", version_table("basement")} <= here.tables()
    assert not {"base_thing", version_table("base")} & here.tables()


def test_tables_that_point_at_each_other_are_dropped_too(
    place: Callable[..., Place], disk: Disk, tmp_path: Path
) -> None:
    point = written(disk, "base", 'sa.Column("at", sa.Integer(), sa.ForeignKey("base_thing.id", name="fk_self"))')
    here = place(point)
    here.run("INSERT INTO base_thing (id, at) VALUES (1, NULL)", "INSERT INTO base_thing (id, at) VALUES (2, 1)")

    here.take_out("base", tmp_path / "base.zip")

    assert "base_thing" not in here.tables()


def test_the_export_keeps_every_value_and_is_its_owners_alone(
    place: Callable[..., Place], disk: Disk, tmp_path: Path
) -> None:
    here = place(written(disk, "base"))
    said = """=1+1; "quoted", é
on two lines"""
    with here.engine.begin() as connection:
        connection.execute(text("INSERT INTO base_thing (id, said) VALUES (1, :said), (2, NULL)"), {"said": said})

    here.take_out("base", tmp_path / "base.zip")

    assert rows_of(tmp_path / "base.zip", "base_thing") == [{"id": "1", "said": said}, {"id": "2", "said": ""}]
    assert stat.S_IMODE((tmp_path / "base.zip").stat().st_mode) == 0o600


def test_an_export_never_replaces_another(place: Callable[..., Place], disk: Disk, tmp_path: Path) -> None:
    here = place(written(disk, "base"))
    (tmp_path / "base.zip").write_text("last year's")

    with pytest.raises(FileExistsError):
        here.take_out("base", tmp_path / "base.zip")

    assert (tmp_path / "base.zip").read_text() == "last year's"
    assert "base_thing" in here.tables()


@pytest.mark.parametrize("slug", ["alembic", "alembic_version", "sqlite", "base_thing", "", "BASE", "base; --"])
def test_what_is_no_modules_name_takes_nothing_out(
    place: Callable[..., Place], disk: Disk, tmp_path: Path, slug: str
) -> None:
    here = place(written(disk, "base"))
    before = here.tables()

    with pytest.raises(NothingToUninstall):
        here.take_out(slug, tmp_path / "x.zip")

    assert here.tables() == before
