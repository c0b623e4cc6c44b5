"""The screens about persons, as a browser sees them."""

from __future__ import annotations

import logging
import re
from typing import Any

import pytest
from sqlalchemy import event, select

from jalon.app_of import mount
from jalon.models import Beneficiary, Consent, DuplicateRequest, User
from jalon.testing.disk import Disk
from jalon.testing.plugin import make_app
from jalon.testing.world import Browser, World

NEW = "/mine/beneficiaries/new"
TYPED = {
    "title": "MADAM",
    "usage_name": "Lefèvre",
    "first_name": "Hélène",
    "birth_date": "12/03/1985",
    "phone": "06 12 34 56 78",
    "reason": "Orientée par la Mission locale",
}


@pytest.fixture
def desk(world: World) -> World:
    """`mine` and `theirs`: adviser and colleague advise at mine, front receives there, boss directs there."""
    for slug in ("mine", "theirs"):
        world.structure(slug)
    world.user("adviser", mine=["conseiller"])
    world.user("colleague", mine=["conseiller"])
    world.user("front", mine=["accueil"])
    world.user("boss", mine=["direction"])
    world.user("stranger", theirs=["conseiller"])
    world.user("admin", admin=True)
    return world


def add(browser: Browser, **more: Any) -> str:
    """Add a person; the address of the page."""
    answer = browser.send(NEW, **{**TYPED, **more})
    assert answer.status_code == 302, re.findall(r'class="errs".*?</ul>|note bad.*?</p>', answer.text, re.DOTALL)
    return str(answer.location)


def test_a_person_is_added_and_shown_in_french_ways(desk: World) -> None:
    browser = desk.client("adviser")

    page = browser.get(add(browser)).text

    for shown in ("LEFÈVRE Hélène", "12/03/1985", "06 12 34 56 78", "Orientée par la Mission locale"):
        assert shown in page


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"usage_name": ""}, "Tapez le nom d’usage."),
        ({"title": ""}, "Choisissez"),
        ({"birth_date": "31/02/1985"}, "Ce n’est pas une date"),
        ({"birth_date": "12/03/85"}, "quatre chiffres"),
        ({"birth_date": "12/03/2024"}, "moins de 14 ans"),
        ({"birth_date": "12/03/1915"}, "L’âge est exact"),
        ({"phone": "0600000000"}, "Ce n’est pas un numéro de téléphone"),
        ({"phone": ""}, "Sans téléphone"),
        ({"email": "helene@"}, "adresse de courriel"),
        ({"usage_name": "<script>alert(1)</script>"}, "Un nom a de 1 à 80"),
        ({"usage_name": "😀"}, "Un nom a de 1 à 80"),
        ({"usage_name": "=HYPERLINK(1)"}, "Un nom a de 1 à 80"),
        ({"commune": "Nulle-Part"}, "Aucune commune du territoire"),
        ({"reason": ""}, "Dites pourquoi"),
    ],
)
def test_bad_input_is_said_at_the_field_and_kept(desk: World, typed: dict[str, str], sentence: str) -> None:
    browser = desk.client("adviser")

    answer = browser.send(NEW, **{**TYPED, **typed})

    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'value="Hélène"' in answer.text
    assert "<script>alert" not in answer.text
    with desk.across() as session:
        assert session.scalars(select(Beneficiary)).all() == []


def test_an_age_out_of_the_ordinary_is_confirmed_with_a_tick(desk: World) -> None:
    browser = desk.client("adviser")
    typed = {"birth_date": "12/03/1915"}

    assert 'name="age_confirmed"' in browser.send(NEW, **{**TYPED, **typed}).text
    assert add(browser, **typed, age_confirmed="y")


def test_a_nul_is_left_out(desk: World) -> None:
    browser = desk.client("adviser")

    assert browser.get(add(browser, street="1 rue\0 Haute")).status_code == 200


def test_a_resent_form_makes_no_second_person_before_somebody_answers(desk: World) -> None:
    browser = desk.client("adviser")
    known = add(browser).strip("/").rpartition("/")[2]

    again = browser.send(NEW, **TYPED)

    assert again.status_code == 422
    assert "Même nom et même date de naissance" in again.text
    assert f'name="apart" value="{known}"' in again.text
    assert add(browser, apart=known)


