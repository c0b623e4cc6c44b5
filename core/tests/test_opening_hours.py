"""Opening hours as people type them, and what is answered to what cannot be."""

from __future__ import annotations

import pytest

from jalon.errors import DomainError
from jalon.opening_hours import (
    BadHour,
    ClosesFirst,
    NotARange,
    OpeningHours,
    RangesOverlap,
    TooManyRanges,
    parse,
    say,
)

TYPED = {
    "9h-12h30, 14h-18h": "9h-12h30, 14h-18h",
    "9:00-12:30": "9h-12h30",
    "09.30 - 12.00": "9h30-12h",
    "9h à 12h30": "9h-12h30",
    "9 heures à 12 heures": "9h-12h",
    "de 9h à 12h30 et de 14h à 18h": "9h-12h30, 14h-18h",
    "9-12 / 14-18": "9h-12h, 14h-18h",
    "9h-12h 14h-18h": "9h-12h, 14h-18h",
    "9 h 30 – 12 h": "9h30-12h",
    "9H\u00a0-\u202f12H": "9h-12h",
    "midi-14h": "12h-14h",
    "20h-minuit": "20h-24h",
    "14h-18h, 9h-12h": "9h-12h, 14h-18h",
    "9h-12h, 12h-14h": "9h-14h",
    "fermé": "fermé",
    "-": "fermé",
    "   ": "fermé",
}
REFUSED = {
    "25h70": BadHour,
    "8h-25h70": BadHour,
    "9h-12h60": BadHour,
    "9h-24h01": BadHour,
    "0900-1230": BadHour,
    "9h5-12h": BadHour,
    "9h" + "9" * 6000: BadHour,
    "12h-9h": ClosesFirst,
    "9h-9h": ClosesFirst,
    "9h-12h, 11h-13h": RangesOverlap,
    "7h-8h, 9h-10h, 11h-12h, 13h-14h": TooManyRanges,
    "9h": NotARange,
    "9h-": NotARange,
    "9h-12h-14h": NotARange,
    "9h-12h sur rendez-vous": NotARange,
    "le matin": NotARange,
    "<b>": NotARange,
}


@pytest.mark.parametrize(("typed", "shown"), TYPED.items())
def test_hours_are_read_as_people_write_them_and_shown_in_one_way(typed: str, shown: str) -> None:
    assert say(parse(typed)) == shown


@pytest.mark.parametrize("shown", sorted(set(TYPED.values())))
def test_what_is_shown_can_be_typed_back(shown: str) -> None:
    assert say(parse(shown)) == shown


@pytest.mark.parametrize(("typed", "refusal"), REFUSED.items(), ids=[text[:20] for text in REFUSED])
def test_what_is_no_hour_is_refused_with_its_reason(typed: str, refusal: type[DomainError]) -> None:
    with pytest.raises(refusal) as refused:
        parse(typed)

    assert 10 < len(str(refused.value)) < 220


def test_a_week_comes_back_from_storage_as_it_was() -> None:
    week = OpeningHours.typed("9h-12h, 14h-18h", "", "9h-12h30", "", "10h-24h", "", "")

    assert OpeningHours.loaded(week.stored()) == week
    assert week.stored()[4] == [["10:00", "24:00"]]


@pytest.mark.parametrize(
    "stored",
    [
        None,
        [],
        [[]] * 6,
        "9h-12h",
        [[["09:00"]], *[[]] * 6],
        [[["12:00", "09:00"]], *[[]] * 6],
        [[["09:00", "25:00"]], *[[]] * 6],
        [[["09:00", "12:00"], ["11:00", "13:00"]], *[[]] * 6],
        [3, *[[]] * 6],
    ],
)
def test_what_is_stored_and_is_no_week_is_refused(stored: object) -> None:
    with pytest.raises((ValueError, TypeError, DomainError)):
        OpeningHours.loaded(stored)
