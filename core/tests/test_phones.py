"""Telephone numbers: typed in any way, stored in one."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jalon import phones


@pytest.mark.parametrize(
    ("typed", "stored", "shown", "mobile"),
    [
        ("06 12 34 56 78", "+33612345678", "06 12 34 56 78", True),
        ("06.12.34.56.78", "+33612345678", "06 12 34 56 78", True),
        ("+33 6 12 34 56 78", "+33612345678", "06 12 34 56 78", True),
        ("+33 (0)6 12 34 56 78", "+33612345678", "06 12 34 56 78", True),
        ("0033612345678", "+33612345678", "06 12 34 56 78", True),
        ("0199001000", "+33199001000", "01 99 00 10 00", False),
        ("06 39 98 00 01", "+33639980001", "06 39 98 00 01", True),
        ("+44 7911 123456", "+447911123456", "+44 7911 123456", True),
    ],
)
def test_a_number_is_stored_in_one_way(typed: str, stored: str, shown: str, mobile: bool) -> None:
    assert phones.normal_phone(typed) == stored
    assert phones.shown(stored) == shown
    assert phones.is_mobile(stored) is mobile


@pytest.mark.parametrize(
    "typed", ["0600000000", "06 11 11 11 11 11", "0666666666", "12", "", "0800FLOWERS", "06 12 34 56", "+999123", "\0"]
)
def test_what_nobody_can_call_is_refused(typed: str) -> None:
    with pytest.raises(phones.BadPhone):
        phones.normal_phone(typed)


@given(st.integers(10_000_000, 99_999_999), st.sampled_from(["6", "7"]), st.sampled_from(["", " ", ".", "-"]))
def test_what_is_shown_is_typed_back(rest: int, first: str, between: str) -> None:
    digits = f"0{first}{rest}"
    typed = between.join(digits[n : n + 2] for n in range(0, 10, 2))
    try:
        stored = phones.normal_phone(typed)
    except phones.BadPhone:
        return

    assert phones.normal_phone(phones.shown(stored)) == stored


@given(st.text(max_size=30))
def test_anything_typed_is_a_number_or_refused(typed: str) -> None:
    with suppress(phones.BadPhone):
        assert phones.normal_phone(typed).startswith("+")
