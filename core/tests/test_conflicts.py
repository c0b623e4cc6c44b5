"""Two members who save one file at once lose nothing."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select

from jalon.models import File, Identity, Situation, SituationItem
from jalon.testing.world import Browser, World

TYPED = {
    "title": "MADAM",
    "usage_name": "Lefèvre",
    "first_name": "Hélène",
    "birth_date": "12/03/1985",
    "phone": "06 12 34 56 78",
}
HIDDEN = re.compile(r'<input[^>]*type="hidden"[^>]*>')
Form = dict[str, Any]


@pytest.fixture
def desk(world: World) -> World:
    """`mine`, where adviser and colleague advise."""
    world.structure("mine")
    for name in ("adviser", "colleague"):
        world.user(name, mine=["conseiller"])
    return world


def add(browser: Browser) -> str:
    """Add a person; the address of the page."""
    answer = browser.send("/mine/beneficiaries/new", **TYPED, reason="Orientée")
    assert answer.status_code == 302, answer.text
    return str(answer.location)


def hidden(page: str) -> Form:
    """What a page's form carries without showing it; of several values of one name all."""
    found: Form = {}
    for field in HIDDEN.findall(page):
        name, value = (re.search(rf'\b{key}="([^"]*)"', field) for key in ("name", "value"))
        if name and name[1] != "csrf_token":
            found.setdefault(name[1], []).append(unescape(value[1]) if value else "")
    return found


def plain(page: str) -> str:
    return unescape(page).replace("\u00a0", " ")


def chosen(page: str) -> dict[str, str]:
    """The radios that are ticked."""
    return dict(re.findall(r'name="(take-[a-z_]+)" value="(\w+)" required checked', page))


def test_the_two_versions_stand_side_by_side_and_both_can_be_kept(desk: World) -> None:
    browser, other = desk.client("adviser"), desk.client("colleague")
    address = f"{add(browser)}edit"
    form = {**hidden(browser.get(address).text), **TYPED}
    theirs = {**hidden(other.get(address).text), **TYPED, "street": "1 rue Haute", "email": "h@exemple.fr"}
    assert other.send(address, **theirs).status_code == 302

    late = browser.send(address, **{**form, "street": "2 rue Basse", "emergency_name": "Sa sœur"})

    page = plain(late.text)
    assert late.status_code == 409
    assert "Modifié entre-temps par Colleague." in page
    assert all(value in page for value in ("1 rue Haute", "2 rue Basse", "h@exemple.fr", "Sa sœur"))
    assert "06 12 34 56 78" not in re.sub(r"<input[^>]*hidden[^>]*>", "", page)  # alike on both sides
    assert chosen(late.text) == {"take-email": "theirs", "take-emergency_name": "mine"}
    assert "changé des deux côtés" in page

    again = browser.send(address, **hidden(late.text), **chosen(late.text))
    assert again.status_code == 409
    assert "dites quelle valeur garder" in plain(again.text)
    saved = browser.send(address, **hidden(again.text), **chosen(again.text), **{"take-street": "mine"})

    assert saved.status_code == 302
    with desk.across() as session:
        file = session.scalars(select(File)).one()
        assert (file.street, file.email, file.emergency_name) == ("2 rue Basse", "h@exemple.fr", "Sa sœur")


@pytest.mark.both_databases
def test_two_browsers_that_save_at_the_same_moment_lose_nothing(desk: World) -> None:
    browsers = [desk.client("adviser"), desk.client("colleague")]
    address = f"{add(browsers[0])}edit"
    changes = [{"first_name": "Helene", "hamlet": "Le Bas"}, {"first_name": "Hélène", "street": "1 rue Haute"}]
    forms = [{**hidden(b.get(address).text), **TYPED, **c} for b, c in zip(browsers, changes, strict=True)]
    ready = Barrier(2)

    def save(number: int) -> Any:
        ready.wait()
        return browsers[number].send(address, **forms[number])

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(save, range(2)))

    assert sorted(a.status_code for a in answers) == [302, 409]
    late = next(n for n, a in enumerate(answers) if a.status_code == 409)
    page = answers[late].text
    assert browsers[late].send(address, **hidden(page), **chosen(page)).status_code == 302
    with desk.across() as session:
        file = session.scalars(select(File)).one()
        assert (file.hamlet, file.street) == ("Le Bas", "1 rue Haute")
        assert session.scalars(select(Identity.first_name)).one() == "Helene"


def test_health_is_part_of_the_file(desk: World) -> None:
    browser, other = desk.client("adviser"), desk.client("colleague")
    address = f"{add(browser)}edit"
    form, theirs = ({**hidden(b.get(address).text), **TYPED} for b in (browser, other))
    assert other.send(address, **theirs, recognised="yes").status_code == 302

    late = browser.send(address, **form, recognised="no")

    assert late.status_code == 409
    assert "RQTH" in plain(late.text)


@pytest.mark.both_databases
def test_two_members_who_complete_one_situation_lose_nothing(desk: World) -> None:
    browser, other = desk.client("adviser"), desk.client("colleague")
    person = add(browser)
    noted = {"moment": "ENTRY", "on_day": "01/03/2026", "children": "1", "resources": ["rsa"]}
    assert browser.send(f"{person}situations/new", **noted).status_code == 302
    address = "/mine/beneficiaries/situations/1"
    form, theirs = ({**hidden(b.get(address).text), **noted} for b in (browser, other))
    assert other.send(address, **{**theirs, "resources": ["rsa", "wage"]}).status_code == 302

    late = browser.send(address, **{**form, "children": "3"})

    assert late.status_code == 409
    assert "Modifié entre-temps par Colleague." in plain(late.text)
    assert chosen(late.text) == {"take-children": "mine", "take-resources": "theirs"}
    assert browser.send(address, **hidden(late.text), **chosen(late.text)).status_code == 302
    with desk.across() as session:
        assert session.scalars(select(Situation.children)).one() == 3
        assert set(session.scalars(select(SituationItem.value))) == {"rsa", "wage"}


def test_a_form_that_carries_nonsense_is_asked_about_and_breaks_nothing(desk: World) -> None:
    browser = desk.client("adviser")
    address = f"{add(browser)}edit"

    for base in ("", "{", '{"at": "x", "shown": 3}', '{"at": 1e99, "shown": {}}', "[1]"):
        answer = browser.send(address, **TYPED, version="0", base=base, street="2 rue Basse")

        assert answer.status_code == 409
        assert "2 rue Basse" in answer.text
