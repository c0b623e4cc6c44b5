"""What names a person: the rules for names and for the date of birth."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from jalon import days, names
from jalon.errors import DomainError
from jalon.i18n import _l

EARLIEST = date(1900, 1, 1)
YOUNGEST, USUAL_FROM, USUAL_TO = 14, 16, 100  # years of age; source: reference/domain.md 2.1


class NameNeeded(DomainError):
    """Nobody is named."""

    field = "usage_name"
    message = _l("Type the family name.")


class FirstNameNeeded(DomainError):
    """Some people have one name only, and the form must say so."""

    field = "first_name"
    message = _l("Type the first name, or tick “Single name”.")


class TwoNames(DomainError):
    """A single name and a first name contradict each other."""

    field = "single_name"
    message = _l("A first name is typed: untick “Single name”, or empty the first name.")


class BirthImpossible(DomainError):
    """In the future, or before anybody alive was born."""

    field = "birth_date"
    message = _l("A date of birth lies between 01/01/1900 and today.")


class TooYoung(DomainError):
    """Nobody is accompanied before that age."""

    field = "birth_date"
    message = _l("This person is under 14: the platform cannot open a file.")


class UnusualAge(DomainError):
    """Possible, and most often a slip of the keyboard."""

    field = "birth_date"
    message = _l("This person would be %(age)s: check the date, then tick “The age is right”.")


def checked(values: Mapping[str, Any], *, day: date, age_confirmed: bool = False) -> dict[str, Any]:
    """The values of an Identity, ready to be stored; a birth on 1 January is marked presumed.

    Raises BadName, NameNeeded, FirstNameNeeded, TwoNames, BirthImpossible, TooYoung, UnusualAge.
    """
    found = dict(values)
    for field in ("usage_name", "birth_name", "first_name"):
        found[field] = names.checked(values.get(field), field)
    if found["usage_name"] is None:
        raise NameNeeded
    if found["first_name"] is None and not values.get("single_name"):
        raise FirstNameNeeded
    if found["first_name"] is not None and values.get("single_name"):
        raise TwoNames
    born = values.get("birth_date")
    if born is not None:
        check_birth(born, day=day, confirmed=age_confirmed)
    found["birth_date_presumed"] = born is not None and (born.month, born.day) == (1, 1)
    return found


def check_birth(born: date, *, day: date, confirmed: bool) -> None:
    """Raises BirthImpossible, TooYoung; UnusualAge unless somebody looked again."""
    if not EARLIEST <= born <= day:
        raise BirthImpossible
    years = days.age(born, day)
    if years < YOUNGEST:
        raise TooYoung
    if not confirmed and not USUAL_FROM <= years <= USUAL_TO:
        raise UnusualAge(age=years)
