"""One place to ask: what answers, to whom, and that nothing typed stands in an address."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from jalon import beneficiaries, people
from jalon.app_of import mount
from jalon.clock import now
from jalon.migrate import upgrade
from jalon.models import (
    BeneficiaryStructure,
    Commune,
    Organisation,
    OrganisationKind,
    Place,
    PlaceKind,
    Referrer,
    Title,
)
from jalon.names import fold
from jalon.registry import Registry
from jalon.testing.disk import Disk
from jalon.testing.plugin import make_app
from jalon.testing.world import Browser, World
from jalon_fleet import vehicles
from jalon_fleet.models import Category

OPTION = re.compile(r'<div role="option" id="hit-\d+" data-href="([^"]+)">.*?<b>([^<]+)</b>')
READ = {"jalon.beneficiaries.read", "jalon.beneficiaries.write"}


@pytest.fixture
def desk(world: World) -> World:
    world.structure("mine", enabled=["rental"])
    world.structure("theirs")
    with world.across() as session:
        session.add(
            Commune(insee="91223", name="Étampes", postcodes="91150", population=1, epci="", longitude=2, latitude=48)
        )
        session.flush()
        kind = next(iter(OrganisationKind))
        session.add(Organisation(name="Mission locale", kind=kind, folded=fold("Mission locale")))
        session.add(Referrer(last_name="Ferrand", first_name="Élise", folded=fold("Ferrand Élise")))
        session.commit()
    with world.inside("mine", permissions=READ) as session:
        for family, first in (("Lefèvre", "Hélène"), ("Planchon", "Ida"), ("Secret", "Nora")):
            named = {"title": Title.MADAM, "usage_name": family, "first_name": first}
            person = beneficiaries.create(session, named, {"no_phone": True}, reason="test")
        session.query(BeneficiaryStructure).filter_by(beneficiary_id=person.id).one().restricted = True
        vehicles.add(session, category=Category.CAR, make="Renault", model="Clio", plate="AB-123-CD")
        session.add(Place(name="Gare d’Étampes", kind=next(iter(PlaceKind)), commune_insee="91223"))
        session.commit()
    world.user("adviser", mine=["conseiller"])
    return world


def asked(browser: Browser, typed: str, slug: str = "mine") -> dict[str, str]:
    """Labels and addresses of what answers, in order."""
    page = browser.send(f"/{slug}/palette", q=typed, part="1")
    assert page.status_code == 200, page.text
    return {label: address for address, label in OPTION.findall(page.text)}


ANSWERS = {
    "lefebre helene": ("LEFÈVRE Hélène", "/mine/beneficiaries/1/"),
    "ab123": ("Renault Clio · AB-123-CD", "/mine/admin/fleet_vehicle/details/?id=1"),
    "clio ren": ("Renault Clio · AB-123-CD", "/mine/admin/fleet_vehicle/details/?id=1"),
    "mission": ("Mission locale", "/mine/admin/organisation/details/?id=1"),
    "ferr": ("FERRAND Élise", "/mine/admin/referrer/details/?id=1"),
    "etampes": ("Gare d’Étampes", "/mine/admin/place/details/?id=1"),
    "telephone": ("Au téléphone", "/mine/phone/"),
    "ajouter pers": ("Ajouter une personne", "/mine/beneficiaries/new"),
    "": ("Tableau de bord", "/mine/"),
}


def test_all_kinds_answer_from_one_box(desk: World) -> None:
    browser = desk.client("adviser")

    found = {typed: asked(browser, typed) for typed in ANSWERS}

    assert {typed: (label, found[typed].get(label)) for typed, (label, _) in ANSWERS.items()} == ANSWERS
    assert next(iter(found["lefebre helene"])) == "LEFÈVRE Hélène"


def test_a_screen_that_was_named_comes_before_a_person_who_sounds_like_it(desk: World) -> None:
    labels = list(asked(desk.client("adviser"), "planning"))

    assert labels[0] == "Planning"


def test_each_is_told_only_what_they_may_open(desk: World) -> None:
    desk.user("accounts", mine=["comptable"])
    desk.user("elsewhere", theirs=["conseiller"])
    accountant, stranger = desk.client("accounts"), desk.client("elsewhere")

    assert list(asked(accountant, "lefevre")) == []
    assert list(asked(accountant, "ab-123-cd")) == []
    assert list(asked(accountant, "ajouter")) == []
    assert list(asked(accountant, "mission")) == ["Mission locale"]
    assert list(asked(stranger, "lefevre", "theirs")) == []
    assert stranger.send("/mine/palette", q="lefevre", part="1").status_code == 404


def test_a_protected_person_is_found_by_the_code_only_and_not_named(desk: World) -> None:
    browser = desk.client("adviser")
    with desk.inside("mine", permissions=READ) as session:
        code = people.search(session, "lefevre")[0].code.replace("00001", "00003")

    by_name, by_code = asked(browser, "secret nora"), browser.send("/mine/palette", q=code, part="1").text

    assert by_name == {}
    assert code in by_code
    assert "SECRET" not in by_code


def test_without_script_it_is_a_page_with_links(desk: World) -> None:
    page = desk.client("adviser").send("/mine/palette", q="clio").text

    assert '<a class="link" href="/mine/admin/fleet_vehicle/details/?id=1">' in page


def test_asking_does_not_wait_for_whoever_writes(desk: World) -> None:
    browser = desk.client("adviser")
    browser.token()
    with desk.inside("mine") as writing:
        writing.add(Place(name="Half written", kind=next(iter(PlaceKind)), commune_insee="91223"))
        writing.flush()
        began = now()

        found = asked(browser, "clio")

        assert list(found) == ["Renault Clio · AB-123-CD"]
        assert now() - began < timedelta(seconds=5)


BROKEN = """
from jalon.declarations import Hit, Plugin
from jalon.hookspecs import hookimpl
plugin = Plugin()
@hookimpl
def search(session, text):
    return [Hit("Answer", "{endpoint}", "jalon.home")]
