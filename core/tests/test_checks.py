"""What `jalon check` finds, what it says about it, and who may read it; whether the server is healthy."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from jalon import checks, last_backup, members, pdf, structures, upkeep
from jalon.checks import database as database_checks
from jalon.checks import files
from jalon.checks.check import CHECKS, Place
from jalon.clock import real_now
from jalon.models import InstalledModule, OpenDuty, Upkeep, User
from jalon.testing.world import TESTER, World

SECRET = "Kdj29s_kdLs93-hf83hGGd83jslQpe74hUqz0s91"
SETTINGS = {
    "no secret": ("secret", {"SECRET_KEY": ""}, "bad", "devinée"),
    "a short secret": ("secret", {"SECRET_KEY": "short"}, "bad", "devinée"),
    "a secret of one letter": ("secret", {"SECRET_KEY": "a" * 60}, "bad", "devinée"),
    "the demo's secret in production": ("secret", {"SECRET_KEY": "demo", "JALON_ENV": "production"}, "bad", "connaît"),
    "the demo's secret in a demo": ("secret", {"SECRET_KEY": "demo"}, "warning", "connaît"),
    "no public address": ("address", {"JALON_PUBLIC_URL": "", "JALON_ENV": "production"}, "bad", "nulle part"),
    "http": ("address", {"JALON_PUBLIC_URL": "http://x.example", "JALON_ENV": "production"}, "bad", "en clair"),
    "http in a demo": ("address", {"JALON_PUBLIC_URL": "http://x.example"}, "warning", "en clair"),
    "https without trusted proxy": ("proxies", {"JALON_TRUSTED_PROXIES": "0"}, "warning", "n’est pas cru"),
    "no mail": ("mail", {"JALON_MAIL_URL": ""}, "warning", "pas réglée"),
    "mail of another kind": ("mail", {"JALON_MAIL_URL": "http://mail.example"}, "bad", "comprise"),
    "mail without server": ("mail", {"JALON_MAIL_URL": "smtp://"}, "bad", "comprise"),
    "mail with a port that is none": ("mail", {"JALON_MAIL_URL": "smtp://x:y"}, "bad", "comprise"),
}
GOOD = {
    "JALON_ENV": "demo",
    "JALON_DEMO_SECRET": "demo",
    "SECRET_KEY": SECRET,
    "JALON_PUBLIC_URL": "https://jalon.example.org",
    "JALON_TRUSTED_PROXIES": "1",
}


@pytest.fixture
def place(world: World, tmp_path: Path) -> Iterator[Place]:
    """A good installation, but for its mail."""
    tmp_path.chmod(0o750)
    config = {**GOOD, "JALON_DATA_DIR": str(tmp_path)}
    with world.app.app_context(), checks.looking_at(world.app, TESTER) as place:
        yield replace(place, config=config)


def found(place: Place, name: str, **config: str) -> list[tuple[str, str]]:
    """Level and sentence of what one check finds with these settings."""
    place.config.update(config)
    return [(finding.level, finding.sentence) for finding in CHECKS[name].run(place)]


@pytest.mark.parametrize(("name", "spoiled", "level", "said"), SETTINGS.values(), ids=list(SETTINGS))
def test_a_bad_setting_is_found(place: Place, name: str, spoiled: dict[str, str], level: str, said: str) -> None:
    ((how_bad, sentence),) = found(place, name, **spoiled)

    assert how_bad == level
    assert said in sentence


@pytest.mark.parametrize("name", ["secret", "address", "proxies"])
def test_good_settings_give_no_finding(place: Place, name: str) -> None:
    assert found(place, name) == []


def test_a_mail_server_that_answers_is_good_and_one_that_does_not_is_bad(place: Place) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        answering = found(place, "mail", JALON_MAIL_URL=f"smtp://zoe:secret@127.0.0.1:{port}")
    ((level, sentence),) = found(place, "mail", JALON_MAIL_URL=f"smtp://zoe:secret@127.0.0.1:{port}")

    assert answering == []
    assert level == "bad"
    assert f"port {port}" in sentence
    assert "secret" not in sentence


@pytest.mark.both_databases
def test_a_good_installation_is_good_in_every_check(world: World, tmp_path: Path) -> None:
    tmp_path.chmod(0o750)
    world.structure("relais")
    world.user("zoe", admin=True, relais=["direction"])
    with world.across() as session:
        session.query(User).one().totp_since = datetime.now(UTC)
        session.commit()
    with (
        world.app.app_context(),
        checks.looking_at(world.app, TESTER) as place,
        socket.create_server(("127.0.0.1", 0)) as mail,
    ):
        config = {
            **GOOD,
            "JALON_DATA_DIR": str(tmp_path),
            "JALON_MAIL_URL": f"smtp://127.0.0.1:{mail.getsockname()[1]}",
        }
        all_found = checks.run(replace(place, config=config))

    assert [finding for finding in all_found if finding.level != "good"] == []
    assert {finding.check for finding in all_found} == set(CHECKS)


def test_people_are_counted_and_not_named(world: World, place: Place) -> None:
    world.structure("relais")
    world.structure("scop")
    world.user("zoe", admin=True, relais=["direction"], scop=["accueil"])

    assert found(place, "second_factor") == [
        ("warning", "1 administrateur de la plateforme se connecte avec un simple mot de passe.")
    ]
    assert found(place, "second_factor", JALON_ENV="production")[0][0] == "bad"
    assert found(place, "direction") == [("warning", "Sans direction\N{NO-BREAK SPACE}: Scop.")]
    assert found(place, "administrator") == []


def test_an_installation_without_administrator_and_one_with_demo_accounts_are_bad(world: World, place: Place) -> None:
    with world.across() as session:
        session.add(User(email="a@demo.example", name="A", is_demo=True))
        session.commit()

    assert found(place, "administrator")[0][0] == "bad"
    assert found(place, "demo_accounts") == []
    assert found(place, "demo_accounts", JALON_ENV="production")[0][0] == "bad"


@pytest.mark.both_databases
def test_tables_behind_the_code_ahead_of_it_or_without_it_are_found(world: World, place: Place) -> None:
    with world.app.app_context(), world.jalon.db.engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version_gone (version_num VARCHAR(32) NOT NULL)"))
        connection.execute(text("UPDATE alembic_version_core SET version_num = 'core_9999'"))

    said = dict(reversed(found(place, "tables")))

    assert "plus récentes" in said["bad"]
    assert "manque" in said["warning"]


def test_a_module_in_trouble_and_an_erasure_that_is_owed_are_found(world: World, place: Place) -> None:
    world.structure("relais")
    with world.across() as session:
        session.add(InstalledModule(slug="gone", name="Gone", version="1"))
        session.commit()
    with world.inside("relais") as session:
        session.add(OpenDuty(slug="gone", duty="apply_retention"))
        session.commit()

    assert found(place, "duties") == [("warning", "1 effacement est encore dû à des personnes.")]
    assert found(place, "modules") == []


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("server:/export {path} nfs4 rw 0 0", "bad"),
        ("//server/share {path} cifs rw 0 0", "bad"),
        ("/dev/sda1 {path} ext4 rw 0 0", ""),
        ("tmpfs /elsewhere nfs rw 0 0", ""),
    ],
)
def test_a_database_on_a_network_disk_is_found(
    place: Place, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, level: str
) -> None:
    mounts, folder = tmp_path / "mounts", Path(database_url.removeprefix("sqlite:///")).parent
    mounts.write_text(f"/dev/sda1 / ext4 rw 0 0\n{line.format(path=folder)}\n")
    monkeypatch.setattr(files, "MOUNTS", mounts)

    assert [how_bad for how_bad, _sentence in found(place, "local")] == ([level] if level else [])


def test_a_folder_open_to_everybody_and_a_full_disk_are_found(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o755)
    monkeypatch.setattr(files, "TOO_LITTLE_BYTES", 2**70)
    monkeypatch.setattr(files, "LITTLE_BYTES", 2**71)

    assert [level for level, _sentence in found(place, "private")] == ["warning"]
    assert [level for level, _sentence in found(place, "room")] == ["bad"]


def test_what_cannot_be_written_is_found(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: False)

    assert {level for level, _sentence in found(place, "writable")} == {"bad"}


def test_a_damaged_file_is_found_and_keeps_no_other_check_from_running(place: Place, database_url: str) -> None:
    path = Path(database_url.removeprefix("sqlite:///"))
    place.engine.dispose()  # whoever closes last writes everything into the one file
    damaged = bytearray(path.read_bytes())
    damaged[4096:-4096] = b"\xff" * (len(damaged) - 8192)
    path.write_bytes(damaged)

    all_found = checks.run(place)

    assert {finding.check for finding in all_found} == set(CHECKS)
    assert [f.level for f in all_found if f.check == "whole"] == ["bad"]


def test_a_page_does_not_wait_for_a_large_file(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_checks, "LARGE_BYTES", 1)
    hurried = replace(place, hurried=True)

    assert [level for level, _sentence in found(hurried, "whole")] == ["warning"]
    assert found(place, "whole") == []


@pytest.mark.both_databases
def test_a_clock_that_goes_wrong_is_found_where_the_database_has_its_own(
    place: Place, database_kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_checks, "APART", timedelta(seconds=-1))

    assert [level for level, _sentence in found(place, "clock")] == ["bad"] * (database_kind == "postgresql")


def test_the_command_says_all_of_it_and_its_exit_code_tells_whether_something_is_bad(world: World) -> None:
    runner = world.app.test_cli_runner()

    bad = runner.invoke(args=["jalon", "check", "--json"])
    world.user("zoe", admin=True)
    world.app.config.update(SECRET_KEY=SECRET)
    fit = runner.invoke(args=["jalon", "check"])

    assert bad.exit_code == 1
    listed: list[dict[str, Any]] = json.loads(bad.stdout)
    assert {row["check"] for row in listed} == set(CHECKS)
    assert listed[0]["level"] == "bad"
    assert fit.exit_code == 0, fit.output
    assert "! La messagerie n’est pas réglée" in fit.output
    assert "    → Donnez JALON_MAIL_URL" in fit.output


def test_platform_administrators_read_it_in_any_structure_and_nobody_else_does(world: World) -> None:
    world.structure("relais")
    world.user("camille", admin=True)
    world.user("zoe", relais=["direction"])

    page, refused = (world.client(name).get("/relais/check/") for name in ("camille", "zoe"))

    assert page.status_code == 200
    assert "État de l’installation" in page.text
    assert "Sans direction" not in page.text
    assert refused.status_code == 403
    assert "/relais/check/" not in world.client("zoe").get("/relais/").text


def test_the_server_is_healthy_when_database_and_tables_are(world: World) -> None:
    answer = world.app.test_client().get("/health")

    assert (answer.status_code, answer.json) == (200, {"status": "ok", "database": "ok", "migrations": "ok"})


@pytest.mark.both_databases
def test_the_server_is_not_healthy_when_its_tables_do_not_fit(world: World) -> None:
    with world.app.app_context(), world.jalon.db.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version_core SET version_num = 'core_0001'"))

    answer = world.app.test_client().get("/health")

    assert (answer.status_code, answer.json) == (503, {"status": "error", "database": "ok", "migrations": "error"})


def test_the_server_is_not_healthy_when_its_database_is_gone(world: World, database_url: str) -> None:
    with world.app.app_context():
        world.jalon.db.engine.dispose()
    path = Path(database_url.removeprefix("sqlite:///"))
    path.unlink()
    path.mkdir()

    answer = world.app.test_client().get("/health")

    path.rmdir()
    assert (answer.status_code, answer.json) == (503, {"status": "error", "database": "error", "migrations": "unknown"})


def test_a_structure_with_a_direction_is_not_found(world: World, place: Place) -> None:
    world.structure("relais")
    with world.across() as session:
        structure = structures.at(session, "relais")
        assert structure
        members.join(session, structure, None, name="Nora", roles=["direction"])
        session.commit()

    assert found(place, "direction") == []


def test_a_missing_library_or_font_for_pdf_is_found(
    place: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    good = list(CHECKS["paper"].run(place))
    monkeypatch.setattr(pdf, "WRITER", tmp_path / "nowhere.py")

    found = list(CHECKS["paper"].run(place))

    assert good == []
    assert [finding.level for finding in found] == ["warning"]
    assert "libpango-1.0-0" in found[0].mend


# --- SMS, workers, and the page of backups ---


def test_sms_that_nobody_takes_or_that_cannot_be_left_are_told(place: Place, tmp_path: Path) -> None:
    folder = tmp_path / "sms"
    folder.mkdir()
    waiting = folder / "one.json"
    waiting.touch()
    recent = found(place, "sms")
    os.utime(waiting, (0, 0))

    ((level, sentence),) = found(place, "sms")

    assert (recent, level) == ([], "warning")
    assert "1 SMS attend" in sentence


@pytest.mark.parametrize(("ago", "level"), [(timedelta(minutes=50), ""), (timedelta(hours=2), "warning")])
def test_a_worker_that_came_by_no_more_is_told(world: World, place: Place, ago: timedelta, level: str) -> None:
    upkeep.come_by()
    upkeep.come_by()
    with world.across() as session:
        session.get_one(Upkeep, upkeep.WORKER).tried_at = real_now() - ago
        session.commit()
    place.session.rollback()

    assert [how_bad for how_bad, _sentence in found(place, "jobs")] == ([level] if level else [])


def test_the_page_shows_backups_and_what_to_do_to_administrators_only(world: World, tmp_path: Path) -> None:
    world.app.config["JALON_DATA_DIR"] = str(tmp_path)
    world.structure("relais")
    world.user("camille", admin=True)
    world.user("zoe", relais=["direction"])
    noted, made = tmp_path / last_backup.NAME, real_now() - timedelta(days=9)
    admin, direction = world.client("camille"), world.client("zoe")

    empty = admin.get("/relais/backups/").text
    for number in range(2):
        at = (made + timedelta(days=number)).isoformat()
        file = str(tmp_path / f"{number}.jalon")
        last_backup.write(noted, last_backup.LastBackup(file, at, size=5_200_000, rows=36_000, documents=2))
    (last, _earlier) = last_backup.read_all(noted)
    last_backup.note_trial(noted, last, "elle est abîmée", "Damaged")
    page = admin.get("/relais/backups/").text

    assert "jalon backup" in empty
    assert all(said in page for said in ("Essai raté", "elle est abîmée", "5,2", "1.jalon", "0.jalon", "n’est plus là"))
    assert "note bad" in page
    assert direction.get("/relais/backups/").status_code == 403
    assert "/relais/backups/" not in direction.get("/relais/").text
