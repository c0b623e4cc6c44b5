"""Finding a person: by name however it is typed, by telephone, by date of birth, by code."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from difflib import SequenceMatcher
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, joinedload

from jalon import days
from jalon.db import lookup
from jalon.errors import DomainError
from jalon.models import Beneficiary, File, Identity
from jalon.names import fold
from jalon.phones import BadPhone, normal_phone

LONGEST = 100  # characters typed
SHOWN = 50  # persons
NEAR_ENOUGH = 0.78  # of 1, for each word typed
_CODE = re.compile(r"^b[\s-]?(\d{4})[\s-]?(\d{1,9})$", re.IGNORECASE)
_DAY = re.compile(r"\b(\d{1,2}[/.-]\d{1,2}[/.-]\d{4}|\d{4}-\d{2}-\d{2}|\d{8})\b")
_NUMBER = re.compile(r"^[+0-9\s().\-/]+$")
_FEWEST_DIGITS = 4


def search(session: Session, text: str) -> list[Beneficiary]:
    """Persons of the session's structure, the likeliest first, SHOWN at most; identity, file and commune are loaded.

    What the session may not name is found by its whole code only.
    """
    typed = " ".join(text.replace("\0", "").split())[:LONGEST]
    if code := _CODE.match(typed):
        return _coded(session, f"B-{code[1]}-{int(code[2]):05}")
    day, rest = _day_in(typed)
    if day is None and _NUMBER.match(typed) and sum(c.isdigit() for c in typed) >= _FEWEST_DIGITS:
        return _read(session, _called(typed))
    words = fold(rest).split()
    if not words:
        return _read(session, _born(day)) if day else []
    found = _named(session, words)
    return [p for p in found if day is None or (p.identity and p.identity.birth_date == day)][:SHOWN]


def _day_in(typed: str) -> tuple[date | None, str]:
    """A date of birth among what was typed, and the rest."""
    found = _DAY.search(typed)
    if found is None:
        return None, typed
    try:
        return days.read(found[1]), typed.replace(found[1], " ", 1)
    except DomainError:
        return None, typed


def _coded(session: Session, code: str) -> list[Beneficiary]:
    """The person of a code; of one merged into another, the other: old papers still lead to the file."""
    found = _read(session, select(Beneficiary).where(Beneficiary.code == code))
    merged_into = {person.merged_into_id for person in found if person.merged_into_id is not None}
    return _read(session, select(Beneficiary).where(Beneficiary.id.in_(merged_into))) if merged_into else found


def _called(typed: str) -> Select[Beneficiary]:
    try:
        number = normal_phone(typed)
        matches = or_(File.phone == number, File.second_phone == number)
    except BadPhone:  # a part of one: what people read out of a list of calls
        digits = "".join(c for c in typed if c.isdigit()).removeprefix("00").removeprefix("33").lstrip("0")
        matches = or_(File.phone.contains(digits), File.second_phone.contains(digits))
    return select(Beneficiary).join(Beneficiary.file).where(matches).order_by(Beneficiary.id.desc())


def _born(day: date) -> Select[Beneficiary]:
    return select(Beneficiary).join(Beneficiary.identity).where(Identity.birth_date == day).order_by(Identity.folded)


def _read(session: Session, query: Select[Beneficiary]) -> list[Beneficiary]:
    whole = (joinedload(Beneficiary.identity), joinedload(Beneficiary.file).joinedload(File.commune))
    return list(session.scalars(query.options(*whole).limit(SHOWN)))


def _named(session: Session, words: Sequence[str]) -> list[Beneficiary]:
    """Those in whose names all words stand; if there are none, those whose names sound alike in writing."""
    for look_up in (lookup.named, lookup.named_nearly, lookup.named_remotely):
        if best := _likeliest(words, look_up(session, words)):
            people = {p.id: p for p in _read(session, select(Beneficiary).where(Beneficiary.id.in_(best)))}
            return [people[id] for id in best if id in people]
    return []


def _likeliest(words: Sequence[str], names: Mapping[int, str]) -> list[int]:
    """Ids of the names that are near enough, the nearest first, SHOWN at most."""
    ranks = {id: rank for id, folded in names.items() if (rank := likeness(words, folded.split())) >= NEAR_ENOUGH}
    return sorted(ranks, key=lambda id: (-ranks[id], id))[:SHOWN]


def likeness(words: Sequence[str], name: Sequence[str]) -> float:
    """How well a name answers what was typed, 0 to 1: the mean over the typed words of the best word of the name.

    A word counts 1 when equal, 0.95 as a beginning, else as difflib says; below NEAR_ENOUGH for one is 0 for all.
    """
    total = 0.0
    for word in words:
        best = max((_alike(word, part) for part in name), default=0.0)
        if best < NEAR_ENOUGH:
            return 0.0
        total += best
    return total / len(words) if words else 0.0


def _alike(word: str, part: str) -> float:
    if word == part:
        return 1.0
    if part.startswith(word):
        return 0.95
    if len(word) > 2 and word in part:
        return 0.9
    return SequenceMatcher(None, word, part).ratio() if _can_be_alike(word, part) else 0.0


def _can_be_alike(word: str, part: str) -> bool:
    """Whether the letters they share, in whatever order, could be enough for difflib: asked at a tenth of its price."""
    shared = min(sum(map(part.__contains__, word)), sum(map(word.__contains__, part)))
    return 2 * shared >= NEAR_ENOUGH * (len(word) + len(part))


def told_apart(person: Beneficiary) -> str:
    """What tells two of one name apart, as far as the session may read it: birth, commune, code."""
    born = days.shown(person.identity.birth_date) if person.identity and person.identity.birth_date else ""
    commune = person.file.commune.name if person.file and person.file.commune else ""
    return " · ".join(part for part in (born, commune, person.code) if part)


def carried(typed: str) -> dict[str, Any]:
    """What was typed and found nobody, as the form of a new person begins with it: its fields.

    Of several words the last is the first name, as people are announced on the telephone: LE GALL Yann.
    """
    day, rest = _day_in(" ".join(typed.split())[:LONGEST])
    begun: dict[str, Any] = {"birth_date": day} if day else {}
    rest = rest.strip()
    if _CODE.match(rest) or not rest:
        return begun
    if _NUMBER.match(rest):
        return {**begun, "phone": rest}
    *family, last = rest.split()
    return {**begun, "usage_name": " ".join(family), "first_name": last} if family else {**begun, "usage_name": last}
