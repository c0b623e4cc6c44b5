"""What is published: each wheel has everything its package has, and asks for nothing it does not need."""

from __future__ import annotations

import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("jalon", "jalon_fleet", "jalon_rental", "jalon_newsletter")
FOR_TESTS = ("pytest", "playwright", "psycopg", "build", "hypothesis")


def _metadata(wheel: Path) -> dict[str, list[str]]:
    with zipfile.ZipFile(wheel) as archive:
        name = next(n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        message = Parser().parsestr(archive.read(name).decode())
    return {key: message.get_all(key, []) for key in message}


@pytest.mark.parametrize("package", PACKAGES)
def test_a_wheel_holds_every_file_of_its_package_and_no_other(
    wheels: dict[str, Path], folders: dict[str, Path], package: str
) -> None:
    source = folders[package] / "src"
    expected = {
        str(path.relative_to(source))
        for path in (source / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    with zipfile.ZipFile(wheels[package]) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}

    assert held == expected
    assert f"{package}/py.typed" in held


@pytest.mark.parametrize("package", PACKAGES)
def test_a_wheel_brings_its_french_compiled(wheels: dict[str, Path], package: str) -> None:
    with zipfile.ZipFile(wheels[package]) as archive:
        catalogue = archive.read(f"{package}/translations/fr/LC_MESSAGES/{package}.mo")

    assert len(catalogue) > 500


@pytest.mark.parametrize("package", PACKAGES)
def test_a_wheel_carries_the_licence(wheels: dict[str, Path], package: str) -> None:
    with zipfile.ZipFile(wheels[package]) as archive:
        name = next(n for n in archive.namelist() if n.endswith("/licenses/LICENSE"))
        licence = archive.read(name)

    assert licence == (ROOT / "LICENSE").read_bytes()
    assert _metadata(wheels[package])["License"] == ["MIT"]


def test_every_distribution_is_tried_here(folders: dict[str, Path]) -> None:
    assert set(folders) == set(PACKAGES)


def test_nothing_of_the_tests_is_required_to_run(wheels: dict[str, Path]) -> None:
    required = {
        line
        for wheel in wheels.values()
        for line in _metadata(wheel).get("Requires-Dist", [])
        if "extra ==" not in line
    }

    assert not [
        line for line in required if line.startswith(("pytest", "playwright", "psycopg", "build", "hypothesis"))
    ]
    assert "jalon<0.2,>=0.1" in required
