"""Prescripteurs, and where each of them worked when."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from jalon import organisations, referrers
from jalon.models import Organisation, OrganisationKind, Referrer, ReferrerPost
from jalon.referrers import ReferrerState
from jalon.testing.world import World

WRITE = {"jalon.organisations.write"}
DAY = date(2026, 3, 2)


@pytest.fixture
def relais(world: World) -> World:
    """`relais`, and two organisations of the directory; lea keeps it."""
    world.structure("relais")
    world.user("lea", relais=["conseiller"])
    with world.inside("relais", permissions=WRITE) as session:
        for name in ("CCAS", "Mission locale"):
            organisations.add(session, name=name, kind=OrganisationKind.OTHER)
        session.commit()
    return world


def places(session: object) -> list[Organisation]:
    return list(session.scalars(select(Organisation).order_by(Organisation.id)))  # type: ignore[attr-defined]


@pytest.mark.both_databases
def test_a_prescripteur_who_changes_organisation_keeps_the_dates_of_both_posts(relais: World) -> None:
    with relais.inside("relais", permissions=WRITE) as session:
        ccas, mission = places(session)
        nadia = referrers.add(session, last_name="Berthelot", first_name="Nadia", organisation=ccas, since=DAY)
        referrers.move(session, nadia, organisation=mission, since=date(2026, 9, 1), job_title="Advisor")
        session.commit()
        session.expire_all()

        posts = [(p.organisation.name, p.first_day, p.last_day) for p in nadia.posts]
        assert posts == [("Mission locale", date(2026, 9, 1), None), ("CCAS", DAY, date(2026, 8, 31))]
        held = [referrers.post(nadia, d) for d in (DAY - timedelta(1), DAY, date(2026, 8, 31), date(2026, 9, 1))]
        assert [p.organisation.name if p else "" for p in held] == ["", "CCAS", "CCAS", "Mission locale"]


@pytest.mark.parametrize(
    ("to", "since", "title", "refusal"),
    [
        (0, date(2026, 9, 1), None, referrers.AlreadyThere),
        (1, DAY, None, referrers.MoveTooEarly),
        (1, DAY - timedelta(30), None, referrers.MoveTooEarly),
        (None, date(2026, 9, 1), None, referrers.OrganisationNeeded),
        (0, date(2026, 9, 1), "Head of the service", None),
        (1, DAY + timedelta(1), None, None),
    ],
)
def test_a_move_opens_a_post_after_the_present_one_began(
    relais: World, to: int | None, since: date, title: str | None, refusal: type[Exception] | None
) -> None:
    with relais.inside("relais", permissions=WRITE) as session:
        known = places(session)
        nadia = referrers.add(session, last_name="Berthelot", organisation=known[0], since=DAY)
        target = None if to is None else known[to]

        if refusal is None:
            referrers.move(session, nadia, organisation=target, since=since, job_title=title)
            assert sorted(p.last_day is None for p in nadia.posts) == [False, True]
        else:
            with pytest.raises(refusal):
                referrers.move(session, nadia, organisation=target, since=since, job_title=title)


def test_who_leaves_holds_no_post_and_may_come_back(relais: World) -> None:
    with relais.inside("relais", permissions=WRITE) as session:
        ccas, mission = places(session)
        nadia = referrers.add(session, last_name="Berthelot", organisation=ccas, since=DAY)

        with pytest.raises(referrers.LeftTooEarly):
            referrers.leave(session, nadia, on=DAY - timedelta(1))
        referrers.leave(session, nadia, on=date(2026, 6, 30))
        with pytest.raises(referrers.HasLeft):
            referrers.leave(session, nadia, on=date(2026, 7, 1))

        assert referrers.post(nadia, date(2026, 7, 1)) is None
        referrers.move(session, nadia, organisation=mission, since=date(2026, 9, 1), job_title=None)
        assert nadia.left_on is None
        assert [p.last_day for p in nadia.posts] == [None, date(2026, 6, 30)]


ON = date(2026, 11, 24)


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("since", "charter", "left", "expected"),
    [
        (ON, None, None, ReferrerState.ACTIVE),
        (ON - timedelta(180), None, None, ReferrerState.ACTIVE),
        (ON - timedelta(181), None, None, ReferrerState.DORMANT),
        (ON - timedelta(900), ON - timedelta(20), None, ReferrerState.ACTIVE),
        (ON - timedelta(900), ON - timedelta(181), None, ReferrerState.DORMANT),
        (ON - timedelta(10), None, ON - timedelta(1), ReferrerState.GONE),
        (ON - timedelta(10), None, ON, ReferrerState.ACTIVE),
    ],
)
def test_the_state_is_derived_the_same_way_for_one_and_for_lists(
    relais: World, since: date, charter: date | None, left: date | None, expected: ReferrerState
) -> None:
    with relais.inside("relais", permissions=WRITE) as session:
        made = referrers.add(
            session, last_name="Berthelot", organisation=places(session)[0], since=since, charter_signed_on=charter
        )
        if left:
            referrers.leave(session, made, on=left)

        assert referrers.state(made, ON) is expected
        listed = [s for s in ReferrerState if session.scalars(select(Referrer).where(referrers.in_state(s, ON))).all()]
        assert listed == [expected]


def test_a_prescripteur_is_added_moved_and_noted_as_gone_on_the_screens(relais: World) -> None:
    desk = relais.client("lea")

    added = desk.send(
        "/relais/admin/referrer/new/", last_name="Berthelot", first_name="Nadia", organisation="ccas",
        since="2026-03-02", phone="01 99 00 10 00", authorised="y",
    )  # fmt: skip
    moved = desk.send("/relais/referrers/1/move", organisation="Mission locale", since="2026-09-01", job_title="")
    page = desk.get("/relais/admin/referrer/edit/?id=1").text
    left = desk.send("/relais/referrers/1/leave", left_on="2026-10-31")

    assert [added.status_code, moved.status_code, left.status_code] == [302, 302, 302], added.text
    assert "du 02/03/2026 au 31/08/2026" in page
    assert "depuis le 01/09/2026" in page
    assert 'value="01 99 00 10 00"' in page
    assert "BERTHELOT Nadia" in desk.get("/relais/admin/referrer/?show=gone").text


@pytest.mark.parametrize(
    ("address", "fields", "sentence"),
    [
        ("move", {"organisation": "Nowhere", "since": "2026-09-01"}, "Rien ne s’appelle"),
        ("move", {"organisation": "Mission locale", "since": "2026-02-31"}, ""),
        ("move", {"organisation": "Mission locale", "since": "2020-01-01"}, "après le précédent"),
        ("leave", {"left_on": "2020-01-01"}, "avant le premier jour"),
        ("leave", {"left_on": ""}, "le dernier jour"),
    ],
)
def test_a_refused_move_keeps_what_was_typed(
    relais: World, address: str, fields: dict[str, str], sentence: str
) -> None:
    with relais.inside("relais", permissions=WRITE) as session:
        referrers.add(session, last_name="Berthelot", organisation=places(session)[0], since=DAY)
        session.commit()

    answer = relais.client("lea").send(f"/relais/referrers/1/{address}", **fields)

    assert answer.status_code == 422
    assert sentence in answer.text
    assert all(typed in answer.text for typed in fields.values())
    with relais.across() as session:
        assert session.scalars(select(ReferrerPost.last_day)).all() == [None]


def test_a_prescripteur_needs_a_name_and_an_organisation(relais: World) -> None:
    with relais.inside("relais", permissions=WRITE) as session:
        with pytest.raises(referrers.LastNameNeeded):
            referrers.add(session, last_name=" ", organisation=places(session)[0], since=DAY)
        with pytest.raises(referrers.OrganisationNeeded):
            referrers.add(session, last_name="Berthelot", organisation=None, since=DAY)
