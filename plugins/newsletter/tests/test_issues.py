"""What stands in an issue, how it is shown, who may send it, and that each reader gets it once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session

import jalon_newsletter
from jalon.clock import now, today
from jalon.declarations import Excerpt
from jalon.errors import DomainError
from jalon.hooks import Answer, Shown
from jalon.models import Message, MessageState
from jalon.scope import PARIS, Actor
from jalon.testing.world import World
from jalon_newsletter import blocks, contents, issues, live, sendings, styles, subscribers
from jalon_newsletter.errors import (
    AddressNeeded,
    CountChanged,
    ExcerptNeeded,
    LabelNeeded,
    NobodyToSendTo,
    NotADraft,
    NothingInIt,
    NothingLive,
    SecondLookNeeded,
    StartNeeded,
    WordsNeeded,
)
from jalon_newsletter.models import Issue, IssueState, Kind, Subscriber, Way

ADA = Actor("Ada", user_id=None)


class Modules:
    """What other modules would say; the real ones are asked in tests/test_newsletter.py."""

    def __init__(self, *excerpts: Excerpt, failed: Sequence[str] = ()) -> None:
        self.shown = Shown([Answer("rental", list(excerpts), 0.0)], list(failed))

    def show(self, session: Session, name: str) -> Shown:
        assert name == "newsletter_blocks"
        return self.shown


FREE = Excerpt("rental.free", "Free", ("Car: 2", "Bicycle: 1"))


@pytest.fixture
def session(world: World) -> Iterator[Session]:
    world.app.config["JALON_PUBLIC_URL"] = "https://site.example"
    world.structure("relais", enabled=["newsletter"])
    with world.inside("relais") as session:
        yield session


def issue(session: Session, *kinds: tuple[Kind, dict[str, Any]]) -> Issue:
    made = issues.add(session, title="News")
    for kind, values in kinds or [(Kind.TEXT, {"words": "Hello"})]:
        blocks.add(session, made, kind, **values)
    return made


def readers(session: Session, count: int) -> list[Subscriber]:
    day = today(PARIS)
    return [
        subscribers.enter(session, email=f"r{n}@lecteurs.example", way=Way.PAPER, given_on=day) for n in range(count)
    ]


@pytest.mark.parametrize(
    ("kind", "values", "refusal"),
    [
        (Kind.TEXT, {"words": " \u200b "}, WordsNeeded),
        (Kind.HEADING, {}, WordsNeeded),
        (Kind.BUTTON, {"address": "https://a.example"}, LabelNeeded),
        (Kind.BUTTON, {"label": "Go"}, AddressNeeded),
        (Kind.BUTTON, {"label": "Go", "address": "http://a.example"}, AddressNeeded),
        (Kind.BUTTON, {"label": "Go", "address": "javascript:alert(1)"}, AddressNeeded),
        (Kind.BUTTON, {"label": "Go", "address": 'https://a.example/"onclick="x'}, AddressNeeded),
        (Kind.BUTTON, {"label": "Go", "address": "https://[bad"}, AddressNeeded),
        (Kind.EVENT, {"label": "Workshop"}, StartNeeded),
        (Kind.EVENT, {"label": "Workshop", "starts_at": now(), "address": "ftp://a.example"}, AddressNeeded),
        (Kind.LIVE, {"source": ""}, ExcerptNeeded),
    ],
)
def test_a_block_says_what_its_kind_must_say(
    session: Session, kind: Kind, values: dict[str, Any], refusal: type[DomainError]
) -> None:
    made = issues.add(session, title="News")

    with pytest.raises(refusal):
        blocks.add(session, made, kind, **values)


@pytest.mark.parametrize(
    ("moves", "order"), [([], "abc"), ([(0, 1)], "bac"), ([(2, -1)], "acb"), ([(0, -1)], "abc"), ([(2, 1)], "abc")]
)
def test_blocks_move_one_place_and_stop_at_the_ends(session: Session, moves: list[tuple[int, int]], order: str) -> None:
    made = issue(session, *((Kind.TEXT, {"words": word}) for word in "abc"))

    for place, by in moves:
        blocks.move(session, made.blocks[place], by=by)

    assert "".join(block.words for block in made.blocks) == order


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("a & <b>", "a &amp; &lt;b&gt;"),
        ("one\ntwo", "one<br>\ntwo"),
        ("see https://a.example/x.", 'see <a href="https://a.example/x" class="letter-a">https://a.example/x</a>.'),
        ("[here](https://a.example)", '<a href="https://a.example" class="letter-a">here</a>'),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        (
            "[<i>](https://a.example/?a=1&b=2)",
            '<a href="https://a.example/?a=1&amp;b=2" class="letter-a">&lt;i&gt;</a>',
        ),
    ],
)
def test_all_is_escaped_but_links_to_pages(typed: str, shown: str) -> None:
    assert contents.rich(typed, styles.by_class) == Markup(shown)


def test_the_letter_looks_on_our_pages_as_in_mail() -> None:
    file = Path(jalon_newsletter.__file__).parent / "static" / "letter.css"

    assert file.read_text() == styles.sheet()


def test_plain_text_says_all_that_the_page_says(session: Session) -> None:
    made = issue(
        session,
        (Kind.HEADING, {"words": "Free bicycles"}),
        (Kind.TEXT, {"words": "Look [here](https://a.example).\n\nBye."}),
        (Kind.BUTTON, {"label": "Write", "address": "https://b.example"}),
        (Kind.LIVE, {"source": "rental.free"}),
    )

    said = contents.as_text("News", contents.parts(session, made, live.offered(session, Modules(FREE))))  # type: ignore[arg-type]

    assert said.startswith("News\n\nFREE BICYCLES\n====")
    assert "Look here (https://a.example).\n\nBye." in said
    assert "Write\nhttps://b.example" in said
    assert "Free\n- Car: 2\n- Bicycle: 1" in said


def test_a_live_block_is_frozen_when_the_issue_is_sent(session: Session) -> None:
    made = issue(session, (Kind.LIVE, {"source": "rental.free"}))
    readers(session, 1)

    sendings.send(session, Modules(FREE), made, confirmed=1)  # type: ignore[arg-type]

    later = live.offered(session, Modules(Excerpt("rental.free", "Free", ("None",))))  # type: ignore[arg-type]
    assert contents.parts(session, made, later)[0].lines == ("Car: 2", "Bicycle: 1")


def test_what_cannot_be_sent_says_why(session: Session) -> None:
    hooks: Any = Modules()
    empty, dead, good = (
        issues.add(session, title="Empty"),
        issue(session, (Kind.LIVE, {"source": "x.y"})),
        issue(session),
    )
    with pytest.raises(NothingInIt):
        sendings.send(session, hooks, empty, confirmed=0)
    with pytest.raises(NobodyToSendTo):
        sendings.send(session, hooks, good, confirmed=0)
    readers(session, 2)
    with pytest.raises(CountChanged):
        sendings.send(session, hooks, good, confirmed=1)
    with pytest.raises(NothingLive):
        sendings.send(session, hooks, dead, confirmed=2)


def test_from_a_number_on_somebody_else_must_have_approved_it(world: World) -> None:
    world.structure("relais", enabled=["newsletter"])
    ada, ben = (world.user(name, relais=["direction"]) for name in ("ada", "ben"))
    with world.inside("relais", actor=Actor("Ada", ada.id)) as session:
        made = issue(session)
        readers(session, 50)
        issues.approve(session, made)
        with pytest.raises(SecondLookNeeded):
            sendings.send(session, Modules(), made, confirmed=50)  # type: ignore[arg-type]
        session.commit()
        id = made.id
    with world.inside("relais", actor=Actor("Ben", ben.id)) as session:
        found = issues.find(session, id)
        assert found is not None

        sendings.send(session, Modules(), found, confirmed=50)  # type: ignore[arg-type]

        assert (found.state, found.sent_by, found.approved_by) == (IssueState.SENDING, "Ben", "Ada")


def test_any_change_takes_the_approval_away(session: Session) -> None:
    made = issue(session)
    issues.approve(session, made)

    blocks.change(session, made.blocks[0], words="Other words")

    assert (made.approved_at, made.approved_by) == (None, None)


def test_what_was_sent_stays_as_it_was(session: Session) -> None:
    made = issue(session)
    readers(session, 1)
    sendings.send(session, Modules(), made, confirmed=1)  # type: ignore[arg-type]

    with pytest.raises(NotADraft):
        blocks.change(session, made.blocks[0], words="Other words")
    with pytest.raises(NotADraft):
        issues.rename(session, made, title="Other")


@pytest.mark.both_databases
def test_batches_write_to_each_reader_once_however_often_they_are_done(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sendings, "BATCH", 2)
    made = issue(session)
    readers(session, 5)
    sendings.send(session, Modules(), made, confirmed=5)  # type: ignore[arg-type]

    first = sendings.batch(session, made.id)
    sendings.batch(session, made.id)  # killed before its mark, and done again
    second = sendings.batch(session, made.id, cursor=first.cursor)
    last = sendings.batch(session, made.id, cursor=second.cursor)

    assert (first.done, second.done, last.done, last.cursor) == (2, 4, 5, None)
    assert (made.state, sendings.progress(session, made).queued) == (IssueState.SENT, 5)


def test_stopping_leaves_what_has_not_left(session: Session) -> None:
    made = issue(session)
    readers(session, 3)
    sendings.send(session, Modules(), made, confirmed=3)  # type: ignore[arg-type]
    sendings.batch(session, made.id)

    assert sendings.stop(session, made) == 3
    assert set(session.scalars(select(Message.state))) == {MessageState.CANCELLED}
    assert sendings.batch(session, made.id).done == 0


def test_a_module_that_fails_is_named_and_spoils_nothing(session: Session) -> None:
    made = issue(session, (Kind.LIVE, {"source": "rental.free"}), (Kind.TEXT, {"words": "Hello"}))

    offered = live.offered(session, Modules(failed=["Rental"]))  # type: ignore[arg-type]

    assert offered.failed == ["Rental"]
    assert [part.missing for part in contents.parts(session, made, offered)] == [True, False]
