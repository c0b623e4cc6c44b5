"""Opening hours of a week: typed as people write them, shown back in one way, stored as JSON."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from jalon.errors import DomainError
from jalon.i18n import _, _l

DAY = 24 * 60
MOST_RANGES = 3
LONGEST_TYPED = 80
NAMED = {"midi": "12h", "minuit": "24h"}
CLOSED = frozenset({"", "-", "0", "fermé", "ferme", "fermée", "closed", "non"})
HOUR = r"(\d+)(?:[h:.](\d+)?)?"
RANGE = re.compile(rf"{HOUR}\s*-\s*{HOUR}")
STORED = re.compile(r"([01]\d|2[0-4]):([0-5]\d)")
BETWEEN = re.compile(r"(?:[\s,;/+&]|\bet\b|\bpuis\b|\bde\b)*")


class NotARange(DomainError):
    """A part of what was typed is no range of hours."""

    message = _l("“%(typed)s” was not understood: write for instance 9h-12h30, 14h-18h, or leave it empty if closed.")


class BadHour(DomainError):
    """An hour or a minute that no clock shows."""

    message = _l("“%(typed)s” is not an hour of the day.")


class ClosesFirst(DomainError):
    """A range ends before it begins."""

    message = _l("“%(typed)s” closes before it opens.")


class RangesOverlap(DomainError):
    """Two ranges of a day share a minute."""

    message = _l("“%(one)s” and “%(other)s” overlap.")


class TooManyRanges(DomainError):
    """More ranges than a day may have."""

    message = _l("A day has at most %(most)s ranges of hours.")


@dataclass(frozen=True, order=True)
class Hours:
    """From one minute of the wall clock to another of the same day, the last not included; 1440 is midnight."""

    opens: int
    closes: int

    def __str__(self) -> str:
        return f"{clock(self.opens)}-{clock(self.closes)}"


@dataclass(frozen=True)
class OpeningHours:
    """Seven days from Monday on, each with its ranges in order; no range is a day off."""

    days: tuple[tuple[Hours, ...], ...] = ((),) * 7

    @classmethod
    def typed(cls, *days: str) -> OpeningHours:
        """From seven texts. Raises as `parse`."""
        return cls(tuple(parse(text) for text in days))

    @classmethod
    def loaded(cls, stored: object) -> OpeningHours:
        """From what `stored` gave. Raises ValueError for anything else."""
        if not isinstance(stored, list) or len(stored) != 7:
            raise ValueError("opening hours are a list of seven days")
        return cls(tuple(_in_order([_loaded(pair) for pair in day]) for day in stored))

    def stored(self) -> list[list[list[str]]]:
        """Seven lists of `["09:00", "12:30"]`."""
        return [[[_padded(h.opens), _padded(h.closes)] for h in day] for day in self.days]


def parse(text: str) -> tuple[Hours, ...]:
    """The ranges of one day: “9h-12h30, 14h-18h”, “9:00 à 12:30 et 14:00-18:00”; empty or “fermé” is none.

    Raises NotARange, BadHour, ClosesFirst, RangesOverlap, TooManyRanges.
    """
    plain = _plain(text)
    if plain in CLOSED:
        return ()
    for hour in re.finditer(HOUR, plain):
        _minute(hour[1], hour[2], hour[0])
    found, place = [], 0
    for match in RANGE.finditer(plain):
        _refuse_leftover(plain[place : match.start()])
        found.append(_hours(match))
        place = match.end()
    _refuse_leftover(plain[place:])
    if not found:
        raise NotARange(typed=text.strip()[:LONGEST_TYPED])
    return _in_order(found)


def say(day: Sequence[Hours]) -> str:
    """A day as it is shown, and can be typed back: “9h-12h30, 14h-18h”, or “closed”."""
    return ", ".join(map(str, day)) or _("closed")


def clock(minute: int) -> str:
    """A minute of the day as French writes it: 9h, 12h30."""
    hour, rest = divmod(minute, 60)
    return f"{hour}h{rest:02d}" if rest else f"{hour}h"


def _plain(text: str) -> str:
    """Lower case, one kind of dash and of space, “à” as a dash, midi and minuit as hours."""
    plain = re.sub(r"[\s\u00a0\u202f]+", " ", text.lower()).strip()
    plain = re.sub(r"[–—−‑>→]+", "-", plain)
    for name, hour in NAMED.items():
        plain = re.sub(rf"\b{name}\b", hour, plain)
    plain = re.sub(r"(\d)\s*(?:heures|heure|h)(?![a-z])", r"\1h", plain)
    plain = re.sub(r"(?<=\dh) (?=\d\d\b(?!h))", "", plain)  # 9 h 30, but not 12h 14h
    return re.sub(r"(?<=[\dh])\s*(?:jusqu['’]à|\bau?\b|à)\s*(?=\d)", "-", plain)


def _refuse_leftover(between: str) -> None:
    if not BETWEEN.fullmatch(between):
        raise NotARange(typed=between.strip(" ,;")[:LONGEST_TYPED])


def _hours(match: re.Match[str]) -> Hours:
    typed = match[0].strip()
    first, last = (_minute(match[n], match[n + 1], typed) for n in (1, 3))
    if last <= first:
        raise ClosesFirst(typed=typed)
    return Hours(first, last)


def _minute(hour: str, minute: str | None, typed: str) -> int:
    if len(hour) > 2 or len(minute or "00") != 2 or int(minute or 0) > 59 or int(hour) * 60 + int(minute or 0) > DAY:
        raise BadHour(typed=typed[:LONGEST_TYPED])
    return int(hour) * 60 + int(minute or 0)


def _in_order(found: list[Hours]) -> tuple[Hours, ...]:
    """Sorted, those that touch made one. Raises RangesOverlap, TooManyRanges."""
    kept: list[Hours] = []
    for hours in sorted(found):
        if kept and hours.opens < kept[-1].closes:
            raise RangesOverlap(one=kept[-1], other=hours)
        if kept and hours.opens == kept[-1].closes:
            kept[-1] = Hours(kept[-1].opens, hours.closes)
        else:
            kept.append(hours)
    if len(kept) > MOST_RANGES:
        raise TooManyRanges(most=MOST_RANGES)
    return tuple(kept)


def _loaded(pair: object) -> Hours:
    first, last = (_from_stored(text) for text in pair)  # type: ignore[attr-defined]
    if not 0 <= first < last <= DAY:
        raise ValueError(f"{pair} is no range of hours")
    return Hours(first, last)


def _from_stored(text: object) -> int:
    match = STORED.fullmatch(str(text))
    if match is None:
        raise ValueError(f"{text} is no hour")
    return int(match[1]) * 60 + int(match[2])


def _padded(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
