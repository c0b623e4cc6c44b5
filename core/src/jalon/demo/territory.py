"""Where the demo's people live: how many of them in each of the 132 communes."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache

from jalon import communes
from jalon.demo.dealing import apportioned
from jalon.places import distance_km

CENTRE, IN_CENTRE, PRIORITY = "91223", 78, 41  # Étampes, its people, those of its quartiers prioritaires
EMPTY = 38  # communes at least from which nobody comes: the least weighty
POLES = ("91223", "91200", "91021", "91386")  # Étampes, Dourdan, Arpajon, Mennecy
ZONES = (1.0, 1.1, 1.3, 1.5)  # the harder it is to move there, the more people come. Source: domain model 7.1, 7.3


@dataclass(frozen=True)
class Town:
    """A commune as far as the demo weighs it."""

    insee: str
    name: str
    population: int
    latitude: float
    longitude: float

    def km_to(self, other: Town) -> float:
        return distance_km(self.latitude, self.longitude, other.latitude, other.longitude)


@cache
def towns() -> dict[str, Town]:
    """The communes of the demo's territory by their INSEE code."""
    with communes.demo_territory().open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {
        r["insee"]: Town(r["insee"], r["nom"], int(r["population"]), float(r["lat"]), float(r["lon"])) for r in rows
    }


def zones() -> dict[str, int]:
    """1 to 4, by how hard it is to move: quartiles of the method of domain model 7.1, which is a demo's."""
    poles = [towns()[insee] for insee in POLES]
    to_pole = _ranks({t.insee: min(t.km_to(pole) for pole in poles) for t in towns().values()})
    small = _ranks({t.insee: -float(t.population) for t in towns().values()})
    to_centre = _ranks({t.insee: t.km_to(towns()[CENTRE]) for t in towns().values()})
    hardship = _ranks({i: 0.5 * to_pole[i] + 0.3 * small[i] + 0.2 * to_centre[i] for i in towns()})
    return {insee: rank * len(ZONES) // len(hardship) + 1 for insee, rank in hardship.items()}


def _ranks(values: dict[str, float]) -> dict[str, int]:
    return {insee: rank for rank, insee in enumerate(sorted(values, key=lambda i: (values[i], i)))}


@cache
def inhabitants(total: int) -> dict[str, int]:
    """People of each commune, INSEE code -> number, of so many in all."""
    zone = zones()
    weights = {t.insee: t.population**0.7 * ZONES[zone[t.insee] - 1] for t in towns().values() if t.insee != CENTRE}
    weighty = sorted(weights, key=lambda i: (-weights[i], i))[:-EMPTY]
    return {CENTRE: IN_CENTRE, **apportioned(total - IN_CENTRE, {insee: weights[insee] for insee in weighty})}
