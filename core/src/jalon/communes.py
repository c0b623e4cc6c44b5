"""Communes: read from a file, all or none."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

from sqlalchemy.orm import Session

from jalon.errors import DomainError
from jalon.i18n import _l
from jalon.models import Commune

COLUMNS = ("insee", "nom", "codes_postaux", "population", "epci", "lon", "lat", "km_etampes")
INSEE = re.compile(r"^[0-9][0-9AB][0-9]{3}$")
POSTCODES = re.compile(r"^[0-9]{5}( [0-9]{5})*$")


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


def _read(path: Path) -> Iterator[Commune]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            if missing := set(COLUMNS) - set(rows.fieldnames or ()):
                raise BadCommunesFile(line=1, reason=f"missing column: {', '.join(sorted(missing))}")
            yield from (_commune(row, rows.line_num) for row in rows)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadCommunesFile(line=1, reason=str(error)) from None


def _commune(row: dict[str, str], line: int) -> Commune:
    postcodes = " ".join(re.split(r"[\s;,|]+", (row["codes_postaux"] or "").strip()))
    if not INSEE.match(row["insee"] or ""):
        raise BadCommunesFile(line=line, reason=f"“{row['insee']}” is not an INSEE code")
    if not POSTCODES.match(postcodes):
        raise BadCommunesFile(line=line, reason=f"“{row['codes_postaux']}” is not a list of postcodes")
    try:
        return Commune(
            insee=row["insee"],
            name=row["nom"].strip(),
            postcodes=postcodes,
            population=int(row["population"]),
            epci=row["epci"].strip(),
            longitude=float(row["lon"]),
            latitude=float(row["lat"]),
        )
    except (ValueError, AttributeError, TypeError) as error:
        raise BadCommunesFile(line=line, reason=str(error)) from None
