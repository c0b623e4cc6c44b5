"""Members and their roles: from when to when, who may give them, who stays, what leaving does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon import accounts, departures, members, tenures, workplaces
from jalon.clock import now, today
from jalon.db import open_session
from jalon.departures import BadLeavingDay
from jalon.errors import DomainError
from jalon.members import AlreadyLeft, AlreadyMember, BadAddress, HasAccount, NameNeeded
from jalon.models import Member, MemberChange, MemberEvent, Occupation, OccupationKind, Resource, User
from jalon.scope import PARIS, Actor, Scope
from jalon.tenures import BadRolePeriod, Held, LastDirection, OwnRole
from jalon.testing.world import World

TODAY = today(PARIS)
DAY = timedelta(days=1)


@pytest.fixture
def boss(world: World) -> User:
    """The one direction of relais."""
    world.structure("relais")
    world.structure("scop")
    return world.user("boss", relais=["direction"])


@pytest.fixture
def session(world: World, boss: User) -> Iterator[Session]:
    """A session of the direction's."""
    with world.inside("relais", actor=Actor("Boss", boss.id)) as session:
        yield session


def named(session: Session, name: str) -> Member:
    return session.scalars(select(Member).where(Member.name == name)).one()


def change(session: Session, member: Member, **changes: Any) -> list[Held]:
    as_it_is = {name: getattr(member, name) for name in ("name", "work_email", "phone", "joined_on")}
    return members.change(session, member, **{**as_it_is, "roles": tenures.of(member), **changes})


def kinds(session: Session, member: Member) -> list[tuple[MemberChange, str | None]]:
    rows = session.scalars(select(MemberEvent).where(MemberEvent.member_id == member.id).order_by(MemberEvent.id))
    return [(event.kind, event.role) for event in rows]


PERIODS = {
    "no days": (None, None, True),
    "begins today": (TODAY, None, True),
    "begins tomorrow": (TODAY + DAY, None, False),
    "ends today": (None, TODAY, True),
    "ended yesterday": (None, TODAY - DAY, False),
    "today only": (TODAY, TODAY, True),
    "over": (TODAY - 9 * DAY, TODAY - DAY, False),
    "to come": (TODAY + DAY, TODAY + 9 * DAY, False),
}


@pytest.mark.both_databases
@pytest.mark.parametrize(("first", "last", "counts"), PERIODS.values(), ids=PERIODS.keys())
def test_a_role_counts_from_its_first_day_to_its_last(
    world: World, boss: User, first: date | None, last: date | None, counts: bool
) -> None:
    lea = world.user("lea", relais=[Held("direction", first, last)])

    with world.across() as session:
        [relais] = workplaces.structures_of(session, accounts.actor_of(lea))
        scope = workplaces.scope_in(session, world.jalon.registry, relais, actor=accounts.actor_of(lea))

    assert scope is not None
    assert scope.may("jalon.members.write") is counts
    assert scope.may("jalon.home")


def test_the_day_of_a_role_is_the_structures(world: World, boss: User, monkeypatch: pytest.MonkeyPatch) -> None:
    lea = world.user("lea", relais=[Held("direction", date(2031, 3, 4))])
    with world.across() as session:
        [relais] = workplaces.structures_of(session, accounts.actor_of(lea))
        said = {}
        for zone in ("Europe/Paris", "Pacific/Auckland"):
            relais.zone = zone
            monkeypatch.setattr("jalon.workplaces.today", lambda z: date(2031, 3, 4 if z.key != "Europe/Paris" else 3))
            scope = workplaces.scope_in(session, world.jalon.registry, relais, actor=accounts.actor_of(lea))
            said[zone] = bool(scope and scope.may("jalon.members.write"))

    assert said == {"Europe/Paris": False, "Pacific/Auckland": True}


@pytest.mark.both_databases
def test_one_person_is_a_member_of_several_structures_once_each(world: World, session: Session) -> None:
    lea = world.user("lea", relais=["accueil"], scop=["direction"])

    with world.across() as across:
        places = [place.slug for place in workplaces.structures_of(across, accounts.actor_of(lea))]
        with pytest.raises(AlreadyMember):
            members.join(across, workplaces.structures_of(across, accounts.actor_of(lea))[0], lea)

    assert places == ["relais", "scop"]


def test_what_happens_to_a_member_is_noted_with_who_did_it(session: Session) -> None:
    lea = members.join(session, _here(session), None, name="Léa", roles=["accueil"])
    change(session, lea, roles=[Held("conseiller")])

    assert kinds(session, lea) == [
        (MemberChange.JOINED, None),
        (MemberChange.ROLE_GIVEN, "accueil"),
        (MemberChange.ROLE_GIVEN, "conseiller"),
        (MemberChange.ROLE_TAKEN, "accueil"),
    ]
    assert {e.actor_name for e in session.scalars(select(MemberEvent).where(MemberEvent.member_id == lea.id))} == {
        "Boss"
    }


