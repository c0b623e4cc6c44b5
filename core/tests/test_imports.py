"""Lists imported from files: read, checked, answered for, written once, corrected, undone."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import func, select, update
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import stream_encode_multipart

from jalon import beneficiaries, former_communes, holdings, notes, organisations, spreadsheets, subjects, worker
from jalon.clock import now, real_now
from jalon.importables.organisations import ORGANISATIONS
from jalon.importables.persons import PERSONS
from jalon.imports import cells, headers, kept, runs
from jalon.models import (
    Beneficiary,
    Cause,
    Commune,
    Erasure,
    FileState,
    HistoryEntry,
    Identity,
    Import,
    ImportRow,
    Organisation,
    QueuedJob,
    RowState,
    Title,
)
from jalon.spreadsheets import refusals
from jalon.testing.world import Browser, World

HEAD = ("Civilité", "Nom", "Prénom", "Date de naissance", "Portable", "Ville", "Motif")
KNOWN: dict[str, Any] = {
    "title": Title.MADAM,
    "usage_name": "Lefèvre",
    "first_name": "Hélène",
    "birth_date": date(1985, 3, 12),
}
NIR = "1 85 03 91 223 042 95"
TOWNS = (("91223", "Étampes", "91150"), ("91390", "Le Mérévillois", "91660"), ("91016", "Angerville", "91670"))


def communes(world: World) -> None:
    with world.across() as session:
        session.add_all(
            Commune(insee=i, name=n, postcodes=p, population=1, epci="", longitude=2, latitude=48) for i, n, p in TOWNS
        )
        session.commit()


@pytest.fixture
def relais(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """`relais`, where lea imports persons, and `scop`, where zoe does; three communes."""
    monkeypatch.setattr("jalon.worker.HAND_S", 600.0)  # the request does all of it, however busy the machine
    world.app.config["JALON_DATA_DIR"] = str(tmp_path / "data")
    world.structure("relais")
    world.structure("scop")
    world.user("lea", relais=["conseiller"])
    world.user("desk", relais=["accueil"])
    world.user("zoe", scop=["conseiller"])
    communes(world)
    return world


def person(number: int, **other: Any) -> list[Any]:
    """A line about somebody whom nothing can be taken for another: the digits of the number, in letters."""
    letters = "".join("abcdefghij"[int(digit)] * 3 for digit in f"{number:04}")
    line = {
        "Civilité": "Mme",
        "Nom": f"Dupont{letters}",
        "Prénom": f"Z{letters}",
        "Date de naissance": f"{number % 28 + 1:02}/{number % 12 + 1:02}/{1960 + number % 40}",
        "Portable": f"06 39 98 {number // 100:02} {number % 100:02}",
        "Ville": "Étampes",
        "Motif": "Mission locale",
    }
    return [{**line, **other}[name] for name in HEAD]


def as_csv(rows: Iterable[Sequence[Any]], *, encoding: str = "utf-8", separator: str = ";") -> bytes:
    return "\r\n".join(separator.join(map(str, row)) for row in [HEAD, *rows]).encode(encoding)


def as_xlsx(rows: Iterable[Sequence[Any]]) -> bytes:
    book, file = openpyxl.Workbook(), io.BytesIO()
    for row in [HEAD, *rows]:
        book.active.append(list(row))
    book.save(file)
    return file.getvalue()


def upload(
    browser: Browser, data: bytes, name: str = "personnes.csv", what: str = "persons", at: str = "relais"
) -> Any:
    sent = FileStorage(io.BytesIO(data), name, name="file")
    form = MultiDict({"what": what, "csrf_token": browser.token(), "file": sent})
    body, _length, boundary = stream_encode_multipart(form, use_tempfile=False)  # one on disk is never closed
    kind = f"multipart/form-data; boundary={boundary}"
    return browser.client.post(f"/{at}/imports/", data=body.read(), content_type=kind)


def check(browser: Browser, data: bytes, name: str = "personnes.csv", **fields: str) -> tuple[str, Any]:
    """Send a file and confirm its columns as they were recognised; the import's address and its report."""
    answer = upload(browser, data, name)
    assert answer.status_code == 302, answer.text
    page = browser.get(answer.location)
    places = {f"column-{name}": str(place) for name, place in headers.recognised(PERSONS, HEAD).items()}
    checked = browser.send(f"{answer.location}/columns", **{**places, **fields})
    assert (page.status_code, checked.status_code) == (200, 302), checked.text
    return answer.location, browser.get(answer.location)


