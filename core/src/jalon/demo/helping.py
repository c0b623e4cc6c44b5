"""Which demo structures help which of the 280 besides the one that follows them all."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon.demo import cohort
from jalon.demo.organisations import referring
from jalon.demo.somebody import Somebody
from jalon.models import BeneficiaryStructure, Employment, Structure

REASONS = {
    "rental": "Location d’un véhicule",
    "transport": "Transport solidaire",
    "training": "Ateliers de mobilité",
    "permis": "Préparation du permis",
}
FOLLOWS_ALL = "plateforme"
HIRES = ("potager", "Le Potager des Deux Rives")  # the structure, and the organisation that it is in the directory


def load(session: Session) -> None:
    """Link the persons to these structures, in a session across them."""
    year = cohort.closed_year(session)
    known = cohort.known(session, year)
    places = dict(session.execute(select(Structure.slug, Structure.id)).all())
    senders = referring(cohort.people(year))
    for somebody in cohort.people(year):
        for slug, reason in dict(_helpers(somebody, senders.get(somebody.number))).items():
            link = BeneficiaryStructure(
                beneficiary=known[somebody.number],
                structure_id=places[slug],
                reason=reason,
                since=somebody.entered,
            )
            session.add(link)
    session.flush()


def _helpers(somebody: Somebody, sender: str | None) -> Iterator[tuple[str, str]]:
    """Structure and reason; of two services of one structure, the last one's."""
    for module, reason in REASONS.items():
        slug = cohort.runs_at(somebody, module)
        if slug is not None and slug != FOLLOWS_ALL:
            yield slug, reason
    hires, name = HIRES
    if somebody.employment is Employment.INSERTION and sender == name:
        yield hires, "Contrat d’insertion au maraîchage"