def _here(session: Session) -> Any:
    from jalon.scope import structure_of

    return structure_of(session)


REFUSED: dict[str, tuple[dict[str, Any], type[DomainError]]] = {
    "no name": ({"name": ""}, NameNeeded),
    "blanks for a name": ({"name": "  \t"}, NameNeeded),
    "no address": ({"work_email": "lea at relais"}, BadAddress),
    "an address without domain": ({"work_email": "lea@relais"}, BadAddress),
    "a role that ends before it begins": ({"roles": [Held("accueil", TODAY, TODAY - DAY)]}, BadRolePeriod),
}


@pytest.mark.parametrize(("changes", "refusal"), REFUSED.values(), ids=REFUSED.keys())
def test_a_member_is_refused(session: Session, changes: dict[str, Any], refusal: type[DomainError]) -> None:
    lea = members.join(session, _here(session), None, name="Léa", roles=["accueil"])

    with pytest.raises(refusal):
        change(session, lea, **changes)


LONGER: dict[str, tuple[Held | None, Held, bool]] = {
    "new": (None, Held("accueil"), True),
    "the same": (Held("accueil"), Held("accueil"), False),
    "earlier end": (Held("accueil"), Held("accueil", None, TODAY), False),
    "later end": (Held("accueil", None, TODAY), Held("accueil", None, TODAY + DAY), True),
    "no end": (Held("accueil", None, TODAY), Held("accueil"), True),
    "earlier start": (Held("accueil", TODAY), Held("accueil", TODAY - DAY), True),
    "later start": (Held("accueil", TODAY - DAY), Held("accueil", TODAY), False),
    "no start": (Held("accueil", TODAY), Held("accueil"), True),
}


@pytest.mark.parametrize(("before", "after", "more"), LONGER.values(), ids=LONGER.keys())
def test_what_is_more_of_a_role_than_before(before: Held | None, after: Held, more: bool) -> None:
    assert after.exceeds(before) is more


@pytest.mark.both_databases
def test_nobody_gives_themselves_a_role(session: Session) -> None:
    boss = named(session, "Boss")

    with pytest.raises(OwnRole):
        change(session, boss, roles=[Held("direction"), Held("accueil")])


def test_a_platform_administrator_may_and_the_direction_is_told(world: World, boss: User) -> None:
    admin = world.user("admin", admin=True, relais=[])
    with world.inside("relais", actor=accounts.actor_of(admin)) as session:
        given = change(session, named(session, "Admin"), roles=[Held("direction")])
        told = members.tell_direction(session)
        shown = [(e.actor_name, e.role) for e in tenures.given_to_oneself(session)]

    assert given == [Held("direction")]
    assert list(told) == ["boss@test.example"]
    assert shown == [("Admin", "direction")]