def count(world: World, what: Any = Beneficiary) -> int:
    with world.across() as session:
        return session.scalar(select(func.count()).select_from(what)) or 0


def states(world: World) -> dict[RowState, int]:
    with world.across() as session:
        rows = session.execute(select(ImportRow.state, func.count()).group_by(ImportRow.state))
        return dict(rows.all())


def known(world: World) -> int:
    with world.inside("relais") as session:
        made = beneficiaries.create(session, KNOWN, {"phone": "06 39 98 77 77"}, reason="test")
        session.commit()
        return made.id


# --- from a file to a result ---


@pytest.mark.both_databases(slow="postgresql")
def test_three_bad_lines_of_two_hundred_are_told_and_nothing_is_written_before_it_is_confirmed(relais: World) -> None:
    bad = {
        10: {"Date de naissance": "31/02/1985"},
        100: {"Portable": "12"},
        150: {"Nom": ""},
    }
    lea = relais.client("lea")

    where, report = check(lea, as_csv(person(n, **bad.get(n, {})) for n in range(200)))

    assert count(relais) == 0
    for line, sentence in ((12, "31/02/1985"), (102, "Ce n’est pas un numéro"), (152, "Cette case est vide")):
        assert f"Ligne {line}<" in report.text
        assert sentence in report.text
    assert states(relais) == {RowState.READY: 197, RowState.REFUSED: 3}

    lea.send(f"{where}/confirm")

    assert count(relais) == 197
    with relais.across() as session:
        run = session.scalars(select(Import)).one()
        origins = set(
            session.scalars(select(HistoryEntry.origin).where(HistoryEntry.subject_table == "jalon_beneficiary"))
        )
        assert (run.made, run.refused, run.actor_name, origins) == (197, 3, "Lea", {"import"})


def test_the_lines_to_correct_come_back_with_the_reason_and_are_taken_again_without_doubles(relais: World) -> None:
    lea = relais.client("lea")
    where, _report = check(lea, as_xlsx([person(1), person(2, Portable="12"), person(3)]), "p.xlsx")
    lea.send(f"{where}/confirm")

    given = lea.get(f"{where}/refused?kind=xlsx")
    rows = list(openpyxl.load_workbook(io.BytesIO(given.data)).active.values)
    in_csv = lea.get(f"{where}/refused?kind=csv").data.decode("utf-8-sig").splitlines()

    assert rows[0] == (*HEAD, "Erreur")
    assert [len(rows), len(in_csv)] == [2, 2]
    assert "Ce n’est pas un numéro de téléphone" in rows[1][-1]
    assert in_csv[1].startswith("Mme;")

    corrected = openpyxl.load_workbook(io.BytesIO(given.data))
    corrected.active["E2"] = "06 39 98 00 02"
    file = io.BytesIO()
    corrected.save(file)
    where, _report = check(lea, file.getvalue(), "p corrigé.xlsx")
    lea.send(f"{where}/confirm")

    assert count(relais) == 3


def test_the_same_file_twice_makes_nobody_twice(relais: World) -> None:
    lea, data = relais.client("lea"), as_csv(person(n) for n in range(5))
    where, _report = check(lea, data)
    lea.send(f"{where}/confirm")

    again = upload(lea, data)
    page = lea.get(again.location).text
    where, report = check(lea, data)
    lea.send(f"{where}/confirm")

    assert "a déjà été importé" in page
    assert "Il n’y a rien à importer" in report.text
    assert count(relais) == 5


