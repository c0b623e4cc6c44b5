"""The history of persons: told in the structure that acts, read as the file is read."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon import beneficiaries, crossings, history, notes, situations, subjects
from jalon.clock import PARIS, today
from jalon.models import (
    AccessEntry,
    Beneficiary,
    File,
    Housing,
    Identity,
    Member,
    Moment,
    Situation,
    Title,
)
from jalon.testing.world import World

pytestmark = pytest.mark.both_databases
READ = "jalon.beneficiaries.read"
PERSONS = ("jalon_beneficiary", "jalon_situation", "jalon_note")
ALL = (
    READ,
    "jalon.history.read",
    "jalon.social.read",
    "jalon.health.read",
    "jalon.notes.read",
    "jalon.notes.internal",
)
NAMED = {
    "title": Title.MADAM,
    "usage_name": "Testeuse",
    "first_name": "Odile",
    "single_name": False,
    "birth_name": None,
    "birth_date": date(1980, 5, 3),
}


@pytest.fixture
def relais(world: World) -> World:
    """`relais` follows Odile, with social facts, a recognition, a situation and a note in two boxes."""
    world.structure("relais")
    world.structure("scop")
    world.user("adviser", relais=["conseiller"])
    world.user("boss", relais=["direction"])
    with world.inside("relais", permissions=ALL) as session:
        person = beneficiaries.create(
            session, NAMED, {"phone": "01 99 00 10 01", "housing": Housing.HOMELESS}, reason="Vient seule"
        )
        beneficiaries.set_disabled_worker(session, person, recognised=True, seen_on=None)
        situations.note(
            session, person.id, {"moment": Moment.ENTRY, "on_day": today(PARIS), "children": 3}, resources=["rsa"]
        )
        about = subjects.find(session, "jalon_beneficiary", person.id)
        notes.write(session, about, shareable="Vient le mardi.", internal="En conflit avec le voisin.")
        session.commit()
    return world


def read(session: Session) -> dict[str, str | None]:
    """Label -> text of every value about persons in the history that the session may read."""
    lines = [line for line in history.entries(session, [], limit=1000) if line.table in PERSONS]
    return {value.label: value.after for line in lines for value in line.values}


def odile(session: Session) -> Beneficiary:
    return session.scalars(select(Beneficiary)).one()


def test_adding_a_person_is_one_entry_of_the_structure_that_acts(relais: World) -> None:
    with relais.inside("relais", permissions=ALL) as session:
        lines = history.of_record(session, [("jalon_beneficiary", odile(session).id)], limit=10)

        first = lines[-1]
        assert first.action == "created"
        said = {value.label: value.after for value in first.values}
        assert said["Nom d’usage"] == "Testeuse"
        assert said["Téléphone"] == "+33199001001"
    with relais.inside("scop", permissions=ALL) as session:
        assert read(session) == {}


@pytest.mark.parametrize(
    ("right", "told"),
    [
        ("jalon.history.read", set()),
        (READ, {"Testeuse", "+33199001001"}),
        ("jalon.social.read", {"Sans domicile", "3"}),
        ("jalon.health.read", {"Oui"}),
        ("jalon.notes.internal", {"En conflit avec le voisin."}),
    ],
)
def test_a_value_is_read_with_the_right_of_its_field_alone(relais: World, right: str, told: set[str]) -> None:
    secret = {"Testeuse", "+33199001001", "Sans domicile", "3", "En conflit avec le voisin."}
    subject = {READ} if right.startswith("jalon.notes") else set()

    with relais.inside("relais", permissions={right, *subject}) as session:
        seen = {text for text in read(session).values() if text}

    if subject:
        told = told | {"Testeuse", "+33199001001"}
    assert seen & secret == told & secret
    assert told <= seen


def test_an_internal_note_is_not_read_in_the_history_by_who_may_read_the_other_box(relais: World) -> None:
    with relais.inside("relais", permissions=("jalon.history.read", READ, "jalon.notes.read")) as session:
        seen = set(read(session).values())

    assert "Vient le mardi." in seen
    assert "En conflit avec le voisin." not in seen


def close(session: Session, person: Beneficiary) -> None:
    link = beneficiaries.link_of(session, person)
    link.since = link.until = date(2020, 1, 1)


def protect(session: Session, person: Beneficiary) -> None:
    boss = session.scalars(select(Member).where(Member.name.ilike("%boss%"))).one()
    beneficiaries.restrict(session, person, readers={boss.user_id or 0})


@pytest.mark.parametrize("hide", [close, protect])
def test_what_is_closed_or_protected_now_is_so_in_its_history(relais: World, hide) -> None:  # type: ignore[no-untyped-def]
    with relais.inside("relais", permissions=ALL) as session:
        hide(session, odile(session))
        session.commit()

    with relais.inside("relais", permissions=ALL) as session:
        lines = history.entries(session, [], limit=1000)

        assert lines
        assert read(session) == {}


def test_a_relation_to_a_person_is_told_by_the_code(relais: World) -> None:
    with relais.inside("relais", permissions=ALL) as session:
        code, told = odile(session).code, read(session)

    assert told["Personne"] == code


def test_an_erasure_reaches_what_is_told_of_the_person(relais: World) -> None:
    with relais.inside("relais", permissions=ALL) as session:
        person = odile(session)
        for cls in (Identity, File):
            ids = session.scalars(select(cls.id).where(cls.beneficiary_id == person.id)).all()
            history.erase(session, cls, ids)

        seen = set(read(session).values())

    assert not seen & {"Testeuse", "Odile", "03/05/1980", "+33199001001"}
    assert "En conflit avec le voisin." in seen


def test_a_question_to_the_collective_tells_no_history_who_knows(relais: World) -> None:
    with relais.across() as session:
        crossings.ask(session, structure_id=1, beneficiary_id=odile(session).id, asked_by="x")
        session.commit()

    with relais.inside("relais", permissions=ALL) as session:
        assert not [t for t in history.tables(session) if "duplicate" in t]


def test_answers_of_a_situation_are_told_of_the_situation(relais: World) -> None:
    with relais.inside("relais", permissions=ALL) as session:
        id = session.scalars(select(Situation.id)).one()
        lines = history.of_record(session, [("jalon_situation", id)], limit=10)

    assert "RSA (socle)" in [value.after for line in lines for value in line.values]


def test_the_history_of_a_person_is_one_step_from_the_page(relais: World) -> None:
    browser = relais.client("adviser")

    page = browser.get("/relais/beneficiaries/1/").get_data(as_text=True)
    past = browser.get("/relais/admin/beneficiary/history/?id=1").get_data(as_text=True)

    assert "/relais/admin/beneficiary/history/?id=1" in page
    assert "Testeuse" in past
    assert "Sans domicile" in past


@pytest.mark.parametrize(
    ("address", "logged"),
    [
        ("beneficiaries/1/", {"jalon.social.read", "jalon.health.read", "jalon.notes.internal"}),
        ("beneficiaries/1/edit", {"jalon.social.read", "jalon.health.read"}),
        ("beneficiaries/1/situations/new", {"jalon.social.read"}),
        ("notes/1/", {"jalon.notes.internal"}),
    ],
)
def test_reading_what_is_confidential_of_a_person_is_logged(relais: World, address: str, logged: set[str]) -> None:
    relais.client("adviser").get(f"/relais/{address}")

    with relais.inside("relais") as session:
        entries = session.scalars(select(AccessEntry)).all()
    assert {entry.permission for entry in entries} == logged
    assert {(entry.subject_table, entry.subject_id) for entry in entries} == {("jalon_beneficiary", 1)}


def test_the_desk_reads_nothing_confidential_and_leaves_no_trace_of_it(relais: World) -> None:
    relais.user("desk", relais=["accueil"])
    page = relais.client("desk").get("/relais/beneficiaries/1/").get_data(as_text=True)

    assert "Vient le mardi." in page
    assert "En conflit" not in page
    with relais.inside("relais") as session:
        assert not session.scalars(select(AccessEntry)).all()
