"""Invitations and forgotten passwords: links by mail, once, within half an hour."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from jalon import accounts, invitations, mail
from jalon.clock import real_now
from jalon.i18n import _
from jalon.models import AccountEvent, AccountLink, Member, MemberRole, User
from jalon.testing.conformance.forms import forms_in
from jalon.testing.smtp import SENDER, Mailbox, free_port
from jalon.testing.world import PASSWORD, Browser, World

LINK = re.compile(r"http://127\.0\.0\.1:8000(/account/link/[\w-]+)")
NEW = "four words in a row"


@pytest.fixture(autouse=True)
def somebody(world: World, monkeypatch: pytest.MonkeyPatch) -> User:
    monkeypatch.delenv("JALON_PORT", raising=False)
    world.structure("relais")
    return world.user("ada", relais=["direction"])


def issued(world: World, email: str = "ada@test.example", purpose: invitations.Purpose = "reset") -> str:
    """The address of a link, as a path."""
    with world.across() as session:
        user = session.scalars(select(User).where(User.email == email)).one()
        token = invitations.issue(session, user, purpose)
        session.commit()
    return f"/account/link/{token}"


def age(world: World, by: timedelta) -> None:
    with world.across() as session:
        for link in session.scalars(select(AccountLink)):
            link.expires_at -= by
        session.commit()


def quiet() -> None:
    """Wait for what was to be sent."""
    for thread in threading.enumerate():
        if thread.name == "jalon-reset":
            thread.join(15)


def forgotten(browser: Browser, email: str) -> str:
    answer = browser.send("/account/forgotten", email=email)
    quiet()
    return str(answer.text)


def test_a_forgotten_password_is_chosen_again_from_the_mailbox(world: World, smtp: Mailbox) -> None:
    other = world.client("ada")
    browser = Browser(world.app)

    forgotten(browser, " Ada@test.example ")
    (message,) = smtp.wait()
    text = message.get_content()
    found = LINK.search(text)
    assert found is not None
    shown = browser.get(found[1])
    done = browser.send(found[1], password=NEW)

    assert (message["To"], message["From"]) == ("ada@test.example", SENDER)
    assert message["Subject"] == _("Your Jalon password")
    assert "Ada" not in message["Subject"]
    assert text.startswith("Bonjour Ada,")
    assert "ada@test.example" in shown.text
    assert done.location == "/"
    assert browser.get("/relais/").status_code == 200
    assert other.get("/relais/").status_code == 302
    assert Browser(world.app).send("/login", email="ada@test.example", password=PASSWORD).status_code == 422
    assert Browser(world.app).send("/login", email="ada@test.example", password=NEW).location == "/"


def test_the_answer_says_nothing_of_who_exists(world: World, smtp: Mailbox) -> None:
    answers = [forgotten(Browser(world.app), email) for email in ("ada@test.example", "eve@test.example")]

    known, unknown = (re.sub(r'value="[^"]+"', "", text) for text in answers)
    assert known == unknown.replace("eve@", "ada@")
    assert len(smtp.wait()) == 1


@pytest.mark.both_databases
def test_three_requests_an_hour_for_an_address_whether_it_exists_or_not(world: World, smtp: Mailbox) -> None:
    sentence = _("Look in your mail")

    for email in ("ada@test.example", "eve@test.example"):
        answers = [sentence in forgotten(Browser(world.app), email) for _turn in range(4)]
        assert answers == [True, True, True, False], email

    assert len(smtp.wait(3)) == 3


def test_without_a_mail_server_the_answer_is_the_same_and_the_log_says_why(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    answer = forgotten(Browser(world.app), "ada@test.example")

    assert _("Look in your mail") in answer
    assert [record.getMessage() for record in caplog.records if record.name == "jalon.views.account_link"] == [
        "a link to choose a password was not sent: MailNotConfigured"
    ]


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"X-Forwarded-Host": "evil.example"}])
def test_the_link_leads_to_the_public_address_whatever_the_request_says(
    world: World, smtp: Mailbox, headers: dict[str, str]
) -> None:
    world.app.config["JALON_PUBLIC_URL"] = "https://jalon.example.org/"
    browser = Browser(world.app)
    data = {"csrf_token": browser.token(), "email": "ada@test.example"}

    browser.client.post("/account/forgotten", data=data, headers={"X-Forwarded-Host": "evil.example"})
    Browser(world.app).client.get("/account/forgotten", headers=headers)
    quiet()

    text = smtp.wait()[0].get_content()
    assert "https://jalon.example.org/account/link/" in text
    assert "evil" not in text


def test_opening_a_link_uses_nothing_up(world: World) -> None:
    path = issued(world)

    for _turn in range(3):
        assert Browser(world.app).get(path).status_code == 200

    assert Browser(world.app).send(path, password=NEW).location == "/"


@pytest.mark.both_databases
def test_of_two_at_once_one_is_served(world: World) -> None:
    path = issued(world)
    browsers = [Browser(world.app) for _ in range(4)]
    for browser in browsers:
        browser.token()

    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(lambda b: b.send(path, password=NEW).status_code, browsers))

    assert sorted(statuses) == [302, 410, 410, 410]


def test_a_used_link_takes_the_others_of_its_account_along(world: World) -> None:
    first, second = issued(world), issued(world)
    Browser(world.app).send(second, password=NEW)

    assert Browser(world.app).get(first).status_code == 410
    assert Browser(world.app).send(second, password="another four words").status_code == 410


@pytest.mark.parametrize(("age_of", "status"), [(29, 200), (31, 410)])
def test_a_link_is_good_for_half_an_hour(world: World, age_of: int, status: int) -> None:
    path = issued(world)

    age(world, timedelta(minutes=age_of))

    assert Browser(world.app).get(path).status_code == status


def test_a_link_that_is_over_sends_another_to_the_same_mailbox(world: World, smtp: Mailbox) -> None:
    path = issued(world, purpose="invitation")
    age(world, timedelta(minutes=31))
    browser = Browser(world.app)
    page = browser.get(path)

    answer = browser.send(forms_in(page.text)[0].action, email="evil@evil.example")

    (message,) = smtp.wait()
    found = LINK.search(message.get_content())
    assert _("Send a new link") in page.text
    assert answer.status_code == 200
    assert message["To"] == "ada@test.example"
    assert message["Subject"] == _("Your access to Jalon")
    assert found is not None
    assert browser.get(found[1]).status_code == 200


def test_another_link_is_sent_three_times_an_hour(world: World, smtp: Mailbox) -> None:
    path = issued(world)
    browser = Browser(world.app)

    statuses = [browser.send(f"{path}/again").status_code for _turn in range(4)]

    assert statuses == [200, 200, 200, 429]
    assert len(smtp.wait(3)) == 3


def test_a_link_that_never_was_offers_to_ask_for_one(world: World) -> None:
    browser = Browser(world.app)

    page = browser.get("/account/link/never-was")

    assert page.status_code == 410
    assert "/account/forgotten" in page.text
    assert browser.send("/account/link/never-was/again").status_code == 410


@pytest.mark.both_databases
def test_guessing_links_ends_after_thirty(world: World) -> None:
    browser = Browser(world.app)
    path = issued(world)
    for _turn in range(3):
        browser.get(path)

    statuses = [browser.get(f"/account/link/guess-{n}").status_code for n in range(32)]

    assert statuses == [410] * 30 + [429] * 2
    assert browser.get(path).status_code == 429


@pytest.mark.parametrize("weak", ["", "short", "Ada", "ada@test.example", " ADA@test.example "])
def test_a_weak_password_is_refused_at_its_field_and_the_link_stays_good(world: World, weak: str) -> None:
    path = issued(world)
    browser = Browser(world.app)

    refused = browser.send(path, password=weak)

    assert refused.status_code == 422
    assert 'aria-invalid="true"' in refused.text
    assert browser.send(path, password=NEW).location == "/"


def test_a_second_step_is_asked_after_the_link_too(world: World) -> None:
    with world.across() as session:
        session.execute(update(User).values(totp_since=real_now(), totp_nonce="drawn"))
        session.commit()
    browser = Browser(world.app)

    answer = browser.send(issued(world), password=NEW)

    assert answer.location == "/login/code"
    assert browser.get("/relais/").status_code == 302


def test_a_closed_account_is_sent_nothing_and_its_links_open_nothing(world: World, smtp: Mailbox) -> None:
    path = issued(world)
    with world.across() as session:
        session.execute(update(User).values(closed_at=real_now()))
        session.commit()

    forgotten(Browser(world.app), "ada@test.example")

    assert Browser(world.app).get(path).status_code == 410
    assert smtp.messages == []


def test_a_password_chosen_by_link_opens_an_account_that_too_many_attempts_had_shut(world: World) -> None:
    browser = Browser(world.app)
    for n in range(8):
        browser.send("/login", email="ada@test.example", password=f"wrong {n}")

    Browser(world.app).send(issued(world), password=NEW)

    assert browser.send("/login", email="ada@test.example", password=NEW).location == "/"


# --- inviting ---


def test_inviting_makes_an_account_without_password(world: World) -> None:
    with world.across() as session:
        user, token = accounts.invite(session, " Bob@Test.example", "Bob")
        session.commit()

        assert (user.email, user.name, user.password_hash) == ("bob@test.example", "Bob", None)
        assert session.scalars(select(AccountEvent.kind).where(AccountEvent.user_id == user.id)).all() == ["link_sent"]
    assert Browser(world.app).send("/login", email="bob@test.example", password="").status_code == 422
    assert Browser(world.app).send(f"/account/link/{token}", password=NEW).location == "/"


def test_inviting_somebody_who_is_there_makes_no_second_account(world: World) -> None:
    with world.across() as session:
        user, _token = accounts.invite(session, "ADA@test.example", "Somebody")

        assert user.name == "Ada"
        assert session.scalar(select(func.count(User.id))) == 1


@pytest.mark.parametrize(
    "bad", ["", "bob", "bob@", "@test.example", "bob@test", "a@b.fr, c@d.fr", "b\nob@test.example"]
)
def test_inviting_what_is_no_address_is_refused(world: World, bad: str) -> None:
    with world.across() as session, pytest.raises(accounts.BadEmail):
        accounts.invite(session, bad, "Bob")


def test_inviting_somebody_whose_account_was_closed_is_refused(world: World) -> None:
    with world.across() as session:
        session.execute(update(User).values(closed_at=real_now()))

        with pytest.raises(accounts.AccountClosed):
            accounts.invite(session, "ada@test.example", "Ada")


def run(app: Flask, *arguments: str) -> tuple[int, str]:
    done = app.test_cli_runner().invoke(args=["jalon", "user", "invite", *arguments])
    return done.exit_code, done.output


def test_the_command_prints_the_link_when_there_is_no_mail_server(world: World) -> None:
    code, printed = run(world.app, "bob@test.example", "--name", "Bob", "--structure", "relais", "--role", "accueil")

    found = LINK.search(printed)
    assert code == 0
    assert found is not None
    browser = Browser(world.app)
    browser.send(found[1], password=NEW)
    assert browser.get("/relais/").status_code == 200


def test_the_command_sends_the_link(world: World, smtp: Mailbox) -> None:
    code, printed = run(world.app, "bob@test.example", "--name", "Bob", "--admin")

    assert (code, printed) == (0, "a link was sent to bob@test.example\n")
    assert smtp.wait()[0]["To"] == "bob@test.example"
    with world.across() as session:
        assert session.scalars(select(User.is_platform_admin).where(User.name == "Bob")).one() is True


def test_the_command_inviting_a_member_again_changes_no_role(world: World, smtp: Mailbox) -> None:
    code, _printed = run(world.app, "ada@test.example", "--name", "Ada", "--structure", "relais", "--role", "accueil")

    assert code == 0
    assert len(smtp.wait()) == 1
    with world.across() as session:
        assert session.scalar(select(func.count(Member.id))) == 1
        assert session.scalars(select(MemberRole.role)).all() == ["direction"]


def test_a_mail_server_that_does_not_answer_loses_nothing(world: World) -> None:
    world.app.config["JALON_MAIL_URL"] = f"smtp://127.0.0.1:{free_port()}?from={SENDER}"

    code, printed = run(world.app, "bob@test.example", "--name", "Bob")

    assert code == 1
    assert str(mail.MailFailed()) in printed
    found = LINK.search(printed)
    assert found is not None
    assert Browser(world.app).get(found[1]).status_code == 200


def test_a_mail_server_that_does_not_answer_is_said_on_the_page(world: World) -> None:
    world.app.config["JALON_MAIL_URL"] = f"smtp://127.0.0.1:{free_port()}?from={SENDER}"
    path = issued(world)
    age(world, timedelta(minutes=31))

    answer = Browser(world.app).send(f"{path}/again")

    assert answer.status_code == 410
    assert str(mail.MailFailed()) in answer.text
