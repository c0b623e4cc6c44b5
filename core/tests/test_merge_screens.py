"""Merging as the person at the desk sees it: the list of doubles, the two files side by side, the way back."""

from __future__ import annotations

import re
from datetime import date
from html import unescape
from typing import Any

import pytest
from sqlalchemy import delete, select

from jalon import beneficiaries, duplicates, resemblances
from jalon.models import Apart, Beneficiary, FileState, Housing, Merge, Title, User
from jalon.testing.world import Browser, World

DOUBLES = "/mine/beneficiaries/doubles"
TYPED = {
    "title": "MADAM",
    "usage_name": "Lefèvre",
    "first_name": "Hélène",
    "birth_date": "12/03/1985",
    "phone": "06 12 34 56 78",
}
TWIN = {
    **TYPED,
    "birth_date": "03/12/1985",
    "phone": "06 98 76 54 32",
    "landlord": "Bailleur Bleu",
    "housing": "SOCIAL_TENANT",
}


@pytest.fixture
def desk(world: World) -> World:
    """`mine`, with two files that may be one person's: ids 1 and 2. adviser advises there."""
    world.structure("mine")
    world.user("adviser", mine=["conseiller"])
    born, file = date(1985, 3, 12), {"landlord": "Bailleur Bleu", "housing": Housing.SOCIAL_TENANT}
    named = {"title": Title.MADAM, "usage_name": "Lefèvre", "first_name": "Hélène"}
    with world.inside("mine") as session:
        beneficiaries.create(session, {**named, "birth_date": born}, {"phone": TYPED["phone"]}, reason="test")
        twin = {**named, "birth_date": duplicates.mirrored(born)}
        beneficiaries.create(session, twin, {"phone": TWIN["phone"], **file}, reason="test", apart=[1])
        session.commit()
    forget_what_was_said(world)
    return world


def forget_what_was_said(world: World) -> None:
    """As if the pair had come in by another way: nobody has said yet that they are two."""
    with world.across() as session:
        session.execute(delete(Apart))
        session.commit()


def plain(answer: Any) -> str:
    return " ".join(unescape(answer.text).split())


def version(page: str) -> str:
    found = re.search(r'name="version"[^>]*value="([^"]*)"', page)
    assert found
    return found[1]


def merge(browser: Browser, **choices: str) -> Any:
    page = browser.get("/mine/beneficiaries/1/merge?other=2")
    proposed = dict(re.findall(r'name="(of-[^"]+)" value="([^"]+)" required checked', page.text))
    sent = {**proposed, **choices}
    return browser.send("/mine/beneficiaries/1/merge", other="2", version=version(page.text), **sent)


def test_a_line_without_an_answer_is_asked_again_and_nothing_is_merged(desk: World) -> None:
    browser = desk.client("adviser")
    page = browser.get("/mine/beneficiaries/1/merge?other=2")

    answer = browser.send("/mine/beneficiaries/1/merge", other="2", version=version(page.text))

    assert answer.status_code == 422
    assert "rien n’a été fusionné" in plain(answer)
    assert browser.get("/mine/beneficiaries/2/").status_code == 200


def test_from_the_list_to_the_merge_and_back(desk: World) -> None:
    browser = desk.client("adviser")
    listed = plain(browser.get(DOUBLES))
    page = plain(browser.get("/mine/beneficiaries/1/merge?other=2"))

    assert "jour et mois" in listed
    assert "/mine/beneficiaries/1/merge?other=2" in listed
    assert all(shown in page for shown in ("12/03/1985", "03/12/1985", "06 98 76 54 32", "Bailleur Bleu"))
    assert 'name="of-birth_date" value="kept" required checked' in page
    assert 'name="of-housing" value="merged" required checked' in page  # the other file says nothing

    done = merge(browser, **{"of-birth_date": "merged"})
    kept = plain(browser.get(done.location))

    assert done.location == "/mine/beneficiaries/1/"
    assert "Fusionnée avec un autre dossier" in kept
    assert "03/12/1985" in kept
    assert "Bailleur Bleu" in kept
    assert "Personne ne ressemble" in plain(browser.get(DOUBLES))
    assert browser.get("/mine/beneficiaries/2/").location == "/mine/beneficiaries/1/"
    assert "B-2026-00002" not in plain(browser.get("/mine/admin/beneficiary/"))
    history = plain(browser.get("/mine/admin/beneficiary/history/?id=1"))
    assert history.count("Bailleur Bleu") >= 1

    asked = plain(browser.get("/mine/beneficiaries/merges/1/undo"))
    assert "reste chez elle" in asked
    undone = browser.send("/mine/beneficiaries/merges/1/undo")

    assert undone.location == "/mine/beneficiaries/2/"
    assert "03/12/1985" in plain(browser.get("/mine/beneficiaries/2/"))
    assert "12/03/1985" in plain(browser.get("/mine/beneficiaries/1/"))
    assert "a été annulée" in plain(browser.get("/mine/beneficiaries/merges/1/undo"))
    assert browser.send("/mine/beneficiaries/merges/1/undo").status_code == 422


