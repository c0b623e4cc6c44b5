"""The demo: exact figures, a live week on any day, loaded once, removed without a trace."""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import MetaData, func, inspect, select
from sqlalchemy.orm import Session

from jalon import accounts, clock, demo, invitations, members, second_factor, structures
from jalon.demo.people import PLACES
from jalon.models import (
    AccessEntry,
    BeneficiaryStructure,
    Closure,
    EnabledModule,
    File,
    HistoryEntry,
    Identity,
    Occupation,
    Organisation,
    Referrer,
    ReferrerPost,
    Situation,
    Structure,
    User,
)
from jalon.models.search_index import INDEX
from jalon.testing.world import Browser, World
from jalon_fleet import vehicles
from jalon_fleet.models import Category, Vehicle
from jalon_rental import bookings
from jalon_rental.models import OPEN, Booking, State
from jalon_rental.testing import renter

PARIS = ZoneInfo("Europe/Paris")
DAYS = [
    "2027-01-01",
    *(pytest.param(day, marks=pytest.mark.slow) for day in ("2027-01-03", "2028-02-29", "2026-10-25")),
]


def load(world: World) -> bool:
    with world.app.app_context():
        return demo.load(world.jalon)


def purge(world: World) -> int:
    with world.app.app_context():
        return demo.purge(world.jalon)


def counts(world: World) -> dict[str, int]:
    """Rows of every table of the database."""
    with world.app.app_context(), world.jalon.db.engine.connect() as connection:
        metadata = MetaData()
        metadata.reflect(connection, only=inspect(connection).get_table_names())
        return {
            name: connection.scalar(select(func.count()).select_from(table)) or 0
            for name, table in metadata.tables.items()
        }


