"""Days as people type them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jalon import days
from jalon.errors import DomainError


@pytest.mark.parametrize(
    "typed", ["12/03/1985", "12-3-1985", "12.03.1985", "12031985", "12 3 1985", "1985-03-12", " 12/03/1985 "]
)
def test_a_day_is_read_however_it_is_typed(typed: str) -> None:
    assert days.read(typed) == date(1985, 3, 12)


@pytest.mark.parametrize(
    ("typed", "refusal"),
    [
        ("31/02/1985", days.NotADay),
        ("12/13/1985", days.NotADay),
        ("12/03/85", days.ShortYear),
        ("12/03/19855", days.NotADay),
        ("hier", days.NotADay),
        ("", days.NotADay),
        ("00/00/0000", days.NotADay),
    ],
)
def test_what_is_no_day_is_refused(typed: str, refusal: type[DomainError]) -> None:
    with pytest.raises(refusal):
        days.read(typed)


@given(st.dates())
def test_what_is_shown_is_read_back(day: date) -> None:
    assert days.read(days.shown(day)) == day


@pytest.mark.parametrize(
    ("born", "on", "years"),
    [
        (date(2000, 3, 12), date(2026, 3, 11), 25),
        (date(2000, 3, 12), date(2026, 3, 12), 26),
        (date(2004, 2, 29), date(2026, 2, 28), 21),
        (date(2004, 2, 29), date(2026, 3, 1), 22),
    ],
)
def test_age_turns_on_the_birthday(born: date, on: date, years: int) -> None:
    assert days.age(born, on) == years
