"""Communes that are part of a larger one today, as older lists still name them.

Source: INSEE, code officiel géographique 2019 (Le Mérévillois and Évry-Courcouronnes, both of 1 January 2019).
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources

from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon import communes
from jalon.communes import CommuneAmbiguous
from jalon.models import Commune
from jalon.names import fold


@dataclass(frozen=True)
class Resolved:
    """A commune of today; `former` is the name it was found by, when that is no longer a commune's."""

    commune: Commune
    former: str = ""


@cache
def _former() -> dict[str, tuple[str, str]]:
    """Former name (folded) and former code -> its name, and the code of today's commune."""
    text = (resources.files("jalon") / "data" / "communes-anciennes.csv").read_text(encoding="utf-8")
    found: dict[str, tuple[str, str]] = {}
    for row in csv.DictReader(text.splitlines()):
        found[fold(row["nom"])] = (row["nom"], row["nouvelle"])
        if row["insee"] != row["nouvelle"]:
            found[row["insee"]] = (row["nom"], row["nouvelle"])
    return found


class CommunesByName:
    """The territory, read once for a whole file."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.by_name: dict[str, list[str]] = {}
        self.codes: set[str] = set()
        self._read: dict[str, Commune] = {}
        for insee, name in session.execute(select(Commune.insee, Commune.name)):
            self.by_name.setdefault(fold(name), []).append(insee)
            self.codes.add(insee)

    def resolve(self, typed: str, postcode: str = "") -> Resolved:
        """A commune by its name, with or without postcode, or by its INSEE code; a former one gives today's.

        A postcode of its own only tells apart what the name leaves open. Raises CommuneUnknown, CommuneAmbiguous.
        """
        wanted = fold(typed).upper() if typed.strip().upper() in self.codes else fold(typed)
        if wanted in self.codes:
            return Resolved(self._the(wanted))
        if len(named := self.by_name.get(wanted, [])) == 1:
            return Resolved(self._the(named[0]))
        letters = " ".join(word for word in wanted.split() if not word.isdigit())
        name, insee = _former().get(letters) or _former().get(wanted) or ("", "")
        if insee in self.codes and letters not in self.by_name:
            return Resolved(self._the(insee), former=name)
        return Resolved(self._chosen(typed, postcode))

    def _chosen(self, typed: str, postcode: str) -> Commune:
        try:
            found = communes.chosen(self.session, typed)
        except CommuneAmbiguous:
            if not postcode or not fold(typed).strip("0123456789 "):
                raise
            found = communes.chosen(self.session, f"{typed} {postcode}")
        if found is None:
            raise communes.CommuneUnknown
        return found

    def _the(self, insee: str) -> Commune:
        if insee not in self._read:
            self._read[insee] = self.session.scalars(select(Commune).where(Commune.insee == insee)).one()
        return self._read[insee]