def test_a_second_click_on_import_writes_nothing_more(relais: World) -> None:
    lea = relais.client("lea")
    where, _report = check(lea, as_csv([person(1)]))
    lea.send(f"{where}/confirm")

    answer = lea.send(f"{where}/confirm")

    assert (answer.status_code, count(relais)) == (302, 1)


def test_what_a_windows_spreadsheet_writes_is_read(relais: World) -> None:
    lea = relais.client("lea")
    where, _report = check(lea, as_csv([person(1, Nom="Lœuf-Été", Prénom="François")], encoding="cp1252"))
    lea.send(f"{where}/confirm")

    with relais.inside("relais") as session:
        assert str(session.scalars(select(Identity)).one()) == "LŒUF-ÉTÉ François"


def test_real_dates_numbers_without_their_zero_and_former_communes_of_a_workbook_are_understood(relais: World) -> None:
    lea = relais.client("lea")
    line = person(1, **{"Date de naissance": date(1985, 3, 12), "Portable": 639980102, "Ville": "ESTOUCHES"})

    where, report = check(lea, as_xlsx([line]), "p.xlsx")
    lea.send(f"{where}/confirm")

    assert "Estouches fait aujourd’hui partie de Le Mérévillois" in report.text
    with relais.inside("relais") as session:
        made = session.scalars(select(Beneficiary)).one()
        assert made.identity is not None
        assert made.file is not None
        assert made.identity.birth_date == date(1985, 3, 12)
        assert (made.file.phone, made.file.commune_insee) == ("+33639980102", "91390")


def test_a_file_of_a_french_spreadsheet_in_another_order_with_more_columns_and_empty_lines_is_read(
    relais: World,
) -> None:
    lea = relais.client("lea")
    head = "Remarque;PRENOM;Né(e) le;N° ;nom d’usage;Téléphone;motif d'ouverture\r\n;;;;;;\r\n"
    lines = "à revoir;Zoé;03/04/1986;7;Ünal;639980102;Désir d’emploi\r\n;;;;;;\r\n;Léa;31505;8;Été;06.39.98.01.03;CCAS"
    where = upload(lea, (head + lines).encode("cp1252")).location
    page = lea.get(where).text
    found = {f"column-{name}": str(place) for name, place in headers.recognised(PERSONS, head.split(";")).items()}

    lea.send(f"{where}/columns", **{**found, "column-reason": "6"})
    report = lea.get(where).text
    lea.send(f"{where}/confirm")

    assert "Remarque, N°" in page
    assert "Lu comme le 03/04/1986" in report
    with relais.inside("relais") as session:
        made = session.scalars(select(Beneficiary)).all()
        assert [str(one.identity) for one in made] == ["ÜNAL Zoé", "ÉTÉ Léa"]
        assert {one.identity.birth_date for one in made if one.identity} == {date(1986, 4, 3)}
        assert [one.file.phone for one in made if one.file] == ["+33639980102", "+33639980103"]


def test_a_social_security_number_in_any_cell_refuses_its_line_and_is_kept_nowhere(
    relais: World, tmp_path: Path
) -> None:
    lea = relais.client("lea")

    where, report = check(lea, as_csv([person(1, Ville=NIR), person(2)]))
    lea.send(f"{where}/confirm")

    assert "numéro de sécurité sociale" in report.text
    assert NIR not in report.text
    assert count(relais) == 1
    files = [path for path in (tmp_path / "data" / "imports").rglob("*") if path.is_file()]
    assert files
    assert all(NIR not in str(kept.load(tmp_path / "data" / "imports", path.name)) for path in files)


def test_a_file_whose_name_holds_such_a_number_is_refused(relais: World) -> None:
    answer = upload(relais.client("lea"), as_csv([person(1)]), f"{NIR}.csv")

    assert answer.status_code == 422
    assert count(relais, Import) == 0


