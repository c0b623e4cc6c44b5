"""The members' screens as a browser sees them: inviting, roles, leaving, why not, looking as somebody else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from markupsafe import escape
from sqlalchemy import select

from jalon import accounts, tenures, workplaces
from jalon.clock import now, today
from jalon.members import AlreadyMember, SignInAddress
from jalon.models import InstalledModule, Member, MemberChange, MemberEvent, User
from jalon.scope import PARIS
from jalon.tenures import BadRolePeriod, Held, LastDirection, OwnRole
from jalon.testing.world import Browser, World

LIST = "/relais/admin/member/"
INVITE = "/relais/members/invite"
TODAY = today(PARIS)


@pytest.fixture
def boss(world: World) -> Browser:
    world.structure("relais")
    world.structure("scop")
    world.user("boss", relais=["direction"])
    return world.client("boss")


def member_id(world: World, name: str, slug: str = "relais") -> int:
    with world.inside(slug) as session:
        return session.scalars(select(Member.id).where(Member.name == name)).one()


def held(world: World, name: str) -> list[Held]:
    with world.inside("relais") as session:
        return tenures.of(session.scalars(select(Member).where(Member.name == name)).one())


def edit(world: World, name: str) -> str:
    return f"{LIST}edit/?id={member_id(world, name)}"


def version(world: World, name: str, slug: str = "relais") -> str:
    with world.inside(slug) as session:
        return str(session.scalars(select(Member.version).where(Member.name == name)).one())


def said(refusal: type[Exception]) -> str:
    return str(escape(str(refusal())))


@pytest.mark.both_databases
def test_somebody_new_is_invited_and_signs_in_with_their_address(world: World, boss: Browser) -> None:
    sent: list[str] = []

    def invite(session: Any, user: User) -> Any:
        address = user.email
        return lambda: sent.append(address or "")

    world.jalon.invite = invite
    answer = boss.send(
        INVITE,
        name="Awa Meunier",
        email=" Awa@Example.org ",
        **{"roles-accueil": "1", "roles-accueil-until": "2031-12-31"},
    )

    assert answer.status_code == 302
    assert sent == ["awa@example.org"]
    assert held(world, "Awa Meunier") == [Held("accueil", None, TODAY.replace(2031, 12, 31))]
    assert "awa@example.org" in boss.get(LIST).text


def test_who_has_an_account_already_keeps_it_and_gets_no_invitation(world: World, boss: Browser) -> None:
    luc = world.user("luc", scop=["accueil"])
    world.jalon.invite = lambda session, user: pytest.fail("an invitation of somebody who signs in")

    boss.send(INVITE, name="Luc", email="luc@test.example")

    with world.across() as session:
        assert [s.slug for s in workplaces.structures_of(session, accounts.actor_of(luc))] == ["relais", "scop"]


WRONG: dict[str, tuple[dict[str, str], str]] = {
    "no name": ({"name": " "}, "name"),
    "no address": ({"email": ""}, "email"),
    "words for an address": ({"email": "awa at home"}, "email"),
    "a member already": ({"email": "boss@test.example"}, "email"),
    "31 February": ({"roles-accueil": "1", "roles-accueil-from": "2031-02-31"}, "roles"),
    "two-digit year": ({"roles-accueil": "1", "roles-accueil-from": "0031-02-03"}, "roles"),
    "an end before the start": (
        {"roles-accueil": "1", "roles-accueil-from": "2031-02-03", "roles-accueil-until": "2031-02-02"},
        "roles",
    ),
    "a role nobody declared": ({"roles-emperor": "1"}, "roles"),
}


@pytest.mark.parametrize(("changes", "field"), WRONG.values(), ids=WRONG.keys())
def test_a_refused_invitation_says_why_at_the_field_and_keeps_what_was_typed(
    world: World, boss: Browser, changes: dict[str, str], field: str
) -> None:
    answer = boss.send(INVITE, **{"name": "Awa <b>", "email": "awa@example.org", **changes})

    assert answer.status_code == 422
    assert f'id="{field}-err"' in answer.text
    for name, value in changes.items():
        if value.strip() and name != "roles-emperor":
            assert f'value="{value}"' in answer.text
    with world.across() as session:
        assert session.scalar(select(User.id).where(User.email == "awa@example.org")) is None
        assert len(list(session.scalars(select(Member)))) == 1


@pytest.mark.both_databases
def test_the_same_person_invited_twice_at_once_is_a_member_once(
    world: World, boss: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jalon.members._is_member", lambda *others: False)

    answer = boss.send(INVITE, name="Boss", email="boss@test.example")

    assert answer.status_code == 422
    assert said(AlreadyMember) in answer.text.partition('id="email-err"')[2]


def test_a_member_without_account_is_added_and_gets_one_later(world: World, boss: Browser) -> None:
    boss.send(f"{LIST}new/", name="Odile", phone="06 39 98 10 09")
    odile = member_id(world, "Odile")
    boss.send(f"/relais/members/{odile}/invite", email="odile@example.org")

    with world.inside("relais") as session:
        member = session.get_one(Member, odile)
        assert member.user is not None
        assert (member.user.email, member.user.name, member.phone) == ("odile@example.org", "Odile", "06 39 98 10 09")
    assert boss.send(f"/relais/members/{odile}/invite", email="boss@test.example").status_code == 422


@pytest.mark.both_databases
def test_roles_are_ticked_dated_and_taken_away_in_the_members_form(world: World, boss: Browser) -> None:
    world.user("lea", relais=["accueil"])
    shown = boss.get(edit(world, "Lea")).text
    answer = boss.send(
        edit(world, "Lea"),
        version=version(world, "Lea"),
        name="Lea",
        **{"roles-conseiller": "1", "roles-conseiller-from": "2031-03-03"},
    )

    assert 'name="roles-accueil" value="1" checked' in shown
    assert answer.status_code == 302
    assert held(world, "Lea") == [Held("conseiller", TODAY.replace(2031, 3, 3))]


def test_of_two_who_change_the_roles_of_a_member_the_second_is_told(world: World, boss: Browser) -> None:
    world.user("lea", relais=["accueil"])
    shown = version(world, "Lea")
    boss.send(edit(world, "Lea"), version=shown, name="Lea", **{"roles-accueil": "1", "roles-conseiller": "1"})

    answer = boss.send(edit(world, "Lea"), version=shown, name="Lea")

    assert answer.status_code == 422
    assert len(held(world, "Lea")) == 2


OWN: dict[str, tuple[dict[str, str], type[Exception]]] = {
    "another role": ({"roles-direction": "1", "roles-accueil": "1"}, OwnRole),
    "no direction left": ({}, LastDirection),
    "a wrong period": (
        {"roles-direction": "1", "roles-direction-from": "2031-03-03", "roles-direction-until": "2031-03-02"},
        BadRolePeriod,
    ),
}


@pytest.mark.parametrize(("roles", "refusal"), OWN.values(), ids=OWN.keys())
def test_the_direction_is_refused_for_itself_with_a_sentence(
    world: World, boss: Browser, roles: dict[str, str], refusal: type[Exception]
) -> None:
    answer = boss.send(edit(world, "Boss"), version=version(world, "Boss"), name="Boss", **roles)

    assert answer.status_code == 422
    assert said(refusal) in answer.text.partition('id="roles-err"')[2]
    assert held(world, "Boss") == [Held("direction")]


def test_a_platform_administrator_who_takes_a_role_is_told_to_the_direction(world: World, boss: Browser) -> None:
    world.user("admin", admin=True)
    admin = world.client("admin")
    mails: list[tuple[Any, str, str]] = []
    world.jalon.send_mail = lambda *mail: mails.append(mail)

    admin.send(INVITE, name="Admin", email="admin@test.example", **{"roles-direction": "1"})
    admin.send(
        edit(world, "Admin"),
        version=version(world, "Admin"),
        name="Admin",
        **{"roles-direction": "1", "roles-accueil": "1"},
    )

    assert [list(addresses) for addresses, _subject, _text in mails] == [["boss@test.example"]] * 2
    assert all("Admin" in text and "Relais" in text for _addresses, _subject, text in mails)
    for page in ("/relais/", LIST):
        assert boss.get(page).text.count("Admin s’est donné le rôle") == 2
    world.user("lea", relais=["accueil"])
    assert "s’est donné" not in world.client("lea").get("/relais/").text


@pytest.mark.parametrize("works_here_already", [False, True])
def test_a_role_taken_by_the_first_steps_is_told_to_the_direction_too(
    world: World, boss: Browser, works_here_already: bool
) -> None:
    world.user("admin", admin=True, **({"relais": ["accueil"]} if works_here_already else {}))
    admin = world.client("admin")
    mails: list[tuple[Any, str, str]] = []
    world.jalon.send_mail = lambda *mail: mails.append(mail)

    for _twice in range(2):
        assert admin.send("/relais/first-steps/member", myself="y").status_code == 302

    assert [list(addresses) for addresses, _subject, _text in mails] == [["boss@test.example"]]
    assert boss.get("/relais/").text.count("Admin s’est donné le rôle") == 1


@pytest.mark.both_databases
def test_who_leaves_is_signed_out_of_the_structure_at_once_and_may_come_back(world: World, boss: Browser) -> None:
    world.user("lea", relais=["accueil"])
    lea, id = world.client("lea"), member_id(world, "Lea")
    address = f"/relais/members/{id}"

    before = lea.get("/relais/").status_code
    left = boss.send(f"{address}/leave", on=TODAY.isoformat(), successor="__None")
    after = lea.get("/relais/").status_code
    boss.send(f"{address}/come-back")

    assert (before, left.status_code, after, lea.get("/relais/").status_code) == (200, 302, 404, 200)
    assert held(world, "Lea") == []


LEAVE_WRONG = {
    "tomorrow": {"on": (TODAY + timedelta(days=1)).isoformat()},
    "no day": {"on": ""},
    "31 February": {"on": "2026-02-31"},
}


@pytest.mark.parametrize("typed", LEAVE_WRONG.values(), ids=LEAVE_WRONG.keys())
def test_a_refused_departure_says_why_and_changes_nothing(world: World, boss: Browser, typed: dict[str, str]) -> None:
    world.user("lea", relais=["accueil"])

    answer = boss.send(f"/relais/members/{member_id(world, 'Lea')}/leave", **typed)

    assert answer.status_code == 422
    assert 'id="on-err"' in answer.text
    assert held(world, "Lea") == [Held("accueil")]


def test_the_last_direction_does_not_leave(world: World, boss: Browser) -> None:
    answer = boss.send(f"/relais/members/{member_id(world, 'Boss')}/leave", on=TODAY.isoformat())

    assert answer.status_code == 422
    assert said(LastDirection) in answer.text
    assert boss.get(LIST).status_code == 200


PAGES = ("leave", "invite", "rights")
POSTS = ("leave", "invite", "come-back", "see")


def test_a_member_is_called_so_and_the_page_that_adds_one_says_that_they_have_no_account(
    world: World, boss: Browser
) -> None:
    past = boss.get(f"{LIST}history/?id={member_id(world, 'Boss')}").text

    assert "membre sans compte" in boss.get(f"{LIST}new/").text
    assert "sans compte" not in past


@pytest.mark.parametrize("id", ["0", "4711", "99999999999", "x", "-1"])
def test_a_page_of_no_member_is_not_found(boss: Browser, id: str) -> None:
    assert {boss.get(f"/relais/members/{id}/{page}").status_code for page in PAGES} == {404}


@pytest.mark.both_databases
def test_members_of_another_structure_are_not_found_and_not_changed(world: World, boss: Browser) -> None:
    world.user("luc", scop=["direction"])
    luc = member_id(world, "Luc", "scop")
    before = version(world, "Luc", "scop")
    typed = {"on": TODAY.isoformat(), "email": "luc@example.org", "name": "Stolen", "version": before}

    got = {boss.get(f"/relais/members/{luc}/{page}").status_code for page in PAGES}
    sent = {boss.send(f"/relais/members/{luc}/{page}", **typed).status_code for page in POSTS}
    forged = boss.send(f"{LIST}edit/?id={luc}", **typed).status_code
    there = {boss.send(f"/scop/members/{luc}/{page}", **typed).status_code for page in POSTS}

    assert (got, sent, forged, there) == ({404}, {404}, 404, {404})
    assert version(world, "Luc", "scop") == before


@pytest.mark.parametrize("role", ["accueil", "conseiller", "comptable"])
def test_members_are_the_directions_to_change(world: World, boss: Browser, role: str) -> None:
    world.user("lea", relais=[role])
    lea, id = world.client("lea"), member_id(world, "Lea")

    answers = {lea.send(f"/relais/members/{id}/{page}").status_code for page in POSTS}
    answers |= {lea.send(INVITE, name="X", email="x@x.example").status_code}
    answers |= {lea.send(edit(world, "Lea"), name="Lea", **{"roles-direction": "1"}).status_code}

    assert answers == {403}
    assert held(world, "Lea") == [Held(role)]


def test_a_403_names_the_right_the_roles_that_have_it_and_who_gives_them(world: World, boss: Browser) -> None:
    world.user("lea", relais=["accueil"])

    answer = world.client("lea").get(LIST)

    assert answer.status_code == 403
    for word in ("voir les membres", "Direction", "Demandez-en un à Boss"):
        assert word in answer.text


def test_a_greyed_button_says_why_and_who_can_help(world: World, boss: Browser) -> None:
    with world.across() as session:
        session.add(InstalledModule(slug="ghost", name="Ghost", version="1"))
        session.commit()

    page = boss.get("/relais/modules/ghost/").text

    assert "<details" in page
    assert "Seule l’administration de la plateforme a ce droit." in page


def test_rights_are_explained_by_role_and_day_and_what_is_missing_by_who_gives_it(world: World, boss: Browser) -> None:
    world.user("lea", relais=[Held("direction", None, TODAY.replace(2031, 12, 31)), "accueil"])

    page = boss.get(f"/relais/members/{member_id(world, 'Lea')}/rights").text

    assert "Direction (jusqu’au 31/12/2031)" in page
    assert "tous les membres" in page
    other = boss.get(f"/relais/members/{member_id(world, 'Boss')}/rights").text
    assert "Seule l’administration de la plateforme a ce droit." in other


def look(world: World, browser: Browser, name: str) -> int:
    return browser.send(f"/relais/members/{member_id(world, name)}/see").status_code


@pytest.mark.both_databases
def test_the_direction_looks_with_a_members_rights_and_changes_nothing(world: World, boss: Browser) -> None:
    world.user("lea", relais=["accueil"])
    own = f"/relais/members/{member_id(world, 'Boss')}"

    begun = look(world, boss, "Lea")
    seen = boss.get("/relais/")
    refused = {boss.get(LIST).status_code, boss.send(INVITE, name="X", email="x@x.example").status_code}
    refused |= {boss.send(f"{own}/come-back").status_code, look(world, boss, "Boss")}
    ended = boss.send("/relais/members/see/end").status_code

    assert (begun, refused, ended) == (302, {403}, 302)
    assert "Vous voyez le site comme Lea" in seen.text
    assert boss.get(LIST).status_code == 200
    assert "Vous voyez le site" not in boss.get("/relais/").text
    with world.inside("relais") as session:
        event = session.scalars(select(MemberEvent).where(MemberEvent.kind == MemberChange.SEEN_AS)).one()
        assert (event.member_id, event.actor_name) == (member_id_of(session, "Lea"), "Boss")


def member_id_of(session: Any, name: str) -> int:
    return int(session.scalars(select(Member.id).where(Member.name == name)).one())


def test_a_look_ends_after_half_an_hour(world: World, boss: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    world.user("lea", relais=["accueil"])
    look(world, boss, "Lea")
    later = now() + timedelta(minutes=31)

    monkeypatch.setattr("jalon.seeing.now", lambda: later)

    assert boss.get(LIST).status_code == 200


def test_a_look_ends_with_the_right_to_it_and_with_the_member(world: World, boss: Browser) -> None:
    world.user("lea", relais=["accueil"])
    world.user("other", relais=["direction"])
    other = world.client("other")
    look(world, boss, "Lea")
    other.send(f"/relais/members/{member_id(world, 'Lea')}/leave", on=TODAY.isoformat())

    assert boss.get(LIST).status_code == 200


def test_a_look_is_of_one_structure_and_of_who_began_it(world: World, boss: Browser) -> None:
    world.user("lea", relais=["accueil"])
    world.user("both", relais=["direction"], scop=["direction"])
    both = world.client("both")
    look(world, both, "Lea")

    assert "Vous voyez" not in both.get("/scop/").text
    assert both.get("/scop/admin/member/").status_code == 200
    assert "Vous voyez" in both.get("/relais/").text
    both.send("/logout")
    both.send("/login", email="boss@test.example", password="a password for tests")
    assert "Vous voyez" not in both.get("/relais/").text


def test_nobody_looks_as_who_has_no_account(world: World, boss: Browser) -> None:
    boss.send(f"{LIST}new/", name="Odile")

    boss.send(f"/relais/members/{member_id(world, 'Odile')}/see")

    assert "Vous voyez le site" not in boss.get("/relais/").text


def test_a_platform_administrator_manages_members_everywhere_and_looks_as_nobody(world: World, boss: Browser) -> None:
    world.user("admin", admin=True)
    admin = world.client("admin")

    assert admin.get(LIST).status_code == 200
    assert admin.get(INVITE).status_code == 200
    assert look(world, admin, "Boss") == 403


def test_sentences_of_refusals_are_french() -> None:
    assert "adresse" in str(SignInAddress())
    assert "déjà membre" in str(AlreadyMember())
