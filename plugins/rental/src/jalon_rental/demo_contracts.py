"""The demo's conditions of rental, and the contracts of what is out."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon import settings
from jalon.clock import today
from jalon.scope import scope_of
from jalon_rental import contracts
from jalon_rental.models import Booking, State
from jalon_rental.settings import RentalSettings

CONDITIONS = """1. Usage. Le véhicule est prêté pour se rendre au travail, en formation, à un rendez-vous ou aux \
démarches qui ont motivé la demande. Il n’est ni sous-loué, ni prêté, ni conduit par une personne que ce contrat ne \
nomme pas.
2. Permis. Le locataire déclare que son droit de conduire est en cours de validité et prévient la structure de tout \
changement.
3. État. L’état du véhicule est constaté ensemble au départ et au retour, dans le tableau ci-dessus. Le niveau de \
carburant ou de charge est le même au retour qu’au départ.
4. Assurance. Le véhicule est assuré par la structure. En cas d’accident ou de vol, le locataire prévient la structure \
le jour même et lui remet le constat ou le dépôt de plainte sous deux jours ouvrés.
5. Entretien. Le locataire vérifie l’huile et les pneus, ferme et attache le véhicule, et n’y fait faire aucune \
réparation sans accord.
6. Amendes. Le locataire paie les amendes de la période et accepte que son identité soit communiquée à \
l’administration (code de la route, article L121-6).
7. Retour. Le véhicule revient au jour et à l’heure convenus. Une prolongation se demande avant la fin et donne lieu à \
un nouveau contrat.
8. Données. Ce contrat est gardé cinq ans après la fin de la location. Le locataire peut demander une copie de ses \
données, les faire corriger ou effacer."""


def load(session: Session) -> None:
    """Conditions from today on, and a contract for each vehicle that is out."""
    day = today(scope_of(session).zone)
    settings.change(session, RentalSettings, {"contract_conditions": CONDITIONS}, valid_from=day)
    for booking in session.scalars(select(Booking).where(Booking.state == State.OUT).order_by(Booking.id)).all():
        contracts.make(session, booking)