@pytest.mark.parametrize(("answer", "made"), [("skip", 1), ("same", 1), ("different", 2), (None, 1)])
def test_each_answer_for_a_line_that_looks_like_somebody_known(relais: World, answer: str | None, made: int) -> None:
    known(relais)
    lea = relais.client("lea")
    line = person(1, **{"Nom": "LEFEVRE", "Prénom": "Helene", "Date de naissance": "12/03/1985"})

    where, report = check(lea, as_csv([line]))
    lea.send(f"{where}/confirm", **({"line-2": answer} if answer else {}))

    assert "Même nom et même date de naissance" in report.text
    assert count(relais) == made


def test_two_lines_of_one_file_about_one_person_are_asked_about(relais: World) -> None:
    lea = relais.client("lea")
    twice = [person(1), person(2), person(1, Ville="Angerville")]

    where, report = check(lea, as_csv(twice))
    lea.send(f"{where}/confirm")

    assert "Ressemble à la ligne 2 de ce fichier" in report.text
    assert count(relais) == 2


def test_a_line_that_looks_like_somebody_added_since_the_check_is_left_for_somebody_to_answer(relais: World) -> None:
    lea = relais.client("lea")
    line = person(1, **{"Nom": "LEFEVRE", "Prénom": "Helene", "Date de naissance": "12/03/1985"})
    where, _report = check(lea, as_csv([line]))
    known(relais)

    lea.send(f"{where}/confirm")

    assert count(relais) == 1
    assert states(relais) == {RowState.REFUSED: 1}


def test_a_column_that_is_needed_must_be_found_or_typed_for_all(relais: World) -> None:
    lea = relais.client("lea")
    where = upload(lea, as_csv([person(1)])).location

    lacking = lea.send(f"{where}/columns", **{"column-usage_name": "1"})
    twice = lea.send(f"{where}/columns", **{"column-usage_name": "1", "column-birth_name": "1", "all-reason": "x"})

    assert (lacking.status_code, twice.status_code) == (422, 422)
    assert "donnez ci-dessous la même valeur pour toutes les lignes" in lacking.text
    assert "choisie deux fois" in twice.text


def test_another_structure_s_import_does_not_exist_and_the_desk_may_not_import(relais: World) -> None:
    where, _report = check(relais.client("lea"), as_csv([person(1)]))
    elsewhere = where.replace("/relais/", "/scop/")
    zoe, desk = relais.client("zoe"), relais.client("desk")

    seen = [zoe.get(address).status_code for address in (where, elsewhere, f"{elsewhere}/refused", f"{elsewhere}/undo")]
    sent = [zoe.send(f"{elsewhere}/{step}").status_code for step in ("columns", "confirm", "undo", "leave")]

    assert {*seen, *sent} == {404}
    assert desk.get("/relais/imports/").status_code == 403


# --- by a worker ---


def test_a_long_file_is_gone_on_with_by_a_worker_while_its_page_says_how_far_it_is(
    relais: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "HAND_S", -1.0)  # the request ends after its first batch
    lea = relais.client("lea")

    where, going = check(lea, as_csv(person(n) for n in range(60)))
    with relais.across() as session:
        session.execute(update(QueuedJob).values(due_at=real_now() - timedelta(minutes=1)))
        session.commit()
    left = lea.get(where).text
    with relais.app.app_context():
        worker.Worker(relais.jalon).run_once()
    report = lea.get(where).text

    assert "25 sur 60" in going.text
    assert ("data-again" in going.text, "Continuer maintenant" in going.text) == (True, False)
    assert "Le travail attend" in left
    assert "Continuer maintenant" in left
    assert ("data-again" in report, "Prêtes" in report) == (False, True)

    lea.send(f"{where}/confirm")
    lea.send(f"{where}/confirm")  # a second click, or a colleague's
    assert count(relais) == 25
    for _click in range(2):  # no worker runs: a click takes it up, a batch each time
        lea.send(f"{where}/carry-on")
    assert (count(relais), states(relais)) == (60, {RowState.DONE: 60})


def test_an_import_that_is_given_up_while_it_is_checked_stops(relais: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "HAND_S", -1.0)
    lea = relais.client("lea")
    where, _going = check(lea, as_csv(person(n) for n in range(60)))

    lea.send(f"{where}/leave")
    with relais.app.app_context():
        outcomes = worker.Worker(relais.jalon).run_once()

    assert (outcomes["done"] > 0, outcomes["failed"], outcomes["later"]) == (True, 0, 0)
    assert (count(relais), count(relais, ImportRow)) == (0, 0)