"""


@pytest.mark.parametrize(
    ("endpoint", "shown", "hidden"),
    [("jalon_home.dashboard", "Answer", "n’a pas pu"), ("jalon_nowhere.at", "n’a pas pu répondre", "Answer")],
)
def test_a_module_answers_and_a_broken_one_is_named(
    database_url: str, disk: Disk, endpoint: str, shown: str, hidden: str
) -> None:
    app = make_app(database_url, registry=Registry([disk.module("adds", plugin=BROKEN.format(endpoint=endpoint))]))
    world = World(app)
    with app.app_context():
        upgrade(mount(app).db.engine, mount(app).registry)
    world.structure("mine", enabled=["adds"])
    world.user("adviser", mine=["conseiller"])

    page = world.client("adviser").send("/mine/palette", q="answ", part="1").text

    assert shown in page
    assert hidden not in page
    with app.app_context():
        mount(app).db.engine.dispose()


@pytest.mark.parametrize(
    ("typed", "begun"),
    [
        ("dupont", {"usage_name": "dupont"}),
        ("le gall yann", {"usage_name": "le gall", "first_name": "yann"}),
        ("06 12 34", {"phone": "06 12 34"}),
        ("B-2031-00001", {}),
        ("", {}),
    ],
)
def test_what_found_nobody_begins_the_form_of_a_new_person(typed: str, begun: dict[str, str]) -> None:
    assert people.carried(typed) == begun


def test_the_name_is_carried_to_the_form_and_stands_in_no_address(desk: World) -> None:
    browser = desk.client("adviser")

    browser.send("/mine/beneficiaries/search", q="Quoxpim Yann 01/02/1990")
    empty = browser.get("/mine/beneficiaries/found").text
    direct = browser.send("/mine/beneficiaries/search", q="Quoxpim Yann 01/02/1990", then="add").location
    form = browser.get(direct).text

    assert 'href="/mine/beneficiaries/new?typed=1"' in empty
    assert direct == "/mine/beneficiaries/new?typed=1"
    assert [v in form for v in ('value="Quoxpim"', 'value="Yann"', 'value="01/02/1990"')] == [True] * 3
