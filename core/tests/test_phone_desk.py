"""On the telephone: who it is, what is open, what is missing, and what is kept right there."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from jalon import beneficiaries, consents, notes, subjects, tasks
from jalon.app_of import mount
from jalon.clock import today
from jalon.migrate import upgrade
from jalon.models import (
    AccessEntry,
    Agreement,
    BeneficiaryStructure,
    Note,
    Proof,
    Purpose,
    Task,
    Title,
)
from jalon.registry import Registry
from jalon.scope import PARIS
from jalon.testing.disk import Disk
from jalon.testing.plugin import make_app
from jalon.testing.world import World

SEEN = {"jalon.beneficiaries.read", "jalon.notes.internal"}
CALLER = "/mine/phone/1/"


@pytest.fixture
def desk(world: World) -> World:
    world.structure("mine")
    world.user("adviser", mine=["conseiller"])
    world.user("front", mine=["accueil"])
    with world.inside("mine", permissions=SEEN) as session:
        named = {"title": Title.MADAM, "usage_name": "Lefèvre", "first_name": "Hélène"}
        beneficiaries.create(session, named, {"phone": "0612345678"}, reason="test")
        about = subjects.find(session, "jalon_beneficiary", 1)
        tasks.add(session, about, title="Send the contract", due_on=today(PARIS))
        notes.write(session, about, shareable="Looks for work", internal="Owes us a key")
        session.commit()
    return world


def kept(world: World) -> tuple[list[tuple[str, str]], list[str]]:
    with world.inside("mine", permissions=SEEN) as session:
        said = [(n.shareable, n.internal) for n in session.scalars(select(Note).order_by(Note.id))]
        return said[1:], list(session.scalars(select(Task.title).order_by(Task.id)))[1:]


def test_a_misspelt_name_and_a_number_find_who_calls(desk: World) -> None:
    browser = desk.client("front")

    found = [
        browser.send("/mine/phone/search", q=typed, part="1").text for typed in ("lefebre elene", "06 12 34 56 78")
    ]
    page = browser.send("/mine/phone/search", q="lefevre").text
    nobody = browser.send("/mine/phone/search", q="quoxpim", part="1").text

    assert ['data-href="/mine/phone/1/"' in each for each in found] == [True, True]
    assert 'class="link" href="/mine/phone/1/"' in page
    assert 'data-then="call"' in nobody


def test_what_is_open_and_what_is_missing_stand_beside_the_note(desk: World) -> None:
    part = desk.client("front").get(f"{CALLER}?part=1").text

    assert "<html" not in part
    assert 'href="tel:+33612345678"' in part
    missing = part.partition("Ce qui manque")[2].partition("</section>")[0]
    assert ["naissance" in missing, "commune" in missing, "informée" in missing] == [True, True, True]
    assert "situation" not in missing
    assert "Send the contract" in part.partition("En cours")[2]
    assert ("Looks for work" in part, "Owes us a key" in part) == (True, False)


def test_what_is_there_is_not_missed(desk: World) -> None:
    with desk.inside("mine", permissions=SEEN) as session:
        given = {"agreement": Agreement.GIVEN, "proof": Proof.ORAL}
        consents.record(session, 1, purpose=Purpose.ACCOMPANIMENT, **given)
        session.commit()

    missing = desk.client("adviser").get(CALLER).text.partition("Ce qui manque")[2].partition("</section>")[0]

    assert ("informée" in missing, "situation" in missing) == (False, True)


def test_a_note_and_a_task_are_kept_together_and_the_desk_is_empty_again(desk: World) -> None:
    browser = desk.client("front")
    day = today(PARIS) + timedelta(days=1)
    said = {"shareable": "Wants a car", "title": "Call back", "due_on": day.isoformat(), "member": "__None"}

    answer = browser.send(CALLER, part="1", **said)
    after = browser.get(answer.location).text

    assert (answer.status_code, answer.location) == (302, "/mine/phone/?part=1")
    assert "LEFÈVRE Hélène" in after
    assert "<html" not in after
    assert kept(desk) == ([("Wants a car", "")], ["Call back"])


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"shareable": ""}, "shareable"),
        ({"shareable": "IBAN FR76 3000 6000 0112 3456 7890 189", "title": "Call"}, "shareable"),
        ({"shareable": "Fine", "title": "IBAN FR76 3000 6000 0112 3456 7890 189"}, "title"),
        ({"shareable": "Fine", "title": "Call", "due_on": ""}, "due_on"),
        ({"shareable": "Fine", "title": "Call", "due_on": "yesterday"}, "due_on"),
        ({"shareable": "Fine", "title": "Call", "member": "99"}, "member"),
    ],
)
def test_what_is_refused_is_said_at_its_field_and_nothing_of_it_is_kept(
    desk: World, said: dict[str, str], field: str
) -> None:
    day = today(PARIS).isoformat()

    answer = desk.client("front").send(CALLER, part="1", **{"title": "", "due_on": day, "member": "__None", **said})

    assert answer.status_code == 422
    assert f'id="{field}-err"' in answer.text
    assert said["shareable"] in answer.text
    assert kept(desk) == ([], [])


def test_a_call_sent_twice_is_kept_once(desk: World) -> None:
    browser = desk.client("front")
    said = {"shareable": "Once", "title": "", "due_on": today(PARIS).isoformat(), "member": "__None"}

    led = [browser.send(CALLER, once="k" * 20, **said).location for _ in range(2)]

    assert led == ["/mine/phone/", "/mine/phone/"]
    assert kept(desk)[0] == [("Once", "")]


def test_reading_an_internal_note_is_noted_and_who_may_not_is_not_asked_for_one(desk: World) -> None:
    read = desk.client("adviser").get(CALLER)
    plain = desk.client("front").get(CALLER)

    assert "Owes us a key" in read.text
    assert 'name="internal"' not in plain.text
    with desk.inside("mine") as session:
        noted = session.scalars(select(AccessEntry.permission)).all()
    assert "jalon.notes.internal" in noted


def test_of_a_protected_file_only_the_code_is_told(desk: World) -> None:
    with desk.inside("mine", permissions=SEEN) as session:
        link = session.scalars(select(BeneficiaryStructure).where(BeneficiaryStructure.beneficiary_id == 1)).one()
        link.restricted = True
        session.commit()

    page = desk.client("front").get(CALLER)

    assert page.status_code == 200
    assert [w in page.text for w in ("LEFÈVRE", "0612345678", "612345678", "Send the contract", "data-keep")] == [
        False
    ] * 5


def test_a_person_added_during_a_call_comes_back_to_the_telephone(desk: World) -> None:
    browser = desk.client("front")

    form = browser.send("/mine/beneficiaries/search", q="Quoxpim Yann", then="call").location
    added = browser.send(form, title="NEUTRAL", usage_name="Quoxpim", first_name="Yann", no_phone="y", reason="call")

    assert form == "/mine/beneficiaries/new?typed=1&then=call"
    assert added.location == "/mine/phone/2/"


ADDS = """
from jalon.declarations import Missing, Plugin
from jalon.hookspecs import hookimpl
plugin = Plugin()
@hookimpl
def person_missing(session, beneficiary_id):
    return [Missing("No helmet", "{endpoint}", "jalon.home")]
"""


@pytest.mark.parametrize(
    ("endpoint", "shown"),
    [
        ("jalon_home.dashboard", '<a class="link" href="/mine/">No helmet</a>'),
        ("jalon_nowhere.at", "Le reste fonctionne"),
    ],
)
def test_a_module_says_what_it_misses_and_a_broken_one_is_named(
    database_url: str, disk: Disk, endpoint: str, shown: str
) -> None:
    app = make_app(database_url, registry=Registry([disk.module("adds", plugin=ADDS.format(endpoint=endpoint))]))
    world = World(app)
    with app.app_context():
        upgrade(mount(app).db.engine, mount(app).registry)
    world.structure("mine", enabled=["adds"])
    world.user("front", mine=["accueil"])
    with world.inside("mine") as session:
        named = {"title": Title.MADAM, "usage_name": "Petit", "first_name": "Nora"}
        beneficiaries.create(session, named, {"no_phone": True}, reason="test")
        session.commit()

    page = world.client("front").get(CALLER)

    assert page.status_code == 200
    assert shown in page.text
    with app.app_context():
        mount(app).db.engine.dispose()
