"""The directory of the demo: 38 organisations, and the 100 people who refer for them. Source: domain model 7.2.

Networks have their usual names with the commune's, everything else is made up; telephone numbers are those kept for
fiction, addresses on the Internet end in `.example`. No SIRET is given: a well-formed one may be somebody's.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon import organisations, referrers
from jalon.clock import today
from jalon.demo import names
from jalon.demo.somebody import Somebody
from jalon.models import Commune, Organisation, OrganisationKind, Referrer
from jalon.names import fold
from jalon.scope import scope_of

KIND = OrganisationKind


@dataclass(frozen=True)
class Office:
    """An organisation at a commune, and how many people refer for it; `acronym` also makes its e-mail address."""

    kind: OrganisationKind
    name: str
    commune: str
    referrers: int
    acronym: str | None = None
    source: str = "Comité technique"


OFFICES = (
    Office(KIND.FRANCE_TRAVAIL, "France Travail Étampes", "Étampes", 12),
    Office(KIND.FRANCE_TRAVAIL, "France Travail Dourdan", "Dourdan", 5),
    Office(KIND.FRANCE_TRAVAIL, "France Travail Arpajon", "Arpajon", 5),
    Office(KIND.MISSION_LOCALE, "Mission locale des Trois Vallées", "Étampes", 10, "ML3V"),
    Office(KIND.MISSION_LOCALE, "Mission locale du Hurepoix rural", "Dourdan", 4, "MLHR"),
    Office(KIND.MISSION_LOCALE, "Mission locale du Val d’École", "Mennecy", 6, "MLVE"),
    Office(KIND.DEPARTMENT, "Maison des solidarités d’Étampes", "Étampes", 8, "MDS Étampes"),
    Office(KIND.DEPARTMENT, "Maison des solidarités d’Arpajon", "Arpajon", 4, "MDS Arpajon"),
    Office(KIND.DEPARTMENT, "Maison des solidarités de Dourdan", "Dourdan", 3, "MDS Dourdan"),
    Office(KIND.DEPARTMENT, "Maison des solidarités de La Ferté-Alais", "La Ferté-Alais", 3, "MDS La Ferté"),
    Office(KIND.CCAS, "CCAS d’Étampes", "Étampes", 3),
    Office(KIND.CCAS, "CCAS de Dourdan", "Dourdan", 2),
    Office(KIND.CCAS, "CCAS d’Angerville", "Angerville", 1),
    Office(KIND.CCAS, "CCAS d’Étréchy", "Étréchy", 1),
    Office(KIND.CCAS, "CCAS de Milly-la-Forêt", "Milly-la-Forêt", 1),
    Office(KIND.CCAS, "CCAS du Mérévillois", "Le Mérévillois", 1, source="Visite"),
    Office(KIND.TOWN_HALL, "Service emploi de Mennecy", "Mennecy", 3),
    Office(KIND.TOWN_HALL, "Point emploi de Saint-Chéron", "Saint-Chéron", 2, source="Visite"),
    Office(KIND.SIAE, "Le Potager des Deux Rives", "Étampes", 3, "ACI Potager"),
    Office(KIND.SIAE, "Tremplin Services", "Étampes", 2, "AI Tremplin"),
    Office(KIND.SIAE, "Les Bâtisseurs du Gâtinais", "Milly-la-Forêt", 2, "EI Bâtisseurs"),
    Office(KIND.SIAE, "Recyclerie de la Juine", "Étréchy", 2, "ACI Recyclerie"),
    Office(KIND.SIAE, "Intérim Passerelle Sud", "Arpajon", 1, "ETTI Passerelle", source="Flash"),
    Office(KIND.TRAINING, "Centre de formation Savoirs et Gestes", "Étampes", 3, "CFSG"),
    Office(KIND.TRAINING, "Atelier des compétences du Hurepoix", "Dourdan", 2, "ACH"),
    Office(KIND.TRAINING, "Institut rural des métiers", "La Ferté-Alais", 1, "IRM", source="Flash"),
    Office(KIND.SOCIAL_LANDLORD, "Logis des Trois Vallées", "Étampes", 2, "L3V"),
    Office(KIND.SOCIAL_LANDLORD, "Foyer du Hurepoix", "Dourdan", 1, "FDH"),
    Office(KIND.SOCIAL_LANDLORD, "Habitat et Rivières", "Arpajon", 1, "HR", source="Visite"),
    Office(KIND.CAP_EMPLOI, "Cap emploi Sud-Essonne", "Étampes", 3),
    Office(KIND.SECOND_CHANCE, "École de la deuxième chance des Rivières", "Arpajon", 1, "E2C Rivières"),
    Office(KIND.JUSTICE, "Milieu ouvert du Sud", "Étampes", 1, "SPIP Sud", source="Visite"),
    Office(KIND.CHARITY, "La Table ouverte", "Dourdan", 1, source="Visite"),
    Office(KIND.EPCI, "Communauté des Vallées du Sud", "Étampes", 0, "CVS"),
    Office(KIND.CAF, "CAF, antenne d’Étampes", "Étampes", 0),
    Office(KIND.EMPLOYER, "Conserverie de la Beauce", "Angerville", 0, source="Visite"),
    Office(KIND.SOLIDARITY_GARAGE, "Garage Coup de clé", "Ballancourt-sur-Essonne", 0, source="Flash"),
    Office(KIND.TRANSPORT, "Cars des Quatre Vents", "Dourdan", 0),
)
ACTIVE, DORMANT = 71, 20
GONE, MOVED = 9, 3  # of those gone, some had gone from one organisation to another in the middle of the year
JOBS = {
    KIND.FRANCE_TRAVAIL: "Conseil à l’emploi",
    KIND.MISSION_LOCALE: "Conseil en insertion",
    KIND.DEPARTMENT: "Travail social, référence RSA",
    KIND.SIAE: "Accompagnement socioprofessionnel",
    KIND.TRAINING: "Coordination de formation",
    KIND.SOCIAL_LANDLORD: "Accompagnement social du logement",
}


def load(session: Session) -> None:
    """The directory, in a session that may write it; the same at each loading of a day."""
    communes = {commune.name: commune for commune in session.scalars(select(Commune))}
    day = today(scope_of(session).zone)
    found = [_office(session, office, number, communes, day) for number, office in enumerate(OFFICES)]
    draw = random.Random("those who refer")
    posts = [organisation for organisation, o in zip(found, OFFICES, strict=True) for _ in range(o.referrers)]
    draw.shuffle(posts)
    for number, organisation in enumerate(posts):
        _referrer(session, draw, number, organisation, posts)


def _office(session: Session, office: Office, number: int, communes: dict[str, Commune], day: date) -> Organisation:
    seat = communes[office.commune]
    near = [c for c in communes.values() if c.epci == seat.epci] if office.referrers else []
    return organisations.add(
        session,
        name=office.name,
        kind=office.kind,
        acronym=office.acronym,
        commune=seat,
        street=f"{number + 1} rue de la République",
        phone=f"01 99 00 20 {number + 1:02}",
        email=f"contact@{_domain(office.acronym or office.name)}",
        first_contact_on=date(day.year - 1 - number % 6, 1 + number % 12, 12),
        source=office.source,
        territory=near,
        is_demo=True,
    )


def _domain(name: str) -> str:
    return f"{fold(name).replace(' ', '-')}.example"


def _referrer(
    session: Session, draw: random.Random, number: int, organisation: Organisation, posts: Sequence[Organisation]
) -> Referrer:
    """The active signed the charter lately, the dormant long ago; who is gone left in the closed year."""
    day, (first, last) = today(scope_of(session).zone), _names()[number]
    active, gone = number < ACTIVE, number >= ACTIVE + DORMANT
    moved = number >= ACTIVE + DORMANT + GONE - MOVED
    since = date(day.year - 3 - number % 4, 1 + number % 12, 1)
    signed = day - timedelta(days=draw.randrange(5, 170)) if active else since + timedelta(days=40)
    before = next(o for o in posts if o.kind is not organisation.kind) if moved else organisation
    somebody = referrers.add(
        session,
        last_name=last,
        first_name=first,
        organisation=before,
        since=since,
        job_title=JOBS.get(before.kind, "Accueil et orientation"),
        email=f"{fold(first).replace(' ', '')}.{fold(last).replace(' ', '')}@{_domain(before.acronym or before.name)}",
        phone=f"06 39 98 {5000 + number}",
        charter_signed_on=signed,
        is_demo=True,
    )
    if moved:
        job = JOBS.get(organisation.kind, "Accueil et orientation")
        session.refresh(somebody, ["posts"])
        referrers.move(session, somebody, organisation=organisation, since=date(day.year - 1, 6, 15), job_title=job)
    if gone:
        referrers.leave(session, somebody, on=date(day.year - 1, 12, 1 + number % 20))
    return somebody


def _names() -> list[tuple[str, str]]:
    hers, his = names.pairs(random.Random("their names"), 62, 38)
    both = [*hers, *his]
    random.Random("in any order").shuffle(both)
    return both


def referring(people: Sequence[Somebody]) -> dict[int, str]:
    """The name of the organisation that sent each of these people, by their number; of nobody who came alone."""
    turns = {kind: _turns(kind) for kind in {s.referred_by for s in people if s.referred_by}}
    return {s.number: next(turns[s.referred_by]) for s in people if s.referred_by}


def _turns(kind: OrganisationKind) -> Iterator[str]:
    """Organisations of a kind, each as often as it has people who refer."""
    offices = [o for o in OFFICES if o.kind is kind]
    turns = [o.name for place in range(max(o.referrers for o in offices)) for o in offices if place < o.referrers]
    while True:
        yield from turns
