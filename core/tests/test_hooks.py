"""The caller of hooks: three kinds, enabled modules only, in order, isolated where they only show."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon.app_of import mount
from jalon.clock import now
from jalon.errors import DomainError
from jalon.hooks import Hooks
from jalon.migrate import upgrade
from jalon.models import Structure
from jalon.registry import Registry
from jalon.testing.disk import PLUGIN, Disk
from jalon.testing.plugin import make_app
from jalon.testing.world import World

HELPFUL = (
    PLUGIN
    + """
@hookimpl
def running_items(session):
    return ["{slug}"]

@hookimpl
def resource_withdrawing(session, resource_id):
    pass

@hookimpl
def apply_retention(session, before):
    return 1
"""
)
FAILING = (
    PLUGIN
    + """
from sqlalchemy import text
from jalon.errors import DomainError

class No(DomainError):
    message = "no"

@hookimpl
def running_items(session):
    {failure}

@hookimpl
def resource_withdrawing(session, resource_id):
    raise No

@hookimpl
def apply_retention(session, before):
    raise RuntimeError("cannot")
"""
)
FAILURES = {
    "raises": "raise ZeroDivisionError",
    "bad SQL": "session.execute(text('SELECT nothing FROM nowhere'))",
    "fails while its answer is read": "return (1 / 0 for _ in [1])",
    "answers what is no list": "return 3",
}
World2 = Callable[..., tuple[World, Hooks]]


@pytest.fixture
def installed(core_database_url: str) -> Iterator[World2]:
    """Installs these modules in a fresh database and switches the named ones on at `relais`."""
    apps = []

    def install(registry: Registry, *on: str) -> tuple[World, Hooks]:
        app = make_app(core_database_url, registry=registry)
        apps.append(app)
        with app.app_context():
            upgrade(mount(app).db.engine, registry)
        world = World(app)
        world.structure("relais", enabled=on)
        return world, mount(app).hooks

    yield install
    for app in apps:
        with app.app_context():
            mount(app).db.engine.dispose()


def test_enabled_modules_answer_in_the_order_of_the_graph(disk: Disk, installed: World2) -> None:
    points = [
        disk.module(s, plugin=HELPFUL.format(slug=s), requires=r)
        for s, r in (("zeta", ()), ("beta", ("zeta",)), ("alpha", ("beta",)), ("off", ()))
    ]
    world, hooks = installed(Registry(points), "alpha")

    with world.inside("relais") as session:
        shown = hooks.show(session, "running_items")

    assert [(a.slug, a.value) for a in shown] == [("zeta", ["zeta"]), ("beta", ["beta"]), ("alpha", ["alpha"])]
    assert all(a.ms >= 0 for a in shown)


@pytest.mark.both_databases
@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES.keys())
def test_a_failing_decoration_is_left_out_and_the_transaction_goes_on(
    disk: Disk, installed: World2, failure: str
) -> None:
    points = [
        disk.module("bad", plugin=FAILING.format(failure=failure)),
        disk.module("good", plugin=HELPFUL.format(slug="good")),
    ]
    world, hooks = installed(Registry(points), "bad", "good")

    with world.inside("relais") as session:
        shown = hooks.show(session, "running_items")

        assert [a.slug for a in shown] == ["good"]
        assert shown.failed == ["bad"]
        assert hooks.registry.modules["bad"].last_failure.startswith("running_items: ")
        assert session.scalar(select(Structure.slug)) == "relais"


def test_the_refusal_of_an_act_rises(disk: Disk, installed: World2) -> None:
    world, hooks = installed(Registry([disk.module("bad", plugin=FAILING.format(failure="pass"))]), "bad")

    with world.inside("relais") as session, pytest.raises(DomainError):
        hooks.act(session, "resource_withdrawing", resource_id=1)


def test_a_module_that_is_off_does_not_take_part_in_an_act(disk: Disk, installed: World2) -> None:
    world, hooks = installed(Registry([disk.module("bad", plugin=FAILING.format(failure="pass"))]))

    with world.inside("relais") as session:
        assert hooks.act(session, "resource_withdrawing", resource_id=1) == []


def test_a_duty_is_done_by_modules_that_are_off_and_its_failure_rises(disk: Disk, installed: World2) -> None:
    points = [disk.module("calm", plugin=HELPFUL.format(slug="calm"))]
    world, hooks = installed(Registry(points))

    with world.inside("relais") as session:
        assert [a.slug for a in hooks.duty(session, "apply_retention", before=now())] == ["calm"]

    with _broken(hooks, "calm"), world.inside("relais") as session, pytest.raises(RuntimeError):
        hooks.duty(session, "apply_retention", before=now())


@contextmanager
def _broken(hooks: Hooks, slug: str) -> Iterator[None]:
    implementation = hooks.registry.hooks.hook.apply_retention.get_hookimpls()[0]
    former = implementation.function

    def fail(session: Session, before: object) -> int:
        raise RuntimeError(slug)

    implementation.function = fail
    yield
    implementation.function = former


def test_a_hook_is_called_by_its_own_kind_only(disk: Disk, installed: World2) -> None:
    world, hooks = installed(Registry([]))

    with world.inside("relais") as session, pytest.raises(LookupError):
        hooks.show(session, "resource_withdrawing", resource_id=1)


def test_a_wrapper_is_never_called(disk: Disk, installed: World2) -> None:
    wrapper = PLUGIN + "@hookimpl(wrapper=True)\ndef running_items(session):\n    yield\n    return ['wrapped']\n"
    world, hooks = installed(Registry([disk.module("sly", plugin=wrapper)]), "sly")

    with world.inside("relais") as session:
        assert list(hooks.show(session, "running_items")) == []
