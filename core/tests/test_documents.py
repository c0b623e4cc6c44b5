"""Documents: papers that were seen, copies that are kept, and files that are refused. All files are made here."""

from __future__ import annotations

import io
import os
import struct
import threading
import time
import zlib
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import stream_encode_multipart

from jalon import document_files, documents, organisations, subjects, uploads
from jalon.clock import today
from jalon.models import Document, DocumentKind, OrganisationKind
from jalon.scope import PARIS
from jalon.testing.world import Browser, World

ABOUT = {"subject_table": "jalon_organisation", "subject_id": "1"}
RIGHTS = {"jalon.organisations.read", "jalon.organisations.write", "jalon.documents.read"}
TODAY = today(PARIS)
PAPER = {"kind": "OTHER", "seen_on": TODAY.isoformat()}
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture
def relais(world: World, tmp_path: Path) -> World:
    """`relais` and `scop`, and an organisation of the directory; lea keeps papers at relais, zoe at scop."""
    world.app.config["JALON_DATA_DIR"] = str(tmp_path / "data")
    world.structure("relais")
    world.structure("scop")
    world.user("lea", relais=["conseiller"])
    world.user("accountant", relais=["comptable"])
    world.user("zoe", scop=["conseiller"])
    with world.inside("relais", permissions=RIGHTS) as session:
        organisations.add(session, name="Partner", kind=OrganisationKind.OTHER)
        session.commit()
    return world


def picture(kind: str = "JPEG", size: tuple[int, int] = (40, 20), **options: Any) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(file, kind, **options)
    return file.getvalue()


def photograph() -> bytes:
    """A picture taken on its side, with the place, the camera and a comment in it."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turn to the right
    exif[0x010F] = "ACME camera"
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 26.0, 4.9), 3: "E", 4: (2.0, 9.0, 43.9)})
    return picture(size=(3000, 1000), exif=exif, comment=b"taken at home")


def png_bomb(width: int, height: int) -> bytes:
    """A few bytes that claim to be a huge picture."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def send(browser: Browser, content: bytes, name: str, **fields: str) -> Any:
    sent = FileStorage(io.BytesIO(content), name, name="file")
    data = MultiDict({**ABOUT, **PAPER, **fields, "csrf_token": browser.token(), "file": sent})
    body, _length, boundary = stream_encode_multipart(data, use_tempfile=False)  # one on disk is never closed
    kind = f"multipart/form-data; boundary={boundary}"
    return browser.client.post("/relais/documents/", data=body.read(), content_type=kind)