# --- undoing ---


@pytest.mark.both_databases
def test_undoing_takes_back_whom_nobody_changed_and_tells_who_stays(relais: World) -> None:
    lea = relais.client("lea")
    where, _report = check(lea, as_csv(person(n) for n in range(1, 4)))
    lea.send(f"{where}/confirm")
    rights = {"jalon.beneficiaries.read", "jalon.notes.read", "jalon.notes.write"}
    with relais.inside("relais", permissions=rights) as session:
        first, second, third = session.scalars(select(Beneficiary).order_by(Beneficiary.id))
        beneficiaries.set_state(session, first, FileState.ARCHIVED)
        subject = subjects.find(session, "jalon_beneficiary", second.id)
        assert subject is not None
        notes.write(session, subject, shareable="Was here", internal="")
        session.commit()
        taken = third.id

    look = lea.get(f"{where}/undo").text
    lea.send(f"{where}/undo")
    after = lea.get(where).text

    assert "Modifié depuis" in look
    assert "Quelque chose s’y rattache" in look
    assert "Annulé" in after
    with relais.inside("relais") as session:
        gone = session.scalars(select(Beneficiary).where(Beneficiary.id == taken)).one()
        assert gone.identity is not None
        assert (gone.state, gone.identity.usage_name, gone.identity.birth_date) == (
            FileState.ANONYMISED,
            "—",
            date(1963, 1, 1),  # statistics count years of birth
        )
        assert session.scalars(select(Identity.usage_name).where(Identity.usage_name != "—")).all() != []
    assert states(relais) == {RowState.DONE: 2, RowState.UNDONE: 1}

    where, _report = check(lea, as_csv([person(3)]))  # once undone, it can be imported again
    lea.send(f"{where}/confirm")
    assert count(relais) == 4


def everything(world: World) -> str:
    """All that stands in the database."""
    with world.across() as session:
        connection = session.connection()
        schema = holdings.read_schema(connection)
        return str([connection.execute(select(*made.c)).all() for made in schema.tables.values()])


@pytest.mark.both_databases(slow="postgresql")
def test_nothing_is_left_of_whom_an_undone_import_made_but_a_certificate(relais: World, tmp_path: Path) -> None:
    lea, folder = relais.client("lea"), tmp_path / "data" / "imports"
    told = {"Nom": "Zuckerlein", "Prénom": "Quetzal", "Ville": "Estouches", "Motif": "Envoyee par Nadia"}
    where, _report = check(lea, as_csv([person(1, **told), person(2)]))
    lea.send(f"{where}/confirm")
    with relais.inside("relais") as session:
        beneficiaries.set_state(session, session.scalars(select(Beneficiary)).all()[1], FileState.ARCHIVED)
        session.commit()
    before = everything(relais)

    lea.send(f"{where}/undo")

    after, names = everything(relais), ("zuckerlein", "quetzal", "639980001", "nadia", "estouches", "1961, 2, 2")
    assert [name for name in names if name not in before.lower()] == []
    assert [name for name in names if name in after.lower()] == []
    assert "zuckerlein" not in str([kept.load(folder, p.name) for p in folder.glob("??/*")]).lower()
    with relais.across() as session:
        certificate = session.scalars(select(Erasure)).one()
        assert (certificate.cause, certificate.whole, certificate.swept_at is not None) == (
            Cause.IMPORT_UNDONE,
            True,
            True,
        )