def test_who_may_not_read_social_facts_neither_sees_nor_empties_them(desk: World) -> None:
    adviser, front = desk.client("adviser"), desk.client("front")
    page = add(adviser, landlord="Bailleur Bleu", recognised="yes")
    assert "Bailleur Bleu" not in front.get(page).text
    form = front.get(f"{page}edit").text
    version = re.search(r'name="version"[^>]*value="([^"]+)"', form)
    assert version
    change = {k: v for k, v in TYPED.items() if k != "reason"} | {"version": version[1]}

    saved = front.send(f"{page}edit", **change, landlord="forged", recognised="no")

    assert saved.status_code == 302
    assert 'name="landlord"' not in form
    assert 'value="Bailleur Bleu"' in adviser.get(f"{page}edit").text


@pytest.mark.parametrize(
    ("who", "codes"),
    [
        ("adviser", (200, 200, 200)),
        ("front", (200, 200, 403)),
        ("boss", (200, 403, 403)),
        ("stranger", (404, 404, 404)),
        ("admin", (403, 403, 403)),
        (None, (302, 302, 302)),
    ],
)
def test_rights_by_role(desk: World, who: str | None, codes: tuple[int, ...]) -> None:
    page = add(desk.client("adviser"))

    browser = desk.client(who)

    assert tuple(browser.get(a).status_code for a in (page, f"{page}edit", f"{page}situations/new")) == codes


def test_a_forged_id_of_another_structure_is_not_found(desk: World) -> None:
    page = add(desk.client("adviser"))

    assert desk.client("stranger").get(page.replace("mine", "theirs")).status_code == 404


def test_a_name_stands_in_no_address_and_no_log(desk: World, caplog: pytest.LogCaptureFixture) -> None:
    browser = desk.client("adviser")
    add(browser)
    caplog.set_level(logging.DEBUG)

    answer = browser.send("/mine/beneficiaries/search", q="lefevre helenne")
    found = browser.get(answer.location)

    assert answer.location == "/mine/beneficiaries/found"
    assert "LEFÈVRE Hélène" in found.text
    assert "autofocus" in found.text
    assert "lefevre" not in caplog.text.lower()


def test_a_protected_person_is_masked_on_every_page(desk: World) -> None:
    adviser, colleague = desk.client("adviser"), desk.client("colleague")
    page = add(adviser)
    with desk.across() as session:
        me = session.scalars(select(User.id).where(User.email == "adviser@test.example")).one()
    assert adviser.send(f"{page}restrict", readers=me).status_code == 302
    colleague.send("/mine/beneficiaries/search", q="lefevre")

    for address in (page, "/mine/admin/beneficiary/", "/mine/admin/beneficiary/?show=protected", "/mine/duplicates/"):
        shown = colleague.get(address)
        assert shown.status_code == 200
        assert "LEFÈVRE" not in shown.text
        assert "06 12 34" not in shown.text
    assert "Personne ne correspond" in colleague.get("/mine/beneficiaries/found").text
    assert colleague.get(f"{page}edit").status_code == 404
    assert "LEFÈVRE" in adviser.get("/mine/admin/beneficiary/?show=protected").text
    assert colleague.send(NEW, **TYPED).status_code == 302  # the double is not shown either


def test_a_closed_file_shows_the_name_only(desk: World) -> None:
    browser = desk.client("adviser")
    page = add(browser)
    with desk.across() as session:
        session.connection().exec_driver_sql(
            "UPDATE jalon_beneficiary_structure SET since = '2020-01-01', until = '2020-02-01'"
        )
        session.commit()

    shown = browser.get(page).text

    assert "LEFÈVRE" in shown
    assert "06 12 34" not in shown
    assert browser.send(f"{page}reopen", reason="De retour").status_code == 302
    assert "06 12 34" in browser.get(page).text


def test_consent_needs_all_its_answers(desk: World) -> None:
    browser = desk.client("adviser")
    page = add(browser)

    assert browser.send(f"{page}consents", purpose="SMS").status_code == 422
    assert browser.send(f"{page}consents", purpose="SMS", agreement="GIVEN", proof="ORAL").status_code == 302
    with desk.across() as session:
        assert [c.collected_by for c in session.scalars(select(Consent))] == ["Adviser"]


