"""Civil times of a structure to instants and back."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_datetime, format_timedelta

from jalon.errors import DomainError
from jalon.i18n import _l, current_locale


class NoSuchTime(DomainError):
    """The clock jumped over that minute."""

    message = _l("This time does not exist: the clock went forward that night.")


def to_instant(local: datetime, zone: ZoneInfo) -> datetime:
    """The instant of a wall clock time; the first of the two in the repeated hour. Raises NoSuchTime."""
    instant = local.replace(tzinfo=zone).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise NoSuchTime
    return instant


def to_local(instant: datetime, zone: ZoneInfo) -> datetime:
    """The wall clock time of an instant, without zone, as a form shows it."""
    return instant.astimezone(zone).replace(tzinfo=None)


def in_words(instant: datetime, zone: ZoneInfo) -> str:
    """An instant as “mar. 24/11/2026 08:30”: people agree on a day of the week."""
    return str(format_datetime(to_local(instant, zone), "EEE dd/MM/yyyy HH:mm", locale=current_locale()))


def ago(instant: datetime, now: datetime) -> str:
    """How long ago an instant was, as “il y a 3 jours”; of a moment to come, in how long."""
    return str(format_timedelta(instant - now, add_direction=True, threshold=1.2, locale=current_locale()))
