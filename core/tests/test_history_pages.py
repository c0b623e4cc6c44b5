"""The structure's history page: who may read it, what it filters, how it goes on, what it says of absent modules."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event

from jalon import clock, settings
from jalon.core_settings import Opening
from jalon.models import Closure, HistoryEntry, HistoryValue
from jalon.opening_hours import OpeningHours
from jalon.scope import PARIS
from jalon.testing.walk import Reader
from jalon.testing.world import Browser, World

pytestmark = pytest.mark.both_databases
PAGE = "/relais/history/"
NOON = datetime(2031, 3, 3, 12, tzinfo=UTC)


@pytest.fixture
def direction(world: World) -> Browser:
    world.structure("relais")
    world.structure("scop")
    world.user("dora", relais=["direction"])
    world.user("max", relais=["accueil"])
    world.user("paul", scop=["direction"])
    return world.client("dora")


def note(world: World, slug: str = "relais", *, at: datetime = NOON, permission: str | None = None, **said: str) -> int:
    """An entry that says one thing."""
    entry = {"actor_name": "Ida", "origin": "form", "subject_table": "gone_thing", **said}
    with world.inside(slug) as session:
        made = HistoryEntry(at=at, action="changed", subject_id=7, **entry)
        made.fields = [
            HistoryValue(field="colour", label="Couleur", before="Bleu", after="Rouge", permission=permission)
        ]
        session.add(made)
        session.commit()
        return made.id


def who_is_on(browser: Browser, query: str = "") -> list[str]:
    """The authors named on the page, in order."""
    page = browser.get(f"{PAGE}?{query}").text
    return re.findall(r'data-label="Qui"><span>(\w+)', page)


def test_the_direction_reads_it_and_nobody_else(world: World, direction: Browser) -> None:
    assert direction.get(PAGE).status_code == 200
    assert world.client("max").get(PAGE).status_code == 403
    assert world.client("paul").get(PAGE).status_code == 404
    assert world.client().get(PAGE).status_code == 302
    assert "/relais/history/" in direction.get("/relais/").text
    assert "/relais/history/" not in world.client("max").get("/relais/").text


def test_an_absent_modules_entries_are_readable_and_lead_nowhere(world: World, direction: Browser) -> None:
    note(world)

    page = direction.get(PAGE).text

    for said in ("gone_thing n°\u00a07", "Couleur", "Bleu", "Rouge", "Ida"):
        assert said in page
    assert not [link for link in Reader(page).links if "gone" in link]


def test_a_value_whose_right_nobody_holds_any_more_is_absent(world: World, direction: Browser) -> None:
    note(world, permission="gone.secrets")

    page = direction.get(PAGE).text

    assert "Ida" in page
    assert "Couleur" not in page
    assert "Rouge" not in page


def test_an_erased_value_says_so(world: World, direction: Browser) -> None:
    note(world)
    with world.inside("relais") as session:
        session.query(HistoryValue).filter_by(field="colour").update(
            {"before": None, "after": None, "erased": True}, synchronize_session=False
        )
        session.commit()

    page = direction.get(PAGE).text

    assert "Couleur" in page
    assert "(effacé)" in page


def test_another_structures_entries_are_on_no_page_nor_among_the_choices(world: World, direction: Browser) -> None:
    note(world, "scop", actor_name="Nobody", subject_table="secret_table")

    page = direction.get(PAGE).text

    assert "Nobody" not in page
    assert "secret_table" not in page


FILTERS = {
    "a table": ("what=gone_thing", ["Ida"]),
    "a module": ("what=other_", ["Bob", "Ada"]),
    "a table beside it": ("what=other_one", ["Ada"]),
    "a part of a name": ("who=d", ["Ida", "Ada"]),
    "not a pattern": ("who=%25", []),
    "an origin": ("origin=import", ["Bob"]),
    "from a day on": ("since=2031-03-04", ["Bob"]),
    "until a day": ("until=2031-03-02&what=other_", ["Ada"]),
    "both days included": ("since=2031-03-03&until=2031-03-03", ["Ida"]),
    "a page far away": ("before=2147483648&what=gone_thing", ["Ida"]),
    "a page of nothing": ("before=abc&what=gone_thing", ["Ida"]),
}


@pytest.mark.parametrize(("query", "expected"), FILTERS.values(), ids=FILTERS.keys())
def test_the_page_is_filtered(world: World, direction: Browser, query: str, expected: list[str]) -> None:
    note(world, actor_name="Ada", subject_table="other_one", at=NOON - timedelta(days=1))
    note(world, actor_name="Ida")
    note(world, actor_name="Bob", subject_table="other_two", origin="import", at=NOON + timedelta(days=1))

    assert [who for who in who_is_on(direction, query) if who in ("Ada", "Ida", "Bob")] == expected


@pytest.mark.parametrize(
    "query",
    [
        "since=2031-02-31",
        "since=abc",
        "since=2031-03-04&until=2031-03-03",
        "what=nothing",
        "origin=moon",
        "who=" + "a" * 121,
        "since=0001-01-01",
        "until=9999-12-31",
    ],
)
def test_a_bad_filter_is_refused_at_its_field_and_kept(direction: Browser, query: str) -> None:
    answer = direction.get(f"{PAGE}?{query}")

    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text


def test_a_nul_breaks_nothing(direction: Browser) -> None:
    assert direction.get(f"{PAGE}?who=a%00b").status_code == 200


def test_the_page_goes_on_with_what_is_older_and_keeps_the_filter(world: World, direction: Browser) -> None:
    for number in range(60):
        note(world, actor_name=f"A{number:02}", at=NOON + timedelta(minutes=number // 2))

    first = who_is_on(direction, "what=gone_thing")
    older = next(link for link in Reader(direction.get(f"{PAGE}?what=gone_thing").text).links if "before=" in link)
    second = who_is_on(direction, older.partition("?")[2])

    assert "what=gone_thing" in older
    assert [*first, *second] == [f"A{number:02}" for number in reversed(range(60))]


def test_the_number_of_queries_does_not_grow_with_the_entries(world: World, direction: Browser) -> None:
    costs = []
    with world.app.app_context():
        engine = world.jalon.db.engine
    for _ in range(2):
        note(world)
        note(world)
        sent: list[str] = []
        listen = lambda connection, cursor, statement, *others, kept=sent: kept.append(statement)  # noqa: E731
        event.listen(engine, "before_cursor_execute", listen)
        direction.get(PAGE)
        event.remove(engine, "before_cursor_execute", listen)
        costs.append(len([s for s in sent if s.startswith(("SELECT", "WITH"))]))

    assert costs[0] == costs[1]


def test_markup_in_a_value_is_text(world: World, direction: Browser) -> None:
    with world.inside("relais") as session:
        day = NOON.date()
        session.add(Closure(name="<b>Pont</b>", first_day=day, last_day=day))
        session.commit()

    assert "&lt;b&gt;Pont&lt;/b&gt;" in direction.get(PAGE).text


def test_a_setting_is_told_by_its_label_and_as_it_reads(world: World, direction: Browser) -> None:
    hours = OpeningHours.typed(*["9h-12h"] * 5, "", "")
    with world.inside("relais") as session:
        settings.change(session, Opening, {"hours": hours}, valid_from=clock.today(PARIS))
        session.commit()

    page = direction.get(f"{PAGE}?what=jalon_setting").text

    assert "Horaires d’ouverture" in page
    assert "Lundi à vendredi 9h-12h · Samedi à dimanche fermé" in page.replace("\u2011", "-")
    assert "[[" not in page


def test_a_member_with_an_account_is_not_told_as_one_without(direction: Browser) -> None:
    page = direction.get(f"{PAGE}?what=jalon_member").text

    assert "Membre n°" in page
    assert "sans compte n°" not in page
