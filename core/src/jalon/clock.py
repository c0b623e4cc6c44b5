"""Now and today. `JALON_TODAY` moves them, in a demo and in tests only."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo


def now() -> datetime:
    """The instant, in UTC; on the day of `JALON_TODAY` (YYYY-MM-DD) when the environment is not production."""
    real = datetime.now(UTC)
    moved = os.environ.get("JALON_TODAY")
    if not moved or os.environ.get("JALON_ENV") == "production":
        return real
    return real + timedelta(days=(date.fromisoformat(moved) - real.date()).days)


def today(zone: ZoneInfo) -> date:
    return now().astimezone(zone).date()
