"""The mail server of the settings."""

from __future__ import annotations

import pytest
from flask import Flask

from jalon import mail
from jalon.testing.plugin import make_app
from jalon.testing.smtp import Mailbox, free_port


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://host?from=a@b.fr", mail.Server("smtp", "host", 25, "", "", "a@b.fr")),
        ("smtps://u%40b.fr:p%2Fw@host", mail.Server("smtps", "host", 465, "u@b.fr", "p/w", "u@b.fr")),
        ("smtp+starttls://u:p@host:2525?from=a@b.fr", mail.Server("smtp+starttls", "host", 2525, "u", "p", "a@b.fr")),
        ("smtp+starttls://u:p@host?from=a@b.fr", mail.Server("smtp+starttls", "host", 587, "u", "p", "a@b.fr")),
    ],
)
def test_an_address_says_server_account_and_sender(url: str, server: mail.Server) -> None:
    assert mail.server_of(url) == server


@pytest.mark.parametrize("url", ["http://host?from=a@b.fr", "smtp://", "host", "smtp://host", "smtp://u:p@host"])
def test_an_address_through_which_nothing_can_be_sent_stops_the_site_at_its_start(url: str) -> None:
    with pytest.raises(RuntimeError, match="JALON_MAIL_URL"):
        make_app("sqlite://", JALON_MAIL_URL=url)


def test_a_message_arrives_whole_in_french(app: Flask, smtp: Mailbox) -> None:
    with app.app_context():
        mail.send("zoe@test.example", "Votre accès", "Bonjour Zoé,\n\nà bientôt « ici » …\n" + "long " * 300)

    (message,) = smtp.wait()
    assert (message["To"], message["Subject"]) == ("zoe@test.example", "Votre accès")
    assert message.get_content().replace("\r\n", "\n").startswith("Bonjour Zoé,\n\nà bientôt « ici » …\n")
    assert message.get_content_type() == "text/plain"
    assert message["Message-ID"].endswith("@site.example>")


def test_no_line_of_a_subject_becomes_a_header(app: Flask, smtp: Mailbox) -> None:
    with app.app_context(), pytest.raises(mail.MailUnfit, match="retour à la ligne"):
        mail.send("zoe@test.example", "Votre accès\nBcc: evil@evil.example", "text")

    assert smtp.messages == []


def test_without_a_server_it_says_so(app: Flask) -> None:
    with app.app_context():
        assert not mail.configured()
        with pytest.raises(mail.MailNotConfigured, match="JALON_MAIL_URL"):
            mail.send("zoe@test.example", "Votre accès", "text")


def test_a_server_that_does_not_answer_is_said_in_one_sentence(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    app.config["JALON_MAIL_URL"] = f"smtp://127.0.0.1:{free_port()}?from=a@b.fr"

    with app.app_context(), pytest.raises(mail.MailFailed):
        mail.send("zoe@test.example", "Votre accès", "text")

    assert "ConnectionRefusedError" in caplog.text
    assert "zoe" not in caplog.text


def test_a_server_that_does_not_know_starttls_is_given_no_password(app: Flask, smtp: Mailbox) -> None:
    port = smtp.url.partition("?")[0].rpartition(":")[2]
    app.config["JALON_MAIL_URL"] = f"smtp+starttls://u:p@127.0.0.1:{port}?from=a@b.fr"

    with app.app_context(), pytest.raises(mail.MailFailed):
        mail.send("zoe@test.example", "Votre accès", "text")

    assert smtp.messages == []
