"""The planted cases among the 280: people chosen for what they are, and made to be the case."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date

from jalon.demo.somebody import Age, Exit, Somebody
from jalon.demo.territory import CENTRE
from jalon.models import Housing, Title

ANGERVILLE = "91016"
TWINS, FAMILY, SINGLE_NAME, HARD_NAME, MOVER, BACK_AGAIN, DECEASED, TWO_FILES = 3, 4, 5, 6, 27, 29, 30, 32


def plant(people: list[Somebody]) -> None:
    """Make the cases 3 to 6, 27, 29, 30 and 32 of domain model 7.5; no count of 7.3 changes."""
    _twins(people)
    _mother_and_son(people)
    single = _pick(people, SINGLE_NAME, lambda s: s.exit is None and not s.rents_at)
    single.usage_name, single.first_name, single.email = "Suryalaksana", None, None
    hard = _pick(people, HARD_NAME, lambda s: s.title is Title.MADAM and s.exit is None and not s.rents_at)
    hard.usage_name, hard.first_name, hard.email = "O'Brien-d'Été-Lê", "Maï-Lan", "mai-lan@courriel.example"
    mover = _pick(people, MOVER, lambda s: s.exit is None and not s.rents_at and s.entered.month < 6)
    _settle(people, mover, ANGERVILLE)
    mover.came_from, mover.moved_on = CENTRE, date(mover.entered.year, 7, 1)
    back = _pick(people, BACK_AGAIN, lambda s: s.exit is None and not s.rents_at and s.entered.month < 6)
    back.away = (date(back.entered.year, 7, 10), date(back.entered.year, 10, 5))
    _pick(people, DECEASED, lambda s: s.exit is Exit.OTHER and not s.rents_at)
    _pick(people, TWO_FILES, lambda s: s.exit is None and not s.rents_at and bool(s.phone))


def _twins(people: list[Somebody]) -> None:
    """Two of one age with their parents at one address."""

    def fits(somebody: Somebody) -> bool:
        at_home = somebody.housing is Housing.WITH_PARENTS and somebody.age is Age.YOUNG
        return at_home and somebody.exit is None and not somebody.rents_at

    one, other = _pick(people, TWINS, fits), _pick(people, TWINS, fits)
    for twin in (one, other):
        _settle(people, twin, CENTRE)
    other.usage_name, other.birth_date, other.street = one.usage_name, one.birth_date, one.street
    one.email = other.email = None


def _mother_and_son(people: list[Somebody]) -> None:
    """A family that shares one telephone and one e-mail box."""
    mother, son = _pick(people, FAMILY, _may_be_a_mother), _pick(people, FAMILY, _may_be_a_son)
    for member in (mother, son):
        _settle(people, member, CENTRE)
    mother.email = f"famille.{mother.usage_name.lower()}@courriel.example"
    son.usage_name, son.street, son.phone, son.email = mother.usage_name, mother.street, mother.phone, mother.email


def _may_be_a_mother(somebody: Somebody) -> bool:
    return somebody.title is Title.MADAM and somebody.age is Age.UNDER_55 and _reached(somebody)


def _may_be_a_son(somebody: Somebody) -> bool:
    at_home = somebody.housing is Housing.WITH_PARENTS and somebody.young
    return somebody.title is Title.SIR and at_home and _reached(somebody)


def _reached(somebody: Somebody) -> bool:
    """The file is open, and there is a number in it."""
    return somebody.exit is None and bool(somebody.phone)


def _settle(people: Iterable[Somebody], somebody: Somebody, insee: str) -> None:
    """Let somebody live in a commune, outside its quartiers prioritaires, instead of somebody else who did."""
    there = (s for s in people if s.insee == insee and not s.in_priority_district)
    other = next(s for s in there if s is somebody or s.planted is None)
    ours, theirs = (somebody.insee, somebody.in_priority_district), (other.insee, other.in_priority_district)
    (somebody.insee, somebody.in_priority_district), (other.insee, other.in_priority_district) = theirs, ours


def _pick(people: Iterable[Somebody], case: int, fits: Callable[[Somebody], bool]) -> Somebody:
    """The first who fits and is no case yet, marked."""
    chosen = next(s for s in people if s.planted is None and fits(s))
    chosen.planted = case
    return chosen
