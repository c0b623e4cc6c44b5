"""A fleet of 34 for the demo: 12 cars, 10 scooters 50, 8 e-bikes, 4 bicycles; and a row for the conformance kit."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.orm import Session

from jalon.clock import today
from jalon.scope import scope_of, structure_of
from jalon_fleet import papers, renewals, vehicles
from jalon_fleet.models import Category, PaperKind, Vehicle

MODELS = {
    Category.CAR: (("Renault", "Clio"), ("Peugeot", "208"), ("Dacia", "Sandero"), ("Citroën", "C3")),
    Category.SCOOTER_50: (("Peugeot", "Kisbee"), ("Piaggio", "Zip"), ("Kymco", "Agility")),
    Category.EBIKE: (("Moustache", "Lundi"), ("Arcade", "E-Colors")),
    Category.BIKE: (("Arcade", "Escapade"), ("Btwin", "Riverside")),
}
# domain model 7.4: 12 cars, 10 scooters 50, 8 e-bikes, 4 bicycles; each structure its part
FLEETS = {
    "plateforme": {Category.CAR: 5, Category.SCOOTER_50: 3, Category.EBIKE: 4, Category.BIKE: 2},
    "relais": {Category.CAR: 5, Category.SCOOTER_50: 7, Category.EBIKE: 4, Category.BIKE: 2},
    "tremplin": {Category.CAR: 2},
}
LETTERS = "ABCDEFGHJKLMNPQRSTVWXYZ"  # of plates: no I, O, U


def load(session: Session) -> None:
    """The demo fleet of the session's structure; the same at each loading."""
    slug = structure_of(session).slug
    draw = random.Random(f"fleet of {slug}")
    for category, count in FLEETS.get(slug, {}).items():
        for number in range(count):
            make, model = MODELS[category][number % len(MODELS[category])]
            _seen(session, _one(session, category, make, model, draw), number)
    renewals.plan(session)


def _seen(session: Session, vehicle: Vehicle, number: int) -> None:
    """Papers that last for the bookings of the demo; of two cars one is due within the alert, one within the month."""
    day = today(scope_of(session).zone)
    for kind in sorted(papers.needed(vehicle.category), key=lambda k: k.value):
        soon = kind is PaperKind.INSPECTION and vehicle.category is Category.CAR and number in (3, 4)
        left = (number - 2) * 20 if soon else 200 + 37 * number
        papers.note(session, vehicle, kind, valid_until=day + timedelta(days=left), seen_on=day - timedelta(days=30))


def _one(session: Session, category: Category, make: str, model: str, draw: random.Random) -> Vehicle:
    if category.has_plate:
        one, two, three, four = draw.choices(LETTERS, k=4)
        plate = f"{one}{two}-{draw.randrange(100, 1000)}-{three}{four}"
        return vehicles.add(session, category=category, make=make, model=model, plate=plate)
    return vehicles.add(
        session, category=category, make=make, model=model, serial_number=f"{draw.randrange(10**9, 10**10)}"
    )


def sample(session: Session, number: int) -> Sequence[object]:
    """One row of each table; `number` tells samples apart."""
    vehicle = vehicles.add(
        session, category=Category.CAR, make="Renault", model="Clio", plate=f"AA-{number % 900 + 100}-BB"
    )
    day = today(scope_of(session).zone)
    paper = papers.note(session, vehicle, PaperKind.INSURANCE, valid_until=day + timedelta(days=400))
    return [vehicle, paper]
