"""What bad input gets, row by row of the table of the domain (2.6), where something is typed about a person.

Two rows are tested elsewhere: papers (test_documents.py) and links that are over (test_account_links.py); the sums
of money and the distances come with the modules that have any.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from sqlalchemy import func, select

from jalon.clock import today
from jalon.db import Base
from jalon.models import Beneficiary, Closure, File, Note, Referral, Situation, Task
from jalon.scope import PARIS
from jalon.testing.world import Browser, World

NIR, IBAN, CARD = "2 95 10 99 126 111 93", "FR76 3000 6000 0112 3456 7890 189", "4111 1111 1111 1111"
SENTENCES = {NIR: "sécurité sociale", IBAN: "IBAN", CARD: "carte bancaire"}
DAY = today(PARIS).isoformat()
ABOUT = {"subject_table": "jalon_beneficiary", "subject_id": "1"}
PERSON = {
    "title": "MADAM",
    "usage_name": "Lefèvre",
    "first_name": "Hélène",
    "phone": "06 12 34 56 78",
    "reason": "Orientée par la Mission locale",
}
NEW, PAGE = "/mine/beneficiaries/new", "/mine/beneficiaries/1/"
OTHER = {**PERSON, "usage_name": "Durand", "first_name": "Paule", "phone": "07 82 33 44 55"}
REFERRAL = {"to_structure": "2", "service": "Une voiture", "message": "Lundi"}
SITUATION = {"moment": "ENTRY", "on_day": "01/02/2026"}
CLOSURE = {"first_day": "2031-08-01", "last_day": "2031-08-15", "name": "Été"}
TABLES: tuple[type[Base], ...] = (Beneficiary, Note, Task, Referral, Situation, Closure)


@pytest.fixture
def desk(world: World) -> World:
    """`mine` with a person who agrees to sharing, and `theirs`; adviser and boss work at mine, stranger at theirs."""
    for slug in ("mine", "theirs"):
        world.structure(slug)
    world.user("adviser", mine=["conseiller", "direction"])
    world.user("stranger", theirs=["conseiller"])
    return world


@pytest.fixture
def adviser(desk: World) -> Browser:
    browser = desk.client("adviser")
    assert browser.send(NEW, **PERSON).location == PAGE
    browser.send(f"{PAGE}consents", purpose="SHARE_WITH_STRUCTURES", agreement="GIVEN", proof="ORAL")
    return browser


def stored(world: World) -> dict[str, int]:
    with world.across() as session:
        counts = {model.__name__: session.scalar(select(func.count()).select_from(model)) for model in TABLES}
    return {name: count or 0 for name, count in counts.items()}


def refused(browser: Browser, address: str, typed: Mapping[str, str], *, kept: str, sentence: str) -> str:
    """What is wrong with the answer to bad input; empty when it is 422, says why and keeps what was typed."""
    answer = browser.send(address, **typed)
    if answer.status_code != 422:
        return f"{answer.status_code}"
    if sentence not in answer.text:
        said = re.findall(r'class="errs".*?</ul>|note bad.*?</p>', answer.text, re.DOTALL)
        return f"does not say “{sentence}” but {said}"
    return "" if kept in answer.text else "what was typed is lost"


# where somebody writes freely: address, the other fields, the field
FREE = (
    ("/mine/notes/", ABOUT, "shareable"),
    ("/mine/notes/", ABOUT, "internal"),
    ("/mine/tasks/", {**ABOUT, "due_on": DAY}, "title"),
    ("/mine/tasks/", {**ABOUT, "due_on": DAY, "title": "Call", "next_in_days": "2"}, "next_title"),
    (f"{PAGE}refer", REFERRAL, "service"),
    (f"{PAGE}refer", REFERRAL, "message"),
    (NEW, OTHER, "reason"),
    (NEW, OTHER, "street"),
    (NEW, OTHER, "out_of_territory_reason"),
    (NEW, OTHER, "emergency_name"),
    (NEW, OTHER, "legal_contact"),
)


def test_a_number_that_opens_rights_or_money_is_refused_wherever_it_is_written(desk: World, adviser: Browser) -> None:
    before = stored(desk)

    faults = {
        (address, field, number): why
        for address, others, field in FREE
        for number, sentence in SENTENCES.items()
        if (
            why := refused(
                adviser, address, {**others, field: f"Voir {number}"}, kept=f"Voir {number}", sentence=sentence
            )
        )
    }

    assert faults == {}
    assert stored(desk) == before


# address, what is typed, the field, what it holds, a part of the sentence
DATES = (
    (NEW, OTHER, "birth_date", "31/02/1985", "Ce n’est pas une date"),
    (NEW, OTHER, "birth_date", "12/03/85", "quatre chiffres"),
    (NEW, OTHER, "birth_date", "12/03/2999", "aujourd’hui"),
    (NEW, OTHER, "birth_date", "25h70", "Ce n’est pas une date"),
    (f"{PAGE}situations/new", SITUATION, "on_day", "31/02/2024", "Ce n’est pas une date"),
    (f"{PAGE}situations/new", SITUATION, "on_day", "01/02/24", "quatre chiffres"),
    (f"{PAGE}situations/new", SITUATION, "registered_on", "01/03/2026", "ne peut pas"),
    (f"{PAGE}situations/new", SITUATION, "children", "-1", "0"),
    (f"{PAGE}situations/new", SITUATION, "children", "40", "15"),
    ("/mine/tasks/", {**ABOUT, "title": "Call"}, "due_on", "2026-02-31", ""),
    ("/mine/tasks/", {**ABOUT, "title": "Call"}, "due_on", "0026-02-01", "quatre chiffres"),
    ("/mine/tasks/", {**ABOUT, "title": "Call", "due_on": DAY, "next_title": "Again"}, "next_in_days", "-3", "1"),
    ("/mine/admin/closure/new/", CLOSURE, "last_day", "2031-07-01", ""),
    ("/mine/admin/closure/new/", CLOSURE, "first_day", "2031-02-31", ""),
)


def test_a_day_that_is_none_or_an_end_before_its_start_is_said_at_its_field(desk: World, adviser: Browser) -> None:
    before = stored(desk)

    faults = {
        (address, field, typed): why
        for address, others, field, typed, sentence in DATES
        if (why := refused(adviser, address, {**others, field: typed}, kept=typed, sentence=sentence))
    }

    assert faults == {}
    assert stored(desk) == before


SCRIPT = "<script>alert(1)</script>"


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        (SCRIPT, "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ('"><img src=x onerror=alert(1)>', "&#34;&gt;&lt;img src=x onerror=alert(1)&gt;"),
        ("=HYPERLINK(1)", "=HYPERLINK(1)"),
        ("🚲 vélo", "🚲 vélo"),
        ("مرحبا \u202bnote", "مرحبا \u202bnote"),
        ("a\0b", "ab"),
    ],
)
@pytest.mark.both_databases
def test_what_is_odd_is_stored_as_text_and_shown_as_text(desk: World, adviser: Browser, typed: str, shown: str) -> None:
    for address, fields in (
        ("/mine/notes/", {**ABOUT, "shareable": typed}),
        ("/mine/tasks/", {**ABOUT, "title": typed, "due_on": DAY}),
        (f"{PAGE}refer", {**REFERRAL, "message": typed, "service": typed}),
    ):
        assert adviser.send(address, **fields).status_code == 302

    pages = [adviser.get(PAGE).text, adviser.get("/mine/tasks/?show=all").text, adviser.get("/mine/referrals/1/").text]
    assert all(shown in page for page in pages)
    assert not any(SCRIPT in page or "<img src=x" in page for page in pages)


def test_ten_megabytes_of_note_are_refused_before_they_are_read(desk: World, adviser: Browser) -> None:
    before = stored(desk)

    answers = [
        adviser.send("/mine/notes/", **ABOUT, shareable="x" * 10_000_000),
        adviser.send(f"{PAGE}refer", **{**REFERRAL, "message": "x" * 10_000_000}),
    ]

    assert [a.status_code for a in answers] == [413, 413]
    assert stored(desk) == before


FORGED = (
    ("GET", "/theirs/beneficiaries/1/"),
    ("GET", "/theirs/beneficiaries/1/edit"),
    ("GET", "/theirs/beneficiaries/1/refer"),
    ("GET", "/theirs/notes/1/"),
    ("GET", "/theirs/tasks/1/"),
    ("GET", "/theirs/admin/beneficiary/history/?id=1"),
    ("GET", "/mine/beneficiaries/1/"),
    ("POST", "/theirs/beneficiaries/1/edit"),
    ("POST", "/theirs/beneficiaries/1/refer"),
    ("POST", "/theirs/beneficiaries/1/close"),
    ("POST", "/theirs/beneficiaries/1/consents"),
    ("POST", "/theirs/notes/"),
    ("POST", "/theirs/notes/1/"),
    ("POST", "/theirs/tasks/"),
    ("POST", "/theirs/tasks/1/done"),
)


def test_the_number_of_anothers_record_answers_404_and_is_logged(
    desk: World, adviser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    adviser.send("/mine/notes/", **ABOUT, shareable="Ours")
    adviser.send("/mine/tasks/", **ABOUT, title="Ours", due_on=DAY)
    stranger, before = desk.client("stranger"), stored(desk)
    caplog.set_level("INFO", logger="jalon")
    caplog.clear()

    said = {
        (method, address): (stranger.get(address) if method == "GET" else stranger.send(address, **ABOUT)).status_code
        for method, address in FORGED
    }

    assert said == dict.fromkeys(FORGED, 404)
    logged = [getattr(record, "jalon", {}).get("status") for record in caplog.records]
    assert logged.count(404) == len(FORGED)
    assert stored(desk) == before


def test_nothing_that_was_refused_is_half_saved(desk: World, adviser: Browser) -> None:
    """One bad field among good ones: the good ones are not saved either."""
    page = adviser.get(f"{PAGE}edit").text
    version = re.findall(r'name="version"[^>]*value="([\d.]+)"', page)[0]

    answer = adviser.send(f"{PAGE}edit", **{**PERSON, "street": "9 rue Neuve", "email": "nowhere@", "version": version})

    assert answer.status_code == 422
    assert 'value="9 rue Neuve"' in answer.text
    with desk.across() as session:
        assert session.scalars(select(File.street)).all() == [None]
