"""Asking, confirming, leaving and being forgotten; and what proves each of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from jalon.clock import now, today
from jalon.errors import DomainError
from jalon.models import HistoryValue, Message
from jalon.scope import PARIS
from jalon.testing.world import World
from jalon_newsletter import cleaning, mails, proofs, subscribers
from jalon_newsletter.errors import AlreadyKnown, ConsentNeeded, DayNeeded, DayToCome, HasLeft, NoSuchStep, SourceNeeded
from jalon_newsletter.models import Fact, Proof, State, Subscriber, Way

ADDRESS = "nadia@lecteurs.example"


@pytest.fixture
def session(world: World) -> Iterator[Session]:
    world.app.config["JALON_PUBLIC_URL"] = "https://site.example"
    world.structure("relais", enabled=["newsletter"])
    with world.inside("relais") as session:
        yield session


def ask(session: Session, email: str = ADDRESS) -> Subscriber | None:
    subscribers.ask(session, email=email, name="Nadia", agrees=True, remote="192.0.2.77")
    return subscribers.find(session, email)


def enter(session: Session, email: str = ADDRESS) -> Subscriber:
    return subscribers.enter(session, email=email, way=Way.PAPER, source="Classeur", given_on=today(PARIS))


def facts(session: Session) -> list[Fact]:
    return list(session.scalars(select(Proof.fact).order_by(Proof.id)))


def templates(session: Session) -> list[str]:
    return list(session.scalars(select(Message.template).order_by(Message.id)))


def test_who_asks_waits_and_gets_a_mail_with_a_link(session: Session) -> None:
    subscriber = ask(session)

    assert subscriber is not None
    assert subscriber.state is State.WAITING
    message = session.scalars(select(Message)).one()
    assert (message.template, message.address) == ("newsletter.confirm", ADDRESS)
    assert json.loads(message.fields)["lien"].startswith("https://site.example/m/")


def test_the_proof_says_the_words_the_way_and_a_shortened_network(session: Session) -> None:
    ask(session)

    proof = session.scalars(select(Proof)).one()
    assert (proof.fact, proof.way, proof.network) == (Fact.ASKED, Way.PAGE, "192.0.2.0/24")
    assert "Relais" in proof.words


@pytest.mark.parametrize(
    ("remote", "kept"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2::7", "2001:db8:1::/48"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("fe80::1%eth0", "fe80::/48"),
        ("unknown", None),
        (None, None),
    ],
)
def test_only_the_beginning_of_a_network_address_is_kept(remote: str | None, kept: str | None) -> None:
    assert proofs.shortened(remote) == kept


def test_without_the_box_nobody_is_kept(session: Session) -> None:
    with pytest.raises(ConsentNeeded):
        subscribers.ask(session, email=ADDRESS, agrees=False)

    assert subscribers.find(session, ADDRESS) is None


def test_one_address_is_one_subscriber_however_it_is_written(session: Session) -> None:
    enter(session)

    with pytest.raises(AlreadyKnown):
        enter(session, " NADIA@Lecteurs.Example ")


def test_asking_all_day_fills_no_mailbox(session: Session) -> None:
    ask(session)
    ask(session)

    assert templates(session) == ["newsletter.confirm"]


def test_who_is_subscribed_already_is_told_by_mail(session: Session) -> None:
    enter(session)

    ask(session)

    assert templates(session) == ["newsletter.already"]


def test_confirming_twice_is_confirming_once(session: Session) -> None:
    subscriber = ask(session)
    assert subscriber is not None

    subscribers.confirm(session, subscriber)
    subscribers.confirm(session, subscriber)

    assert subscriber.state is State.SUBSCRIBED
    assert facts(session) == [Fact.ASKED, Fact.CONFIRMED]


@pytest.mark.parametrize(
    ("way", "given_on", "refusal"),
    [
        (None, date(2026, 1, 5), SourceNeeded),
        (Way.PAGE, date(2026, 1, 5), SourceNeeded),
        (Way.PAPER, None, DayNeeded),
        (Way.PAPER, date(2999, 1, 1), DayToCome),
    ],
)
def test_nobody_is_entered_without_proof(
    session: Session, way: Way | None, given_on: date | None, refusal: type[DomainError]
) -> None:
    with pytest.raises(refusal):
        subscribers.enter(session, email=ADDRESS, way=way, given_on=given_on)


@pytest.mark.both_databases
def test_the_database_refuses_an_entry_without_proof(session: Session) -> None:
    reader = enter(session)

    with pytest.raises(IntegrityError):
        session.execute(update(Proof).where(Proof.subscriber_id == reader.id).values(given_on=None))


@pytest.mark.parametrize("gone", ["left", "erased"])
def test_who_left_is_never_entered_again_and_comes_back_by_themselves(session: Session, gone: str) -> None:
    reader = enter(session)
    (subscribers.leave if gone == "left" else subscribers.erase)(session, reader)

    with pytest.raises(HasLeft):
        enter(session)

    session.execute(update(Subscriber).values(asked_at=now() - timedelta(hours=1)))
    back = ask(session)
    assert back is not None
    assert back.state is (State.UNSUBSCRIBED if gone == "left" else State.WAITING)
    subscribers.confirm(session, back)
    assert (back.state, back.left_at) == (State.SUBSCRIBED, None)


def test_leaving_keeps_the_proof_and_the_reason(session: Session) -> None:
    reader = enter(session)

    subscribers.leave(session, reader, reason=" Trop de courriels ")
    subscribers.leave(session, reader)

    assert facts(session) == [Fact.ENTERED, Fact.LEFT]
    assert session.scalars(select(Proof.words).order_by(Proof.id.desc())).first() == "Trop de courriels"


def test_erasing_leaves_the_address_nowhere(session: Session) -> None:
    reader = ask(session)
    assert reader is not None
    subscribers.confirm(session, reader)
    mails.say_already(session, reader)

    subscribers.erase(session, reader)

    assert (reader.email, reader.name, reader.state) == (None, "", State.ERASED)
    assert {m.address for m in session.scalars(select(Message))} == {"—"}
    assert not [v for v in session.scalars(select(HistoryValue)) if ADDRESS in f"{v.before}{v.after}"]
    assert set(session.scalars(select(Proof.network))) == {None}


def test_who_never_confirms_is_removed_after_thirty_days(session: Session) -> None:
    ask(session)
    ask(session, "hugo@lecteurs.example")
    late = Subscriber.digest == subscribers.digest_of(session, ADDRESS)
    session.execute(update(Subscriber).where(late).values(asked_at=now() - timedelta(days=31)))

    progress = cleaning.clean(session)

    assert progress.done == 1
    assert subscribers.find(session, ADDRESS) is None
    assert subscribers.find(session, "hugo@lecteurs.example") is not None


def test_three_years_of_silence_erase_an_address_and_a_word_keeps_it(session: Session) -> None:
    silent, heard = enter(session), enter(session, "hugo@lecteurs.example")
    session.execute(update(Subscriber).values(last_word_at=now() - mails.SILENCE - timedelta(days=1)))
    session.refresh(heard)
    subscribers.stay(session, heard)

    assert cleaning.retain(session) == 1
    assert (silent.state, heard.state) == (State.ERASED, State.SUBSCRIBED)


def test_who_erased_their_address_comes_back_by_asking_only(session: Session) -> None:
    reader = enter(session)
    subscribers.erase(session, reader)

    with pytest.raises(NoSuchStep):
        subscribers.come_back(session, reader)
