"""Lists that leave the house: with a right, a reason, a trace, and nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select

from jalon import beneficiaries, organisations, spreadsheets
from jalon.importables.persons import PERSONS
from jalon.imports import headers
from jalon.models import AccessEntry, Beneficiary, Export, OrganisationKind, Title
from jalon.scope import Actor
from jalon.testing.world import Browser, World

ASKED = {"what": "persons", "kind": "csv", "reason": "Convocation"}
WOMAN: dict[str, Any] = {
    "title": Title.MADAM,
    "usage_name": "Lefèvre",
    "first_name": "Hélène",
    "birth_date": date(1985, 3, 12),
}
MAN: dict[str, Any] = {"title": Title.SIR, "usage_name": "Orban", "first_name": "Paul", "birth_date": date(1970, 1, 2)}


@pytest.fixture
def relais(world: World) -> World:
    """lea may export at `relais`, where a woman is protected and read by another; desk may not export."""
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


def exported(browser: Browser, **asked: str) -> list[list[str]]:
    answer = browser.send("/relais/exports/", **{**ASKED, **asked})
    assert answer.status_code == 200, answer.text
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
    answer = relais.client("lea").send("/relais/exports/", **{**ASKED, "kind": "xlsx"})
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

    answer = relais.client("lea").send("/relais/exports/", **{**ASKED, "what": "organisations", "kind": "xlsx"})

    rows = list(openpyxl.load_workbook(io.BytesIO(answer.data)).active.values)
    assert rows[1][:4] == ("Mission locale", None, "Mission locale", "732 829 320 00074")


def test_the_list_leads_to_its_export_and_import_whoever_may_and_nobody_else(relais: World) -> None:
    page, desk = (relais.client(who).get("/relais/admin/beneficiary/").text for who in ("lea", "desk"))
    asked = relais.client("lea").get("/relais/exports/?what=organisations").text

    assert 'href="/relais/exports/?what=persons"' in page
    assert 'href="/relais/imports/?what=persons"' in page
    assert "what=persons" not in desk
    assert '<option value="organisations" selected>' in asked