def test_what_stands_in_the_way_of_undoing_is_listed(desk: World) -> None:
    browser = desk.client("adviser")
    assert merge(browser, **{"of-phone": "merged"}).status_code == 302
    page = browser.get("/mine/beneficiaries/1/edit").text
    change = {
        **TYPED,
        "phone": "06 39 98 00 01",
        "landlord": "Bailleur Vert",
    }
    assert browser.send("/mine/beneficiaries/1/edit", **change, version=version(page)).status_code == 302

    page = plain(browser.get("/mine/beneficiaries/merges/1/undo"))
    refused = browser.send("/mine/beneficiaries/merges/1/undo")

    assert re.search(r"Coordonnées d’une personne</b> n° 1 : Téléphone, Logement, Bailleur", page)
    assert refused.status_code == 422
    with desk.across() as session:
        assert session.scalars(select(Merge.undone_at)).all() == [None]


def test_a_file_changed_while_it_was_compared_is_compared_again(desk: World) -> None:
    browser = desk.client("adviser")

    answer = browser.send("/mine/beneficiaries/1/merge", other="2", version="1.0.0-1.0.0")

    assert answer.status_code == 409
    assert "regardez de nouveau" in plain(answer)


def test_two_persons_are_said_to_be_two_once(desk: World) -> None:
    browser = desk.client("adviser")

    assert "Peut-être la même personne" in plain(browser.get("/mine/beneficiaries/1/"))
    assert browser.send("/mine/beneficiaries/1/apart", other="2").status_code == 302

    assert "Personne ne ressemble" in plain(browser.get(DOUBLES))
    assert "Peut-être la même personne" not in plain(browser.get("/mine/beneficiaries/1/"))


def test_the_other_file_is_named_by_its_code(desk: World) -> None:
    browser = desk.client("adviser")
    with desk.across() as session:
        code = session.scalars(select(Beneficiary.code).where(Beneficiary.id == 2)).one()

    assert "Code de l’autre dossier" in plain(browser.get("/mine/beneficiaries/1/merge"))
    found = browser.send("/mine/beneficiaries/1/merge", code=code)
    assert found.location == "/mine/beneficiaries/1/merge?other=2"  # what was typed may be a name: no address says it
    assert "Ce qui diffère" in plain(browser.get(found.location))
    for wrong in ("B-2026-09999", "B-1", "\0", ""):
        answer = browser.send("/mine/beneficiaries/1/merge", code=wrong)
        assert answer.status_code == 422
        assert "Aucun autre dossier" in plain(answer)
    assert "c’est le même" in plain(browser.get("/mine/beneficiaries/1/merge?other=1"))
    assert browser.send("/mine/beneficiaries/1/merge").status_code == 422


def test_rights_by_role(desk: World) -> None:
    desk.structure("theirs")
    desk.user("boss", mine=["direction"])
    desk.user("front", mine=["accueil"])
    desk.user("stranger", theirs=["conseiller"])
    wanted = {"boss": [200, 200], "front": [200, 403], "stranger": [404, 404], None: [302, 302]}

    answers = {
        who: [browser.get(address).status_code for address in (DOUBLES, "/mine/beneficiaries/1/merge?other=2")]
        for who in wanted
        for browser in [desk.client(who)]
    }

    assert answers == wanted


