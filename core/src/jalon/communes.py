"""Communes: read from a file, all or none."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon.errors import DomainError
from jalon.i18n import _, _l
from jalon.models import Commune
from jalon.names import distance, fold

MOST_OFFERED, MOST_NAMED = 400, 15
NEAR = 2  # letters that may be wrong
COLUMNS = ("insee", "nom", "codes_postaux", "population", "epci", "lon", "lat", "km_etampes")
INSEE = re.compile(r"[0-9][0-9AB][0-9]{3}")
POSTCODES = re.compile(r"[0-9]{5}( [0-9]{5})*")
WHOLE = re.compile(r"[0-9]{1,8}")
DECIMAL = re.compile(r"-?[0-9]{1,3}(\.[0-9]+)?")
LONGEST = {"nom": 80, "codes_postaux": 200, "epci": 80}  # characters
MOST_PEOPLE = 10_000_000  # of one commune; Paris has 2.1 million


class BadCommunesFile(DomainError):
    """The file lacks columns or a line is not a commune."""

    message = _l("Line %(line)s: %(reason)s")


def demo_territory() -> Path:
    """The 132 communes shipped with the core. Source: the project's own list of southern Essonne."""
    return Path(str(resources.files("jalon") / "data" / "sud-essonne-132.csv"))


def import_communes(session: Session, path: Path) -> int:
    """Add or update the communes of a CSV file in the columns of the demo territory; returns their number.

    Raises BadCommunesFile for the first line that is not a commune; nothing is then written.
    """
    communes = list(_read(path))
    for commune in communes:
        session.merge(commune)
    session.flush()
    return len(communes)


class CommuneUnknown(DomainError):
    """No commune of the territory is called so."""

    field = "commune"
    message = _l(
        "No commune of the territory has this name. If the person lives elsewhere, leave it empty and say where in "
        "“Outside the territory”."
    )


class CommuneAmbiguous(DomainError):
    """Several communes answer, or a postcode was typed, which many communes share."""

    field = "commune"
    message = _l("Choose the commune by its name: %(names)s.")


def labelled(commune: Commune) -> str:
    """As people choose it: the name, and the postcodes to tell two of one name apart."""
    return f"{commune.name} ({', '.join(commune.postcodes.split())})"


def offered(session: Session) -> list[Commune]:
    """The territory, by name, to be proposed while somebody types; none when it is a whole region."""
    found = list(session.scalars(select(Commune).order_by(Commune.name, Commune.insee).limit(MOST_OFFERED + 1)))
    return found if len(found) <= MOST_OFFERED else []


def chosen(session: Session, typed: str) -> Commune | None:
    """The commune somebody typed by its name, with or without postcode; None for nothing typed.

    Raises CommuneUnknown, CommuneAmbiguous: a postcode alone is no commune's, 91150 is shared by fifteen.
    """
    wanted = fold(typed)
    if not wanted:
        return None
    name, codes = " ".join(w for w in wanted.split() if not w.isdigit()), {w for w in wanted.split() if w.isdigit()}
    everywhere = list(session.scalars(select(Commune).order_by(Commune.name, Commune.insee)))
    found = [c for c in everywhere if codes <= set(c.postcodes.split()) and name in ("", fold(c.name))]
    if len(found) == 1 and name:
        return found[0]
    near = found or [c for c in everywhere if name and distance(name, fold(c.name)) <= NEAR]
    if not near:
        raise CommuneUnknown
    raise CommuneAmbiguous(names=", ".join(map(labelled, near[:MOST_NAMED])))


def _read(path: Path) -> Iterator[Commune]:
    seen: set[str] = set()
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            if missing := set(COLUMNS) - set(rows.fieldnames or ()):
                raise BadCommunesFile(line=1, reason=_("missing column: %(names)s", names=", ".join(sorted(missing))))
            for row in rows:
                try:
                    yield _commune(row, seen)
                except ValueError as error:
                    raise BadCommunesFile(line=rows.line_num, reason=str(error)) from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadCommunesFile(line=1, reason=str(error)) from None


def _commune(row: dict[str, str], seen: set[str]) -> Commune:
    """One line as a commune. Raises ValueError with the reason."""
    postcodes = " ".join(re.split(r"[\s;,|]+", (row["codes_postaux"] or "").strip()))
    insee = row["insee"] or ""
    if not INSEE.fullmatch(insee):
        raise ValueError(_("“%(typed)s” is not an INSEE code", typed=insee))
    if insee in seen:
        raise ValueError(_("the commune %(insee)s is there twice", insee=insee))
    if not POSTCODES.fullmatch(postcodes) or len(postcodes) > LONGEST["codes_postaux"]:
        raise ValueError(_("“%(typed)s” is not a list of postcodes", typed=row["codes_postaux"] or ""))
    seen.add(insee)
    return Commune(
        insee=insee,
        name=_text(row, "nom"),
        postcodes=postcodes,
        population=_people(row["population"] or ""),
        epci=_text(row, "epci"),
        longitude=_degrees(row, "lon", 180),
        latitude=_degrees(row, "lat", 90),
    )


def _text(row: dict[str, str], column: str) -> str:
    text = (row[column] or "").strip()
    if not text or not text.isprintable():
        raise ValueError(_("the column %(name)s has no text", name=column))
    if len(text) > LONGEST[column]:
        raise ValueError(_("the column %(name)s is longer than %(n)s characters", name=column, n=LONGEST[column]))
    return text


def _people(typed: str) -> int:
    if not WHOLE.fullmatch(typed.strip()) or int(typed) > MOST_PEOPLE:
        raise ValueError(_("“%(typed)s” is not a number of inhabitants", typed=typed))
    return int(typed)


def _degrees(row: dict[str, str], column: str, most: int) -> float:
    typed = (row[column] or "").strip()
    if not DECIMAL.fullmatch(typed) or abs(float(typed)) > most:
        text = _("“%(typed)s” in the column %(name)s is not between -%(most)s and %(most)s")
        raise ValueError(text % {"typed": typed, "name": column, "most": most})
    return float(typed)
