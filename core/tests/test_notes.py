"""Notes: two boxes, who may open which, and what must not be written in either."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from jalon import notes, organisations, subjects
from jalon.errors import DomainError
from jalon.models import Note, OrganisationKind
from jalon.testing.world import World

ABOUT = {"subject_table": "jalon_organisation", "subject_id": "1"}
RIGHTS = {"jalon.organisations.read", "jalon.organisations.write", notes.INTERNAL}
NIR = "2 95 10 99 126 111 93"


@pytest.fixture
def relais(world: World) -> World:
    """`relais` and `scop`, and an organisation of the directory; adviser may open the internal box, desk not."""
    world.structure("relais")
    world.structure("scop")
    world.user("adviser", relais=["conseiller"])
    world.user("colleague", relais=["conseiller"])
    world.user("desk", relais=["accueil"])
    world.user("accountant", relais=["comptable"])
    world.user("stranger", scop=["conseiller"])
    with world.inside("relais", permissions=RIGHTS) as session:
        organisations.add(session, name="Partner", kind=OrganisationKind.OTHER)
        session.commit()
    return world


def count(world: World) -> int:
    with world.across() as session:
        return session.scalar(select(func.count()).select_from(Note)) or 0


@pytest.mark.parametrize(
    ("shareable", "internal", "refusal", "field"),
    [
        ("Came today.", "", None, None),
        ("", "Only for us.", None, None),
        ("  ", "\n", notes.NothingSaid, "shareable"),
        ("x" * 20_001, "", notes.NoteTooLong, "shareable"),
        ("x", "x" * 20_001, notes.NoteTooLong, "internal"),
        ("🚲 مرحبا", "", None, None),
    ],
)
def test_a_note_says_something_in_one_of_its_boxes(
    relais: World, shareable: str, internal: str, refusal: type[DomainError] | None, field: str | None
) -> None:
    with relais.inside("relais", permissions=RIGHTS) as session:
        about = subjects.find(session, "jalon_organisation", 1)

        if refusal is None:
            note = notes.write(session, about, shareable=shareable, internal=internal)
            assert (note.shareable, note.internal, note.author_name) == (shareable, internal, "test")
            return
        with pytest.raises(refusal) as refused:
            notes.write(session, about, shareable=shareable, internal=internal)
        assert refused.value.field == field


@pytest.mark.parametrize("box", ["shareable", "internal"])
def test_a_social_security_number_is_refused_in_both_boxes_and_what_was_typed_is_kept(relais: World, box: str) -> None:
    answer = relais.client("adviser").send("/relais/notes/", **ABOUT, **{box: f"Son numéro {NIR}"})

    assert answer.status_code == 422
    assert "ressemble à un numéro de sécurité sociale\u00a0: il ne doit pas être enregistré ici." in answer.text
    assert f"Son numéro {NIR}</textarea>" in answer.text
    assert count(relais) == 0


def test_a_note_is_written_below_its_record_and_one_comes_back_to_where_one_was(relais: World) -> None:
    adviser = relais.client("adviser")
    page = "/relais/admin/organisation/edit/?id=1"

    answer = adviser.send("/relais/notes/", **ABOUT, shareable="Came today.", internal="Only for us.", back=page)

    assert (answer.status_code, answer.location) == (302, page)
    shown = adviser.get(page).text
    assert "Came today." in shown
    assert "Only for us." in shown


@pytest.mark.parametrize(
    "back",
    ["https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere.example", "javascript:alert(1)", "/x\n"],
)
def test_a_form_sends_nobody_to_another_site(relais: World, back: str) -> None:
    answer = relais.client("adviser").send("/relais/notes/", **ABOUT, shareable="Came today.", back=back)

    assert answer.location == "/relais/admin/organisation/details/?id=1"


def test_who_may_not_open_the_internal_box_neither_reads_nor_writes_nor_loses_it(relais: World) -> None:
    relais.client("adviser").send("/relais/notes/", **ABOUT, shareable="Came today.", internal="Only for us.")
    desk, page = relais.client("desk"), "/relais/admin/organisation/edit/?id=1"

    forged = desk.send("/relais/notes/", **ABOUT, shareable="Mine", internal="Forged")
    changed = desk.send("/relais/notes/1/", shareable="Came yesterday.", internal="Forged", version="1")

    assert [forged.status_code, changed.status_code] == [302, 302]
    shown = desk.get(page).text
    assert "Came yesterday." in shown
    assert "Only for us." not in shown
    assert "Only for us." not in desk.get("/relais/notes/1/").text
    with relais.across() as session:
        said = [(n.shareable, n.internal) for n in session.scalars(select(Note).order_by(Note.id))]
    assert said == [("Came yesterday.", "Only for us."), ("Mine", "")]


def test_a_note_that_is_internal_only_is_not_even_known_to_be_there(relais: World) -> None:
    relais.client("adviser").send("/relais/notes/", **ABOUT, internal="Only for us.")
    desk = relais.client("desk")

    assert "Rien d’écrit" in desk.get("/relais/admin/organisation/edit/?id=1").text
    assert desk.get("/relais/notes/1/").status_code == 404
    assert desk.send("/relais/notes/1/", shareable="x", version="1").status_code == 404


@pytest.mark.both_databases
def test_two_members_saving_one_note_lose_nothing(relais: World) -> None:
    adviser, colleague = relais.client("adviser"), relais.client("colleague")
    adviser.send("/relais/notes/", **ABOUT, shareable="First")

    saved = adviser.send("/relais/notes/1/", shareable="Second", internal="", version="1")
    refused = colleague.send("/relais/notes/1/", shareable="Third", internal="", version="1")

    assert saved.status_code == 302
    assert refused.status_code == 422
    assert "Third</textarea>" in refused.text
    assert "modifié" in refused.text
    with relais.across() as session:
        assert session.scalars(select(Note.shareable)).all() == ["Second"]


@pytest.mark.parametrize(
    ("who", "fields", "expected"),
    [
        ("adviser", {}, 422),
        ("adviser", {**ABOUT, "subject_id": "x"}, 422),
        ("adviser", {**ABOUT, "subject_id": "99"}, 404),
        ("adviser", {**ABOUT, "subject_id": str(2**40)}, 422),
        ("adviser", {**ABOUT, "subject_table": "jalon_user"}, 404),
        ("accountant", ABOUT, 403),
    ],
)
def test_a_note_is_about_a_record_one_may_see(relais: World, who: str, fields: dict[str, str], expected: int) -> None:
    answer = relais.client(who).send("/relais/notes/", shareable="x", **fields)

    assert answer.status_code == expected
    assert count(relais) == 0


def test_a_note_of_another_structure_does_not_exist(relais: World) -> None:
    relais.client("adviser").send("/relais/notes/", **ABOUT, shareable="Came today.")
    stranger = relais.client("stranger")

    assert stranger.get("/scop/notes/1/").status_code == 404
    assert stranger.send("/scop/notes/1/", shareable="x", version="1").status_code == 404
    assert "Came today." not in stranger.get("/scop/admin/organisation/edit/?id=1").text


def test_markup_in_a_note_is_shown_and_never_run(relais: World) -> None:
    adviser = relais.client("adviser")
    adviser.send("/relais/notes/", **ABOUT, shareable="<script>alert(1)</script>\0")

    page = adviser.get("/relais/admin/organisation/edit/?id=1").text

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
