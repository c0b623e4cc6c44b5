"""A double click, or a browser that sends again, makes one record."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, select

from jalon import sent_forms
from jalon.clock import now, today
from jalon.models import Beneficiary, Note, SentForm, Task
from jalon.scope import PARIS
from jalon.testing.world import Browser, World

KEY = "a-key-of-this-very-form"
PERSON = {
    "title": "MADAM",
    "usage_name": "Lefèvre",
    "first_name": "Hélène",
    "phone": "06 12 34 56 78",
    "reason": "Orientée par la Mission locale",
}
DAY = today(PARIS).isoformat()


@pytest.fixture
def desk(world: World) -> World:
    """`mine` with a person, whose page adviser has open."""
    world.structure("mine")
    world.user("adviser", mine=["conseiller"])
    return world


@pytest.fixture
def adviser(desk: World) -> Browser:
    return desk.client("adviser")


def count(world: World, model: Any) -> int:
    with world.across() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def form_of(browser: Browser) -> dict[str, str]:
    """What a form below the page of a new person is about."""
    answer = browser.send("/mine/beneficiaries/new", **PERSON)
    return {"subject_table": "jalon_beneficiary", "subject_id": re.findall(r"\d+", answer.location)[0]}


@pytest.mark.parametrize(
    ("address", "typed", "model"),
    [
        ("/mine/notes/", {"shareable": "Called"}, Note),
        ("/mine/tasks/", {"title": "Call", "due_on": DAY}, Task),
    ],
)
def test_what_is_sent_twice_is_kept_once_and_leads_to_the_same_page(
    desk: World, adviser: Browser, address: str, typed: dict[str, str], model: Any
) -> None:
    about = form_of(adviser)

    answers = [adviser.send(address, **about, **typed, once=KEY) for _twice in range(2)]

    assert [a.status_code for a in answers] == [302, 302]
    assert answers[0].location == answers[1].location
    assert "enregistré une seule fois" in adviser.get(answers[1].location).text
    assert count(desk, model) == 1


def test_a_person_added_twice_by_a_double_click_is_one(desk: World, adviser: Browser) -> None:
    answers = [adviser.send("/mine/beneficiaries/new", **PERSON, once=KEY) for _twice in range(2)]

    assert [a.status_code for a in answers] == [302, 302]
    assert answers[0].location == answers[1].location
    assert count(desk, Beneficiary) == 1


def test_a_form_changed_since_is_another_and_one_without_key_is_always_new(desk: World, adviser: Browser) -> None:
    about = form_of(adviser)

    for words in ("One", "Two"):
        adviser.send("/mine/notes/", **about, shareable=words, once=KEY)
    for _twice in range(2):
        adviser.send("/mine/notes/", **about, shareable="Three")

    assert count(desk, Note) == 4


def test_a_refused_form_keeps_its_key_and_may_be_sent_again(desk: World, adviser: Browser) -> None:
    about = form_of(adviser)
    empty = adviser.send("/mine/notes/", **about, shareable="", once=KEY)

    again = [adviser.send("/mine/notes/", **about, shareable="", once=KEY).status_code for _twice in range(2)]

    assert f'name="once" value="{KEY}"' in empty.text
    assert [empty.status_code, *again] == [422, 422, 422]
    assert count(desk, Note) == 0


@pytest.mark.parametrize("key", ["", "short", "x" * 41, "'\"><script>alert(1)</script>", "é" * 20])
def test_what_is_no_key_is_not_kept(desk: World, adviser: Browser, key: str) -> None:
    about = form_of(adviser)

    assert adviser.send("/mine/notes/", **about, shareable="Called", once=key).status_code == 302
    assert count(desk, SentForm) == 0


def test_every_form_that_makes_a_record_carries_a_new_key_each_time(adviser: Browser) -> None:
    about = form_of(adviser)
    page = f"/mine/beneficiaries/{about['subject_id']}/"

    keys = [
        re.findall(r'name="once" value="([\w-]{16,40})"', adviser.get(address).text)
        for address in (page, page, "/mine/beneficiaries/new")
    ]

    assert [len(found) for found in keys] == [2, 2, 1]
    assert len({key for found in keys for key in found}) == 5


@pytest.mark.both_databases
def test_of_two_sent_at_once_one_is_kept(desk: World) -> None:
    browsers = [desk.client("adviser") for _ in range(2)]
    about = form_of(browsers[0])
    for browser in browsers:
        browser.token()

    with ThreadPoolExecutor(2) as pool:
        sent = [pool.submit(b.send, "/mine/notes/", **about, shareable="Called", once=KEY) for b in browsers]
        answers = [s.result().status_code for s in sent]

    assert answers == [302, 302]
    assert count(desk, Note) == 1


def test_what_was_received_is_forgotten_when_its_form_is_too_old_anyway(desk: World) -> None:
    with desk.inside("mine") as session:
        assert sent_forms.claim(session, "old") is None
        session.scalars(select(SentForm)).one().at = now() - sent_forms.KEPT * 2
        session.commit()

        assert sent_forms.claim(session, "new") is None
        session.commit()

        assert session.scalars(select(SentForm.digest)).all() == ["new"]
