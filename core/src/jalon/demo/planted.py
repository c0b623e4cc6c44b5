"""The planted cases of people, domain model 7.5: what each is, what is expected of it, and what it takes to try it.

Cases 3 to 6, 27, 29 and 30 are among the 280 (`planting`); 31 and the second file of 32 are files beside them; 7, 8
and 33 are typed by a test, for what is expected of them is that nothing is kept, or something else than was typed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from jalon.demo.planting import (
    BACK_AGAIN,
    DECEASED,
    FAMILY,
    HARD_NAME,
    MOVER,
    SINGLE_NAME,
    TWINS,
    TWO_FILES,
)
from jalon.demo.somebody import Age, Somebody
from jalon.models import Employment, Housing, Title

PRESCRIBED_TWICE, NIR_IN_A_NOTE, SILENT, FORMER_COMMUNE = 7, 8, 31, 33


@dataclass(frozen=True)
class Case:
    """A case and its expected result."""

    what: str
    expected: str


CASES = {
    TWINS: Case("Twins", "Not taken for one person: neither is proposed as the other's double."),
    FAMILY: Case("Mother and son share a telephone and an e-mail box", "Two persons; the number finds both."),
    SINGLE_NAME: Case("Somebody has a single name", "Kept as it is, without first name; found by it."),
    HARD_NAME: Case("O'Brien-d'Été-Lê", "Kept letter for letter; found without apostrophe, hyphen and accents."),
    PRESCRIBED_TWICE: Case("One person is sent by two people the same day", "The second file is refused: known."),
    NIR_IN_A_NOTE: Case("A social security number is typed in a note", "Refused at its field; nothing is kept."),
    MOVER: Case("Somebody moves from Étampes to Angerville", "Counted at Angerville; the history tells of Étampes."),
    BACK_AGAIN: Case("Somebody comes back after an exit", "One person, an open file, two entries and an exit between."),
    DECEASED: Case("Somebody died", "The state says so and the file is closed; nobody to call is kept."),
    SILENT: Case("A file without contact for two years", "Due to be purged."),
    TWO_FILES: Case("A merge undone", "Two files near enough to be compared; after the undoing as before the merge."),
    FORMER_COMMUNE: Case("Estouches in an old list", "Le Mérévillois, of which it is a part since 2019."),
}
# a year of birth and a month that are no newborn's, a commune and an order that were never given
NIR_NOTE = "Sécu 1 55 99 91 999 999, à rappeler lundi."
ESTOUCHES, LE_MEREVILLOIS = "Estouches", "91390"


def sent_twice(year: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """What two forms would say of one person: identity, contacts."""
    identity = {
        "title": Title.MADAM,
        "usage_name": "Vermandelle",
        "first_name": "Coline",
        "birth_date": date(year - 31, 4, 17),
    }
    return identity, {"phone": "06 39 98 77 01"}


def beside(people: tuple[Somebody, ...], year: int) -> list[Somebody]:
    """Files that are none of the 280: the one nobody spoke of for two years, and the second one of one person."""
    silent = Somebody(
        number=len(people) + 1,
        age=Age.UNDER_55,
        housing=Housing.PRIVATE_TENANT,
        title=Title.MADAM,
        usage_name="Marcelinot",
        first_name="Odette",
        birth_date=date(year - 50, 9, 3),
        employment=Employment.SEEKER_OVER_12,
        insee="91200",
        entered=date(year - 2, 2, 12),
        phone="06 39 98 77 02",
        street="9 rue du Lavoir",
        planted=SILENT,
    )
    first = next(s for s in people if s.planted == TWO_FILES)
    again = replace(
        first,
        number=len(people) + 2,
        usage_name=first.usage_name[:-1],
        entered=date(year, 12, 1),
        phone="06 39 98 77 03",
        email=None,
        street="",
    )
    return [silent, again]
