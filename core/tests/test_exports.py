"""Lists that leave the house: with a right, a reason, a trace, and nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import os
import re
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select

from jalon import beneficiaries, erasure_remains, erasures, exports, organisations, spreadsheets
from jalon.backups import making, reading
from jalon.clock import now
from jalon.importables.persons import PERSONS
from jalon.imports import headers
from jalon.models import AccessEntry, Beneficiary, Cause, Export, MemberRole, OrganisationKind, Title
from jalon.scope import Actor
from jalon.testing.world import Browser, World
from jalon.worker import Worker

ASKED = {"what": "persons", "kind": "csv", "reason": "Convocation"}
WOMAN: dict[str, Any] = {
    "title": Title.MADAM,
    "usage_name": "Lefèvre",
    "first_name": "Hélène",
    "birth_date": date(1985, 3, 12),
}
MAN: dict[str, Any] = {"title": Title.SIR, "usage_name": "Orban", "first_name": "Paul", "birth_date": date(1970, 1, 2)}


@pytest.fixture
def relais(world: World, tmp_path: Path) -> World:
    """lea may export at `relais`, where a woman is protected and read by another; desk may not export."""
    world.app.config["JALON_DATA_DIR"] = str(tmp_path)
    world.structure("relais")
    world.structure("scop")
    world.user("lea", relais=["conseiller"])
    world.user("desk", relais=["accueil"])
    world.user("zoe", scop=["conseiller"])
    reader = world.user("reader", relais=["conseiller"])
    with world.inside("relais", actor=Actor("Reader", reader.id)) as session:
        woman = beneficiaries.create(session, WOMAN, {"phone": "06 39 98 77 77", "street": "=1+1"}, reason="test")
        beneficiaries.create(session, MAN, {"phone": "06 39 98 11 11", "street": "=HYPERLINK(1)"}, reason="test")
        beneficiaries.restrict(session, woman, readers=[reader.id])
        session.commit()
    return world


def ask(browser: Browser, **asked: str) -> str:
    """Ask for a list; the address of the last that one asked for, which the page shows, made or not."""
    answer = browser.send("/relais/exports/", **{**ASKED, **asked})
    assert answer.status_code == 302, answer.text
    ids = re.findall(r'id="export-([0-9]+)"', browser.get(answer.location).text)
    return f"/relais/exports/{ids[0]}"


def taken(browser: Browser, **asked: str) -> Any:
    """Ask for a list and take it."""
    answer = browser.get(f"{ask(browser, **asked)}/file")
    assert answer.status_code == 200, answer.text
    return answer


def exported(browser: Browser, **asked: str) -> list[list[str]]:
    answer = taken(browser, **asked)
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))


def test_a_list_holds_what_its_reader_may_see_the_protected_by_their_code_only(relais: World) -> None:
    rows = exported(relais.client("lea"))

    assert rows[0] == [str(column.header) for column in PERSONS.columns]
    assert sorted(row[2] for row in rows[1:]) == ["Orban", "Protégé"]
    assert "Lefèvre" not in str(rows)
    assert "Hélène" not in str(rows)
    assert next(row[0] for row in rows if row[2] == "Protégé").startswith("B-")


def test_nothing_in_it_is_a_formula(relais: World) -> None:
    rows = exported(relais.client("lea"))

    assert "'=HYPERLINK(1)" in next(row for row in rows if row[2] == "Orban")
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+33", "'+33"),
        ("-a", "'-a"),
        ("@b", "'@b"),
        ("a=b", "a=b"),
        ("a\x00b", "ab"),
    ],
)
def test_what_a_spreadsheet_would_compute_is_a_text_and_is_read_back_as_it_was(typed: str, written: str) -> None:
    file = io.BytesIO()

    spreadsheets.write(file, "xlsx", ["Nom"], [[typed]])
    read = spreadsheets.read(file.getvalue()).lines[0][1][0]

    assert spreadsheets.harmless(typed) == written
    assert read == typed.replace("\0", "")


def test_an_export_is_noted_with_its_reason_and_its_number_of_rows(relais: World) -> None:
    lea = relais.client("lea")

    exported(lea)

    with relais.inside("relais") as session:
        export = session.scalars(select(Export)).one()
        entries = session.scalars(select(AccessEntry).where(AccessEntry.subject_table == "jalon_beneficiary")).all()
        assert (export.rows, export.reason, export.actor_name) == (2, "Convocation", "Lea")
        assert [(e.permission, e.rows, e.actor_name) for e in entries] == [("jalon.exports", 2, "Lea")]
    assert "Convocation" in lea.get("/relais/exports/").text


@pytest.mark.parametrize(
    "asked",
    [
        {"reason": " "},
        {"reason": "NIR 1 85 03 91 223 042 95"},
        {"what": "members"},
        {"what": "vehicles"},
        {"kind": "pdf"},
    ],
)
def test_an_export_without_a_reason_or_of_something_else_is_refused(relais: World, asked: dict[str, str]) -> None:
    answer = relais.client("lea").send("/relais/exports/", **{**ASKED, **asked})

    assert answer.status_code == 422
    with relais.inside("relais") as session:
        assert session.scalars(select(Export)).all() == []


def test_another_structure_s_persons_do_not_leave_and_the_desk_may_not_export(relais: World) -> None:
    desk, zoe = relais.client("desk"), relais.client("zoe")

    assert desk.send("/relais/exports/", **ASKED).status_code == 403
    assert zoe.send("/relais/exports/", **ASKED).status_code == 404
    assert "Orban" not in zoe.send("/scop/exports/", **ASKED).text


def test_the_import_takes_an_export_back_and_finds_everybody_known(relais: World) -> None:
    answer = taken(relais.client("lea"), kind="xlsx")
    sheet = spreadsheets.read(answer.data)

    assert set(headers.recognised(PERSONS, sheet.headers)) == {column.name for column in PERSONS.columns}
    with relais.inside("relais") as session:
        codes = set(session.scalars(select(Beneficiary.code)))
        doubles = [PERSONS.find(session, {"code": str(cells[0])}) for _line, cells in sheet.lines]
    assert {str(cells[0]) for _line, cells in sheet.lines} == codes
    assert all(found[0].certain for found in doubles)


def test_the_directory_is_exported_too(relais: World) -> None:
    rights = {"jalon.organisations.read", "jalon.organisations.write"}
    with relais.inside("relais", permissions=rights) as session:
        organisations.add(session, name="Mission locale", kind=OrganisationKind.MISSION_LOCALE, siret="73282932000074")
        session.commit()

    answer = taken(relais.client("lea"), what="organisations", kind="xlsx")

    rows = list(openpyxl.load_workbook(io.BytesIO(answer.data)).active.values)
    assert rows[1][:4] == ("Mission locale", None, "Mission locale", "732 829 320 00074")


def test_the_list_leads_to_its_export_and_import_whoever_may_and_nobody_else(relais: World) -> None:
    page, desk = (relais.client(who).get("/relais/admin/beneficiary/").text for who in ("lea", "desk"))
    asked = relais.client("lea").get("/relais/exports/?what=organisations").text

    assert 'href="/relais/exports/?what=persons"' in page
    assert 'href="/relais/imports/?what=persons"' in page
    assert "what=persons" not in desk
    assert '<option value="organisations" selected>' in asked


# --- the file, for a day ---


def files(folder: Path) -> list[Path]:
    return [path for path in (folder / "exports").rglob("*") if path.is_file()]


def turn_back(world: World, hours: float) -> None:
    """As if all lists had been asked for and made that long ago."""
    with world.inside("relais") as session:
        for export in session.scalars(select(Export)):
            export.at = export.made_at = now() - timedelta(hours=hours)
        session.commit()


def test_each_time_a_list_is_taken_is_logged(relais: World) -> None:
    lea = relais.client("lea")
    where = ask(lea)

    for _time in range(2):
        lea.get(f"{where}/file")

    with relais.inside("relais") as session:
        entries = session.scalars(select(AccessEntry).where(AccessEntry.subject_table == "jalon_beneficiary")).all()
        assert [(e.rows, e.reason) for e in entries] == [(2, "Convocation")] * 2


def test_only_whoever_asked_takes_it_and_only_while_they_may_read_the_list(relais: World) -> None:
    lea, reader, zoe, nobody = (relais.client(who) for who in ("lea", "reader", "zoe", None))
    where = ask(lea)

    assert reader.get(f"{where}/file").status_code == 302
    assert reader.send(f"{where}/delete").location.endswith("/exports/")
    assert zoe.get(f"{where}/file".replace("relais", "scop")).status_code == 404
    assert nobody.get(f"{where}/file").status_code == 302
    assert 'id="export-' not in reader.get("/relais/exports/").text
    with relais.across() as session:
        for role in session.scalars(select(MemberRole)):
            session.delete(role)
        session.commit()
    assert lea.get(f"{where}/file").status_code in (403, 404)


def test_a_list_dies_within_a_day(relais: World, tmp_path: Path) -> None:
    lea = relais.client("lea")
    where = ask(lea)

    turn_back(relais, 23.9)
    before = lea.get(f"{where}/file").status_code
    turn_back(relais, 24.1)
    after, page = lea.get(f"{where}/file"), lea.get("/relais/exports/").text

    assert (before, after.status_code) == (200, 302)
    assert 'id="export-' not in page
    (path,) = files(tmp_path)
    os.utime(path, (time.time() - 24.5 * 3600,) * 2)
    with relais.across() as session:
        assert exports.forget_over(session) == 1
    assert exports.sweep(tmp_path / "exports") == 1


def test_a_list_is_deleted_at_once_when_its_maker_says_so(relais: World, tmp_path: Path) -> None:
    lea = relais.client("lea")
    where = ask(lea)

    lea.send(f"{where}/delete")

    assert files(tmp_path) == []
    assert lea.get(f"{where}/file").status_code == 302


def test_a_long_list_is_made_by_a_worker_and_the_page_says_how_it_stands(
    relais: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "SMALL", 1)
    lea = relais.client("lea")
    where = ask(lea)

    waiting, early = lea.get("/relais/exports/").text, lea.get(f"{where}/file")
    with relais.app.app_context():
        Worker(relais.jalon).run_once()
    made = lea.get("/relais/exports/").text

    assert early.status_code == 302
    assert files(tmp_path) != []
    assert ("data-again" in waiting, "data-again" in made) == (True, False)
    assert lea.get(f"{where}/file").status_code == 200


def test_a_list_that_is_given_up_while_it_waits_is_never_made(
    relais: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "SMALL", 1)
    lea = relais.client("lea")

    lea.send(f"{ask(lea)}/delete")
    with relais.app.app_context():
        Worker(relais.jalon).run_once()

    assert files(tmp_path) == []


@pytest.mark.both_databases(slow="postgresql")
def test_erasing_a_person_deletes_the_lists_of_their_structures(relais: World, tmp_path: Path) -> None:
    lea = relais.client("lea")
    where = ask(lea)

    with relais.across() as session:
        person = session.scalars(select(Beneficiary.id).order_by(Beneficiary.id.desc())).first()
        assert person is not None
        erasures.erase(session, person, cause=Cause.REQUEST)
        session.commit()
    with relais.app.app_context():
        erasure_remains.clear(relais.jalon.db, tmp_path / "documents")

    assert files(tmp_path) == []
    assert lea.get(f"{where}/file").status_code == 302


def test_no_backup_holds_an_exported_list(relais: World, tmp_path: Path) -> None:
    ask(relais.client("lea"))
    with relais.app.app_context():
        making.make(relais.jalon.db.engine, tmp_path / "documents", tmp_path / "all.backup")

    (path,) = files(tmp_path)
    held = reading.unpack(tmp_path / "all.backup", tmp_path / "read")
    assert path.name not in str([member.name for member in held.members])