def test_the_notice_stays_when_the_role_is_taken_off_again_and_ends_after_thirty_days(
    world: World, boss: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = world.user("admin", admin=True, relais=[])
    with world.inside("relais", actor=accounts.actor_of(admin)) as session:
        change(session, named(session, "Admin"), roles=[Held("direction")])
        change(session, named(session, "Admin"), roles=[])
        at_once = len(tenures.given_to_oneself(session))
        later = now() + 31 * DAY
        monkeypatch.setattr("jalon.tenures.now", lambda: later)

        assert (at_once, tenures.given_to_oneself(session)) == (1, [])


DIRECTIONS: dict[str, tuple[Held | None, Held | None, bool]] = {
    "nobody else, taken away": (None, None, False),
    "nobody else, ending some day": (None, Held("direction", None, TODAY + 30 * DAY), False),
    "nobody else, beginning later": (None, Held("direction", TODAY + DAY), False),
    "somebody else": (Held("direction"), None, True),
    "somebody else whose role is over": (Held("direction", None, TODAY - DAY), None, False),
    "somebody else for a time": (Held("direction", None, TODAY + DAY), None, False),
    "somebody else from the day after": (
        Held("direction", TODAY + 31 * DAY),
        Held("direction", None, TODAY + 30 * DAY),
        True,
    ),
    "somebody else two days after": (
        Held("direction", TODAY + 32 * DAY),
        Held("direction", None, TODAY + 30 * DAY),
        False,
    ),
}


@pytest.mark.both_databases
@pytest.mark.parametrize(("other", "after", "allowed"), DIRECTIONS.values(), ids=DIRECTIONS.keys())
def test_a_structure_keeps_a_direction_on_every_day_to_come(
    world: World, session: Session, other: Held | None, after: Held | None, allowed: bool
) -> None:
    world.user("other", relais=[other] if other else [])
    boss = named(session, "Boss")

    if allowed:
        change(session, boss, roles=[after] if after else [])
    else:
        with pytest.raises(LastDirection):
            change(session, boss, roles=[after] if after else [])


def test_a_direction_without_account_directs_nothing(session: Session) -> None:
    members.join(session, _here(session), None, name="Paper", roles=["direction"])

    with pytest.raises(LastDirection):
        departures.leave(session, _hooks(), named(session, "Boss"))


def _hooks() -> Any:
    from flask import current_app

    from jalon.app_of import mount

    return mount(current_app).hooks


def test_a_platform_administrator_may_take_the_last_direction_away(world: World, boss: User) -> None:
    admin = world.user("admin", admin=True)
    with world.inside("relais", actor=accounts.actor_of(admin)) as session:
        change(session, named(session, "Boss"), roles=[])

        assert tenures.of(named(session, "Boss")) == []


@pytest.mark.both_databases
def test_who_leaves_sees_nothing_any_more_and_roles_end_that_day(world: World, session: Session) -> None:
    user = world.user("lea", relais=["accueil", Held("conseiller", TODAY + DAY)])
    lea = named(session, "Lea")
    departures.leave(session, _hooks(), lea)
    session.commit()
    with world.across() as across:
        places = workplaces.structures_of(across, accounts.actor_of(user))

    assert (places, tenures.of(lea)) == ([], [Held("accueil", None, TODAY)])
    with pytest.raises(AlreadyLeft):
        departures.leave(session, _hooks(), lea)
    with pytest.raises(AlreadyLeft):
        change(session, lea, roles=[Held("direction")])


def test_who_comes_back_has_no_role_until_it_is_given(world: World, session: Session) -> None:
    world.user("lea", relais=["accueil"])
    lea = named(session, "Lea")
    departures.leave(session, _hooks(), lea)
    departures.come_back(session, lea)
    departures.come_back(session, lea)

    assert (lea.left_at, tenures.of(lea)) == (None, [])
    assert kinds(session, lea)[-2:] == [(MemberChange.LEFT, None), (MemberChange.CAME_BACK, None)]


LEAVING = {"tomorrow": TODAY + DAY, "before joining": TODAY - 30 * DAY}


@pytest.mark.parametrize("on", LEAVING.values(), ids=LEAVING.keys())
def test_a_departure_is_noted_when_it_happens_or_afterwards(session: Session, on: date) -> None:
    lea = members.join(session, _here(session), None, name="Léa", joined_on=TODAY - 9 * DAY)

    with pytest.raises(BadLeavingDay):
        departures.leave(session, _hooks(), lea, on=on)


def test_a_departure_of_an_earlier_day_ends_at_its_midnight(session: Session) -> None:
    lea = members.join(session, _here(session), None, name="Léa")

    departures.leave(session, _hooks(), lea, on=TODAY - DAY)

    assert lea.left_at is not None
    assert lea.left_at.astimezone(PARIS).date() == TODAY
    assert f"{lea.left_at.astimezone(PARIS):%H:%M}" == "00:00"


@pytest.mark.both_databases
@pytest.mark.parametrize("promised", [False, True])
def test_a_driver_who_leaves_can_no_longer_be_booked_unless_promised(session: Session, promised: bool) -> None:
    lea = members.join(session, _here(session), None, name="Léa")
    driver = Resource(module="core", kind="driver", name="Léa", member_id=lea.id)
    session.add(driver)
    session.flush()
    if promised:
        start = now() + DAY
        session.add(
            Occupation(
                resource_id=driver.id,
                module="core",
                kind=OccupationKind.USE,
                starts_at=start,
                ends_at=start + DAY,
                blocked_until=start + DAY,
            )
        )

    done = departures.leave(session, _hooks(), lea)

    assert done.kept == (("Léa",) if promised else ())
    assert (driver.archived_at is None) is promised


def test_a_member_gets_the_account_of_an_address_or_a_new_one(world: World, boss: User) -> None:
    world.user("lea", scop=["accueil"])
    scope = _everywhere(world)
    with world.app.app_context(), open_session(world.jalon.db, scope) as session:
        known = members.account(session, " Lea@Test.example ", name="Léa")
        fresh = members.account(session, "new@test.example", name="New")
        paper = members.join(session, scope.structure, None, name="Paper")
        members.give_account(session, paper, fresh)
        members.give_account(session, paper, known)

        assert (known.email, members.never_signed_in(known)) == ("lea@test.example", False)
        assert members.never_signed_in(fresh)
        assert paper.user_id == known.id
        with pytest.raises(HasAccount):
            members.give_account(session, paper, fresh)
        with pytest.raises(AlreadyMember):
            members.give_account(session, members.join(session, scope.structure, None, name="Twice"), known)


def _everywhere(world: World) -> Scope:
    from dataclasses import replace

    with world.inside("relais") as session:
        from jalon.scope import scope_of

        return replace(scope_of(session), across="a test makes accounts")