def test_an_organisation_that_another_structure_speaks_of_stays_when_its_import_is_undone(relais: World) -> None:
    head = "Nom;Type;SIRET;Ville"
    lines = "Mission locale;Mission locale;732 829 320 00074;Étampes\nCCAS;CCAS;;Angerville\nSans type;Rien;;"
    lea = relais.client("lea")
    where = upload(lea, f"{head}\n{lines}".encode(), what="organisations").location
    places = headers.recognised(ORGANISATIONS, head.split(";"))
    lea.send(f"{where}/columns", **{f"column-{name}": place for name, place in places.items()})
    lea.send(f"{where}/confirm")
    with relais.inside("scop") as session:
        first = session.scalars(select(Organisation).where(Organisation.name == "CCAS")).one()
        organisations.write_remark(session, first, text="Ours", member=None)
        session.commit()

    page = lea.get(f"{where}/undo").text
    lea.send(f"{where}/undo")

    assert "Quelque chose s’y rattache" in page
    assert states(relais) == {RowState.DONE: 1, RowState.UNDONE: 1, RowState.REFUSED: 1}
    with relais.across() as session:
        assert session.scalars(select(Organisation.name)).all() == ["CCAS"]


def test_after_thirty_days_nothing_is_left_of_the_lines_and_nothing_can_be_undone(
    relais: World, tmp_path: Path
) -> None:
    lea, folder = relais.client("lea"), tmp_path / "data" / "imports"
    where, _report = check(lea, as_csv([person(1), person(2, Portable="12")]))
    lea.send(f"{where}/confirm")

    with relais.inside("relais") as session:
        names = runs.forget_before(session, now() + timedelta(seconds=1))
        session.commit()
    for name in names:
        kept.remove(folder, name)

    assert count(relais, ImportRow) == 0
    assert not [path for path in folder.rglob("*") if path.is_file()]
    assert "Les lignes de ce fichier sont effacées" in lea.get(where).text
    assert lea.get(f"{where}/refused").status_code == 302
    assert lea.send(f"{where}/undo").status_code == 302
    assert count(relais) == 1


def test_erasing_a_person_forgets_the_imports_that_told_of_them(relais: World) -> None:
    lea = relais.client("lea")
    where, _report = check(lea, as_csv([person(1)]))
    lea.send(f"{where}/confirm")

    with relais.inside("relais") as session:
        made = session.scalars(select(Beneficiary.id)).one()
        forgotten = runs.forget_person(session, made)
        session.commit()

    assert len(forgotten) == 1
    assert count(relais, ImportRow) == 0


def test_erasing_a_person_forgets_the_files_that_only_met_them_too(relais: World) -> None:
    lea = relais.client("lea")
    where, _report = check(lea, as_csv([person(1)]))
    lea.send(f"{where}/confirm")
    again, _report = check(lea, as_csv([person(1), person(2)]), "again.csv")  # the same line, known already
    lea.send(f"{again}/confirm")
    check(lea, as_csv([person(1, Ville="Angerville"), person(3)]), "double.csv")  # looks like them, not answered
    check(lea, as_csv([person(4)]), "others.csv")

    with relais.inside("relais") as session:
        made = session.scalars(select(Beneficiary.id).order_by(Beneficiary.id)).first()
        assert made is not None
        runs.forget_person(session, made)
        session.commit()

    with relais.inside("relais") as session:
        kept_files = select(Import.file_name).where(Import.file.is_not(None))
        assert session.scalars(kept_files).all() == ["others"]


def test_files_of_thirty_days_are_swept_whatever_the_database_says(tmp_path: Path) -> None:
    import os

    sheet = spreadsheets.read(as_csv([person(1)]))
    old, fresh = (kept.keep(tmp_path, kept.cleaned(sheet, cells.sensitive_in)) for _file in range(2))
    path = next(tmp_path.rglob(old))
    os.utime(path, (time.time() - 31 * 24 * 3600,) * 2)

    assert kept.sweep(tmp_path) == 1
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == [fresh]


# --- files that are no lists ---


