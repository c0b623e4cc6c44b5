"""School holidays, imported from the file that the Éducation nationale publishes: all of it or nothing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from jalon import holidays
from jalon.holidays import BadHolidaysFile, SchoolZone
from jalon.models import SchoolHoliday
from jalon.testing.world import World

HEAD = "Description;Population;Date de début;Date de fin;Académies;Zones;annee_scolaire"
TECHNICAL = "description;population;start_date;end_date;location;zones;annee_scolaire"
AUTUMN = "Vacances de la Toussaint;-;2026-10-16T22:00:00+00:00;2026-11-01T23:00:00+00:00;{0};Zone {1};2026-2027"
LINES = {  # line: zone, first day, last day; None is left out
    AUTUMN.format("Lyon", "A"): ("A", date(2026, 10, 17), date(2026, 11, 1)),
    "Vacances de Noël;Élèves;2026-12-18T23:00:00+00:00;2027-01-03T23:00:00+00:00;Paris;Zone C;2026-2027": (
        "C",
        date(2026, 12, 19),
        date(2027, 1, 3),
    ),
    "Vacances d'été;-;2027-07-01T22:00:00+00:00;2027-08-15T22:00:00+00:00;La Réunion;Réunion;2026-2027": (
        "reunion",
        date(2027, 7, 3),  # leaving after class on Friday 2
        date(2027, 8, 15),
    ),
    "Pont de l'Ascension;-;2027-05-04T22:00:00+00:00;2027-05-09T22:00:00+00:00;Lyon;Zone A;2026-2027": (
        "A",
        date(2027, 5, 5),
        date(2027, 5, 9),
    ),
    "Vacances d'hiver;-;2027-02-12T00:00:00+01:00;2027-03-01;Corse;Corse;2026-2027": (
        "corse",
        date(2027, 2, 13),
        date(2027, 2, 28),
    ),
    "Vacances d'été;Enseignants;2027-07-02T22:00:00+00:00;2027-08-30T22:00:00+00:00;Lyon;Zone A;2026-2027": None,
    "Début des Vacances d'été;-;2027-07-02T22:00:00+00:00;;Lyon;Zone A;2026-2027": None,
    "Début des Vacances d'été;-;2027-07-02T22:00:00+00:00;2027-07-02T22:00:00+00:00;Lyon;Zone A;2026-2027": None,
}
WRONG = {
    "zone": ("Vacances;-;2026-10-17;2026-11-02;Lyon;Zone D;2026", "«\u00a0Zone D\u00a0» n’est pas une zone"),
    "no zone": ("Vacances;-;2026-10-17;2026-11-02;Lyon;;2026", "n’est pas une zone"),
    "date": ("Vacances;-;17/10/2026;2026-11-02;Lyon;Zone A;2026", "«\u00a017/10/2026\u00a0» n’est pas une date"),
    "no date": ("Vacances;-;;2026-11-02;Lyon;Zone A;2026", "n’est pas une date"),
    "backwards": ("Vacances;-;2026-11-17;2026-11-02;Lyon;Zone A;2026", "la fin précède le début"),
    "no name": (";-;2026-10-17;2026-11-02;Lyon;Zone A;2026", "la description manque"),
    "short": ("Vacances", "n’est pas une zone"),
}


def written(path: Path, *lines: str, head: str = HEAD) -> Path:
    path.write_text("\ufeff" + "\r\n".join([head, *lines]) + "\r\n", encoding="utf-8")
    return path


def stored(session: Session) -> list[tuple[str, date, date]]:
    return [(h.zone, h.first_day, h.last_day) for h in session.query(SchoolHoliday).order_by(SchoolHoliday.id)]


@pytest.mark.parametrize(("line", "wanted"), LINES.items())
def test_a_line_is_read_by_the_calendar_in_paris_up_to_the_day_before_the_return(
    world: World, tmp_path: Path, line: str, wanted: tuple[str, date, date] | None
) -> None:
    with world.across() as session:
        done = holidays.import_school_holidays(session, written(tmp_path / "file.csv", line))

        assert stored(session) == ([wanted] if wanted else [])
        assert (done.holidays, done.left_out) == ((1, 0) if wanted else (0, 1))


@pytest.mark.both_databases
def test_importing_twice_is_importing_once_and_a_corrected_file_replaces(world: World, tmp_path: Path) -> None:
    lines = [AUTUMN.format(place, "A") for place in ("Lyon", "Dijon")] + [AUTUMN.format("Paris", "C")]
    moved = AUTUMN.format("Lyon", "A").replace("2026-10-16", "2026-10-23")

    with world.across() as session:
        for _again in range(2):
            holidays.import_school_holidays(session, written(tmp_path / "file.csv", *lines))
        twice = stored(session)
        holidays.import_school_holidays(session, written(tmp_path / "file.csv", moved))

        assert [row[0] for row in twice] == ["A", "C"]
        assert sorted(stored(session)) == [
            ("A", date(2026, 10, 24), date(2026, 11, 1)),
            ("C", date(2026, 10, 17), date(2026, 11, 1)),
        ]


@pytest.mark.both_databases
@pytest.mark.parametrize(("line", "said"), WRONG.values(), ids=WRONG.keys())
def test_one_wrong_line_is_named_and_nothing_is_imported(world: World, tmp_path: Path, line: str, said: str) -> None:
    path = written(tmp_path / "file.csv", AUTUMN.format("Lyon", "A"), line)

    with world.across() as session:
        with pytest.raises(BadHolidaysFile) as refused:
            holidays.import_school_holidays(session, path)

        assert "Ligne 3" in str(refused.value)
        assert said in str(refused.value)
        assert stored(session) == []


def test_the_technical_names_of_the_columns_are_known_too(world: World, tmp_path: Path) -> None:
    with world.across() as session:
        path = written(tmp_path / "file.csv", AUTUMN.format("Lyon", "A"), head=TECHNICAL)

        assert holidays.import_school_holidays(session, path).holidays == 1


@pytest.mark.parametrize("content", [b"", b"a,b,c\n1,2,3\n", b"\xff\xfe\x00", HEAD.replace(";", ",").encode()])
def test_another_file_is_refused(world: World, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(content)

    with world.across() as session, pytest.raises(BadHolidaysFile):
        holidays.import_school_holidays(session, path)


def test_every_zone_has_a_label_and_fits_its_column() -> None:
    assert set(SchoolZone.labels()) == set(SchoolZone)
    assert all(len(zone.value) <= 20 for zone in SchoolZone)


def test_the_command_imports_and_says_how_many(world: World, tmp_path: Path) -> None:
    runner = world.app.test_cli_runner()
    good = written(tmp_path / "good.csv", AUTUMN.format("Lyon", "A"))
    bad = written(tmp_path / "bad.csv", "Vacances;-;x;y;Lyon;Zone A;2026")

    done = runner.invoke(args=["jalon", "holidays", "import", str(good)])
    refused = runner.invoke(args=["jalon", "holidays", "import", str(bad)])
    absent = runner.invoke(args=["jalon", "holidays", "import", str(tmp_path / "none.csv")])

    assert (done.exit_code, done.output.strip()) == (0, "1 school holidays, 0 lines left out")
    assert refused.exit_code == absent.exit_code == 1
    assert "Ligne 2" in refused.output
