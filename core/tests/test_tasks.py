"""Tasks: what is to do about a record, by a day, by somebody, and what comes after."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from jalon import departures, organisations, subjects, tasks
from jalon.app_of import mount
from jalon.clock import now, today
from jalon.errors import DomainError
from jalon.models import Member, OrganisationKind, Task
from jalon.scope import PARIS
from jalon.testing.world import World

ABOUT = {"subject_table": "jalon_organisation", "subject_id": "1"}
RIGHTS = {"jalon.organisations.read", "jalon.organisations.write"}
TODAY = today(PARIS)
DUE = TODAY.isoformat()


@pytest.fixture
def relais(world: World) -> World:
    """`relais` and `scop`, and an organisation of the directory; lea and max work at relais, zoe at scop."""
    world.structure("relais")
    world.structure("scop")
    for name in ("lea", "max"):
        world.user(name, relais=["conseiller"])
    world.user("zoe", scop=["conseiller"])
    with world.inside("relais", permissions=RIGHTS) as session:
        organisations.add(session, name="Partner", kind=OrganisationKind.OTHER)
        session.commit()
    return world


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({}, None),
        ({"next_title": "Call again", "next_in_days": 15}, None),
        ({"title": "  "}, tasks.TitleNeeded),
        ({"next_in_days": 15}, tasks.NextTitleNeeded),
        ({"next_title": "Call again"}, tasks.NextDayNeeded),
        ({"next_title": "Call again", "next_in_days": 0}, tasks.NextDayNeeded),
        ({"next_title": "Call again", "next_in_days": 1_099}, tasks.NextDayNeeded),
    ],
)
def test_a_task_says_what_and_when(relais: World, values: dict[str, Any], refusal: type[DomainError] | None) -> None:
    with relais.inside("relais", permissions=RIGHTS) as session:
        about = subjects.find(session, "jalon_organisation", 1)
        given = {"title": "Call", "due_on": TODAY, **values}

        if refusal is None:
            assert tasks.add(session, about, **given).done_at is None
            return
        with pytest.raises(refusal):
            tasks.add(session, about, **given)


@pytest.mark.both_databases
def test_doing_a_task_plans_the_next_one_once(relais: World) -> None:
    with relais.inside("relais", permissions=RIGHTS) as session:
        lea = session.scalars(select(Member).order_by(Member.id)).first()
        about = subjects.find(session, "jalon_organisation", 1)
        call = tasks.add(
            session, about, title="Call", due_on=TODAY, member=lea, next_title="Call again", next_in_days=15
        )
        following = tasks.do(session, call)
        session.commit()

        assert following is not None
        assert (following.title, following.due_on) == ("Call again", TODAY + timedelta(15))
        assert (following.member_id, following.follows_id) == (call.member_id, call.id)
        with pytest.raises(tasks.AlreadyDone):
            tasks.do(session, call)
        assert tasks.do(session, following) is None


def test_the_next_one_is_left_out_when_its_box_is_unticked(relais: World) -> None:
    lea = relais.client("lea")
    lea.send("/relais/tasks/", **ABOUT, title="Call", due_on=DUE, next_title="Call again", next_in_days="15")

    lea.send("/relais/tasks/1/done")

    with relais.across() as session:
        assert session.scalars(select(Task.title)).all() == ["Call"]


def test_a_second_click_says_that_it_was_done_already(relais: World) -> None:
    lea = relais.client("lea")
    lea.send("/relais/tasks/", **ABOUT, title="Call", due_on=DUE, next_title="Call again", next_in_days="15")

    lea.send("/relais/tasks/1/done", then="1")
    lea.send("/relais/tasks/1/done", then="1")

    assert "C’était déjà fait." in lea.get("/relais/tasks/").text
    with relais.across() as session:
        assert session.scalars(select(Task.title).order_by(Task.id)).all() == ["Call", "Call again"]


def test_each_part_of_the_list_shows_its_tasks(relais: World) -> None:
    with relais.inside("relais", permissions=RIGHTS) as session:
        lea, max_ = session.scalars(select(Member).order_by(Member.id))
        about = subjects.find(session, "jalon_organisation", 1)
        for title, due, member in (
            ("Lea’s late", -1, lea),
            ("Lea’s of today", 0, lea),
            ("Max’s late", -2, max_),
            ("Of nobody", 1, None),
            ("Done by Lea", 0, lea),
        ):
            made = tasks.add(session, about, title=title, due_on=TODAY + timedelta(due), member=member)
            if title.startswith("Done"):
                tasks.do(session, made)
        session.commit()
    lea_ = relais.client("lea")

    shown = {
        part: _titles(lea_.get(f"/relais/tasks/?show={part}").text)
        for part in ("mine", "nobodys", "late", "all", "done")
    }

    assert shown == {
        "mine": ["Lea’s late", "Lea’s of today"],
        "nobodys": ["Of nobody"],
        "late": ["Max’s late", "Lea’s late"],
        "all": ["Max’s late", "Lea’s late", "Lea’s of today", "Of nobody"],
        "done": ["Done by Lea"],
    }
    assert _titles(lea_.get("/relais/tasks/").text) == shown["mine"]


def _titles(page: str) -> list[str]:
    cells = page.split('<td class="c-title"><a class="rowlink"')[1:]
    return [cell.partition(">")[2].partition("<")[0] for cell in cells]


@pytest.mark.both_databases
def test_what_a_member_has_to_do_is_given_to_another(relais: World) -> None:
    with relais.inside("relais", permissions=RIGHTS) as session:
        lea, max_ = session.scalars(select(Member).order_by(Member.id))
        about = subjects.find(session, "jalon_organisation", 1)
        for title in ("One", "Two", "Three"):
            tasks.add(session, about, title=title, due_on=TODAY, member=lea)
        tasks.do(session, tasks.open_of(session, lea.id)[0])

        given = tasks.reassign(session, lea.id, max_.id)
        session.commit()

        assert given == 2
        assert tasks.open_of(session, lea.id) == []
        assert [t.title for t in tasks.open_of(session, max_.id)] == ["Two", "Three"]


def test_nothing_is_given_to_who_has_left_or_works_elsewhere(relais: World) -> None:
    with relais.inside("scop") as session:
        stranger = session.scalars(select(Member.id)).one()
    with relais.inside("relais", permissions=RIGHTS) as session:
        lea, max_ = session.scalars(select(Member).order_by(Member.id))
        max_.left_at = now()
        session.flush()

        for taker in (max_.id, stranger, 999):
            with pytest.raises(tasks.MemberGone):
                tasks.reassign(session, lea.id, taker)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"title": ""}, "ce qu’il y a à faire"),
        ({"due_on": "2026-02-31"}, ""),
        ({"due_on": "0026-02-01"}, "quatre chiffres"),
        ({"next_title": "Call again"}, "dans combien de jours"),
        ({"next_title": "Call again", "next_in_days": "-3"}, "dans combien de jours"),
        ({"next_in_days": "3"}, "Indiquez la suite"),
        ({"title": "4111 1111 1111 1111"}, "carte bancaire"),
        ({"member": "99"}, "n’existe pas"),
    ],
)
def test_a_refused_task_keeps_what_was_typed(relais: World, fields: dict[str, str], sentence: str) -> None:
    answer = relais.client("lea").send("/relais/tasks/", **{**ABOUT, "title": "Call", "due_on": DUE, **fields})

    assert answer.status_code == 422
    assert sentence in answer.text
    assert all(typed in answer.text for name, typed in fields.items() if name != "member")
    with relais.across() as session:
        assert session.scalars(select(Task)).all() == []


def test_two_members_changing_one_task_lose_nothing(relais: World) -> None:
    lea, max_ = relais.client("lea"), relais.client("max")
    lea.send("/relais/tasks/", **ABOUT, title="Call", due_on=DUE)

    saved = lea.send("/relais/tasks/1/", title="Call at noon", due_on=DUE, member="__None", version="1")
    refused = max_.send("/relais/tasks/1/", title="Write", due_on=DUE, member="__None", version="1")

    assert [saved.status_code, refused.status_code] == [302, 422]
    assert 'value="Write"' in refused.text
    with relais.across() as session:
        assert session.scalars(select(Task.title)).all() == ["Call at noon"]


def test_a_task_of_another_structure_does_not_exist(relais: World) -> None:
    relais.client("lea").send("/relais/tasks/", **ABOUT, title="Call", due_on=DUE)
    zoe = relais.client("zoe")

    assert zoe.get("/scop/tasks/1/").status_code == 404
    assert zoe.send("/scop/tasks/1/done").status_code == 404
    assert "Call" not in zoe.get("/scop/tasks/?show=all").text


def test_tasks_of_somebody_who_leaves_go_to_who_takes_over(relais: World) -> None:
    with relais.inside("relais", permissions={"jalon.organisations.read", "jalon.organisations.write"}) as session:
        ada, bob = Member(name="Ada"), Member(name="Bob")
        session.add_all([ada, bob])
        organisation = organisations.add(session, name="Partner to call", kind=OrganisationKind.OTHER)
        about = subjects.find(session, "jalon_organisation", organisation.id)
        task = tasks.add(session, about, title="Rappeler", due_on=TODAY, member=ada)

        with pytest.raises(departures.SuccessorNeeded):
            departures.leave(session, mount(relais.app).hooks, ada)
        done = departures.leave(session, mount(relais.app).hooks, ada, successor=bob)

        assert (done.handed_over, task.member_id) == (1, bob.id)
