"""What nobody sees in what somebody typed."""

from __future__ import annotations

import pytest

from jalon.texts import tidy


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("", ""),
        ("   ", ""),
        ("\0", ""),
        ("\u200b\u200b", ""),
        (" \u200b \ufeff\u2060 ", ""),
        ("\u200d", ""),
        ("\u200f \u200e", ""),
        (" Clio ", "Clio"),
        ("\u00a0Clio\u202f", "Clio"),
        ("Cl\0io", "Clio"),
        ("Cl\u200bio", "Clio"),
        ("\ufeffClio", "Clio"),
        ("Clio \u200e", "Clio"),
        ("C3 Aircross", "C3 Aircross"),
        ("👩\u200d🔧", "👩\u200d🔧"),
        ("می\u200cخواهم", "می\u200cخواهم"),
    ],
)
def test_blanks_and_invisible_characters_go_and_words_stay(typed: str, kept: str) -> None:
    assert tidy(typed) == kept
