"""Communes read from a file: all or none, and the line that is wrong is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select

from jalon import communes
from jalon.communes import COLUMNS, BadCommunesFile
from jalon.models import Commune
from jalon.testing.world import World

pytestmark = pytest.mark.both_databases
GOOD = {
    "insee": "91223",
    "nom": "Étampes",
    "codes_postaux": "91150;91152",
    "population": "26000",
    "epci": "CAESE",
    "lon": "2.16",
    "lat": "48.43",
    "km_etampes": "0",
}


def written(path: Path, *lines: dict[str, str]) -> Path:
    path.write_text("\n".join([",".join(COLUMNS), *(",".join(line[c] for c in COLUMNS) for line in lines)]))
    return path


def test_the_demo_territory_is_read_whole_and_twice(world: World) -> None:
    for _again in range(2):
        with world.across() as session:
            assert communes.import_communes(session, communes.demo_territory()) == 132
            session.commit()

    with world.across() as session:
        assert session.scalar(select(func.count()).select_from(Commune)) == 132


WRONG = {
    "insee": ["", "9122", "912233", "91223\n", "ABCDE"],
    "nom": ["", "   ", "x" * 81, "\0"],
    "codes_postaux": ["", "9115", "91150;x", " ".join(["91150"] * 40)],
    "population": ["", "-1", "1.5", "many", "99999999999999999999", "1_000", "٣", "20000000"],
    "epci": ["", "x" * 81],
    "lon": ["", "east", "nan", "inf", "181", "-180.5", "1e9", "2_0"],
    "lat": ["", "90.1", "-91", "nan", "4" * 400],
}


@pytest.mark.parametrize(("column", "typed"), [(c, t) for c, typed in WRONG.items() for t in typed])
def test_a_line_that_is_no_commune_is_named_and_nothing_is_written(
    world: World, tmp_path: Path, column: str, typed: str
) -> None:
    typed = f'"{typed}"' if "\n" in typed else typed
    file = written(tmp_path / "communes.csv", GOOD, {**GOOD, "insee": "91001", column: typed})

    with world.across() as session:
        with pytest.raises(BadCommunesFile) as refused:
            communes.import_communes(session, file)
        session.commit()

    assert str(refused.value).startswith(("Ligne 3", "Ligne 4" if "\n" in typed else "Ligne 3"))
    with world.across() as session:
        assert session.scalar(select(func.count()).select_from(Commune)) == 0


def test_a_commune_that_is_there_twice_is_named(world: World, tmp_path: Path) -> None:
    with world.across() as session, pytest.raises(BadCommunesFile, match="91223"):
        communes.import_communes(session, written(tmp_path / "communes.csv", GOOD, GOOD))


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"insee,nom\n1,2\n", b"PK\x03\x04\0\0"])
def test_a_file_of_something_else_is_refused(world: World, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "communes.csv"
    file.write_bytes(content)

    with world.across() as session, pytest.raises(BadCommunesFile):
        communes.import_communes(session, file)
