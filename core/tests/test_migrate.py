"""Migrations: one version table per module, one lock, and nobody held up by another's trouble."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, inspect, text

from jalon import migrate
from jalon.app_of import mount
from jalon.registry import Registry
from jalon.testing.disk import Disk
from jalon.testing.plugin import make_app
from jalon.testing.world import World

pytestmark = pytest.mark.both_databases
REVISION = '''"""Things"""
import sqlalchemy as sa
from alembic import op
revision = "{slug}_0001"
down_revision = None
{extra}
def upgrade():
    op.create_table("{slug}_thing", sa.Column("id", sa.Integer(), primary_key=True))
    {more}
def downgrade():
    op.drop_table("{slug}_thing")
'''


def module(disk: Disk, slug: str, *, requires: tuple[str, ...] = (), extra: str = "", more: str = "") -> object:
    """A module with one revision that makes one table."""
    point = disk.module(slug, requires=requires)
    path = disk.folder / f"jalon_{slug}" / "migrations" / "versions" / f"{slug}_0001_things.py"
    path.write_text(REVISION.format(slug=slug, extra=extra, more=more))
    return point


@pytest.fixture
def apps() -> Iterator[list[Flask]]:
    made: list[Flask] = []
    yield made
    for app in made:
        with app.app_context():
            mount(app).db.engine.dispose()


def engine_of(url: str, registry: Registry, apps: list[Flask]) -> Engine:
    app = make_app(url, registry=registry)
    apps.append(app)
    with app.app_context():
        return mount(app).db.engine


def tables(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names())


def test_each_module_gets_its_tables_and_a_version_table_of_its_own(
    empty_database_url: str, disk: Disk, apps: list[Flask]
) -> None:
    registry = Registry([module(disk, "one"), module(disk, "two", requires=("one",))])
    engine = engine_of(empty_database_url, registry, apps)

    outcomes = migrate.upgrade(engine, registry)

    assert [(o.slug, o.after) for o in outcomes[1:]] == [("one", "one_0001"), ("two", "two_0001")]
    assert {"alembic_version_core", "alembic_version_one", "alembic_version_two", "one_thing"} <= tables(engine)
    assert {p.state for p in migrate.status(engine, registry)} == {"up to date"}


def test_a_second_upgrade_does_nothing(empty_database_url: str, disk: Disk, apps: list[Flask]) -> None:
    registry = Registry([module(disk, "one")])
    engine = engine_of(empty_database_url, registry, apps)
    migrate.upgrade(engine, registry)

    outcomes = migrate.upgrade(engine, registry)

    assert [(o.before, o.after, o.trouble) for o in outcomes] == [(o.after, o.after, "") for o in outcomes]


def test_a_failing_revision_leaves_no_table_and_holds_up_only_what_needs_it(
    core_database_url: str, disk: Disk, apps: list[Flask]
) -> None:
    broken = module(disk, "bad", more='op.execute("SELECT nothing FROM nowhere")')
    registry = Registry([broken, module(disk, "good"), module(disk, "needy", requires=("bad",))])
    engine = engine_of(core_database_url, registry, apps)

    troubles = {o.slug: o.trouble for o in migrate.upgrade(engine, registry)}

    assert troubles["good"] == ""
    assert troubles["bad"]
    assert troubles["needy"] == "Il a besoin de bad, dont les tables n’ont pas pu être préparées."
    assert "good_thing" in tables(engine)
    assert not {"bad_thing", "needy_thing"} & tables(engine)


def test_a_database_newer_than_one_modules_code_blocks_nobody_else(
    core_database_url: str, disk: Disk, apps: list[Flask]
) -> None:
    registry = Registry([module(disk, "new"), module(disk, "old")])
    engine = engine_of(core_database_url, registry, apps)
    migrate.upgrade(engine, registry)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version_new SET version_num = 'new_0099'"))

    troubles = {o.slug: o.trouble for o in migrate.upgrade(engine, registry)}

    assert "plus récente que ce programme" in troubles["new"]
    assert troubles["core"] == troubles["old"] == ""
    assert {p.slug: p.state for p in migrate.status(engine, registry)}["new"] == "database newer than code"


def test_a_vanished_module_blocks_nobody(core_database_url: str, disk: Disk, apps: list[Flask]) -> None:
    both = Registry([module(disk, "stays"), module(disk, "gone")])
    migrate.upgrade(engine_of(core_database_url, both, apps), both)
    left = Registry([disk_point("stays")])
    engine = engine_of(core_database_url, left, apps)

    outcomes = migrate.upgrade(engine, left)

    assert [o.slug for o in outcomes if o.trouble] == []
    assert "gone_thing" in tables(engine)
    assert {p.slug: p.state for p in migrate.status(engine, left)}["gone"] == "code missing"


def disk_point(slug: str) -> object:
    from importlib.metadata import EntryPoint

    return EntryPoint(slug, f"jalon_{slug}.plugin", "jalon.plugins")


def test_a_revision_may_wait_for_another_modules(core_database_url: str, disk: Disk, apps: list[Flask]) -> None:
    eager = module(disk, "eager", extra='requires = {"core": "core_9999"}')
    content = module(disk, "content", extra='requires = {"core": "core_0001"}')
    registry = Registry([eager, content])
    engine = engine_of(core_database_url, registry, apps)

    troubles = {o.slug: o.trouble for o in migrate.upgrade(engine, registry)}

    assert "eager_0001 a besoin de core_9999" in troubles["eager"]
    assert troubles["content"] == ""


def test_a_downgrade_takes_one_module_back_alone(core_database_url: str, disk: Disk, apps: list[Flask]) -> None:
    registry = Registry([module(disk, "one"), module(disk, "two")])
    engine = engine_of(core_database_url, registry, apps)
    migrate.upgrade(engine, registry)

    outcome = migrate.downgrade(engine, "one", "base")

    assert (outcome.before, outcome.after) == ("one_0001", "")
    assert "one_thing" not in tables(engine)
    assert "two_thing" in tables(engine)


def test_a_downgrade_to_nowhere_is_refused(core_database_url: str, disk: Disk, apps: list[Flask]) -> None:
    registry = Registry([module(disk, "one")])
    engine = engine_of(core_database_url, registry, apps)
    migrate.upgrade(engine, registry)

    with pytest.raises(migrate.MigrationRefused):
        migrate.downgrade(engine, "one", "one_0042")


def test_foreign_keys_are_checked_again_afterwards(empty_database_url: str, disk: Disk, apps: list[Flask]) -> None:
    registry = Registry([module(disk, "one")])
    engine = engine_of(empty_database_url, registry, apps)
    migrate.upgrade(engine, registry)

    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_a_revision_that_leaves_a_dangling_key_is_undone(core_database_url: str, disk: Disk, apps: list[Flask]) -> None:
    orphan = "op.execute(\"INSERT INTO jalon_structure_alias (slug, structure_id) VALUES ('ghost', 4711)\")"
    registry = Registry([module(disk, "bad", more=orphan)])
    engine = engine_of(core_database_url, registry, apps)

    troubles = {o.slug: o.trouble for o in migrate.upgrade(engine, registry)}

    assert troubles["bad"]
    assert "bad_thing" not in tables(engine)


def test_rebuilding_a_table_on_sqlite_keeps_children_and_triggers(
    database_url: str, disk: Disk, apps: list[Flask]
) -> None:
    rebuild = (
        "from jalon.rebuild import rebuilding\n"
        "    with rebuilding('jalon_occupation') as batch:\n"
        "        batch.add_column(sa.Column('colour', sa.String(10)))"
    )
    registry = Registry([module(disk, "paint", more=rebuild)])
    engine = engine_of(database_url, registry, apps)
    world = World(apps[-1])
    world.structure("relais")
    before = _triggers(engine)

    outcomes = migrate.upgrade(engine, registry)

    assert [o.trouble for o in outcomes if o.slug == "paint"] == [""]
    assert _triggers(engine) == before
    assert "colour" in {c["name"] for c in inspect(engine).get_columns("jalon_occupation")}


def _triggers(engine: Engine) -> set[str]:
    if engine.dialect.name != "sqlite":
        return set()
    with engine.connect() as connection:
        return set(connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")))


@pytest.mark.both_databases(slow="postgresql")
def test_four_processes_at_once_do_it_once(empty_database_url: str, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "JALON_ENV": "demo",
        "JALON_DATA_DIR": str(tmp_path),
        "JALON_DATABASE_URL": empty_database_url,
    }
    command = [sys.executable, "-m", "jalon", "db", "upgrade", "--json"]
    running = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    answers = [process.communicate(timeout=60) for process in running]

    assert [p.returncode for p in running] == [0, 0, 0, 0], [errors for _, errors in answers]
    did_it = [o for out, _ in answers for o in json.loads(out) if o["slug"] == "core" and not o["before"]]
    assert len(did_it) == 1


@pytest.mark.parametrize("target", ["head", "one_0001", "+1"])
def test_going_back_to_where_one_is_is_refused_and_the_module_still_answers(
    core_database_url: str, disk: Disk, apps: list[Flask], target: str
) -> None:
    registry = Registry([module(disk, "one")])
    engine = engine_of(core_database_url, registry, apps)
    migrate.upgrade(engine, registry)

    with pytest.raises(migrate.MigrationRefused):
        migrate.downgrade(engine, "one", target)

    assert [(p.slug, p.state) for p in migrate.status(engine, registry)][1] == ("one", "up to date")
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT trouble FROM jalon_module WHERE slug = 'one'")) is None


def test_going_back_twice_is_refused_the_second_time(core_database_url: str, disk: Disk, apps: list[Flask]) -> None:
    registry = Registry([module(disk, "one")])
    engine = engine_of(core_database_url, registry, apps)
    migrate.upgrade(engine, registry)
    migrate.downgrade(engine, "one", "base")

    with pytest.raises(migrate.MigrationRefused, match="pas de tables"):
        migrate.downgrade(engine, "one", "base")


def test_the_status_tells_the_trouble_that_is_written_down(
    core_database_url: str, disk: Disk, apps: list[Flask]
) -> None:
    registry = Registry([module(disk, "one"), module(disk, "two")])
    engine = engine_of(core_database_url, registry, apps)
    migrate.upgrade(engine, registry)
    with engine.begin() as connection:
        connection.execute(text("UPDATE jalon_module SET trouble = 'It hurts.\nOuch: 1' WHERE slug = 'one'"))

    told = {p.slug: (p.state, p.trouble) for p in migrate.status(engine, registry)}

    assert told["one"] == ("in trouble", "It hurts. Ouch: 1")
    assert told["two"] == ("up to date", "")
