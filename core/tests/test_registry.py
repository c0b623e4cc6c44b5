"""Finding modules, loading each apart from the others, ordering them."""

from __future__ import annotations

import random

import pytest

from jalon.manifest import BadManifest, parse_manifest
from jalon.registry import Module, Registry, in_order
from jalon.testing.disk import PLUGIN, Disk

GOOD = {"slug": "rental", "name": "Rental", "summary": "Bookings.", "version": "1.2.3", "core": "0.1"}


def test_a_manifest_with_known_keys_of_the_right_types_is_read() -> None:
    manifest = parse_manifest({**GOOD, "requires": ["fleet"]})

    assert (manifest.slug, manifest.requires, manifest.package) == ("rental", ("fleet",), "jalon_rental")


BAD = {
    "unknown key": {**GOOD, "colour": "red"},
    "missing key": {k: v for k, v in GOOD.items() if k != "name"},
    "name is a number": {**GOOD, "name": 3},
    "requires is a text": {**GOOD, "requires": "fleet"},
    "requires holds a number": {**GOOD, "requires": [1]},
    "slug with a capital": {**GOOD, "slug": "Rental"},
    "slug with an underscore": {**GOOD, "slug": "rental_x"},
    "version of two parts": {**GOOD, "version": "1.2"},
    "core of three parts": {**GOOD, "core": "0.1.0"},
}


@pytest.mark.parametrize("data", BAD.values(), ids=BAD.keys())
def test_a_manifest_that_is_not_one_is_refused_with_its_reason(data: dict[str, object]) -> None:
    with pytest.raises(BadManifest) as refused:
        parse_manifest(data)

    assert str(refused.value)


BROKEN = {
    "fails to import": "import nothing_of_that_name",
    "is not Python": "def",
    "leaves the program": "raise SystemExit(3)",
    "declares nothing": "",
    "takes an argument no hook gives": PLUGIN + "@hookimpl\ndef dashboard_cards(session, weather):\n    return []\n",
}


@pytest.mark.parametrize("plugin", BROKEN.values(), ids=BROKEN.keys())
def test_a_module_that_cannot_be_loaded_stops_no_other(disk: Disk, plugin: str) -> None:
    registry = Registry(
        [disk.module("bad", plugin=plugin), disk.module("good"), disk.module("needy", requires=("bad",))]
    )

    assert registry.modules["bad"].trouble
    assert registry.modules["good"].loaded
    assert registry.modules["needy"].trouble == "Il a besoin de bad, qui est en panne."
    assert [m.slug for m in registry.loaded()] == ["good"]


def test_an_interruption_is_not_swallowed(disk: Disk) -> None:
    with pytest.raises(KeyboardInterrupt):
        Registry([disk.module("bad", plugin="raise KeyboardInterrupt")])


MANIFESTS = {
    "not TOML": "slug = ",
    "another slug": 'slug = "other"\nname = "x"\nsummary = "x"\nversion = "0.1.0"\ncore = "0.1"',
    "another core": 'slug = "bad"\nname = "x"\nsummary = "x"\nversion = "0.1.0"\ncore = "9.9"',
}


@pytest.mark.parametrize("manifest", MANIFESTS.values(), ids=MANIFESTS.keys())
def test_a_module_with_a_bad_manifest_is_never_imported(disk: Disk, manifest: str) -> None:
    registry = Registry([disk.module("bad", manifest=manifest, plugin="raise SystemExit"), disk.module("good")])

    assert registry.modules["bad"].trouble
    assert "SystemExit" not in registry.modules["bad"].said
    assert registry.modules["good"].loaded


def test_a_loop_stops_the_modules_in_it_and_what_needs_them_only(disk: Disk) -> None:
    points = [
        disk.module("one", requires=("two",)),
        disk.module("two", requires=("one",)),
        disk.module("after", requires=("two",)),
        disk.module("apart"),
    ]

    registry = Registry(points)

    assert "boucle" in registry.modules["one"].trouble
    assert "boucle" in registry.modules["two"].trouble
    assert registry.modules["after"].trouble == "Il a besoin de two, qui est en panne."
    assert registry.modules["apart"].loaded


def test_a_missing_requirement_is_named(disk: Disk) -> None:
    registry = Registry([disk.module("needy", requires=("ghost",))])

    assert registry.modules["needy"].trouble == "Il a besoin de ghost, qui n’est pas installé."


def test_a_hook_nobody_specifies_is_noted_on_its_module(disk: Disk) -> None:
    registry = Registry([disk.module("odd", plugin=PLUGIN + "@hookimpl\ndef dashbord_cards():\n    return []\n")])

    assert registry.modules["odd"].loaded
    assert "dashbord_cards" in registry.modules["odd"].last_failure


def _graph() -> dict[str, Module]:
    from jalon.manifest import Manifest

    wants = {"a": (), "b": ("a",), "c": ("a",), "d": ("b", "c"), "e": (), "f": ("e", "d")}
    return {
        slug: Module(slug, Manifest(slug, slug, slug, "0.1.0", "0.1", requires)) for slug, requires in wants.items()
    }


def test_the_order_is_by_depth_then_slug_however_modules_are_found() -> None:
    orders = set()
    for seed in range(100):
        modules = list(_graph().items())
        random.Random(seed).shuffle(modules)
        orders.add(tuple(m.slug for m in in_order(dict(modules))))

    assert orders == {("a", "e", "b", "c", "d", "f")}


def test_requirements_and_dependents_are_the_whole_closure_in_order(disk: Disk) -> None:
    registry = Registry(
        [disk.module("low"), disk.module("mid", requires=("low",)), disk.module("top", requires=("mid",))]
    )

    assert registry.requirements("top") == ["low", "mid"]
    assert registry.dependents("low") == ["mid", "top"]
