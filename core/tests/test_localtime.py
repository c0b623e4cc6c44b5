"""Wall clocks and instants, in the nights when they disagree."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from jalon import clock
from jalon.localtime import NoSuchTime, to_instant, to_local

PARIS = ZoneInfo("Europe/Paris")
REUNION = ZoneInfo("Indian/Reunion")

TIMES = {
    "winter": (datetime(2026, 1, 15, 9), PARIS, datetime(2026, 1, 15, 8, tzinfo=UTC)),
    "summer": (datetime(2026, 7, 15, 9), PARIS, datetime(2026, 7, 15, 7, tzinfo=UTC)),
    "last minute before the clock goes forward": (
        datetime(2026, 3, 29, 1, 59),
        PARIS,
        datetime(2026, 3, 29, 0, 59, tzinfo=UTC),
    ),
    "first minute after it went forward": (datetime(2026, 3, 29, 3), PARIS, datetime(2026, 3, 29, 1, tzinfo=UTC)),
    "first of the two in the repeated hour": (
        datetime(2026, 10, 25, 2, 30),
        PARIS,
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
    ),
    "after the repeated hour": (datetime(2026, 10, 25, 3), PARIS, datetime(2026, 10, 25, 2, tzinfo=UTC)),
    "overseas": (datetime(2026, 7, 15, 9), REUNION, datetime(2026, 7, 15, 5, tzinfo=UTC)),
}


@pytest.mark.parametrize(("local", "zone", "instant"), TIMES.values(), ids=TIMES.keys())
def test_a_wall_clock_time_and_its_instant_say_each_other(local: datetime, zone: ZoneInfo, instant: datetime) -> None:
    assert to_instant(local, zone) == instant
    assert to_local(instant, zone) == local


@pytest.mark.parametrize("minute", [0, 30, 59])
def test_the_hour_that_the_clock_jumps_over_is_refused(minute: int) -> None:
    with pytest.raises(NoSuchTime):
        to_instant(datetime(2026, 3, 29, 2, minute), PARIS)


def test_both_instants_of_the_repeated_hour_read_the_same() -> None:
    first, second = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)

    assert to_local(first, PARIS) == to_local(second, PARIS)


WEEKENDS = {  # from Saturday 18:00 to Sunday 18:00, domain model 3.1: 23, 24 and 25 hours
    "clock forward": (date(2026, 3, 28), 23),
    "ordinary": (date(2026, 4, 4), 24),
    "clock back": (date(2026, 10, 24), 25),
}


@pytest.mark.parametrize(("saturday", "hours"), WEEKENDS.values(), ids=WEEKENDS.keys())
def test_a_weekend_lasts_what_the_clock_makes_of_it(saturday: date, hours: int) -> None:
    at_six = [datetime(day.year, day.month, day.day, 18) for day in (saturday, saturday + timedelta(days=1))]

    begin, end = (to_instant(local, PARIS) for local in at_six)

    assert end - begin == timedelta(hours=hours)


HOURS = ["2026-11-24T09:00", "2026-11-24T22:59", "2026-11-24T23:01", "2026-07-14T21:59", "2026-07-14T22:30"]  # in UTC


@pytest.mark.parametrize("day", [date(2027, 1, 3), date(2027, 7, 14)])
@pytest.mark.parametrize("real", HOURS)
def test_jalon_today_moves_the_day_and_keeps_the_hour_of_paris(
    monkeypatch: pytest.MonkeyPatch, real: str, day: date
) -> None:
    instant = datetime.fromisoformat(real).replace(tzinfo=UTC)
    monkeypatch.setenv("JALON_ENV", "demo")
    monkeypatch.setenv("JALON_TODAY", day.isoformat())
    monkeypatch.setattr(clock, "datetime", StoppedAt(instant))

    assert clock.today(PARIS) == day
    assert to_local(clock.now(), PARIS).time() == to_local(instant, PARIS).time()


class StoppedAt:
    """`datetime` whose `now` is always the same; the real clock cannot be asked to be midnight."""

    combine = datetime.combine

    def __init__(self, instant: datetime) -> None:
        self.instant = instant

    def now(self, zone: object) -> datetime:
        return self.instant


def test_jalon_today_is_ignored_in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JALON_ENV", "production")
    monkeypatch.setenv("JALON_TODAY", "1999-01-01")

    assert abs(clock.now() - datetime.now(UTC)) < timedelta(minutes=1)
