"""What leaves: mails that a module composes, sendings of many, bursts that are spread, and recipients at work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from jalon import beneficiaries, discreet, members, message_texts, messages, organisations, referrers
from jalon.clock import now, real_now
from jalon.declarations import Composed, MessageTemplate
from jalon.models import (
    Attempt,
    JobState,
    Member,
    Message,
    MessageChannel,
    MessageState,
    OrganisationKind,
    QueuedJob,
    Referrer,
    Structure,
    Title,
)
from jalon.sending import Unsendable
from jalon.testing.smtp import Mailbox
from jalon.testing.world import World
from jalon.worker import Worker

HERE = "relais"
NAME = "jalon.test_issue"
MAIL = (MessageChannel.MAIL,)
DIRECTORY = {"jalon.organisations.write"}
Compose = Callable[[Session, Message], Composed]


@pytest.fixture(autouse=True)
def relais(world: World) -> World:
    world.structure(HERE)
    return world


@pytest.fixture
def declare() -> Iterator[Callable[[Compose], None]]:
    """Declares a template of mails that this function composes."""
    yield lambda compose: message_texts.declare("core", [MessageTemplate(NAME, "Issue", MAIL, compose=compose)])  # type: ignore[arg-type]
    message_texts._declared.pop(NAME, None)


def plain(session: Session, message: Message) -> Composed:
    return Composed("Lettre", "Bonjour")


def queue(world: World, *once: str, template: str = NAME, **to: Any) -> list[int]:
    with world.inside(HERE) as session:
        made = [
            messages.queue(session, template, once=key, **(to or {"address": f"no{n}@test.example"}))
            for n, key in enumerate(once)
        ]
        session.commit()
        return [message.id for message in made]


def work(world: World) -> dict[str, int]:
    with world.app.app_context():
        return dict(Worker(world.jalon).run_once())


def due_now(world: World) -> None:
    with world.across() as session:
        session.execute(update(QueuedJob).where(QueuedJob.finished_at.is_(None)).values(due_at=real_now()))
        session.commit()


def read(world: World, id: int) -> Message:
    with world.across() as session:
        message = session.get_one(Message, id)
        session.expunge(message)
        return message


# --- composed by a module ---


def test_a_module_composes_the_whole_mail_when_it_is_sent(
    world: World, smtp: Mailbox, declare: Callable[[Compose], None]
) -> None:
    where = "https://mobilite.une-association-au-nom-assez-long.example.org/mobilite/m/ABCDEFGHJKMNPQRSTUVWX"
    declare(
        lambda session, message: Composed(
            "Lettre d’avril",
            "Bonjour à tous",
            html="<p>Bonjour à <b>tous</b></p>",
            one_click=where,
            headers={"List-Id": "<lettre.example>", "Reply-To": "relais@test.example"},
        )
    )
    (id,) = queue(world, "1:1")

    assert work(world) == {"done": 1}

    (mail,) = smtp.wait()
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert [part.get_content().strip() for part in mail.iter_parts()] == [
        "Bonjour à tous",
        "<p>Bonjour à <b>tous</b></p>",
    ]
    assert (mail["Subject"], mail["List-Id"], mail["Reply-To"]) == (
        "Lettre d’avril",
        "<lettre.example>",
        "relais@test.example",
    )
    assert mail["List-Unsubscribe"] == f"<{where}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    sent = read(world, id)
    assert (sent.state, sent.channel, sent.subject, sent.body) == (
        MessageState.SENT,
        MessageChannel.MAIL,
        "Lettre d’avril",
        "Bonjour à tous",
    )


UNFIT = {
    "says nothing": (Composed("Lettre", " \n"), "aucun texte"),
    "a broken header": (Composed("Lettre", "x", headers={"List-Id": "a\r\nBcc: b@test.example"}), "retour à la ligne"),
    "another recipient": (Composed("Lettre", "x", headers={"Bcc": "b@test.example"}), "Bcc"),
    "its own unsubscribing": (Composed("Lettre", "x", headers={"list-unsubscribe": "<x>"}), "list-unsubscribe"),
    "a bad address": (Composed("Lettre", "x", one_click="javascript:alert(1)"), "désinscription"),
    "a broken address": (
        Composed("Lettre", "x", one_click="https://a.example/\nBcc: b"),
        "retour à la ligne",
    ),
    "a pixel": (Composed("Lettre", "x", html='<img src="https://elsewhere.example/p.png">'), "ailleurs"),
}


@pytest.mark.parametrize(("made", "said"), UNFIT.values(), ids=UNFIT.keys())
def test_what_is_not_written_as_a_mail_must_be_is_refused(
    world: World, smtp: Mailbox, declare: Callable[[Compose], None], made: Composed, said: str
) -> None:
    declare(lambda session, message: made)
    (id,) = queue(world, "1:1")

    work(world)

    assert read(world, id).state is MessageState.REFUSED
    assert said in read(world, id).error
    assert smtp.messages == []


def test_a_module_may_refuse_with_a_sentence(world: World, smtp: Mailbox, declare: Callable[[Compose], None]) -> None:
    def refuse(session: Session, message: Message) -> Composed:
        raise Unsendable(why="This address has unsubscribed meanwhile.")

    declare(refuse)
    (id,) = queue(world, "1:1")

    work(world)

    assert (read(world, id).state, read(world, id).error) == (
        MessageState.REFUSED,
        "This address has unsubscribed meanwhile.",
    )


def test_an_error_of_the_module_is_tried_again_and_names_nobody(
    world: World, smtp: Mailbox, declare: Callable[[Compose], None]
) -> None:
    def stumble(session: Session, message: Message) -> Composed:
        raise KeyError("Zoé Meunier")

    declare(stumble)
    (id,) = queue(world, "1:1")

    assert work(world) == {"later": 1}
    assert (read(world, id).state, read(world, id).tries) == (MessageState.QUEUED, 1)
    assert "Meunier" not in read(world, id).error

    declare(plain)
    due_now(world)
    assert work(world) == {"done": 1}
    assert len(smtp.wait()) == 1


def test_a_subject_that_a_person_of_the_platform_gets_is_discreet(
    world: World, smtp: Mailbox, declare: Callable[[Compose], None]
) -> None:
    declare(lambda session, message: Composed("Votre RSA", "Bonjour"))
    with world.inside(HERE) as session:
        named = {"title": Title.NEUTRAL, "usage_name": "Meunier", "first_name": "Awa"}
        awa = beneficiaries.create(session, named, {"email": "awa@test.example", "no_phone": True}, reason="test").id
        session.commit()

    (to_a_person,) = queue(world, "1:1", beneficiary_id=awa)
    (to_an_address,) = queue(world, "1:2")
    work(world)

    assert read(world, to_a_person).state is MessageState.REFUSED
    assert read(world, to_an_address).state is MessageState.SENT
    assert discreet.found_in("Votre RSA") == "rsa"


def test_a_composed_message_leaves_by_mail_only() -> None:
    template = MessageTemplate("jalon.both", "x", (MessageChannel.SMS, *MAIL), compose=plain)  # type: ignore[arg-type]

    with pytest.raises(ValueError, match="mail"):
        message_texts.declare("core", [template])


# --- recipients at work ---


@pytest.mark.both_databases
def test_a_prescripteur_is_written_to_at_work_until_they_leave(
    world: World, smtp: Mailbox, declare: Callable[[Compose], None]
) -> None:
    declare(plain)
    with world.inside(HERE, permissions=DIRECTORY) as session:
        ccas = organisations.add(session, name="CCAS", kind=OrganisationKind.OTHER)
        since = now().date() - timedelta(100)
        nadia = referrers.add(
            session, last_name="Berthelot", organisation=ccas, since=since, email="nadia@ccas.example"
        ).id
        session.commit()

    (first,) = queue(world, "1:1", referrer_id=nadia)
    work(world)
    with world.inside(HERE, permissions=DIRECTORY) as session:
        referrers.leave(session, session.get_one(Referrer, nadia), on=now().date())
        session.commit()
    (second,) = queue(world, "1:2", referrer_id=nadia)
    work(world)

    assert [mail["To"] for mail in smtp.wait()] == ["nadia@ccas.example"]
    assert (read(world, first).state, read(world, second).state) == (MessageState.SENT, MessageState.REFUSED)
    assert "adresse" in read(world, second).error


AT_WORK = {
    "at the address of their work": ({"work_email": "lea@relais.example"}, "lea@relais.example"),
    "at that of their account": ({}, "lea@test.example"),
}


@pytest.mark.parametrize(("described", "address"), AT_WORK.values(), ids=AT_WORK.keys())
def test_a_member_is_written_to_until_they_leave(
    world: World, smtp: Mailbox, declare: Callable[[Compose], None], described: dict[str, str], address: str
) -> None:
    declare(plain)
    world.user("lea", relais=[])
    with world.inside(HERE) as session:
        lea = session.scalars(select(Member)).one()
        members.change(session, lea, name="Léa", roles=[], **described)
        session.commit()
        id = lea.id

    queue(world, "1:1", member_id=id)
    work(world)
    with world.inside(HERE) as session:
        session.execute(update(Member).where(Member.id == id).values(left_at=now()))
        session.commit()
    (after,) = queue(world, "1:2", member_id=id)
    work(world)

    assert [mail["To"] for mail in smtp.wait()] == [address]
    assert (read(world, after).state, read(world, after).error) == (MessageState.REFUSED, "Ce membre est parti.")


def test_a_member_without_account_nor_address_is_not_written_to(
    world: World, smtp: Mailbox, declare: Callable[[Compose], None]
) -> None:
    declare(plain)
    with world.across() as session:
        structure = session.scalars(select(Structure)).one()
        max = members.join(session, structure, None, name="Max").id
        session.commit()

    (id,) = queue(world, "1:1", member_id=max)
    work(world)

    assert read(world, id).state is MessageState.REFUSED


# --- sendings of many ---


@pytest.mark.both_databases
def test_a_sending_is_counted_stopped_and_tried_again_as_a_whole(
    world: World, smtp: Mailbox, declare: Callable[[Compose], None]
) -> None:
    declare(plain)
    first = queue(world, "1:1", "1:2")
    work(world)
    queue(world, "1:3", "12:1", "1_:1")
    with world.inside(HERE) as session:
        session.execute(update(Message).where(Message.id == first[0]).values(state=MessageState.FAILED))
        before = messages.counts(session, NAME, "1:")
        stopped = messages.cancel_all(session, NAME, "1:")
        again = messages.retry_all(session, NAME, "1:")
        after = messages.counts(session, NAME, "1:")
        session.commit()

    assert before == {MessageState.SENT: 1, MessageState.FAILED: 1, MessageState.QUEUED: 1}
    assert (stopped, again) == (1, 1)
    assert after == {MessageState.SENT: 1, MessageState.CANCELLED: 1, MessageState.QUEUED: 1}
    assert after[MessageState.REFUSED] == 0
    work(world)
    with world.inside(HERE) as session:
        assert messages.counts(session, NAME, "1:") == {MessageState.SENT: 2, MessageState.CANCELLED: 1}
        assert messages.counts(session, NAME, "12:") == {MessageState.SENT: 1}
    assert len(smtp.messages) == 5  # the one marked as failed had left


# --- bursts ---


@pytest.mark.both_databases
def test_no_more_mails_leave_in_a_minute_than_the_site_may_send(
    world: World, smtp: Mailbox, declare: Callable[[Compose], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(plain)
    monkeypatch.setitem(world.app.config, "JALON_MAIL_PER_MINUTE", "2")
    ids = queue(world, *(f"1:{n}" for n in range(7)))
    began = real_now()

    assert work(world) == {"done": 2, "later": 5}
    assert work(world) == {}

    with world.inside(HERE) as session:
        waiting = session.scalars(
            select(QueuedJob).where(QueuedJob.state == JobState.WAITING).order_by(QueuedJob.id)
        ).all()
    assert [round((job.due_at - began).total_seconds() / 60) for job in waiting] == [1, 1, 2, 2, 3]
    assert {job.tries for job in waiting} == {0}
    assert "2 courriels par minute" in waiting[0].error
    assert {read(world, id).tries for id in ids[2:]} == {0}
    _a_minute_later(world)
    assert work(world) == {"done": 2, "later": 3}
    assert len(smtp.wait(4)) == 4


def _a_minute_later(world: World) -> None:
    with world.across() as session:
        session.execute(update(Attempt).values(at=real_now() - timedelta(minutes=1, seconds=1)))
        session.commit()
    due_now(world)


def test_an_sms_does_not_wait_for_mails(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setitem(world.app.config, "JALON_DATA_DIR", str(tmp_path))
    monkeypatch.setitem(world.app.config, "JALON_MAIL_PER_MINUTE", "1")
    with world.across() as session:
        structure = session.scalars(select(Structure)).one()
        ids = [members.join(session, structure, None, name=f"M{n}", phone="06 12 34 56 78").id for n in range(2)]
        session.commit()
    with world.inside(HERE) as session:
        for id in ids:
            messages.queue(session, "jalon.word", member_id=id, fields={"texte": "bonjour"})
        session.commit()

    assert work(world) == {"done": 2}
