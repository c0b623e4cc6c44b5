"""Names of people: which are accepted, and how they are compared whatever their accents."""

from __future__ import annotations

import re
import unicodedata

from jalon.errors import DomainError
from jalon.i18n import _l

LONGEST = 80  # characters, as the column
_UNOPENED = str.maketrans(
    {"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ħ": "h", "ı": "i"}
)
_NEITHER = re.compile(r"[^0-9a-z]+")
_BETWEEN = frozenset(" '’-.")
_SPACES = re.compile(r"\s+")


class BadName(DomainError):
    """Something in it stands in no name."""

    message = _l("A name has 1 to 80 letters, spaces, apostrophes, hyphens and dots.")

    def __init__(self, field: str = "usage_name") -> None:
        super().__init__()
        self.field = field  # type: ignore[misc]


def fold(text: str) -> str:
    """Lower-case words of a to z and 0 to 9, one space between them: what search and comparison look at.

    The same in Python for both databases, so that neither's idea of an accent matters. Folding twice is folding once.
    """
    opened = text.casefold().translate(_UNOPENED)
    plain = "".join(c for c in unicodedata.normalize("NFKD", opened) if not unicodedata.combining(c))
    return _NEITHER.sub(" ", plain.casefold().translate(_UNOPENED)).strip()


def checked(text: str | None, field: str) -> str | None:
    """A name as it was typed, its outer and double spaces left out; None for an empty one. Raises BadName.

    Latin letters only, as on identity documents: others could be neither searched nor compared.
    """
    name = _SPACES.sub(" ", text or "").strip()
    if not name:
        return None
    if len(name) > LONGEST or not all(map(_is_of_a_name, name)) or not fold(name):
        raise BadName(field)
    return name


def _is_of_a_name(character: str) -> bool:
    if character in _BETWEEN:
        return True
    kind = unicodedata.category(character)
    return kind == "Mn" or (kind in ("Lu", "Ll", "Lt") and unicodedata.name(character, "").startswith("LATIN"))


def distance(one: str, other: str) -> int:
    """How many letters must be added, left out or replaced to make one of the other. Source: Levenshtein, 1965."""
    above = list(range(len(other) + 1))
    for row, left in enumerate(one, 1):
        line = [row]
        for column, right in enumerate(other, 1):
            line.append(min(above[column] + 1, line[-1] + 1, above[column - 1] + (left != right)))
        above = line
    return above[-1]
