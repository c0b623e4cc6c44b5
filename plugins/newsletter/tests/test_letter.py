"""The story of a letter: asked for on the public page, confirmed, written, sent to a real mail server, and left."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from jalon.clock import today
from jalon.models import Message, MessageState
from jalon.scope import PARIS
from jalon.testing.smtp import Mailbox
from jalon.testing.world import TOKEN, Browser, World
from jalon.worker import Worker
from jalon_newsletter import blocks, issues, sendings, subscribers
from jalon_newsletter.models import Issue, IssueState, Kind, State, Subscriber, Way

PAGE = "/p/relais/newsletter/"
SITE = "https://site.example"


@pytest.fixture
def world(world: World) -> World:
    world.app.config["JALON_PUBLIC_URL"] = SITE
    world.structure("relais", enabled=["newsletter"])
    world.user("ada", relais=["direction"])
    return world


@pytest.fixture
def visitor(world: World) -> FlaskClient:
    return world.app.test_client()


def work(world: World) -> None:
    with world.app.app_context():
        Worker(world.jalon).run_once()


def ask(visitor: FlaskClient, email: str, **fields: str) -> Any:
    found = TOKEN.search(visitor.get(PAGE).text)
    assert found
    return visitor.post(PAGE, data={"csrf_token": found[1], "email": email, "agrees": "y", **fields})


def reader(world: World, email: str = "nadia@lecteurs.example") -> None:
    with world.inside("relais") as session:
        subscribers.enter(session, email=email, name="Nadia", way=Way.PAPER, given_on=today(PARIS))
        session.commit()


def written(world: World) -> int:
    with world.inside("relais") as session:
        made = issues.add(session, title="Ce qui roule")
        blocks.add(session, made, Kind.TEXT, words="Bonjour <tous>, voir https://relais.example/x.")
        session.commit()
        return made.id


def state(world: World, email: str = "nadia@lecteurs.example") -> State:
    with world.inside("relais") as session:
        return session.scalars(select(Subscriber.state).where(Subscriber.email == email)).one()


def link(text: str) -> str:
    found = re.search(rf"{SITE}(/m/[0-9A-Z]+)", text)
    assert found, text
    return found[1]


def parts(mail: Any) -> tuple[str, str]:
    return mail.get_body(("plain",)).get_content(), mail.get_body(("html",)).get_content()


def send(world: World, issue_id: int, count: int) -> Browser:
    browser = world.client("ada")
    answer = browser.send(f"/relais/newsletter/issues/{issue_id}/send", count=str(count))
    assert answer.status_code == 302
    work(world)
    work(world)
    return browser


def test_asking_and_confirming_by_the_link_of_the_mail(world: World, visitor: FlaskClient, smtp: Mailbox) -> None:
    answer = ask(visitor, "nadia@lecteurs.example", name="Nadia")
    work(world)
    address = link(smtp.wait()[0].get_content())
    opened = visitor.get(address)

    assert (answer.status_code, opened.status_code) == (200, 200)
    assert state(world) is State.WAITING  # a scanner that opens links confirms nothing
    assert visitor.post(address).status_code == 200
    assert state(world) is State.SUBSCRIBED


def test_the_page_answers_alike_whoever_is_known(world: World, visitor: FlaskClient) -> None:
    reader(world)

    known, unknown = ask(visitor, "nadia@lecteurs.example"), ask(visitor, "hugo@lecteurs.example")

    assert (known.status_code, known.text) == (unknown.status_code, unknown.text)


@pytest.mark.parametrize(
    ("email", "fields", "said"),
    [
        ("a@b", {}, "Ce n’est pas une adresse"),
        ("", {}, "Écrivez votre adresse"),
        ("nadia@lecteurs.example", {"agrees": ""}, "Cochez la case"),
    ],
)
def test_a_refused_form_keeps_what_was_typed(
    world: World, visitor: FlaskClient, email: str, fields: dict[str, str], said: str
) -> None:
    answer = ask(visitor, email, name="Nadia V", **fields)

    assert answer.status_code == 422
    assert said in answer.text
    assert 'value="Nadia V"' in answer.text


def test_an_issue_reaches_a_real_server_with_all_a_reader_needs_to_leave(
    world: World, visitor: FlaskClient, smtp: Mailbox
) -> None:
    reader(world)
    issue_id = written(world)

    send(world, issue_id, 1)

    mail = smtp.wait()[0]
    text, html = parts(mail)
    assert (mail["Subject"], mail["To"]) == ("Ce qui roule", "nadia@lecteurs.example")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = link(mail["List-Unsubscribe"])
    assert link(text) == address
    assert f'{SITE}{address}"' in html
    assert "Bonjour &lt;tous&gt;" in html
    assert "<img" not in html
    assert "<script" not in html
    assert visitor.get(address).status_code == 200
    assert state(world) is State.SUBSCRIBED
    one_click = visitor.post(address, data={"List-Unsubscribe": "One-Click"})
    assert one_click.status_code == 200
    assert state(world) is State.UNSUBSCRIBED


def test_leaving_works_while_the_module_is_off(world: World, visitor: FlaskClient, smtp: Mailbox) -> None:
    reader(world)
    send(world, written(world), 1)
    address = link(smtp.wait()[0]["List-Unsubscribe"])
    world.disable("relais", "newsletter")

    left = visitor.post(address, data={"do": "leave", "reason": "Trop"})

    assert (visitor.get(PAGE).status_code, left.status_code) == (404, 200)
    assert "Vous ne recevrez plus notre lettre" in left.text
    assert state(world) is State.UNSUBSCRIBED


def test_the_same_link_comes_back_stays_and_erases(world: World, visitor: FlaskClient, smtp: Mailbox) -> None:
    reader(world)
    send(world, written(world), 1)
    address = link(smtp.wait()[0]["List-Unsubscribe"])

    for decided, expected in (("leave", State.UNSUBSCRIBED), ("back", State.SUBSCRIBED), ("stay", State.SUBSCRIBED)):
        assert visitor.post(address, data={"do": decided}).status_code == 200
        assert state(world) is expected
    assert visitor.post(address, data={"do": "anything"}).status_code == 422
    assert visitor.post(address, data={"do": "erase"}).status_code == 200
    assert visitor.get(address).status_code == 404


def test_who_left_since_it_was_queued_gets_nothing(world: World, smtp: Mailbox) -> None:
    reader(world)
    reader(world, "hugo@lecteurs.example")
    issue_id = written(world)
    browser = world.client("ada")
    browser.send(f"/relais/newsletter/issues/{issue_id}/send", count="2")
    with world.inside("relais") as session:
        sendings.batch(session, issue_id)
        hugo = subscribers.find(session, "hugo@lecteurs.example")
        assert hugo is not None
        subscribers.leave(session, hugo)
        session.commit()

    work(world)
    work(world)

    assert [mail["To"] for mail in smtp.wait(1)] == ["nadia@lecteurs.example"]
    with world.inside("relais") as session:
        refused = session.scalars(select(Message.address).where(Message.state == MessageState.REFUSED)).all()
        assert refused == ["hugo@lecteurs.example"]
    assert "désinscrit entre-temps" in browser.get(f"/relais/newsletter/issues/{issue_id}/").text


def test_the_archive_shows_what_was_sent_and_nobody(world: World, visitor: FlaskClient, smtp: Mailbox) -> None:
    reader(world)
    issue_id, draft = written(world), written(world)
    send(world, issue_id, 1)

    page = visitor.get(f"{PAGE}archive/{issue_id}")

    assert page.status_code == 200
    assert "Bonjour &lt;tous&gt;" in page.text
    assert "nadia" not in page.text.lower()
    assert visitor.get(f"{PAGE}archive/{draft}").status_code == 404
    assert f"archive/{draft}" not in visitor.get(f"{PAGE}archive").text


def test_a_test_goes_to_oneself_and_to_nobody_else(world: World, smtp: Mailbox) -> None:
    reader(world)
    issue_id = written(world)

    world.client("ada").send(f"/relais/newsletter/issues/{issue_id}/test")
    work(world)

    mail = smtp.wait()[0]
    assert (mail["To"], mail["Subject"]) == ("ada@test.example", "[Essai] Ce qui roule")
    assert mail["List-Unsubscribe"] is None
    with world.inside("relais") as session:
        assert session.scalars(select(Issue.state).where(Issue.id == issue_id)).one() is IssueState.DRAFT


def test_a_block_is_written_moved_and_removed_on_the_screen(world: World) -> None:
    browser, issue_id = world.client("ada"), written(world)
    page = f"/relais/newsletter/issues/{issue_id}/"

    typed = {"csrf_token": browser.token(), "label": "Go", "address": "http://x"}
    refused = browser.client.post(f"{page}blocks?kind=button", data=typed)
    added = browser.send(f"{page}blocks?kind=heading", words="Un titre")
    with world.inside("relais") as session:
        heading = issues.find(session, issue_id).blocks[-1].id  # type: ignore[union-attr]
    browser.send(f"/relais/newsletter/blocks/{heading}/up")
    shown = browser.get(page).text

    assert (refused.status_code, added.status_code) == (422, 302)
    assert 'value="http://x"' in refused.text
    assert shown.index("Un titre") < shown.index("Bonjour &lt;tous&gt;")


def test_a_removed_block_is_put_back_where_it_stood_until_the_issue_is_sent(world: World, smtp: Mailbox) -> None:
    browser, issue_id = world.client("ada"), written(world)
    reader(world)
    with world.inside("relais") as session:
        first = issues.find(session, issue_id).blocks[0].id  # type: ignore[union-attr]
        blocks.add(session, issues.find(session, issue_id), Kind.HEADING, words="Un titre")  # type: ignore[arg-type]
        session.commit()

    gone = browser.client.get(browser.send(f"/relais/newsletter/blocks/{first}/remove").location).text
    again = browser.send(f"/relais/newsletter/blocks/{first}/up").status_code
    browser.send(f"/relais/newsletter/blocks/{first}/put-back")
    back = browser.get(f"/relais/newsletter/issues/{issue_id}/").text

    assert f"/blocks/{first}/put-back" in gone
    assert (f'id="block-{first}"' in gone, again) == (False, 404)
    assert back.index("Bonjour &lt;tous&gt;") < back.index("Un titre")
    browser.send(f"/relais/newsletter/blocks/{first}/remove")
    send(world, issue_id, 1)
    assert browser.send(f"/relais/newsletter/blocks/{first}/put-back").status_code == 404


def test_who_may_write_may_not_send(world: World) -> None:
    world.user("ben", relais=["redaction"])
    reader(world)
    issue_id = written(world)

    answer = world.client("ben").send(f"/relais/newsletter/issues/{issue_id}/send", count="1")

    assert answer.status_code == 403
