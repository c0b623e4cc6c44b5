"""Names of people, as they are typed and as they are compared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jalon import names


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("LEFÈVRE", "lefevre"),
        ("O’Brien-d'Été-Lê", "o brien d ete le"),
        ("Œuvrard", "oeuvrard"),
        ("Brünœl", "brunoel"),
        ("Straße", "strasse"),
        ("Sørensen", "sorensen"),
        ("Łukasz", "lukasz"),
        ("  Jean   Paul ", "jean paul"),
        ("İpek", "ipek"),
        ("", ""),
    ],
)
def test_folding_opens_accents_and_ligatures(typed: str, folded: str) -> None:
    assert names.fold(typed) == folded


@given(st.text(max_size=60))
def test_folding_twice_is_folding_once_and_leaves_plain_words(text: str) -> None:
    folded = names.fold(text)

    assert names.fold(folded) == folded
    assert set(folded) <= set("abcdefghijklmnopqrstuvwxyz0123456789 ")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("O’Brien-d'Été-Lê", "O’Brien-d'Été-Lê"),
        (" Le  Goff ", "Le Goff"),
        ("J.-P.", "J.-P."),
        ("", None),
        (None, None),
        ("   ", None),
    ],
)
def test_a_name_is_kept_as_typed(typed: str | None, kept: str | None) -> None:
    assert names.checked(typed, "usage_name") == kept


@pytest.mark.parametrize(
    "typed", ["R2D2", "<script>", "Martin;", "😀", "a" * 81, "-", "=HYPERLINK", "a@b", "محمد", "Li\u202ena"]
)
def test_what_stands_in_no_name_is_refused_at_its_field(typed: str) -> None:
    with pytest.raises(names.BadName) as refused:
        names.checked(typed, "first_name")

    assert refused.value.field == "first_name"


@pytest.mark.parametrize(
    ("one", "other", "letters"),
    [("", "", 0), ("helene", "helene", 0), ("helene", "helenne", 1), ("martin", "matrin", 2), ("lea", "leo", 1)],
)
def test_distance_counts_letters(one: str, other: str, letters: int) -> None:
    assert names.distance(one, other) == names.distance(other, one) == letters
