"""What an attacker, a curious colleague and a privacy officer try: codes, proofs, traces, and unseen changes."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from sqlalchemy import String, cast, inspect, select, update
from sqlalchemy.orm import Session

from jalon import messages, settings
from jalon.clock import now, today
from jalon.db import Base
from jalon.models import Message, MessageState
from jalon.scope import PARIS
from jalon.testing.world import World
from jalon_newsletter import blocks, cleaning, issues, mails, subscribers
from jalon_newsletter.errors import ChangedMeanwhile
from jalon_newsletter.models import Fact, Issue, Kind, Proof, State, Subscriber, Way
from jalon_newsletter.settings import NewsletterSettings

ADDRESS = "nadia@lecteurs.example"


@pytest.fixture
def world(world: World) -> World:
    world.app.config["JALON_PUBLIC_URL"] = "https://site.example"
    world.structure("relais", enabled=["newsletter"])
    return world


@pytest.fixture
def session(world: World) -> Iterator[Session]:
    with world.inside("relais") as session:
        yield session


def ask(session: Session, email: str = ADDRESS) -> Subscriber:
    subscribers.ask(session, email=email, name="Nadia", agrees=True, remote="192.0.2.77")
    found = subscribers.find(session, email)
    assert found is not None
    return found


def door(session: Session) -> str:
    """The last link that a mail carries."""
    last = session.scalars(select(Message).order_by(Message.id.desc())).first()
    assert last is not None
    return str(json.loads(last.fields)["lien"]).removeprefix("https://site.example")


def words(session: Session, fact: Fact) -> str:
    return session.scalars(select(Proof.words).where(Proof.fact == fact)).one()


def speak(session: Session, sentence: str) -> None:
    settings.change(session, NewsletterSettings, {"consent": sentence}, valid_from=today(PARIS))


def issue(session: Session) -> Issue:
    made = issues.add(session, title="News")
    blocks.add(session, made, Kind.TEXT, words="Hello")
    return made


def test_readers_are_shown_among_messages_to_who_may_read_the_letter_only(world: World) -> None:
    world.user("ada", relais=["direction"])
    world.user("front", relais=["accueil"])
    with world.inside("relais") as session:
        ask(session)
        id, code = session.scalars(select(Message.id)).one(), door(session)
        written = {"state": MessageState.SENT, "body": f"Open {code}", "subject": "Confirm"}
        session.execute(update(Message).values(written))
        session.commit()

    seen = {name: [world.client(name).get(f"/relais/messages/{p}").text for p in ("", f"{id}/")] for name in SEES}

    assert [[ADDRESS in page for page in seen[name]] for name in SEES] == [[True, True], [False, False]]
    assert [code in seen[name][1] for name in SEES] == [True, False]


SEES = ("ada", "front")


def test_a_link_to_confirm_opens_nothing_once_its_reader_has_left(world: World) -> None:
    with world.inside("relais") as session:
        reader = ask(session)
        address = door(session)
        subscribers.confirm(session, reader)
        subscribers.leave(session, reader)
        session.commit()

    answer = world.app.test_client().post(address)

    assert answer.status_code == 404


def test_the_proof_of_confirming_says_the_sentence_that_was_shown_when_asking(session: Session) -> None:
    speak(session, "I want the old letter.")
    reader = ask(session)
    speak(session, "I want everything, and advertising.")

    subscribers.confirm(session, reader)

    assert words(session, Fact.CONFIRMED) == "I want the old letter."


def test_erasing_leaves_the_address_in_no_table_nor_what_its_reader_wrote(world: World) -> None:
    with world.inside("relais") as session:
        reader = ask(session)
        subscribers.confirm(session, reader)
        subscribers.leave(session, reader, reason=f"Write to Nadia, {ADDRESS}")
        session.execute(update(Message).values(error=f"550 {ADDRESS}"))
        session.commit()
        before = _holding(world, ADDRESS)

        subscribers.erase(session, reader)
        session.commit()

    assert {"newsletter_subscriber.email", "newsletter_proof.words", "jalon_message.address"} <= set(before)
    assert _holding(world, ADDRESS) + _holding(world, "Nadia") == []


def _holding(world: World, said: str) -> list[str]:
    """Each column of each table in which that stands."""
    with world.across() as session:
        read = session.connection()
        here = [t for t in Base.metadata.sorted_tables if inspect(read).has_table(t.name)]  # tests declare more
        texts = [c for table in here for c in table.columns if isinstance(c.type, String)]
        held = [c for c in texts if read.scalar(select(c).where(cast(c, String).contains(said)).limit(1)) is not None]
    return [f"{column.table.name}.{column.name}" for column in held]


@pytest.mark.parametrize(
    ("arrived", "stopped"),
    [
        (["failed", "failed", "failed"], True),
        (["failed", "failed"], False),
        (["failed", "failed", "sent", "failed"], False),  # in a row, not in three years
        (["failed", "refused", "failed"], False),
    ],
)
def test_three_issues_in_a_row_that_did_not_arrive_stop_an_address(
    session: Session, arrived: list[str], stopped: bool
) -> None:
    lost, other = (_reader(session, name) for name in ("lost", "other"))
    for number, state in enumerate(arrived):
        _written(session, number, lost, MessageState(state))
        _written(session, number, other, MessageState.SENT)

    cleaning.clean(session)

    assert (lost.state is State.STOPPED, other.state) == (stopped, State.SUBSCRIBED)


def test_a_mail_server_that_was_down_stops_nobody(session: Session) -> None:
    some = [_reader(session, name) for name in ("one", "two")]
    for number in range(3):
        for reader in some:
            _written(session, number, reader, MessageState.FAILED)

    cleaning.clean(session)

    assert {reader.state for reader in some} == {State.SUBSCRIBED}


def _reader(session: Session, name: str) -> Subscriber:
    email = f"{name}@lecteurs.example"
    return subscribers.enter(session, email=email, way=Way.PAPER, given_on=today(PARIS))


def _written(session: Session, number: int, reader: Subscriber, state: MessageState) -> None:
    made = messages.queue(
        session,
        mails.ISSUE_MAIL.name,
        address=reader.email,
        fields={"issue": str(number), "subscriber": str(reader.id)},
        once=f"{number}:{reader.id}",
    )
    made.state, made.created_at, made.ended_at = state, max(now(), reader.last_word_at), now()
    session.flush()


def test_what_changed_since_it_was_read_is_not_approved(session: Session) -> None:
    made = issue(session)
    read = issues.seal(made)
    blocks.change(session, made.blocks[0], words="Something else")

    with pytest.raises(ChangedMeanwhile):
        issues.approve(session, made, seen=read)

    issues.approve(session, made, seen=issues.seal(made))
    assert made.approved_at is not None
