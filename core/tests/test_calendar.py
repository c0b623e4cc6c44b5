"""When a structure is open: by its hours, its closures and the public holidays, on days of 23 and 25 hours too."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from jalon import calendar, settings
from jalon.calendar import DayKind
from jalon.clock import today
from jalon.core_settings import Opening
from jalon.holidays import Region, SchoolZone
from jalon.localtime import to_instant
from jalon.models import Closure, SchoolHoliday, Structure
from jalon.opening_hours import OpeningHours, say
from jalon.scope import PARIS, Scope
from jalon.testing.world import Browser, World

TODAY = today(PARIS)
WEEK = OpeningHours.typed(*["9h-12h30, 13h30-17h"] * 5, "9h-12h", "")
MONDAY, SATURDAY, SUNDAY = date(2031, 3, 3), date(2031, 3, 8), date(2031, 3, 9)  # no holiday is near
NOEL = date(2031, 12, 25)  # a Thursday


@pytest.fixture
def session(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    monkeypatch.setenv("JALON_TODAY", "2026-11-24")
    world.structure("relais")
    with world.inside("relais") as session:
        opens(session, hours=WEEK)
        yield session


def opens(session: Session, **values: Any) -> None:
    settings.change(session, Opening, values, valid_from=today(PARIS))


def close(session: Session, first: date, last: date, name: str = "Inventaire") -> None:
    session.add(Closure(name=name, first_day=first, last_day=last))
    session.flush()


def at(day: date, hour: int, minute: int = 0, zone: ZoneInfo = PARIS) -> datetime:
    return to_instant(datetime(day.year, day.month, day.day, hour, minute), zone)


HOURS = {  # hour and minute of a Monday: open, and open for bringing back
    (8, 59): (False, False),
    (9, 0): (True, True),
    (12, 29): (True, True),
    (12, 30): (False, True),
    (12, 31): (False, False),
    (13, 30): (True, True),
    (16, 59): (True, True),
    (17, 0): (False, True),
    (0, 0): (False, False),
}


@pytest.mark.parametrize(("time", "wanted"), HOURS.items())
def test_the_opening_minute_is_open_and_the_closing_one_is_for_bringing_back(
    session: Session, time: tuple[int, int], wanted: tuple[bool, bool]
) -> None:
    instant = at(MONDAY, *time)

    assert calendar.is_open(session, instant) is wanted[0]
    assert calendar.is_open(session, instant, closing=True) is wanted[1]


def test_open_until_midnight_counts_midnight_for_bringing_back(session: Session) -> None:
    opens(session, hours=OpeningHours.typed("18h-minuit", *[""] * 6))
    midnight = at(MONDAY + timedelta(days=1), 0)

    assert not calendar.is_open(session, midnight)
    assert calendar.is_open(session, midnight, closing=True)


KINDS = {
    "a working day": (MONDAY, DayKind.OPEN, "", "9h-12h30, 13h30-17h"),
    "a short day": (SATURDAY, DayKind.OPEN, "", "9h-12h"),
    "a day off": (SUNDAY, DayKind.DAY_OFF, "", "fermé"),
    "Christmas": (NOEL, DayKind.PUBLIC_HOLIDAY, "Noël", "fermé"),
    "first day closed": (date(2031, 3, 10), DayKind.CLOSURE, "Inventaire", "fermé"),
    "last day closed": (date(2031, 3, 12), DayKind.CLOSURE, "Inventaire", "fermé"),
    "open again": (date(2031, 3, 13), DayKind.OPEN, "", "9h-12h30, 13h30-17h"),
    "closed on a holiday": (date(2031, 4, 14), DayKind.CLOSURE, "Inventaire", "fermé"),
}


@pytest.mark.both_databases
@pytest.mark.parametrize(("day", "kind", "name", "hours"), KINDS.values(), ids=KINDS.keys())
def test_a_day_says_what_it_is_and_why(session: Session, day: date, kind: DayKind, name: str, hours: str) -> None:
    close(session, date(2031, 3, 10), date(2031, 3, 12))
    close(session, date(2031, 4, 14), date(2031, 4, 14))

    found = calendar.day(session, day)

    assert (found.kind, found.name, say(found.hours)) == (kind, name, hours)
    assert calendar.day_kind(session, day) is kind


def test_a_closed_day_is_told_with_its_reason(session: Session) -> None:
    assert str(calendar.day(session, NOEL)) == "le jeudi 25 décembre 2031, fermé (Noël)"
    assert str(calendar.day(session, MONDAY)) == "le lundi 3 mars 2031, ouvert 9h-12h30, 13h30-17h"


def test_who_works_on_public_holidays_is_open(session: Session) -> None:
    opens(session, closed_on_public_holidays=False)

    assert calendar.day_kind(session, NOEL) is DayKind.PUBLIC_HOLIDAY
    assert calendar.is_open(session, at(NOEL, 10))


REGIONS = {
    (Region.METROPOLE, date(2031, 12, 26)): "",
    (Region.ALSACE_MOSELLE, date(2031, 12, 26)): "Saint-Étienne",
    (Region.ALSACE_MOSELLE, date(2031, 4, 11)): "Vendredi saint",
    (Region.METROPOLE, date(2031, 4, 14)): "Lundi de Pâques",
    (Region.METROPOLE, date(2031, 5, 22)): "Ascension",
    (Region.REUNION, date(2030, 12, 20)): "Abolition de l’esclavage",
    (Region.METROPOLE, date(2030, 12, 20)): "",
    (Region.GUADELOUPE, date(2030, 5, 27)): "Abolition de l’esclavage",
    (Region.GUYANE, date(2031, 6, 10)): "Abolition de l’esclavage",
    (Region.GUYANE, date(2030, 6, 10)): "Abolition de l’esclavage, Lundi de Pentecôte",
    (Region.MAYOTTE, date(2028, 4, 27)): "Abolition de l’esclavage",
}


@pytest.mark.parametrize(("where", "name"), REGIONS.items())
def test_public_holidays_are_those_of_the_region(session: Session, where: tuple[Region, date], name: str) -> None:
    opens(session, region=where[0])

    assert calendar.day(session, where[1]).name == name


def test_every_region_has_its_holidays() -> None:
    from jalon.holidays import public_holidays

    assert all(len(public_holidays(region, 2031)) >= 11 for region in Region)


def test_new_hours_hold_from_their_day_on(session: Session) -> None:
    settings.change(session, Opening, {"hours": OpeningHours.typed(*["10h-11h"] * 7)}, valid_from=date(2031, 3, 4))

    days = [MONDAY, MONDAY + timedelta(days=1)]

    assert [say(calendar.day(session, day).hours) for day in days] == ["9h-12h30, 13h30-17h", "10h-11h"]


DST = {  # day, hours typed, instants in UTC as hour:minute
    "clock forward, by day": (date(2031, 3, 30), "9h-17h", "07:00-15:00"),
    "clock forward, over the gap": (date(2031, 3, 30), "1h-4h", "00:00-02:00"),
    "clock forward, in the gap": (date(2031, 3, 30), "2h30-5h", "01:00-03:00"),
    "clock back, over the repeated hour": (date(2031, 10, 26), "1h-4h", "23:00-03:00"),
    "an ordinary night": (date(2031, 3, 29), "1h-4h", "00:00-03:00"),
}


@pytest.mark.parametrize(("day", "typed", "wanted"), DST.values(), ids=DST.keys())
def test_hours_are_by_the_clock_on_the_wall(session: Session, day: date, typed: str, wanted: str) -> None:
    opens(session, hours=OpeningHours.typed(*[typed] * 7))

    [(first, last)] = calendar.open_ranges(session, day)

    assert f"{first:%H:%M}-{last:%H:%M}" == wanted
    assert first.tzinfo is last.tzinfo is UTC


def test_a_structure_overseas_is_open_by_its_own_clock(world: World) -> None:
    world.structure("cayenne")
    with world.across() as session:
        session.query(Structure).filter_by(slug="cayenne").one().zone = "America/Cayenne"
        session.commit()

    with world.inside("cayenne") as session:
        assert calendar.is_open(session, at(MONDAY, 9, zone=ZoneInfo("America/Cayenne")))
        assert not calendar.is_open(session, at(MONDAY, 9))


def test_school_holidays_are_those_of_the_zone_and_close_nothing(world: World, session: Session) -> None:
    session.commit()
    with world.across() as writing:
        for zone, name in (("C", "Vacances d’hiver"), ("A", "Other")):
            writing.add(SchoolHoliday(zone=zone, name=name, first_day=MONDAY, last_day=SATURDAY))
        writing.commit()
    opens(session, school_zone=SchoolZone.C)

    found = [calendar.day(session, day) for day in (MONDAY, SATURDAY, SUNDAY)]

    assert [d.school_holiday for d in found] == ["Vacances d’hiver", "Vacances d’hiver", ""]
    assert found[0].kind is DayKind.OPEN


def test_closures_of_another_structure_close_nothing_here(world: World, session: Session) -> None:
    session.commit()
    world.structure("scop")
    with world.inside("scop") as elsewhere:
        close(elsewhere, MONDAY, MONDAY)
        elsewhere.commit()

    assert calendar.day_kind(session, MONDAY) is DayKind.OPEN


def test_a_whole_year_costs_as_many_queries_as_a_day(session: Session) -> None:
    from sqlalchemy import event

    session.commit()
    sent: list[str] = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *a: sent.append(a[2]))
    year = calendar.read(session, MONDAY, MONDAY + timedelta(days=364))
    days = [year.day(MONDAY + timedelta(days=n)) for n in range(365)]

    assert len(days) == 365
    assert len([s for s in sent if s.startswith("SELECT")]) <= 3


def test_a_scope_without_structure_has_no_calendar(world: World) -> None:
    from jalon.db import open_session
    from jalon.errors import ScopeViolation

    with world.app.app_context(), open_session(world.jalon.db, Scope()) as session, pytest.raises(ScopeViolation):
        calendar.day(session, MONDAY)


# --- the closures' screens ---


@pytest.fixture
def direction(world: World) -> Browser:
    world.structure("relais")
    world.user("ada", relais=["direction"])
    return world.client("ada")


CLOSURES = {
    "two days": (("2031-03-10", "2031-03-11"), 302, ""),
    "one day": (("2031-03-10", "2031-03-10"), 302, ""),
    "backwards": (("2031-03-11", "2031-03-10"), 422, "avant le premier"),
    "a century": (("2031-03-11", "2131-03-11"), 422, "un an au plus"),
    "no such day": (("2031-02-30", "2031-03-10"), 422, "pas une date valide"),
    "no day": (("", ""), 422, "Indiquez le jour"),
}


@pytest.mark.both_databases
@pytest.mark.parametrize(("days", "status", "said"), CLOSURES.values(), ids=CLOSURES.keys())
def test_a_closure_is_typed_or_refused_at_its_field(
    world: World, direction: Browser, days: tuple[str, str], status: int, said: str
) -> None:
    answer = direction.send("/relais/admin/closure/new/", name="Inventaire", first_day=days[0], last_day=days[1])

    with world.inside("relais") as session:
        assert session.query(Closure).count() == (1 if status == 302 else 0)
    assert answer.status_code == status
    assert said in answer.text


def test_a_closure_can_be_removed(world: World, direction: Browser) -> None:
    with world.inside("relais") as session:
        close(session, MONDAY, MONDAY)
        session.commit()
        closure_id = session.query(Closure).one().id

    direction.send("/relais/admin/closure/delete/", id=closure_id)

    with world.inside("relais") as session:
        assert session.query(Closure).count() == 0


def test_a_closure_is_removed_from_its_own_page_after_a_question(world: World, direction: Browser) -> None:
    with world.inside("relais") as session:
        session.add(closure := Closure(name="Inventaire", first_day=date(2031, 3, 3), last_day=date(2031, 3, 4)))
        session.commit()
        page = f"/relais/admin/closure/edit/?id={closure.id}"

    shown = direction.get(page).text
    answer = direction.send("/relais/admin/closure/delete/", id=str(closure.id))

    assert "Supprimer « Inventaire »\u00a0?" in shown.replace("«\u00a0", "« ").replace("\u00a0»", " »")
    assert answer.headers["Location"] == "/relais/admin/closure/"
    assert "C’est supprimé." in direction.get("/relais/admin/closure/").text
    assert direction.get(page).status_code == 404
