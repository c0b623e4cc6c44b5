"""What rental tells everybody of itself: how many vehicles are free this week, by kind, and nobody's name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, time, timedelta

from sqlalchemy.orm import Session

from jalon.clock import now, today
from jalon.declarations import Excerpt
from jalon.localtime import to_instant
from jalon.scope import scope_of
from jalon_fleet.models import Category
from jalon_rental import bookings
from jalon_rental.i18n import _

FREE = "rental.free"


def free_this_week(session: Session) -> Sequence[Excerpt]:
    """Free from now to the end of Sunday, as a booking of that whole time would find them."""
    zone = scope_of(session).zone
    day = today(zone)
    end = to_instant(datetime.combine(day + timedelta(days=7 - day.weekday()), time()), zone)
    found = Counter(v.category for v in bookings.free_vehicles(session, starts_at=now(), ends_at=end))
    labels = Category.labels()
    lines = [f"{found[category]} × {labels[category]}" for category in Category if found[category]]
    return [Excerpt(FREE, _("Free this week"), lines or [_("Everything is out this week.")])]