def test_a_protected_file_is_neither_listed_nor_merged_by_who_may_not_name_it(desk: World) -> None:
    desk.user("colleague", mine=["conseiller"])
    adviser, colleague = desk.client("adviser"), desk.client("colleague")
    with desk.across() as session:
        me = session.scalars(select(User.id).where(User.email == "adviser@test.example")).one()
    assert adviser.send("/mine/beneficiaries/2/restrict", readers=me).status_code == 302

    assert "Personne ne ressemble" in plain(colleague.get(DOUBLES))
    assert colleague.get("/mine/beneficiaries/1/merge?other=2").status_code == 404
    assert colleague.send("/mine/beneficiaries/1/merge", other="2", version="1").status_code == 404
    assert colleague.get("/mine/beneficiaries/2/merge?other=1").status_code == 404
    assert "LEFÈVRE" in plain(adviser.get("/mine/beneficiaries/1/merge?other=2"))


def test_social_facts_stay_with_who_may_read_them(desk: World) -> None:
    """Direction reads social facts and no health: what the file hides follows by the rule, unseen."""
    desk.user("boss", mine=["direction"])
    adviser, boss = desk.client("adviser"), desk.client("boss")
    page = adviser.get("/mine/beneficiaries/2/edit").text
    change = TWIN
    saved = adviser.send("/mine/beneficiaries/2/edit", **change, version=version(page), recognised="yes")
    assert saved.status_code == 302

    assert "RQTH" not in plain(boss.get("/mine/beneficiaries/1/merge?other=2"))
    assert merge(boss).status_code == 302
    assert "RQTH" in plain(adviser.get("/mine/beneficiaries/1/"))


def test_who_becomes_like_somebody_known_is_asked_about_on_change_too(desk: World) -> None:
    browser = desk.client("adviser")
    address = "/mine/beneficiaries/2/edit"
    change = TWIN | {"birth_date": TYPED["birth_date"]}
    sent = {**change, "version": version(browser.get(address).text)}

    asked = browser.send(address, **sent)

    assert asked.status_code == 422
    assert "Même nom et même date de naissance" in plain(asked)
    assert "/mine/beneficiaries/1/merge?other=2" in asked.text
    assert browser.send(address, **sent, apart="1").status_code == 302
    sent = {**change, "street": "1 rue Haute", "version": version(browser.get(address).text)}
    assert browser.send(address, **sent).status_code == 302  # nobody is asked twice
    assert "Personne ne ressemble" in plain(browser.get(DOUBLES))


@pytest.mark.both_databases
def test_the_list_is_bounded_and_finds_each_way_of_resembling(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.structure("mine")
    born = date(1985, 3, 12)
    rows: list[tuple[dict[str, Any], str]] = [
        ({"usage_name": "Lefèvre", "first_name": "Hélène", "birth_date": born}, "06 12 34 56 78"),
        ({"usage_name": "Lefebvre", "first_name": "Hélène", "birth_date": born}, "06 98 76 54 32"),
        ({"usage_name": "Durand", "first_name": "Hélène", "birth_date": date(1990, 1, 2)}, "06 12 34 56 78"),
        ({"usage_name": "Lefèvre", "first_name": "Jules", "birth_date": date(2008, 1, 2)}, "06 12 34 56 78"),
        ({"usage_name": "Durand", "first_name": "Hélène", "birth_date": None}, "06 39 98 00 03"),
    ]
    with world.inside("mine") as session:
        for identity, phone in rows:
            known = set(session.scalars(select(Beneficiary.id)))
            beneficiaries.create(session, identity, {"phone": phone}, reason="test", apart=known)
        session.commit()
    forget_what_was_said(world)

    with world.inside("mine") as session:
        found = {(p.first.id, p.later.id) for p in resemblances.pairs(session)}
        monkeypatch.setattr(resemblances, "SHOWN", 1)
        surest = resemblances.pairs(session)
        session.get_one(Beneficiary, 1).state = FileState.ANONYMISED
        left = {(p.first.id, p.later.id) for p in resemblances.pairs(session)}

    assert found == {(1, 2), (1, 3), (3, 5)}
    assert [(p.first.id, p.later.id, p.hard) for p in surest] == [(1, 3, True)]
    assert left == {(3, 5)}
