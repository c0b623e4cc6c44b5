"""The first page of the day: whom it greets, what a role finds first, figures as long as their lists."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from jalon import beneficiaries, consents, greetings, referrals, subjects, tasks
from jalon.clock import now, today
from jalon.models import Agreement, Beneficiary, Closure, Member, Message, MessageState, Proof, Purpose, Title
from jalon.scope import PARIS
from jalon.testing.world import World

RIGHTS = {"jalon.beneficiaries.read", "jalon.beneficiaries.write", "jalon.tasks.read", "jalon.tasks.write"}
BOARD = re.compile(r'<section class="card board" aria-labelledby="([a-z-]+)">(.*?)</section>', re.DOTALL)
TILE = re.compile(r'<a class="card tile ([a-z]*)" href="([^"]+)">.*?</svg>(.*?)</span><b>(\d+)</b>', re.DOTALL)


@pytest.fixture
def relais(world: World) -> World:
    """lea advises and max keeps the books at relais; Nora is followed there."""
    world.structure("relais")
    world.structure("scop")
    world.user("lea", relais=["conseiller"])
    world.user("max", relais=["comptable"])
    with world.inside("relais", permissions=RIGHTS) as session:
        named: dict[str, Any] = {"title": Title.MADAM, "usage_name": "Petit", "first_name": "Nora"}
        beneficiaries.create(session, named, {"phone": "06 12 34 56 78"}, reason="test")
        session.commit()
    return world


def plan(world: World, *titles_and_days: tuple[str, int]) -> None:
    """Tasks of lea about Nora, so many days from today."""
    with world.inside("relais", permissions=RIGHTS) as session:
        nora = subjects.find(session, "jalon_beneficiary", 1)
        lea = session.scalars(select(Member).order_by(Member.id)).first()
        for title, days in titles_and_days:
            tasks.add(session, nora, title=title, due_on=today(PARIS) + timedelta(days), member=lea)
        session.commit()


NAMES = {
    "Léa Martin": "Léa",
    "Jean-Luc Le Goff": "Jean-Luc",
    "Léa": "Léa",
    "Administration de la plateforme": "Administration de la plateforme",
    "Accueil 2e étage": "Accueil 2e étage",
}


@pytest.mark.parametrize(("name", "called"), NAMES.items())
def test_a_person_is_greeted_by_the_first_name_and_an_account_of_nobody_by_its_own(name: str, called: str) -> None:
    assert greetings.called(name) == called


def test_the_page_greets_with_the_day_and_says_when_the_structure_is_closed(relais: World) -> None:
    lea, day = relais.client("lea"), today(PARIS)
    with relais.inside("relais") as session:
        session.add(Closure(name="Inventaire", first_day=day, last_day=day))
        session.add(Closure(name="Pont", first_day=day + timedelta(9), last_day=day + timedelta(9)))
        session.commit()

    page = lea.get("/relais/").text

    assert re.search(r"<h1>Bonjour [^<]+</h1>", page)
    assert "Fermé aujourd’hui (Inventaire)" in page
    assert re.search(r"Fermé le \w+ \d+ \S+ \(Pont\)", page)


def test_ones_tasks_of_the_day_stand_there_with_the_late_ones_first_and_as_many_as_the_list(relais: World) -> None:
    plan(relais, ("Appeler", 0), ("Relancer", -3), ("Plus tard", 2))
    lea = relais.client("lea")

    page = lea.get("/relais/").text

    tiles = {label.strip(): (tone, url, int(value)) for tone, url, label, value in TILE.findall(page)}
    tone, url, value = tiles["Mes tâches du jour"]
    assert (tone, value) == ("bad", 2)
    assert lea.get(url.replace("&amp;", "&")).text.count('<td class="c-title">') == value
    board = dict(BOARD.findall(page))["core-tasks"]
    assert board.index("Relancer") < board.index("Appeler")
    assert "Plus tard" not in board
    assert "3 jours de retard" in board
    assert "PETIT Nora" in board


def test_a_task_is_done_from_the_dashboard_and_one_is_back_there(relais: World) -> None:
    plan(relais, ("Appeler", 0))
    lea = relais.client("lea")

    answer = lea.send("/relais/tasks/1/done", then="1", back="/relais/")

    assert answer.location == "/relais/"
    board = dict(BOARD.findall(lea.get("/relais/").text))["core-tasks"]
    assert "Rien à faire pour aujourd’hui" in board


def test_nobody_sees_a_list_that_they_may_not_open_nor_an_empty_one_that_is_not_their_work(relais: World) -> None:
    plan(relais, ("Appeler", 0))

    adviser, accountant = (dict(BOARD.findall(relais.client(n).get("/relais/").text)) for n in ("lea", "max"))

    assert list(adviser) == ["core-tasks", "core-referrals"]  # no message is stuck: nobody's own work, so not said
    assert "Aucune structure n’attend" in adviser["core-referrals"]
    assert accountant == {}


def test_what_waits_for_an_answer_says_for_how_many_days_and_is_the_list_behind_it(relais: World) -> None:
    relais.user("zoe", scop=["conseiller"])
    with relais.inside("relais") as session:
        purpose = Purpose.SHARE_WITH_STRUCTURES
        consents.record(session, 1, purpose=purpose, agreement=Agreement.GIVEN, proof=Proof.ORAL)
        nora = session.get_one(Beneficiary, 1)
        sent = referrals.send(session, nora, to_structure_id=2, service="Une voiture", message="Elle commence lundi.")
        sent.sent_at = now() - timedelta(days=9, hours=1)
        session.commit()
    zoe = relais.client("zoe")

    page = zoe.get("/scop/").text

    board = dict(BOARD.findall(page))["core-referrals"]
    assert "PETIT Nora" in board
    assert "attend depuis 9 jours" in board
    assert "Répondre" in board
    assert "/scop/referrals/?show=waiting" in board
    assert zoe.get("/scop/referrals/?show=waiting").text.count("<tr data-href") == 1


def test_a_message_that_did_not_leave_says_why(relais: World) -> None:
    with relais.inside("relais") as session:
        made = Message(template="core.word", address="nora@test.example", reference="x", error="Adresse inconnue")
        made.state = MessageState.FAILED
        session.add(made)
        session.commit()
    lea = relais.client("lea")

    page = lea.get("/relais/").text

    board = dict(BOARD.findall(page))["core-messages"]
    assert "Adresse inconnue" in board
    assert lea.get("/relais/messages/?show=stuck").text.count('<td class="c-title">') == 1
