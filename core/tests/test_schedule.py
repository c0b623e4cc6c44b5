"""Schedules: lines of cron, by a structure's clock, also in the nights when the clock changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from jalon.schedule import Schedule

PARIS, REUNION, MIQUELON = ZoneInfo("Europe/Paris"), ZoneInfo("Indian/Reunion"), ZoneInfo("America/Miquelon")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "day", "expected"),
    [
        pytest.param("30 2 * * *", "2026-07-01", ["00:30"], id="a night in summer"),
        pytest.param("30 2 * * *", "2026-01-01", ["01:30"], id="a night in winter"),
        # domain.md 7.5 (2): the nights of three years, and the days after them
        pytest.param("30 2 * * *", "2025-03-30", ["01:30"], id="2025: 02:30 does not exist"),
        pytest.param("30 2 * * *", "2026-03-29", ["01:30"], id="2026: 02:30 does not exist"),
        pytest.param("30 2 * * *", "2027-03-28", ["01:30"], id="2027: 02:30 does not exist"),
        pytest.param("30 2 * * *", "2026-03-30", ["00:30"], id="the night after the clock went forward"),
        pytest.param("30 2 * * *", "2025-10-26", ["00:30"], id="2025: 02:30 comes twice"),
        pytest.param("30 2 * * *", "2026-10-25", ["00:30"], id="2026: 02:30 comes twice"),
        pytest.param("30 2 * * *", "2027-10-31", ["00:30"], id="2027: 02:30 comes twice"),
        pytest.param("30 2 * * *", "2026-10-26", ["01:30"], id="the night after the clock went back"),
        pytest.param("30 2,3 * * *", "2026-03-29", ["01:30"], id="the jumped hour and the one it is done at are one"),
        pytest.param("0 3 * * *", "2026-03-29", ["01:00"], id="the first minute after the jump"),
        pytest.param("59 1 * * *", "2026-03-29", ["00:59"], id="the last minute before the jump"),
        pytest.param("0 3 * * *", "2026-10-25", ["02:00"], id="the first minute after the repeated hour"),
        pytest.param("*/30 2 * * *", "2026-10-25", ["00:00", "00:30"], id="a fixed hour that comes twice"),
        pytest.param("0 0 1 * *", "2026-07-02", [], id="another day of the month"),
        pytest.param("0 12 * * 1-5", "2026-11-21", [], id="a Saturday"),
        pytest.param("0 12 * * 1-5", "2026-11-20", ["11:00"], id="a Friday"),
        pytest.param("0 12 * * 0", "2026-11-22", ["11:00"], id="Sunday as 0"),
        pytest.param("0 12 * * 7", "2026-11-22", ["11:00"], id="Sunday as 7"),
        pytest.param("0 12 1 * 1", "2026-11-23", ["11:00"], id="day of the month or of the week: a Monday"),
        pytest.param("0 12 1 * 1", "2026-11-01", ["11:00"], id="day of the month or of the week: the first"),
        pytest.param("0 12 1 * 1", "2026-11-24", [], id="neither"),
        pytest.param("5,10-12 8 * 3 *", "2026-03-02", ["07:05", "07:10", "07:11", "07:12"], id="numbers and a range"),
    ],
)
def test_the_instants_of_a_day(line: str, day: str, expected: list[str]) -> None:
    found = Schedule(line).on(date.fromisoformat(day), PARIS)

    assert [instant.strftime("%H:%M") for instant in found] == expected


@pytest.mark.parametrize(
    ("day", "hours"),
    [("2026-03-29", 23), ("2026-10-25", 25), ("2025-03-30", 23), ("2027-10-31", 25), ("2026-06-01", 24)],
)
def test_what_is_done_every_hour_follows_the_hours_as_they_pass(day: str, hours: int) -> None:
    found = Schedule("0 * * * *").on(date.fromisoformat(day), PARIS)

    assert len(found) == hours
    assert {b - a for a, b in pairwise(found)} == {timedelta(hours=1)}


@pytest.mark.parametrize(
    ("zone", "expected"),
    [(PARIS, "2026-03-28T01:30"), (REUNION, "2026-03-27T22:30"), (MIQUELON, "2026-03-28T04:30")],
)
def test_each_structure_has_its_own_clock(zone: ZoneInfo, expected: str) -> None:
    assert Schedule("30 2 * * *").on(date(2026, 3, 28), zone) == [utc(expected)]


@pytest.mark.parametrize(
    ("line", "after", "until", "expected"),
    [
        ("30 2 * * *", "2026-06-01T00:00", "2026-06-10T00:29", "2026-06-09T00:30"),
        ("30 2 * * *", "2026-06-01T00:00", "2026-06-10T00:30", "2026-06-10T00:30"),
        ("30 2 * * *", "2026-06-10T00:30", "2026-06-10T12:00", None),
        ("0 6 1 * *", "2026-05-01T00:00", "2026-06-10T00:00", "2026-06-01T04:00"),
        ("30 2 * * *", "2026-03-28T12:00", "2026-03-29T12:00", "2026-03-29T01:30"),
        ("30 2 * * *", "2026-10-25T00:30", "2026-10-25T12:00", None),  # not again when the hour comes back
        ("0 * * * *", "2026-03-29T00:30", "2026-03-29T01:10", "2026-03-29T01:00"),  # 03:00, an hour after 01:00
        ("0 * * * *", "2026-10-25T00:00", "2026-10-25T00:59", None),  # from 02:00 on, until the clock goes back
        ("0 * * * *", "2026-10-25T00:00", "2026-10-25T01:10", "2026-10-25T01:00"),  # 02:00 again
    ],
)
def test_the_last_time_it_should_have_been_done(line: str, after: str, until: str, expected: str | None) -> None:
    found = Schedule(line).last(PARIS, after=utc(after), until=utc(until))

    assert found == (utc(expected) if expected else None)


@pytest.mark.parametrize(
    ("line", "after", "expected"),
    [
        ("30 2 * * *", "2026-03-28T12:00", "2026-03-29T01:30"),
        ("30 2 * * *", "2026-10-25T00:30", "2026-10-26T01:30"),
        ("0 * * * *", "2026-03-29T00:00", "2026-03-29T01:00"),
        ("0 * * * *", "2026-10-25T00:00", "2026-10-25T01:00"),
        ("0 0 29 2 *", "2026-03-01T00:00", "2028-02-28T23:00"),
        ("0 0 30 2 *", "2026-03-01T00:00", None),
    ],
)
def test_the_next_time(line: str, after: str, expected: str | None) -> None:
    found = Schedule(line).next(PARIS, after=utc(after))

    assert found == (utc(expected) if expected else None)


BAD = ("", "* * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8", "x * * * *")


@pytest.mark.parametrize("line", [*BAD, "*/0 * * * *", "5-1 * * * *", "1-2-3 * * * *", ", * * * *"])
def test_a_line_that_is_no_schedule_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"is no|has not|invalid literal"):
        Schedule(line)
