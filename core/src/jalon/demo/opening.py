"""When the demo's structures are open: their hours, two closures, the school holidays they are shown."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from jalon import clock, settings
from jalon.core_settings import Letterhead, Opening
from jalon.holidays import SchoolZone
from jalon.models import Closure
from jalon.opening_hours import OpeningHours
from jalon.scope import scope_of, structure_of

OFFICE = "9h-12h30, 13h30-17h"
SATURDAYS = {"relais": "9h-12h"}
ADDRESS = "1 place de la Gare\n91000 Villeneuve-sur-Essonne\nSIRET 000 000 000 00000"


def load(session: Session) -> None:
    """Hours, letterhead and closures of the session's structure, from today on."""
    structure, day = structure_of(session), clock.today(scope_of(session).zone)
    hours = OpeningHours.typed(*[OFFICE] * 5, SATURDAYS.get(structure.slug, ""), "")
    settings.change(session, Opening, {"hours": hours, "school_zone": SchoolZone.C}, valid_from=day)
    settings.change(session, Letterhead, {"letterhead": f"{structure.name}\n{ADDRESS}"}, valid_from=day)
    session.add_all(_closures(day))
    session.flush()


def _closures(day: date) -> list[Closure]:
    """The turn of this year, and a week of the next summer."""
    summer = date(day.year if day.month < 7 else day.year + 1, 8, 10)
    return [
        Closure(name="Fermeture de fin d’année", first_day=date(day.year, 12, 28), last_day=date(day.year, 12, 31)),
        Closure(name="Fermeture d’été", first_day=summer, last_day=summer.replace(day=16)),
    ]