def files(world: World) -> list[str]:
    folder = Path(world.app.config["JALON_DATA_DIR"]) / "documents"
    return sorted(path.name for path in folder.glob("??/*"))


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", uploads.EmptyFile),
        (b"%PDF-" + b"x" * uploads.LARGEST_BYTES, uploads.FileTooLarge),
        (b"MZ\x90\x00" + b"\0" * 200, uploads.WrongKind),
        (b"<html><script>alert(1)</script></html>", uploads.WrongKind),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", uploads.WrongKind),
        (b"GIF89a" + b"\0" * 50, uploads.WrongKind),
        (b"PK\x03\x04" + b"\0" * 50, uploads.WrongKind),
        (PDF[:-8], uploads.DamagedFile),
        (picture()[:200], uploads.DamagedFile),
        (b"\xff\xd8\xff" + b"\0" * 50, uploads.DamagedFile),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, uploads.DamagedFile),
        (b"RIFF\0\0\0\0WEBP" + b"\0" * 50, uploads.DamagedFile),
        (png_bomb(10_000, 8_000), uploads.PictureTooLarge),
        (png_bomb(12_000, 12_000), uploads.PictureTooLarge),
        (png_bomb(60_000, 60_000), uploads.PictureTooLarge),
        (png_bomb(1_000, 1_000), uploads.DamagedFile),
    ],
)
def test_what_is_no_paper_is_refused_with_its_reason(content: bytes, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        uploads.clean(content)


@pytest.mark.parametrize(
    ("content", "mime"),
    [
        (PDF, "application/pdf"),
        (PDF + b"\n" * 100, "application/pdf"),
        (picture("JPEG"), "image/jpeg"),
        (picture("PNG"), "image/png"),
        (picture("WEBP"), "image/webp"),
    ],
)
def test_a_paper_is_known_by_its_content(content: bytes, mime: str) -> None:
    assert uploads.clean(content).mime == mime


def test_a_photograph_is_kept_upright_smaller_and_without_where_it_was_taken() -> None:
    content = photograph()
    with Image.open(io.BytesIO(content)) as sent:
        assert sent.getexif().get_ifd(0x8825)

    kept = uploads.clean(content)

    with Image.open(io.BytesIO(kept.data)) as found:
        assert found.size == (800, 2400)
        assert not found.getexif()
        assert not found.info.get("comment")
    assert b"ACME" not in kept.data
    assert b"taken at home" not in kept.data


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_a_transparent_picture_stays_transparent_and_loses_its_notes(kind: str) -> None:
    file, exif = io.BytesIO(), Image.Exif()
    exif[0x010F] = "ACME camera"
    Image.new("RGBA", (30, 30), (0, 0, 0, 0)).save(file, kind, exif=exif)

    kept = uploads.clean(file.getvalue())

    with Image.open(io.BytesIO(kept.data)) as found:
        assert found.convert("RGBA").getpixel((5, 5))[3] == 0
    assert b"ACME" not in kept.data


def test_a_copy_is_kept_outside_the_served_folders_and_handed_out_by_its_address(relais: World) -> None:
    lea = relais.client("lea")

    answer = send(lea, PDF, "Attestation de domicile.pdf", back="/relais/documents/?show=all")

    assert (answer.status_code, answer.location) == (302, "/relais/documents/?show=all")
    got = lea.get("/relais/documents/1")
    assert (got.status_code, got.data, got.mimetype) == (200, PDF, "application/pdf")
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in got.headers["Cache-Control"]
    assert 'filename="Attestation de domicile.pdf"' in got.headers["Content-Disposition"]
    assert len(files(relais)) == 1


def test_a_paper_that_was_seen_leaves_no_copy(relais: World) -> None:
    lea = relais.client("lea")

    answer = lea.send("/relais/documents/", **ABOUT, **{**PAPER, "kind": "LICENCE"}, expires_on="")

    assert answer.status_code == 302
    page = lea.get("/relais/documents/1")
    assert page.status_code == 200
    assert "aucune copie" in page.text
    assert "Permis de conduire" in page.text
    assert files(relais) == []


@pytest.mark.parametrize("kind", ["IDENTITY", "LICENCE"])
def test_a_copy_of_an_identity_paper_is_kept_only_when_somebody_says_that_it_must(relais: World, kind: str) -> None:
    lea = relais.client("lea")

    refused = send(lea, PDF, "scan.pdf", kind=kind)
    kept = send(lea, PDF, "scan.pdf", kind=kind, copy_needed="y")

    assert refused.status_code == 422
    assert "l’avoir vu suffit" in refused.text
    assert kept.status_code == 302
    assert len(files(relais)) == 1


@pytest.mark.parametrize(
    ("content", "name", "fields", "sentence"),
    [
        (b"MZ\x90\x00", "facture.pdf", {}, "quel que soit son nom"),
        (b"", "vide.pdf", {}, "Ce fichier est vide"),
        (PDF + b"x" * uploads.LARGEST_BYTES, "gros.pdf", {}, "10\u00a0Mo au plus"),
        (PDF, "2951099126111 93.pdf", {}, "sécurité sociale"),
        (PDF, "FR7630006000011234567890189.pdf", {}, "IBAN"),
        (PDF, "a.pdf", {"kind": ""}, "Choisissez"),
        (PDF, "a.pdf", {"seen_on": "2999-01-01"}, "dans le futur"),
        (PDF, "a.pdf", {"expires_on": "2026-02-31"}, ""),
    ],
)
def test_a_refused_document_says_why_and_leaves_nothing(
    relais: World, content: bytes, name: str, fields: dict[str, str], sentence: str
) -> None:
    answer = send(relais.client("lea"), content, name, **fields)

    assert answer.status_code == 422
    assert sentence in answer.text
    assert files(relais) == []
    with relais.across() as session:
        assert session.scalars(select(Document)).all() == []


def test_what_is_far_too_large_is_refused_before_it_is_read(relais: World) -> None:
    film, lea = b"x" * (13 * 1024 * 1024), relais.client("lea")
    answer = lea.client.post("/relais/documents/", data=film, content_type="multipart/form-data; boundary=x")

    assert answer.status_code == 413
    assert "rien n’a été enregistré" in answer.text


def test_other_forms_take_no_larger_request_than_before(relais: World) -> None:
    answer = relais.client("lea").send("/relais/notes/", **ABOUT, shareable="x" * (5 * 1024 * 1024))

    assert answer.status_code == 413


def test_a_copy_goes_with_the_last_row_that_needs_it(relais: World) -> None:
    lea, zoe = relais.client("lea"), relais.client("zoe")
    send(lea, PDF, "one.pdf")
    send(lea, PDF, "two.pdf")
    data = {**ABOUT, **PAPER, "csrf_token": zoe.token(), "file": (io.BytesIO(PDF), "three.pdf")}
    zoe.client.post("/scop/documents/", data=data, content_type="multipart/form-data")

    left = []
    for browser, address in ((lea, "/relais/documents/1"), (lea, "/relais/documents/2"), (zoe, "/scop/documents/3")):
        assert browser.send(f"{address}/remove").status_code == 302
        left.append(len(files(relais)))

    assert left == [1, 1, 0]
    assert lea.get("/relais/documents/1").status_code == 404
    with relais.across() as session:
        kept = session.scalars(select(Document).order_by(Document.id)).all()
        assert [bool(d.removed_at and d.digest) for d in kept] == [True, True, True]


def test_a_document_is_handed_out_to_who_sees_its_record_only(relais: World) -> None:
    send(relais.client("lea"), PDF, "one.pdf")

    assert relais.client("zoe").get("/scop/documents/1").status_code == 404
    assert relais.client("accountant").get("/relais/documents/1").status_code == 403
    assert relais.client().get("/relais/documents/1").status_code == 302
    assert relais.client("zoe").send("/scop/documents/1/remove").status_code == 404
    assert len(files(relais)) == 1


def test_a_copy_that_waits_for_the_files_keeps_nobody_from_writing(
    relais: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lea, asks, answers = relais.client("lea"), threading.Event(), []
    folder = Path(relais.app.config["JALON_DATA_DIR"]) / "documents"
    alone = document_files.alone

    def announced(where: Path) -> AbstractContextManager[None]:
        asks.set()
        return alone(where)

    lea.token()
    with alone(folder):
        monkeypatch.setattr(document_files, "alone", announced)
        upload = threading.Thread(target=lambda: answers.append(send(lea, PDF, "one.pdf").status_code))
        upload.start()
        assert asks.wait(10)
        with relais.inside("relais", permissions=RIGHTS) as session:  # as what an erasure leaves is cleared
            organisations.add(session, name="Another", kind=OrganisationKind.OTHER)
            session.commit()
    upload.join(30)

    assert answers == [302]


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("in_days", "expected"), [(None, set()), (-1, {"expired"}), (0, {"soon"}), (30, {"soon"}), (31, set())]
)
def test_a_document_expires_after_its_day(relais: World, in_days: int | None, expected: set[str]) -> None:
    parts = {"soon": documents.expiring_soon, "expired": documents.expired}
    expires = None if in_days is None else TODAY + timedelta(in_days)
    with relais.inside("relais", permissions=RIGHTS) as session:
        about = subjects.find(session, "jalon_organisation", 1)
        documents.add(session, about, kind=DocumentKind.OTHER, seen_on=TODAY, expires_on=expires)

        assert {n for n, w in parts.items() if documents.listed(session, w(session), limit=9)} == expected


def test_files_without_a_row_are_swept_once_they_are_an_hour_old(tmp_path: Path) -> None:
    needed, old, fresh = (document_files.keep(tmp_path, text) for text in (b"needed", b"old", b"fresh"))
    for digest in (needed, old):
        os.utime(document_files.path_of(tmp_path, digest), times=(time.time() - 7200,) * 2)

    swept = document_files.sweep(tmp_path, {needed})

    assert swept == 1
    assert [document_files.path_of(tmp_path, d).exists() for d in (needed, old, fresh)] == [True, False, True]


@pytest.mark.parametrize("digest", ["../../etc/passwd", "", "A" * 64, "a" * 63])
def test_no_digest_leads_out_of_the_folder(tmp_path: Path, digest: str) -> None:
    with pytest.raises(ValueError, match="no digest"):
        document_files.path_of(tmp_path, digest)


def test_the_command_sweeps_what_no_row_needs(relais: World) -> None:
    send(relais.client("lea"), PDF, "one.pdf")
    folder = Path(relais.app.config["JALON_DATA_DIR"]) / "documents"
    orphan = document_files.path_of(folder, document_files.keep(folder, b"orphan"))
    os.utime(orphan, times=(time.time() - 7200,) * 2)

    said = relais.app.test_cli_runner().invoke(args=["jalon", "documents", "sweep"])

    assert said.exit_code == 0, said.output
    assert "1 file" in said.output
    assert len(files(relais)) == 1
