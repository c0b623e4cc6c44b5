"""The screens of messages, as a browser sees them: writing to a person, the list, the words of a structure."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import update

from jalon import beneficiaries, consents, messages
from jalon.models import Agreement, Channel, Message, MessageState, Proof, Purpose, Title
from jalon.testing.smtp import Mailbox
from jalon.testing.world import World
from jalon.worker import Worker

TEXTS = "/relais/messages/texts/jalon.word/"


@pytest.fixture
def desk(world: World, tmp_path: Path) -> World:
    """Awa (number 1), who prefers SMS and agreed to none, has an e-mail address; boss directs, front receives."""
    world.app.config["JALON_DATA_DIR"] = str(tmp_path)
    world.structure("relais")
    world.user("boss", relais=["direction"])
    world.user("front", relais=["accueil"])
    world.user("accountant", relais=["comptable"])
    with world.inside("relais") as session:
        identity = {"title": Title.NEUTRAL, "usage_name": "Meunier", "first_name": "Awa"}
        file = {"phone": "+33612345678", "channel": Channel.SMS, "email": "awa@example.fr"}
        beneficiaries.create(session, identity, file, reason="test")
        session.commit()
    return world


def work(world: World) -> None:
    with world.app.app_context():
        Worker(world.jalon).run_once()


def test_who_receives_writes_to_a_person_and_sees_what_became_of_it(desk: World, smtp: Mailbox) -> None:
    front = desk.client("front")
    page = front.get("/relais/beneficiaries/1/write").text
    assert "pas donné son accord pour les SMS" in page
    assert "awa@example.fr" in page
    assert "/relais/beneficiaries/1/write" in front.get("/relais/beneficiaries/1/").text

    sent = front.send("/relais/beneficiaries/1/write", template="jalon.word", asked="", texte="à demain")
    work(desk)

    assert sent.status_code == 302
    assert smtp.wait()[0]["To"] == "awa@example.fr"
    assert "MEUNIER Awa" in front.get("/relais/messages/?show=sent").text
    assert "à demain" in front.get("/relais/messages/1/").text


@pytest.mark.parametrize(
    ("fields", "agrees", "said"),
    [
        ({"asked": "SMS", "texte": "à demain"}, False, "pas donné son accord pour les SMS"),
        ({"asked": "LETTER", "texte": "à demain"}, False, "adresse postale"),
        ({"asked": "SMS", "texte": "votre dossier RSA"}, True, "ne doit figurer ni dans un SMS"),
        ({"asked": "", "texte": " "}, True, "Écrivez quelque chose ici"),
        ({"asked": "", "texte": "2 85 03 75 116 001 79"}, True, "sécurité sociale"),
        ({"asked": "PIGEON", "texte": "à demain"}, True, "errs"),
    ],
)
def test_what_cannot_leave_is_said_before_it_is_queued(
    desk: World, fields: dict[str, str], agrees: bool, said: str
) -> None:
    if agrees:
        with desk.inside("relais") as session:
            answer = {"purpose": Purpose.SMS, "agreement": Agreement.GIVEN, "proof": Proof.ORAL}
            consents.record(session, 1, **answer)
            session.commit()

    answer = desk.client("front").send("/relais/beneficiaries/1/write", template="jalon.word", **fields)

    assert answer.status_code == 422
    assert said in answer.text
    assert fields["texte"].strip() in answer.text
    with desk.inside("relais") as session:
        assert messages.listed(session, limit=5) == []


def test_a_message_that_did_not_leave_is_sent_again_or_cancelled_from_its_page(desk: World, smtp: Mailbox) -> None:
    boss = desk.client("boss")
    with desk.inside("relais") as session:
        for text in ("un", "deux"):
            messages.queue(session, "jalon.word", beneficiary_id=1, fields={"texte": text})
        session.commit()
    assert boss.send("/relais/messages/2/cancel").status_code == 302
    with desk.across() as session:
        session.execute(update(Message).where(Message.id == 1).values(state=MessageState.FAILED, error="panne"))
        session.commit()
    assert "panne" in boss.get("/relais/messages/?show=stuck").text

    assert boss.send("/relais/messages/1/retry").status_code == 302
    work(desk)

    assert "un" in smtp.wait()[0].get_content()
    assert "entre-temps" in boss.get(boss.send("/relais/messages/1/retry").location).text


def test_a_letter_is_printed_from_the_list(desk: World) -> None:
    front = desk.client("front")
    with desk.inside("relais") as session:
        made = messages.queue(session, "jalon.word", beneficiary_id=1, fields={"texte": "x"})
        made.state, made.pdf = MessageState.TO_PRINT, b"%PDF-1.7"
        session.commit()

    assert "/relais/messages/1/letter" in front.get("/relais/messages/?show=letters").text
    assert front.get("/relais/messages/1/letter").data == b"%PDF-1.7"
    assert front.send("/relais/messages/1/printed").status_code == 302
    assert front.get("/relais/messages/1/letter").status_code == 404


def test_the_words_are_changed_looked_at_tested_and_taken_back(desk: World, smtp: Mailbox) -> None:
    boss = desk.client("boss")
    assert boss.get("/relais/messages/texts/").status_code == 200
    typed = {"subject": "Coucou", "body": "Bonjour {prenom}, {texte}", "short": "", "version": ""}

    preview = boss.send(TEXTS, preview="1", **typed).text
    refused = boss.send(TEXTS, **{**typed, "body": "Bonjour {prénom}"})
    indiscreet = boss.send(TEXTS, **{**typed, "subject": "Votre permis"})
    saved = boss.send(TEXTS, **typed)
    boss.send(f"{TEXTS}test")
    work(desk)

    assert "Bonjour Amina, [ce que vous tapez]" in preview
    assert (refused.status_code, indiscreet.status_code, saved.status_code) == (422, 422, 302)
    assert "{prénom}" in refused.text
    assert "n’est pas connu ici" in refused.text
    assert smtp.wait()[0]["Subject"] == "Coucou"
    assert smtp.messages[0]["To"] == "boss@test.example"
    assert boss.send(TEXTS, **{**typed, "subject": "Autre"}).status_code == 422
    assert boss.send(f"{TEXTS}reset").status_code == 302
    assert "Un message de {structure}" in boss.get(TEXTS).text


def test_messages_are_for_who_has_the_right(desk: World) -> None:
    front, accountant = desk.client("front"), desk.client("accountant")

    assert accountant.get("/relais/messages/").status_code == 403
    assert front.get("/relais/messages/").status_code == 200
    assert front.get(TEXTS).status_code == 403
    assert desk.client("boss").get("/relais/messages/texts/rental.return_tomorrow/").status_code == 404
