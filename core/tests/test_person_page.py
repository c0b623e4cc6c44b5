"""A person's page: what is open, the path by whose it is, what is printed, and what it costs."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import event

from jalon import beneficiaries, consents, referrals, subjects, tasks, tell
from jalon.app_of import mount
from jalon.clock import today
from jalon.models import Agreement, Beneficiary, BeneficiaryStructure, Proof, Purpose, Title
from jalon.scope import PARIS
from jalon.testing.world import World

PAGE = "/mine/beneficiaries/1/"
SEEN = {"jalon.beneficiaries.read"}


@pytest.fixture
def desk(world: World) -> World:
    """A person followed by `mine` and `theirs`, who agrees to sharing; adviser works at mine."""
    for slug in ("mine", "theirs"):
        world.structure(slug)
    world.user("adviser", mine=["conseiller"])
    world.user("front", mine=["accueil"])
    with world.inside("mine", permissions=SEEN) as session:
        named = {"title": Title.MADAM, "usage_name": "Lefèvre", "first_name": "Hélène"}
        person = beneficiaries.create(session, named, {"phone": "0612345678"}, reason="test")
        purpose = Purpose.SHARE_WITH_STRUCTURES
        consents.record(session, person.id, purpose=purpose, agreement=Agreement.GIVEN, proof=Proof.ORAL)
        session.commit()
    with world.inside("theirs") as session:
        session.add(BeneficiaryStructure(beneficiary_id=1, reason="test", since=today(PARIS)))
        session.flush()
        tell(session, 1, "core.opened", "Told elsewhere", shared=True)
        tell(session, 1, "core.closed", "Kept to themselves")
        session.commit()
    return world


def more(world: World, number: int) -> None:
    """One more of everything that may be on the page."""
    to = world.structure(f"other-{number}").id
    with world.inside("mine", permissions=SEEN) as session:
        person = session.get_one(Beneficiary, 1)
        about = subjects.find(session, "jalon_beneficiary", 1)
        tasks.add(session, about, title=f"Call {number}", due_on=today(PARIS))
        referrals.send(session, person, to_structure_id=to, service=f"A car {number}", message="")
        tell(session, 1, "core.opened", f"Again {number}", subject=person)
        session.commit()


def path_of(page: str) -> str:
    return page.partition('id="path"')[2].partition("</section>")[0]


@pytest.mark.parametrize(
    ("asked", "shown", "hidden"),
    [
        ("", ("commence", "Told elsewhere", "Theirs"), ("Kept to themselves",)),
        ("?path=own", ("commence",), ("Told elsewhere", "Kept")),
        ("?path=others", ("Told elsewhere", "Theirs"), ("commence", "Kept")),
        ("?path=%27%22%3E%3Cscript%3E&whole=x", ("commence", "Told elsewhere"), ("<script>",)),
    ],
)
def test_the_path_is_shown_by_whose_it_is(
    desk: World, asked: str, shown: tuple[str, ...], hidden: tuple[str, ...]
) -> None:
    path = path_of(desk.client("adviser").get(f"{PAGE}{asked}").text)

    assert [text for text in shown if text not in path] == []
    assert [text for text in hidden if text in path] == []


def test_a_long_path_shows_its_latest_and_leads_to_the_rest(desk: World) -> None:
    with desk.inside("mine") as session:
        for number in range(25):
            tell(session, 1, "core.opened", f"Fact {number}.")
        session.commit()
    adviser = desk.client("adviser")

    short = path_of(adviser.get(PAGE).text)
    rest = re.findall(r'href="([^"]+whole=1[^"]*)"', short)[0].replace("&amp;", "&")

    assert ("Fact 24." in short, "Fact 0." in short) == (True, False)
    assert "Fact 0." in path_of(adviser.get(rest).text)


def test_what_is_open_stands_first_and_the_telephone_is_called_with_a_touch(desk: World) -> None:
    more(desk, 1)

    page = desk.client("adviser").get(PAGE).text

    first = page.partition('id="open"')[2].partition("</section>")[0]
    assert "Call 1" in first
    assert "A car 1" in first
    assert 'href="tel:+33612345678"' in page.partition("</h1>")[2].partition("</div>")[0]
    assert page.index('id="open"') < page.index('id="identity"') < page.index('id="path"')


def test_every_part_named_at_the_top_is_on_the_page(desk: World) -> None:
    for who in ("adviser", "front"):
        page = desk.client(who).get(PAGE).text

        parts = re.findall(r'<a class="chip" href="#([\w-]+)"', page)
        assert parts
        assert [part for part in parts if f'id="{part}"' not in page] == []


def test_paper_says_whose_it_is_and_holds_no_note(desk: World) -> None:
    desk.client("adviser").send(
        "/mine/notes/", subject_table="jalon_beneficiary", subject_id="1", shareable="Shared", internal="Inside"
    )

    page = desk.client("adviser").get(PAGE).text

    top = page.partition('<p class="only-print">')[2].partition("</p>")[0]
    assert [part in top for part in ("Mine", "B-", "imprimé le", f"{today(PARIS):%d/%m/%Y}")] == [True] * 4
    assert "Inside" not in re.sub(r'<div class="panels no-print">.*?\n</div>', "", page, flags=re.DOTALL)


def test_a_closed_file_shows_no_path_and_nothing_open(desk: World) -> None:
    more(desk, 1)
    with desk.inside("mine") as session:
        link = beneficiaries.link_of(session, session.get_one(Beneficiary, 1))
        link.since = link.until = today(PARIS).replace(year=2020, day=1)
        session.commit()

    page = desk.client("adviser").get(PAGE).text.partition("<main")[2]

    assert "LEFÈVRE" in page
    assert [text for text in ("commence", "Call 1", "A car 1", "tel:") if text in page] == []


def test_the_page_asks_as_much_for_many_rows_as_for_one(desk: World) -> None:
    more(desk, 1)
    adviser, sent = desk.client("adviser"), list[str]()
    with desk.app.app_context():
        engine = mount(desk.app).db.engine
    event.listen(engine, "before_cursor_execute", lambda c, cursor, statement, *rest: sent.append(statement))

    def cost() -> int:
        adviser.get(PAGE)
        sent.clear()
        assert adviser.get(PAGE).status_code == 200
        return len(sent)

    few = cost()
    for number in range(2, 6):
        more(desk, number)

    assert cost() == few <= 45
