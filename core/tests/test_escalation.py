"""Ways to a role or to an account that is not one's own: each is refused, or told to whom it concerns."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select

from jalon import members
from jalon.models import Member, MemberChange, MemberEvent, User
from jalon.scope import Actor, structure_of
from jalon.tenures import OwnRole
from jalon.testing.smtp import Mailbox
from jalon.testing.world import Browser, World

INVITE = "/relais/members/invite"
LINK = re.compile(r"/account/link/[\w-]+")
SAID = re.compile(r'<p class="note[^>]*>([^<]*)</p>')


@pytest.fixture
def boss(world: World) -> Browser:
    world.structure("relais")
    world.structure("scop")
    world.user("boss", relais=["direction"])
    return world.client("boss")


@pytest.fixture
def mails(world: World, boss: Browser) -> list[Any]:
    """What is sent to the direction."""
    sent: list[Any] = []
    world.jalon.send_mail = lambda *mail: sent.append(mail)
    return sent


def without_account(world: World, name: str, *roles: str) -> int:
    with world.inside("relais") as session:
        made = members.join(session, structure_of(session), None, name=name, roles=roles)
        session.commit()
        return made.id


def own_roles(world: World) -> list[str | None]:
    with world.inside("relais") as session:
        given = select(MemberEvent.role).where(MemberEvent.kind == MemberChange.ROLE_GIVEN, MemberEvent.by_oneself)
        return list(session.scalars(given.order_by(MemberEvent.id)))


def test_an_administrator_who_takes_the_place_of_a_member_without_account_is_told_of(
    world: World, mails: list[Any]
) -> None:
    ghost = without_account(world, "Ghost", "direction")
    world.user("root", admin=True)

    answer = world.client("root").send(f"/relais/members/{ghost}/invite", email="root@test.example")

    assert answer.status_code == 302
    assert own_roles(world) == ["direction"]
    assert [to for to, _subject, _text in mails] == [["boss@test.example"]]


def test_nobody_else_takes_the_place_of_a_member_who_has_roles(world: World, boss: Browser) -> None:
    ghost = without_account(world, "Ghost", "comptable")
    with world.inside("relais") as session:
        session.scalars(select(Member).where(Member.name == "Boss")).one().user_id = None
        session.commit()
    with world.across() as session:
        user = session.scalars(select(User).where(User.email == "boss@test.example")).one()
        actor = Actor(user.name, user.id)

    with world.inside("relais", actor=actor) as session, pytest.raises(OwnRole):
        members.give_account(session, session.get_one(Member, ghost), session.get_one(User, actor.user_id))


def test_a_role_of_the_first_steps_is_told_to_the_direction_like_any_other(world: World, mails: list[Any]) -> None:
    world.user("root", admin=True)
    browser = world.client("root")

    browser.send("/relais/first-steps/member", myself="1", name="")

    assert own_roles(world) == ["direction"]
    assert [to for to, _subject, _text in mails] == [["boss@test.example"]]


@pytest.mark.parametrize("elsewhere", ["scop", "nowhere, but administers the platform"])
def test_nobody_is_handed_the_link_of_an_account_that_is_more_than_a_member_here(
    world: World, boss: Browser, elsewhere: str
) -> None:
    world.user("lea", admin=elsewhere != "scop", **({"scop": ["direction"]} if elsewhere == "scop" else {}))
    with world.across() as session:
        session.scalars(select(User).where(User.email == "lea@test.example")).one().password_hash = None
        session.commit()

    boss.send(INVITE, name="Léa", email="lea@test.example")

    assert not LINK.search(boss.get("/relais/admin/member/").text)


def test_somebody_new_is_handed_their_link_where_there_is_no_mail_server(world: World, boss: Browser) -> None:
    boss.send(INVITE, name="Awa", email="awa@test.example")

    assert LINK.search(boss.get("/relais/admin/member/").text)


def invited(world: World, boss: Browser, email: str) -> str:
    answer = boss.send(INVITE, name="Somebody", email=email)
    return " ".join(SAID.findall(boss.get(answer.location).text)).replace(email, "…")


def test_inviting_says_the_same_of_who_has_an_account_elsewhere_and_tells_them(
    world: World, boss: Browser, smtp: Mailbox
) -> None:
    world.user("luc", scop=["accueil"])

    known, unknown = invited(world, boss, "luc@test.example"), invited(world, boss, "eve@test.example")

    assert known == unknown != ""
    assert sorted(str(message["To"]) for message in smtp.wait(2)) == ["eve@test.example", "luc@test.example"]


def test_the_history_of_a_member_does_not_tell_the_name_their_account_has_elsewhere(
    world: World, boss: Browser
) -> None:
    world.user("luc", scop=["accueil"])
    boss.send(INVITE, name="Somebody", email="luc@test.example")
    with world.inside("relais") as session:
        made = session.scalars(select(Member.id).where(Member.name == "Somebody")).one()

    pages = boss.get(f"/relais/admin/member/history/?id={made}").text + boss.get("/relais/history/").text

    assert "Somebody" in pages
    assert ">Luc<" not in pages