def test_a_situation_is_noted_validated_and_corrected(desk: World) -> None:
    browser = desk.client("adviser")
    page = add(browser)
    noted = {"moment": "ENTRY", "on_day": "01/02/2024", "resources": ["rsa"], "validate": "1"}

    assert browser.send(f"{page}situations/new", moment="ENTRY", on_day="31/02/2024").status_code == 422
    assert browser.send(f"{page}situations/new", **noted).status_code == 302
    correction = re.search(r'href="([^"]+/situations/\d+)"', browser.get(page).text)
    assert correction
    assert browser.send(correction[1], **noted).status_code == 422
    assert browser.send(correction[1], **{**noted, "resources": ["are"]}, correction_reason="Oubli").status_code == 302
    shown = browser.get(page).text
    assert "ARE" in shown
    assert "RSA (socle)" not in shown


def test_a_question_crosses_and_its_answer_comes_back(desk: World) -> None:
    adviser, stranger = desk.client("adviser"), desk.client("stranger")
    theirs = stranger.send(NEW.replace("mine", "theirs"), **TYPED).location
    page = add(adviser)

    assert adviser.send(f"{page}ask").status_code == 302
    assert "Mine" not in adviser.get(page).text.partition("<main")[2].partition("Ailleurs")[2]
    assert "LEFÈVRE" in stranger.get("/theirs/duplicates/").text
    with desk.across() as session:
        request = session.scalars(select(DuplicateRequest.id)).one()
    answer = f"/theirs/duplicates/{request}/answer"
    assert adviser.send(answer.replace("theirs", "mine"), same="yes").status_code == 404
    stranger.send(answer, same="yes")
    assert "accord" in stranger.get("/theirs/duplicates/").text
    stranger.send(f"{theirs}consents", purpose="SHARE_WITH_STRUCTURES", agreement="GIVEN", proof="PAPER")
    stranger.send(answer, same="yes")

    assert "Reconnue" in adviser.get(page).text
    assert "Aucune demande" in stranger.get("/theirs/duplicates/").text


def test_the_list_asks_as_much_for_many_as_for_one(desk: World) -> None:
    browser = desk.client("adviser")
    add(browser)
    sent: list[str] = []
    with desk.app.app_context():
        engine = mount(desk.app).db.engine
    event.listen(engine, "before_cursor_execute", lambda c, cursor, statement, *rest: sent.append(statement))

    def cost() -> int:
        browser.get("/mine/admin/beneficiary/?sort=0")
        sent.clear()
        assert browser.get("/mine/admin/beneficiary/?sort=0").status_code == 200
        return len(sent)

    few = cost()
    for name in ("Durand", "Petit", "Moreau"):
        add(browser, usage_name=name, first_name=name, phone="07 82 33 44 55", birth_date="")

    assert cost() == few


TAB = """
from jalon.declarations import PersonTab, Plugin
from jalon.hookspecs import hookimpl
plugin = Plugin()
@hookimpl
def person_tabs(session, beneficiary_id):
    return [PersonTab("Locations", "{template}", {{"number": beneficiary_id}})]
"""


@pytest.mark.parametrize(("template", "shown"), [("jalon/messages.html", "Locations"), ("nowhere.html", "adds")])
def test_a_module_adds_its_part_and_a_broken_one_is_noticed(
    database_url: str, disk: Disk, template: str, shown: str
) -> None:
    from jalon.registry import Registry

    app = make_app(database_url, registry=Registry([disk.module("adds", plugin=TAB.format(template=template))]))
    world = World(app)
    with app.app_context():
        from jalon.migrate import upgrade

        upgrade(mount(app).db.engine, mount(app).registry)
    world.structure("mine", enabled=["adds"])
    world.user("adviser", mine=["conseiller"])
    browser = world.client("adviser")

    page = browser.get(add(browser))

    assert page.status_code == 200
    assert shown in page.text
    with app.app_context():
        mount(app).db.engine.dispose()
