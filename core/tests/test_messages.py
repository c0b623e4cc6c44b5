"""Messages: queued with their data, sent by the way the person prefers and agrees to, refused with the reason."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from jalon import (
    beneficiaries,
    consents,
    core_messages,
    discreet,
    jobs,
    message_texts,
    messages,
    sending,
    settings,
    sweep,
)
from jalon.clock import now, real_now
from jalon.core_settings import Keeping
from jalon.declarations import MessageTemplate
from jalon.errors import DomainError
from jalon.message_texts import Words
from jalon.models import (
    MESSAGE_STEPS,
    Agreement,
    Beneficiary,
    Channel,
    Commune,
    JobState,
    Message,
    MessageChannel,
    MessageState,
    MessageText,
    Proof,
    Purpose,
    QueuedJob,
    Title,
)
from jalon.sensitive import NirFound
from jalon.testing.smtp import Mailbox, free_port
from jalon.testing.world import World
from jalon.worker import Worker

HERE = "relais"
MAIL = {"email": "awa@example.fr", "channel": Channel.MAIL}
PHONE = {"phone": "+33612345678", "channel": Channel.SMS}
NIR = "2 85 03 75 116 001 79"


@pytest.fixture(autouse=True)
def relais(world: World, tmp_path: Path) -> World:
    world.app.config["JALON_DATA_DIR"] = str(tmp_path)
    world.structure(HERE)
    return world


def person(world: World, file: dict[str, Any], *, agrees: bool = True, name: str = "Meunier") -> int:
    """Awa, who has what `file` says, and agreed to SMS or not."""
    with world.inside(HERE) as session:
        identity = {"title": Title.NEUTRAL, "usage_name": name, "first_name": "Awa"}
        telephone = {} if "phone" in file else {"no_phone": True}
        made = beneficiaries.create(session, identity, {**telephone, **file}, reason="test")
        if agrees:
            said = {"purpose": Purpose.SMS, "agreement": Agreement.GIVEN, "proof": Proof.ORAL}
            consents.record(session, made.id, **said)
        session.commit()
        return made.id


def queue(world: World, beneficiary_id: int | None = None, text: str = "à demain", **details: Any) -> int:
    with world.inside(HERE) as session:
        made = messages.queue(session, "jalon.word", beneficiary_id=beneficiary_id, fields={"texte": text}, **details)
        session.commit()
        return made.id


def work(world: World) -> dict[str, int]:
    with world.app.app_context():
        return dict(Worker(world.jalon).run_once())


def read(world: World, id: int) -> Message:
    with world.across() as session:
        message = session.get_one(Message, id)
        session.expunge(message)
        return message


def sms_of(world: World) -> list[dict[str, str]]:
    folder = Path(world.app.config["JALON_DATA_DIR"]) / "sms"
    return [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]


# --- queueing ---


@pytest.mark.both_databases
def test_a_message_is_queued_with_its_data_or_not_at_all_and_once(world: World) -> None:
    awa = person(world, MAIL)
    with world.inside(HERE) as session:
        messages.queue(session, "jalon.word", beneficiary_id=awa, fields={"texte": "x"})
        session.rollback()

    first, again = (queue(world, awa, once="12:2026-06-01") for _ in range(2))

    assert first == again
    with world.across() as session:
        assert session.scalar(select(func.count()).select_from(Message)) == 1
        assert session.scalar(select(func.count()).where(QueuedJob.name == messages.JOB)) == 1


@pytest.mark.parametrize(
    ("details", "error"),
    [
        ({"template": "jalon.nothing"}, LookupError),
        ({"fields": {"stranger": "x"}}, TypeError),
        ({"address": "b@example.fr"}, ValueError),
        ({"fields": {"texte": NIR}}, NirFound),
        ({"fields": {"texte": "x" * 2001}}, message_texts.TextTooLong),
    ],
)
def test_what_does_not_fit_is_not_queued(world: World, details: dict[str, Any], error: type[Exception]) -> None:
    awa = person(world, MAIL)

    with world.inside(HERE) as session, pytest.raises(error):
        messages.queue(session, **{"template": "jalon.word", "beneficiary_id": awa, **details})


# --- sending ---


@pytest.mark.both_databases
def test_mail_leaves_once_with_a_reference_of_its_own_and_what_left_is_kept(world: World, smtp: Mailbox) -> None:
    id = queue(world, person(world, MAIL), "nous vous attendons.")

    assert work(world) == {"done": 1}
    assert work(world) == {}

    message, sent = read(world, id), smtp.wait()[0]
    assert (message.state, message.channel) == (MessageState.SENT, MessageChannel.MAIL)
    assert sent["To"] == "awa@example.fr"
    assert sent["Message-ID"].startswith(f"<{message.reference}@")
    assert "Relais" in sent["From"]
    assert sent["Subject"] == message.subject == "Un message de Relais"
    assert sent.get_content().replace("\r\n", "\n").strip() == message.body
    assert "Bonjour Awa,\n\nnous vous attendons.\n\nRelais\n01 99 00 10 00" in message.body


def test_what_is_sent_twice_after_a_kill_is_known_by_its_reference(world: World, smtp: Mailbox) -> None:
    id = queue(world, person(world, MAIL))
    work(world)
    with world.across() as session:
        session.execute(update(Message).values(state=MessageState.QUEUED))
        again = {"state": JobState.WAITING, "finished_at": None, "due_at": real_now()}
        session.execute(update(QueuedJob).values(again))
        session.commit()

    work(world)

    first, second = smtp.wait(2)
    assert first["Message-ID"] == second["Message-ID"]
    assert read(world, id).state is MessageState.SENT


def test_an_sms_is_a_whole_file_named_by_its_reference(world: World) -> None:
    id = queue(world, person(world, PHONE), "à demain 9 h.")

    work(world)

    message = read(world, id)
    assert (message.state, message.channel) == (MessageState.SENT, MessageChannel.SMS)
    text = "Bonjour, à demain 9 h. Relais 01 99 00 10 00"
    assert sms_of(world) == [{"reference": message.reference, "to": "+33612345678", "text": text}]
    assert not list((Path(world.app.config["JALON_DATA_DIR"]) / "sms").glob("*.part"))


WAYS = [
    ({**MAIL, **PHONE}, True, {}, MessageChannel.SMS, ""),
    ({**PHONE, **MAIL}, True, {}, MessageChannel.MAIL, ""),
    ({**MAIL, **PHONE}, False, {}, MessageChannel.MAIL, ""),
    ({**MAIL, "channel": None}, False, {}, MessageChannel.MAIL, ""),
    (PHONE, False, {}, None, "accord pour les SMS"),
    ({**PHONE, **MAIL}, False, {"asked": MessageChannel.SMS}, None, "accord pour les SMS"),
    ({"channel": Channel.LETTER}, True, {}, None, "adresse postale"),
    ({**MAIL, "channel": Channel.CALL}, True, {}, None, "appelez-la"),
    ({**MAIL, "channel": Channel.CALL}, True, {"asked": MessageChannel.MAIL}, MessageChannel.MAIL, ""),
    ({**MAIL, "channel": Channel.REFERRER}, True, {}, None, "prescripteur"),
    ({**MAIL}, True, {"good_until": now() - timedelta(hours=1)}, None, "trop tard"),
]


@pytest.mark.parametrize(("file", "agrees", "details", "way", "why"), WAYS)
def test_the_way_is_what_the_person_prefers_has_and_agrees_to(
    world: World,
    smtp: Mailbox,
    file: dict[str, Any],
    agrees: bool,
    details: dict[str, Any],
    way: MessageChannel | None,
    why: str,
) -> None:
    id = queue(world, person(world, file, agrees=agrees), **details)

    work(world)

    message = read(world, id)
    assert message.channel is way
    assert message.state is (MessageState.SENT if way else MessageState.REFUSED)
    assert why in message.error


def test_agreement_and_protection_are_those_of_the_moment_of_sending(world: World) -> None:
    withdrawn, protected = person(world, PHONE), person(world, {"phone": "+33623456789"}, name="Diallo")
    first, second = queue(world, withdrawn), queue(world, protected)
    with world.inside(HERE) as session:
        said = {"purpose": Purpose.SMS, "agreement": Agreement.WITHDRAWN, "proof": Proof.ORAL}
        consents.record(session, withdrawn, **said)
        session.commit()
    user = world.user("lea", relais=["conseiller"])
    with world.inside(HERE) as session:
        beneficiaries.restrict(session, session.get_one(Beneficiary, protected), readers={user.id})
        session.commit()

    work(world)

    assert [read(world, id).state for id in (first, second)] == [MessageState.REFUSED] * 2
    assert "protégé" in read(world, second).error
    assert sms_of(world) == []


@pytest.mark.both_databases
def test_a_server_that_does_not_answer_is_tried_again_then_given_up_and_may_be_sent_again(
    world: World, smtp: Mailbox
) -> None:
    id = queue(world, person(world, MAIL))
    world.app.config["JALON_MAIL_URL"] = f"smtp://127.0.0.1:{free_port()}?from=jalon@site.example"
    for tries in range(1, sending.MOST_TRIES + 1):
        assert work(world) == {"later" if tries < sending.MOST_TRIES else "failed": 1}
        assert read(world, id).tries == tries
        with world.across() as session:
            session.execute(update(QueuedJob).where(QueuedJob.finished_at.is_(None)).values(due_at=real_now()))
            session.commit()

    given_up = read(world, id)
    world.app.config["JALON_MAIL_URL"] = smtp.url
    with world.inside(HERE) as session:
        found = messages.find(session, id)
        assert found is not None
        messages.retry(session, found)
        session.commit()
    work(world)

    assert given_up.state is MessageState.FAILED
    assert "serveur" in given_up.error
    assert read(world, id).state is MessageState.SENT
    assert len(smtp.messages) == 1


def test_a_cancelled_message_never_leaves(world: World, smtp: Mailbox) -> None:
    id = queue(world, person(world, MAIL))
    with world.inside(HERE) as session:
        found = messages.find(session, id)
        assert found is not None
        messages.cancel(session, found)
        session.commit()
        with pytest.raises(messages.NothingToCancel):
            messages.cancel(session, found)
        with pytest.raises(messages.NothingToRetry):
            messages.retry(session, found)

    work(world)

    assert smtp.messages == []
    assert read(world, id).state is MessageState.CANCELLED


def test_nothing_of_a_person_stands_in_the_job(world: World) -> None:
    id = queue(world, person(world, MAIL), "une confidence")

    with world.across() as session:
        job = session.scalars(select(QueuedJob).where(QueuedJob.name == messages.JOB)).one()
        assert json.loads(job.arguments) == {"message": id}


@pytest.mark.slow
@pytest.mark.both_databases
@pytest.mark.skipif(not shutil.which("fc-list"), reason="no font")
def test_a_letter_is_made_by_the_worker_and_kept_until_it_is_printed(world: World) -> None:
    with world.across() as session:
        session.add(
            Commune(insee="91001", name="Abbéville", postcodes="91150", population=1, epci="", longitude=2, latitude=48)
        )
        session.commit()
        place = session.get(Commune, "91001")
        assert place is not None
        session.expunge(place)
    home = {"street": "3 rue des Prés", "commune": place, "channel": Channel.LETTER}
    id = queue(world, person(world, home))

    assert work(world) == {"done": 1}

    with world.inside(HERE) as session:
        letter = messages.find(session, id)
        assert letter is not None
        assert letter.state is MessageState.TO_PRINT
        assert (letter.pdf or b"").startswith(b"%PDF-")
        messages.printed(session, letter)
        session.commit()
        assert (letter.state, letter.pdf) == (MessageState.SENT, None)
        with pytest.raises(messages.NothingToPrint):
            messages.printed(session, letter)


# --- words ---


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Votre dossier RSA", "rsa"),
        ("Rendez-vous au Permis solidaire", "permis"),
        ("Vos allocations", "allocations"),
        ("PÔLE  emploi", "pole emploi"),
        ("Location de demain", "location"),
        ("votre mission-locale", "mission locale"),
        ("Un rendez-vous demain à 9 h", ""),
        ("votre emploi du temps", ""),
        ("la localisation", ""),
    ],
)
def test_words_that_say_why_somebody_is_helped_are_found(text: str, word: str) -> None:
    assert discreet.found_in(text) == word


def test_no_declared_message_says_a_reason_or_a_service_in_its_sms_or_its_subject(world: World) -> None:
    known = message_texts.known()

    assert {t.name for t in core_messages.CORE_MESSAGES} <= {t.name for t in known}
    for template in known:
        words = message_texts.original(template)
        assert discreet.found_in(words.subject) == ""
        assert discreet.found_in(words.of(MessageChannel.SMS)) == ""


def test_a_module_that_declares_an_indiscreet_message_is_refused() -> None:
    template = MessageTemplate("jalon.bad", "x", (MessageChannel.SMS,), subject="Votre RSA", body="x")  # type: ignore[arg-type]

    with pytest.raises(ValueError, match="rsa"):
        message_texts.declare("core", [template])
    assert message_texts.find("jalon.bad") is None


def test_typed_words_that_are_indiscreet_do_not_leave_by_sms(world: World) -> None:
    id = queue(world, person(world, PHONE), "votre permis est arrivé")

    work(world)

    assert read(world, id).state is MessageState.REFUSED
    assert "permis" in read(world, id).error


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (Words("", "x"), "subject"),
        (Words("x", " "), "body"),
        (Words("x", "Bonjour {prénom}"), "body"),
        (Words("x", "Bonjour {prenom"), "body"),
        (Words("x", "x", "{jour}"), "short"),
        (Words("Permis", "x"), "subject"),
        (Words("x", "votre permis"), "body"),
        (Words("x", "votre permis", "RSA"), "short"),
        (Words("x", "x", "x" * 481), "short"),
        (Words("x", NIR), "body"),
    ],
)
def test_words_are_checked_at_their_field(words: Words, field: str) -> None:
    with pytest.raises(DomainError) as refused:
        message_texts.check(core_messages.CORE_MESSAGES[0], words)

    assert refused.value.field == field


@pytest.mark.both_databases
def test_a_structures_words_are_its_own_and_the_original_comes_back(world: World, smtp: Mailbox) -> None:
    world.structure("scop")
    template = core_messages.CORE_MESSAGES[0]
    with world.inside(HERE) as session:
        message_texts.save(session, template, Words("Des nouvelles", "Salut {prenom}, {texte}"), version="")
        session.commit()
        with pytest.raises(message_texts.TextChanged):
            message_texts.save(session, template, Words("Autre", "x"), version="")

    id = queue(world, person(world, MAIL))
    work(world)

    assert (read(world, id).subject, read(world, id).body) == ("Des nouvelles", "Salut Awa, à demain")
    with world.inside("scop") as session:
        assert message_texts.of(session, template) == message_texts.original(template)
    with world.inside(HERE) as session:
        message_texts.reset(session, template)
        assert message_texts.of(session, template) == message_texts.original(template)
        assert session.scalars(select(MessageText)).all() == []


def test_the_table_of_steps_leaves_sent_messages_alone() -> None:
    assert [after for before, after in MESSAGE_STEPS if before is MessageState.SENT] == []


def test_jobs_of_messages_are_tried_as_often_as_messages_are(world: World) -> None:
    assert jobs._declared[messages.JOB].most_tries == sending.MOST_TRIES


# --- what is kept ---


def ended(world: World, id: int, days: int, **values: Any) -> None:
    at = {"ended_at": now() - timedelta(days=days)}
    with world.across() as session:
        session.execute(update(Message).where(Message.id == id).values(at | values))
        session.commit()


def sweep_all(world: World) -> sweep.Swept:
    with world.app.app_context():
        return sweep.sweep(world.jalon.db, Path(world.app.config["JALON_DATA_DIR"]) / "documents")


@pytest.mark.both_databases
def test_words_and_addresses_go_a_year_after_a_message_left_and_its_row_stays(world: World) -> None:
    awa = person(world, PHONE)
    old, recent, bare = queue(world, awa), queue(world, awa), queue(world, address="mairie@example.fr")
    work(world)
    ended(world, old, 366)
    ended(world, recent, 364)
    ended(world, bare, 366, state=MessageState.REFUSED)
    with world.inside(HERE) as session:  # nobody there may see it any more: it goes all the same
        beneficiaries.close(session, session.get_one(Beneficiary, awa), until=now().date())
        session.commit()

    first, again = sweep_all(world), sweep_all(world)

    assert (first.messages, again.messages) == (2, 0)
    gone, kept = read(world, old), read(world, recent)
    assert (gone.subject, gone.body, gone.fields) == ("", "", "{}")
    assert (gone.state, gone.channel, gone.beneficiary_id) == (MessageState.SENT, MessageChannel.SMS, awa)
    assert "à demain" in kept.body
    assert (read(world, bare).address, read(world, bare).fields) == ("—", "{}")


def test_a_structure_says_how_long_it_keeps_words_and_what_lost_them_is_not_sent_again(world: World) -> None:
    other = queue(world, address="mairie@example.fr")
    ended(world, other, 40, state=MessageState.FAILED)

    assert sweep_all(world).messages == 0
    with world.inside(HERE) as session:
        settings.change(session, Keeping, {"message_months": 1}, valid_from=now().date())
        session.commit()
    assert sweep_all(world).messages == 1
    with world.inside(HERE) as session, pytest.raises(messages.WordsForgotten):
        messages.retry(session, session.get_one(Message, other))


def test_the_command_sweeps_one_structure_and_counts_without_changing(world: World) -> None:
    mine = queue(world, address="mairie@example.fr")
    ended(world, mine, 400, state=MessageState.SENT, body="Venez")
    command = ["jalon", "retention", "apply", "--structure", HERE]
    run = world.app.test_cli_runner().invoke

    counted, kept, done = run(args=[*command, "--dry-run"]).output, read(world, mine).body, run(args=command).output

    assert ("1 would lose their words" in counted, kept) == (True, "Venez")
    assert ("1 lost their words" in done, read(world, mine).body) == (True, "")
