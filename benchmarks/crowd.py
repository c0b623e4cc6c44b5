"""Many persons with invented names, as many as PERSONS says (20,000), and how their names are mistyped.

All names are made of 18 syllables: real ones have far fewer letters in common, so that search has it easier.
"""

from __future__ import annotations

import os
import random
from datetime import date
from typing import Any

from sqlalchemy import func, select

from jalon.db import table_of
from jalon.models import Beneficiary, BeneficiaryStructure, File, Identity, Structure
from jalon.names import fold
from jalon.testing.world import World

PERSONS = int(os.environ.get("PERSONS", "20000"))
SINCE = date(2031, 1, 1)
FIRST = 1001  # whoever rented before has a lower number
SYLLABLES = "ba,ber,bo,cha,dau,du,evre,fa,ga,hel,jo,ka,lef,ma,mar,ne,tin,zo"
Name = tuple[str, str]  # family name, first name


def names(count: int) -> list[Name]:
    """One Hélène Lefèvre, and the same others each time."""
    choose, syllables = random.Random(7), SYLLABLES.split(",")

    def invented() -> str:
        return "".join(choose.choices(syllables, k=choose.randint(2, 4))).capitalize()

    return [("Lefèvre", "Hélène"), *((invented(), invented()) for _ in range(count - 1))]


def settle(world: World, slug: str, people: list[Name]) -> None:
    """Write these persons, linked to one structure, under the guard for speed; ids count from FIRST."""
    with world.across() as session:
        here = session.scalars(select(Structure.id).where(Structure.slug == slug)).one()
        rows: dict[Any, list[dict[str, Any]]] = {Beneficiary: [], Identity: [], File: [], BeneficiaryStructure: []}
        for n, (family, first) in enumerate(people, FIRST):
            named = {"usage_name": family, "first_name": first, "folded": fold(f"{family} {first}")}
            rows[Beneficiary].append({"id": n, "code": f"B-2031-{n - FIRST + 1:05}"})
            rows[Identity].append({"beneficiary_id": n, **named})
            rows[File].append({"beneficiary_id": n, "phone": f"+336{12345678 + n - FIRST:08}"})
            link = {"beneficiary_id": n, "structure_id": here, "reason": "bench", "since": SINCE}
            rows[BeneficiaryStructure].append(link)
        for cls, values in rows.items():
            session.connection().execute(table_of(cls).insert(), values)
        session.commit()
        if session.get_bind().dialect.name == "postgresql":
            session.execute(select(func.setval("jalon_beneficiary_id_seq", FIRST + len(people))))
            session.connection().exec_driver_sql("ANALYZE")
            session.commit()


def shortened(word: str) -> str:
    """Without its third letter: lefebvre, lebvre."""
    return word[:2] + word[3:]


def swapped(word: str) -> str:
    """Its third and fourth letters the wrong way round."""
    return word[:2] + word[2:4][::-1] + word[4:]


def accented(word: str) -> str:
    """With more accents than anybody has."""
    return word.translate(str.maketrans("aeou", "âéôù"))