def bomb() -> bytes:
    """A small workbook that unpacks to 100 MB."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 100_000_000)
    return file.getvalue()


def zipped(**parts: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in parts.items():
            archive.writestr(f"xl/{name}.xml", text)
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (b"", refusals.FileMissing),
        (b"%PDF-1.7 and so on", refusals.NoList),
        (b"\xd0\xcf\x11\xe0 an old workbook", refusals.NoList),
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), refusals.LockedList),
        (b"\x89PNG\r\n a picture called .csv", refusals.NoList),
        (b"Nom\n" + b"a\n" * 20_000, refusals.TooManyLines),
        (b"Nom;Pr\0nom", refusals.NoList),
        (zipped(document="<w/>"), refusals.NoList),
        (zipped(workbook="<not", styles=""), refusals.DamagedList),
        (zipped(workbook='<!DOCTYPE a [<!ENTITY b "c">]><a/>'), refusals.DamagedList),
        (as_xlsx([person(1)])[:-200], refusals.DamagedList),
        (b"Nom;Pr\x81nom\nA\x81;B", refusals.DamagedList),
        (b"Nom;Prenom\n", refusals.NothingInList),
        (b"\n\n;;\n", refusals.NothingInList),
        (b"Nom\n" + b"a\n" * 2001, refusals.TooManyLines),
        (b"Nom\n" + b";" * 101 + b"a\n", refusals.TooManyColumns),
        (b"a" * (spreadsheets.LARGEST_BYTES + 1), refusals.ListTooLarge),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_what_is_no_list_is_refused_in_a_sentence(data: bytes, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        spreadsheets.read(data)


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    data = bomb()

    with pytest.raises(refusals.UnpacksTooLarge):
        spreadsheets.read(data)


def test_a_broken_file_is_told_on_the_page(relais: World) -> None:
    lea = relais.client("lea")

    broken = upload(lea, as_xlsx([person(1)])[:-200], "p.xlsx")
    nothing_said = upload(lea, as_csv([person(1)]), what="vehicles")

    assert (broken.status_code, nothing_said.status_code) == (422, 422)
    assert "Ce fichier est abîmé" in broken.text


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_encoding_and_separator_are_found(encoding: str, separator: str) -> None:
    sheet = spreadsheets.read(as_csv([["Mme", "Été", "", "", "", "", ""]], encoding=encoding, separator=separator))

    assert sheet.headers == list(HEAD)
    assert sheet.lines[0][1][1] == "Été"


@pytest.mark.parametrize(
    ("typed", "read"),
    [("12/03/1985", date(1985, 3, 12)), ("1.2.1990", date(1990, 2, 1)), ("1985-03-12", date(1985, 3, 12))],
)
def test_days_as_people_type_them(typed: str, read: date) -> None:
    assert cells.day(typed) == read


@pytest.mark.parametrize(
    ("typed", "refusal"),
    [
        ("12/03/85", cells.YearOfTwoDigits),
        ("31/02/1985", cells.NoDay),
        ("mars 1985", cells.NoDay),
        ("45000", cells.NoDay),
    ],
)
def test_days_that_are_refused(typed: str, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        cells.day(typed)


@pytest.mark.parametrize(
    ("typed", "insee"),
    [
        ("etampes", "91223"),
        ("Étampes (91150)", "91223"),
        ("91223", "91223"),
        ("Estouches", "91390"),
        ("91222", "91390"),
        ("Méréville", "91390"),
    ],
)
def test_communes_by_name_by_code_and_by_their_former_name(world: World, typed: str, insee: str) -> None:
    communes(world)

    with world.across() as session:
        assert former_communes.CommunesByName(session).resolve(typed).commune.insee == insee


@pytest.mark.slow
def test_a_thousand_persons_are_checked_and_imported_in_seconds(relais: World) -> None:
    lea, data = relais.client("lea"), as_csv(person(n) for n in range(1000))

    started, cpu = time.perf_counter(), time.process_time()
    where, _report = check(lea, data)
    checked, cpu_checked = time.perf_counter(), time.process_time()
    lea.send(f"{where}/confirm")
    written, cpu_written = time.perf_counter(), time.process_time()

    print(
        f"1,000 persons: dry run {checked - started:.1f} s, import {written - checked:.1f} s; of the processor "
        f"{cpu_checked - cpu:.1f} s and {cpu_written - cpu_checked:.1f} s"
    )
    assert count(relais) == 1000
    assert cpu_written - cpu < 60
