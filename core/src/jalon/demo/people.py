"""Who signs in to the demo. All names are invented."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon.models import User

PASSWORD = "jalon-demo"  # noqa: S105 - shown to everybody


@dataclass(frozen=True)
class Place:
    """A structure of the demo, its modules, and who works there with which roles."""

    slug: str
    name: str
    phone: str
    modules: tuple[str, ...]
    people: dict[str, tuple[str, tuple[str, ...]]]
    volunteers: tuple[str, ...] = ()  # members without account


PLACES = (
    Place(
        "plateforme",
        "Plateforme Sud Mobilité",
        "01 99 00 10 01",
        ("fleet", "rental", "newsletter"),
        {
            "admin": ("Camille Orsay", ("direction", "agent_location")),
            "direction": ("Solène Brault", ("direction",)),
            "conseiller": ("Idriss Valette", ("conseiller",)),
            "accueil": ("Maud Fleury", ("accueil",)),
            "agent_location": ("Rémi Castel", ("agent_location",)),
        },
    ),
    Place(
        "potager",
        "Le Potager des Deux Rives",
        "01 99 00 10 02",
        (),
        {"direction": ("Awa Meunier", ("direction",)), "accueil": ("Luc Tessier", ("accueil",))},
    ),
    Place("scop", "Scop La Bonne Conduite", "01 99 00 10 03", (), {"direction": ("Élise Garnier", ("direction",))}),
    Place(
        "relais",
        "Relais Deux-Roues",
        "01 99 00 10 04",
        ("fleet", "rental"),
        {"direction": ("Paulo Ferrand", ("direction",)), "agent_location": ("Jeanne Aubry", ("agent_location",))},
    ),
    Place(
        "tremplin",
        "Tremplin Services",
        "01 99 00 10 05",
        ("fleet",),
        {"direction": ("Nabil Roche", ("direction",)), "regulateur": ("Sandra Picot", ("regulateur",))},
        volunteers=(
            "Aïcha Benali",
            "Bernard Coste",
            "Chantal Ducos",
            "Daniel Esteve",
            "Françoise Gaudin",
            "Gérard Hamel",
            "Huguette Imbert",
            "Jean-Luc Kervella",
            "Odile Lacaze",
        ),
    ),
)
FIXED_TERM = frozenset({"agent_location@relais.example"})  # their roles end with the next civil year
WORK = {
    "direction": "Direction",
    "conseiller": "Conseil en mobilité",
    "accueil": "Accueil",
    "agent_location": "Location",
    "regulateur": "Régulation des transports",
}
ACCOUNTS_SHOWN = [
    ("admin@plateforme.example", "Administration de la plateforme ; location à la Plateforme Sud Mobilité"),
    *(
        (f"{role}@{place.slug}.example", f"{WORK[role]} · {place.name}")
        for place in PLACES
        for role in place.people
        if role != "admin"
    ),
]


def accounts_shown(session: Session) -> list[tuple[str, str]]:
    """The demo accounts that exist, for the sign-in page of a demo."""
    there = set(session.scalars(select(User.email).where(User.is_demo)))
    return [(email, what) for email, what in ACCOUNTS_SHOWN if email in there]
