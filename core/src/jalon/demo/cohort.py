"""The 280 people whom the demo's structures helped in the closed year, as domain model 7.3 has them.

Dealt from the tables of `figures` by a fixed seed, so the same at every loading but for the year. What the core's
tables do not hold is told of them here only: the modules that help them, and how the accompaniment ended.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon.clock import today
from jalon.demo import figures, names, planting, territory
from jalon.demo.dealing import Share, apportioned, deal, working_day
from jalon.demo.somebody import Age, Somebody
from jalon.models import Beneficiary, Identity, Title
from jalon.names import fold
from jalon.scope import scope_of, structure_of

SEED = "the 280 of the closed year"
STREETS = (
    "rue des Tilleuls",
    "allée des Peupliers",
    "rue de la Fontaine",
    "impasse du Lavoir",
    "chemin des Vignes",
    "rue du Moulin",
    "place du Marché",
    "avenue de la Gare",
    "rue des Écoles",
    "sente des Jardins",
)


def closed_year(session: Session) -> int:
    """The last civil year."""
    return today(scope_of(session).zone).year - 1


@cache
def people(year: int) -> tuple[Somebody, ...]:
    """The 280 who entered in that year, in the order of their numbers. Not to be changed."""
    draw = random.Random(SEED)
    found = [Somebody(number=0, age=age, housing=home) for (age, home), n in figures.HOMES.items() for _ in range(n)]
    draw.shuffle(found)
    _describe(draw, found)
    _say_when(draw, found, year)
    deal(draw, found, figures.EXITS, lambda s, exit: setattr(s, "exit", exit))
    found.sort(key=lambda s: s.entered)
    for number, somebody in enumerate(found, 1):
        somebody.number = number
        somebody.left = _last_day(draw, somebody, year)
    _name(draw, found, year)
    planting.plant(found)
    return tuple(found)


def _describe(draw: random.Random, found: list[Somebody]) -> None:
    """What they say of themselves on entry, who sends them, and who helps them."""
    deal(draw, found, figures.TITLES, lambda s, title: setattr(s, "title", title))
    deal(draw, found, figures.EMPLOYMENTS, lambda s, employment: setattr(s, "employment", employment))
    deal(draw, found, figures.INCOMES, lambda s, income: setattr(s, "income", income))
    deal(draw, found, figures.RECOGNISED, lambda s, recognised: setattr(s, "recognised", recognised))
    deal(draw, found, figures.DIPLOMAS, lambda s, diploma: setattr(s, "diploma", diploma))
    deal(draw, found, figures.LICENCES, lambda s, licence: setattr(s, "licence", licence))
    deal(draw, found, figures.RENTERS, lambda s, slug: setattr(s, "rents_at", slug))
    deal(draw, found, figures.SERVICES, lambda s, slugs: setattr(s, "services", slugs))
    deal(draw, found, figures.REFERRED, lambda s, kind: setattr(s, "referred_by", kind))
    homes = [Share[str, Somebody](insee, n) for insee, n in territory.inhabitants(figures.SIZE).items()]
    deal(draw, found, homes, lambda s, insee: setattr(s, "insee", insee))
    centre = [s for s in found if s.insee == territory.CENTRE]
    districts = [Share[bool, Somebody](True, territory.PRIORITY), Share(False, len(centre) - territory.PRIORITY)]
    deal(draw, centre, districts, lambda s, priority: setattr(s, "in_priority_district", priority))


def _say_when(draw: random.Random, found: list[Somebody], year: int) -> None:
    """The day of entry: who rents comes before the vehicles are given out, and all come by the season."""
    months = apportioned(figures.SIZE, {month: float(share) for month, share in figures.SEASON.items()})
    renters = figures.RENTERS_BY_MONTH
    others = {month: n - sum(s.count for s in renters if s.answer == month) for month, n in months.items()}
    shares = [*renters, *(Share[int, Somebody](month, n, lambda s: not s.rents_at) for month, n in others.items())]

    def enter(somebody: Somebody, month: int) -> None:
        early = month == 1 and somebody.rents_at
        day = draw.randint(2, 8) if early else draw.randint(1, 28)
        somebody.entered = working_day(year, month, day)

    deal(draw, found, shares, enter)


def _last_day(draw: random.Random, somebody: Somebody, year: int) -> date | None:
    """The day an accompaniment ended; who rents leaves when the year's contracts are over."""
    if somebody.exit is None:
        return None
    if somebody.rents_at:
        return date(year, 12, draw.randint(20, 31))
    return min(somebody.entered + timedelta(days=draw.randint(45, 200)), date(year, 12, 31))


def _name(draw: random.Random, found: list[Somebody], year: int) -> None:
    """Names, birth, and how they are reached: telephone numbers kept for fiction, addresses that nobody has."""
    women = [s for s in found if s.title is Title.MADAM]
    men = [s for s in found if s.title is Title.SIR]
    hers, his = names.pairs(draw, len(women), len(men))
    for somebody, (first, family) in [*zip(women, hers, strict=True), *zip(men, his, strict=True)]:
        somebody.first_name, somebody.usage_name = first, family
    births = set[date]()
    for somebody in found:
        somebody.birth_date = next(day for day in _births(draw, somebody.age, year) if day not in births)
        births.add(somebody.birth_date)
        somebody.phone = f"06 39 98 {2000 + 7 * somebody.number}" if somebody.number % 47 else None
        somebody.street = f"{draw.randint(1, 60)} {draw.choice(STREETS)}"
        if draw.random() < 0.6:
            words = fold(f"{somebody.first_name} {somebody.usage_name}").split()
            somebody.email = f"{'.'.join(words)}@courriel.example"


def _births(draw: random.Random, age: Age, year: int) -> Iterator[date]:
    """Days on which somebody was born who is of that age on the first and on the last day of the year."""
    youngest, oldest = age.value
    while True:
        born = date(draw.randint(year - oldest, year - youngest - 1), 1, 2)
        yield born + timedelta(days=draw.randrange(363))


def runs_at(somebody: Somebody, module: str) -> str | None:
    """The demo structure that helps somebody by a module; None when none does."""
    if module not in somebody.services:
        return None
    return somebody.rents_at if module == "rental" else figures.RUN_AT[module]


def known(session: Session, year: int) -> dict[int, Beneficiary]:
    """The persons of the session's structure who are of the 280, by their numbers."""
    rows = session.execute(select(Identity, Beneficiary).join(Beneficiary, Beneficiary.id == Identity.beneficiary_id))
    by_name = {(i.usage_name, i.first_name, i.birth_date): person for i, person in rows}
    named = {s.number: by_name.get((s.usage_name, s.first_name, s.birth_date)) for s in people(year)}
    return {number: person for number, person in named.items() if person is not None}


def helped_by(session: Session, module: str, *, still: bool = False) -> list[Beneficiary]:
    """Those of the 280 whom the session's structure helps by a module, in the order in which they came.

    `still`: only those whose accompaniment goes on after the closed year.
    """
    year, slug = closed_year(session), structure_of(session).slug
    persons = known(session, year)
    helped = (s for s in people(year) if runs_at(s, module) == slug and (s.exit is None or not still))
    return [persons[s.number] for s in helped if s.number in persons]