@pytest.fixture
def loaded(world: World, demo_file: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """The demo of 3 January 2027, for tests that change it."""
    monkeypatch.setenv("JALON_ENV", "demo")
    monkeypatch.setenv("JALON_TODAY", "2027-01-03")
    with world.app.app_context():
        engine = world.jalon.db.engine
        engine.dispose()
    if engine.dialect.name == "sqlite":
        shutil.copyfile(demo_file, str(engine.url.database))
    else:
        load(world)
    return world


def everything(world: World) -> list[tuple[object, ...]]:
    """What the demo says, without the numbers the database gave."""
    with world.across() as session:
        people = session.execute(
            select(
                Identity.usage_name,
                Identity.first_name,
                Identity.birth_date,
                File.phone,
                File.commune_insee,
                BeneficiaryStructure.reason,
                BeneficiaryStructure.since,
                BeneficiaryStructure.until,
                Situation.on_day,
                Situation.employment,
            )
            .join(File, File.beneficiary_id == Identity.beneficiary_id)
            .join(BeneficiaryStructure, BeneficiaryStructure.beneficiary_id == Identity.beneficiary_id)
            .outerjoin(Situation, Situation.beneficiary_id == Identity.beneficiary_id)
        )
        directory = session.execute(
            select(Referrer.last_name, Referrer.charter_signed_on, ReferrerPost.first_day, Organisation.name)
            .join(ReferrerPost, ReferrerPost.referrer_id == Referrer.id)
            .join(Organisation, Organisation.id == ReferrerPost.organisation_id)
        )
        rows = session.execute(
            select(
                Structure.slug,
                Vehicle.plate,
                Vehicle.serial_number,
                Booking.state,
                Identity.usage_name,
                Identity.first_name,
                Booking.starts_at,
                Booking.ends_at,
                Occupation.departed_at,
                Occupation.returned_at,
            )
            .join(Vehicle, Vehicle.structure_id == Structure.id)
            .outerjoin(Booking, Booking.vehicle_id == Vehicle.id)
            .outerjoin(Occupation, Occupation.id == Booking.occupation_id)
            .outerjoin(Identity, Identity.beneficiary_id == Booking.beneficiary_id)
        )
        return sorted((tuple(row) for row in (*people, *directory, *rows)), key=str)


@pytest.mark.both_databases(slow="postgresql")
def test_purging_leaves_every_table_as_before_but_for_the_communes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JALON_ENV", "demo")
    before = counts(world)

    assert load(world)
    during = counts(world)
    removed = purge(world)

    after = counts(world)
    assert after.pop("jalon_commune") > before.pop("jalon_commune") == 0
    assert after == before
    kept = {name for name in during if name.startswith(INDEX)} | {"jalon_commune"}  # the index follows its table
    assert removed == sum(n - after[name] for name, n in during.items() if name not in kept)


@pytest.mark.slow
def test_loading_twice_is_loading_once(loaded: World) -> None:
    before = counts(loaded)

    assert load(loaded) is False

    assert counts(loaded) == before


def test_each_structure_has_its_modules(shown: World) -> None:
    with shown.across() as session:
        rows = session.execute(
            select(Structure.slug, EnabledModule.slug).join(Structure, Structure.id == EnabledModule.structure_id)
        )
        enabled = sorted(tuple(row) for row in rows)

    assert enabled == sorted((place.slug, module) for place in PLACES for module in place.modules)
    assert len(PLACES) == 5


def test_the_fleet_has_thirty_four_vehicles(shown: World) -> None:
    with shown.across() as session:
        fleet = Counter(session.scalars(select(Vehicle.category)))

    assert fleet == {Category.CAR: 12, Category.SCOOTER_50: 10, Category.EBIKE: 8, Category.BIKE: 4}


def closed_year(session: Session, year: int) -> list[Booking]:
    """Bookings of that year that are over."""
    return [
        booking
        for booking in session.scalars(select(Booking))
        if booking.starts_at.astimezone(PARIS).year == year and booking.state not in OPEN
    ]


def test_the_closed_year_has_the_figures_of_the_domain_model(shown: World) -> None:
    with shown.across() as session:
        year = closed_year(session, 2026)
        contracts = [b for b in year if b.state is State.RETURNED]
        late = [b.occupation.returned_at - b.ends_at for b in contracts if b.occupation and b.occupation.returned_at]
        by_category = Counter(b.vehicle.category for b in contracts)
        by_state = Counter(b.state for b in year)

    assert by_category == {Category.CAR: 66, Category.SCOOTER_50: 44, Category.EBIKE: 22, Category.BIKE: 6}
    assert by_state == {State.RETURNED: 138, State.CANCELLED: 14, State.NO_SHOW: 5}
    assert len([delay for delay in late if delay > timedelta(0)]) == 23
    assert len([delay for delay in late if delay > timedelta(hours=24)]) == 6
    assert len({b.beneficiary_id for b in contracts}) == len({b.beneficiary_id for b in year}) == 90


def test_nobody_rents_before_the_file_was_opened_or_two_vehicles_at_once(shown: World) -> None:
    with shown.across() as session:
        since = {
            (link.beneficiary_id, link.structure_id): link for link in session.scalars(select(BeneficiaryStructure))
        }
        contracts = sorted(
            (b for b in closed_year(session, 2026) if b.state is State.RETURNED),
            key=lambda b: (b.beneficiary_id, b.starts_at),
        )
        links = [since[b.beneficiary_id, b.structure_id] for b in contracts]
        begun = [(link.since, b.starts_at.astimezone(PARIS).date()) for link, b in zip(links, contracts, strict=True)]
        back = [b.occupation.returned_at for b in contracts if b.occupation and b.occupation.returned_at]
        turns = [(one, other) for one, other in pairwise(contracts) if one.beneficiary_id == other.beneficiary_id]

        assert all(opened <= first for opened, first in begun)
        assert all(link.until is None or at.date() <= link.until for link, at in zip(links, back, strict=True))
        assert all(one.ends_at + timedelta(hours=30) < other.starts_at for one, other in turns)
        assert len(turns) == 138 - 90


MEANS = {Category.CAR: 42, Category.SCOOTER_50: 50, Category.EBIKE: 60, Category.BIKE: 40}


def test_contracts_last_as_long_as_in_the_domain_model(shown: World) -> None:
    lasted: dict[Category, list[int]] = {category: [] for category in MEANS}
    with shown.across() as session:
        for booking in closed_year(session, 2026):
            if booking.state is State.RETURNED:
                first, last = (at.astimezone(PARIS).date() for at in (booking.starts_at, booking.ends_at))
                lasted[booking.vehicle.category].append((last - first).days + 1)

    assert {category: sum(days) / len(days) for category, days in lasted.items()} == MEANS


@pytest.mark.parametrize("day", DAYS)
def test_the_week_is_live_on_any_day(world: World, monkeypatch: pytest.MonkeyPatch, day: str) -> None:
    monkeypatch.setenv("JALON_ENV", "demo")
    monkeypatch.setenv("JALON_TODAY", day)

    assert load(world)

    assert clock.today(PARIS) == date.fromisoformat(day)
    for slug in ("plateforme", "relais"):
        with world.inside(slug) as session:
            late = [b for b in session.scalars(select(Booking)) if bookings.is_late(b)]
            out = session.scalars(select(Booking).where(Booking.state == State.OUT)).all()
            coming = session.scalars(select(Booking).where(Booking.state == State.BOOKED)).all()
            assert [b.vehicle.category for b in late] == [Category.SCOOTER_50]
            assert [b.vehicle for b in coming if b.vehicle is late[0].vehicle], "nobody waits for what is late"
            assert len(out) >= 4
            assert all(b.starts_at <= clock.now() for b in out)
            assert len(coming) >= 4
            assert all(b.beneficiary_id is not None for b in (*out, *coming))
            assert all(b.starts_at > clock.now() for b in coming)
            assert len(closed_year(session, date.fromisoformat(day).year - 1)) > 60


class StoppedAt:
    """`datetime` whose `now` is always the same; the real clock cannot be asked to be midnight."""

    combine = datetime.combine

    def __init__(self, instant: datetime) -> None:
        self.instant = instant

    def now(self, zone: object) -> datetime:
        return self.instant


@pytest.mark.slow
@pytest.mark.parametrize("clock_says", [(0, 1), (23, 59)])
def test_the_hour_of_loading_changes_nothing(
    loaded: World, monkeypatch: pytest.MonkeyPatch, clock_says: tuple[int, int]
) -> None:
    said = everything(loaded)
    purge(loaded)
    monkeypatch.setattr(clock, "datetime", StoppedAt(datetime(2026, 6, 1, *clock_says, tzinfo=PARIS)))

    load(loaded)

    assert everything(loaded) == said != []


@pytest.mark.slow
@pytest.mark.both_databases
def test_a_real_structure_beside_the_demo_keeps_every_row(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JALON_ENV", "demo")
    world.structure("association", enabled=["rental"])
    world.user("zoe", association=["agent_location"])
    with world.inside("association") as session:
        car = vehicles.add(session, category=Category.CAR, make="Renault", model="Clio", plate="AA-123-BB")
        vehicles.issue_label(session, car)
        start = clock.now()
        bookings.book(
            session, car, beneficiary=renter(session, "Awa"), starts_at=start, ends_at=start + timedelta(days=1)
        )
        session.commit()
    before = {**counts(world), "jalon_commune": 0}

    load(world)
    purge(world)

    assert {**counts(world), "jalon_commune": 0} == before


@pytest.mark.both_databases(slow="postgresql")
def test_a_demo_account_that_works_for_a_real_structure_stops_the_purge(loaded: World) -> None:
    loaded.structure("association", enabled=["rental"])
    with loaded.across() as session:
        structure = structures.at(session, "association")
        somebody = session.scalars(select(User).where(User.email == "direction@relais.example")).one()
        assert structure is not None
        members.join(session, structure, somebody, roles=["direction"])
        name = somebody.name
        session.commit()
    before = counts(loaded)

    with pytest.raises(demo.DemoInUse) as refused:
        purge(loaded)

    assert name in str(refused.value)
    assert counts(loaded) == before


@pytest.mark.slow
def test_a_real_person_who_looked_at_the_demo_stays(loaded: World) -> None:
    loaded.user("zoe", plateforme=["direction"])

    purge(loaded)

    with loaded.across() as session:
        assert session.scalars(select(User.email)).all() == ["zoe@test.example"]


def test_purging_keeps_what_demo_people_did_and_read_at_real_structures(loaded: World) -> None:
    loaded.structure("real")
    with loaded.across() as session:
        admin = session.scalars(select(User).where(User.email == "admin@plateforme.example")).one()
        actor = accounts.actor_of(admin)
    day = date(2031, 1, 1)
    with loaded.inside("real", actor=actor) as session:
        session.add(Closure(name="Pont", first_day=day, last_day=day))
        session.add(AccessEntry(user_id=actor.user_id, actor_name=actor.name, permission="x", subject_table="x"))
        session.commit()

    purge(loaded)

    with loaded.inside("real") as session:
        entries = session.scalars(select(HistoryEntry).where(HistoryEntry.subject_table == "jalon_closure"))
        traces = [*entries, *session.scalars(select(AccessEntry))]
        assert [(trace.user_id, trace.actor_name) for trace in traces] == [(None, "Camille Orsay")] * 2


def test_the_demo_is_told_as_the_demo(shown: World) -> None:
    with shown.across() as session:
        origins = set(session.scalars(select(HistoryEntry.origin).distinct()))

    assert origins == {"demo"}


@pytest.mark.slow
def test_what_signing_in_left_behind_goes_with_the_demo(loaded: World) -> None:
    Browser(loaded.app).send("/login", email="direction@relais.example", password=demo.PASSWORD)
    with loaded.across() as session:
        somebody = session.scalars(select(User).where(User.email == "direction@relais.example")).one()
        invitations.issue(session, somebody, "reset")
        second_factor.new_recovery_codes(session, somebody)
        session.commit()

    purge(loaded)

    left = counts(loaded)
    of_accounts = ("jalon_session", "jalon_account_link", "jalon_recovery_code", "jalon_account_event")
    assert [left[table] for table in of_accounts] == [0, 0, 0, 0]


def test_purging_what_is_not_there_removes_nothing(world: World) -> None:
    assert purge(world) == 0


def test_every_account_that_is_shown_signs_in(shown: World) -> None:
    with shown.across() as session:
        signed_in = [accounts.check_password(session, email, demo.PASSWORD) for email, _where in demo.ACCOUNTS_SHOWN]

    assert len(signed_in) == len({user.email for user in signed_in}) == sum(len(place.people) for place in PLACES)
