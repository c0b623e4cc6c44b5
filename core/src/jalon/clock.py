"""Now and today. `JALON_TODAY` moves them, in a demo and in tests only."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")


def now() -> datetime:
    """The instant, in UTC; on the day of `JALON_TODAY` (YYYY-MM-DD) when the environment is not production.

    That day is Paris's and the hour is its clock's, so that around midnight the day stays the one that was asked for.
    """
    real = datetime.now(UTC)
    moved = os.environ.get("JALON_TODAY")
    if not moved or os.environ.get("JALON_ENV") == "production":
        return real
    hour = real.astimezone(PARIS).time()
    return datetime.combine(date.fromisoformat(moved), hour, PARIS).astimezone(UTC)


def real_now() -> datetime:
    """The instant itself, in UTC: a day that was moved must unlock, expire and throttle nothing."""
    return datetime.now(UTC)


def today(zone: ZoneInfo) -> date:
    return now().astimezone(zone).date()
