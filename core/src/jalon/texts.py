"""What somebody typed, without what nobody sees."""

from __future__ import annotations

import re
from collections.abc import Iterable

# in the To of a message it must read as one address
EMAIL = re.compile(r"[^@\s()<>\[\]:;,\\\"]+@[^@\s.()<>\[\]:;,\\\"]+(\.[^@\s.()<>\[\]:;,\\\"]+)+")
INVISIBLE = "\0\u00ad\u200b\u2060\ufeff"  # NUL, soft hyphen, zero-width space, word joiner, byte order mark
JOINERS = "\u200c\u200d\u200e\u200f"  # they shape scripts and emoji inside a text, and say nothing at its ends
LARGEST_ID = 2**31 - 1
_NOTHING = dict.fromkeys(map(ord, INVISIBLE))


def tidy(typed: str) -> str:
    """The text without invisible characters and without blanks around it; empty when nothing can be seen.

    PostgreSQL stores no NUL, and a search finds no word that holds a zero-width space.
    """
    text = typed.translate(_NOTHING)
    shorter = text.strip().strip(JOINERS)
    while shorter != text:
        text, shorter = shorter, shorter.strip().strip(JOINERS)
    return text


def id_of(typed: str) -> int | None:
    """The number of a row as a form of ours sends it; None for what is none, however it looks: ², 5000 noughts."""
    if not typed.isascii() or not typed.isdecimal() or len(typed) > len(str(LARGEST_ID)):
        return None
    return int(typed) if int(typed) <= LARGEST_ID else None


def ids_of(typed: Iterable[str]) -> set[int]:
    """As `id_of`; what is no number is left out."""
    return {id for one in typed if (id := id_of(one)) is not None}
