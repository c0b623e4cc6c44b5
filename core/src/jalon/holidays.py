"""Public holidays, computed; school holidays, imported from what the Éducation nationale publishes."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path

import holidays as computed
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from jalon.errors import DomainError
from jalon.i18n import _, _l
from jalon.models import SchoolHoliday
from jalon.named import Named
from jalon.scope import PARIS

SATURDAY = 5
TEACHERS = "enseignants"
BRIDGE = "pont"  # “Pont de l'Ascension” is published by its first day without school
COLUMNS = {  # the labels of the published file, and the technical names of the same columns
    "description": ("Description", "description"),
    "population": ("Population", "population"),
    "start": ("Date de début", "start_date"),
    "end": ("Date de fin", "end_date"),
    "zone": ("Zones", "zones"),
}


class Region(Named):
    """Where public holidays differ. The values are those of the `holidays` library, but for the first."""

    METROPOLE = "metropole", _l("Metropolitan France")
    ALSACE_MOSELLE = "57", _l("Alsace and Moselle")
    GUADELOUPE = "971", _l("Guadeloupe")
    MARTINIQUE = "972", _l("Martinique")
    GUYANE = "973", _l("French Guiana")
    REUNION = "974", _l("Réunion")
    MAYOTTE = "976", _l("Mayotte")
    SAINT_BARTHELEMY = "BL", _l("Saint Barthélemy")
    SAINT_MARTIN = "MF", _l("Saint Martin")
    SAINT_PIERRE = "PM", _l("Saint Pierre and Miquelon")
    NOUVELLE_CALEDONIE = "NC", _l("New Caledonia")
    POLYNESIE = "PF", _l("French Polynesia")
    WALLIS = "WF", _l("Wallis and Futuna")


class SchoolZone(Named):
    """Whose school holidays are shown; the values are those of `jalon_school_holiday.zone`."""

    NONE = "", _l("None: school holidays are not shown")
    A = "A", _l("Zone A")
    B = "B", _l("Zone B")
    C = "C", _l("Zone C")
    CORSE = "corse", _l("Corsica")
    GUADELOUPE = "guadeloupe", _l("Guadeloupe")
    GUYANE = "guyane", _l("French Guiana")
    MARTINIQUE = "martinique", _l("Martinique")
    MAYOTTE = "mayotte", _l("Mayotte")
    REUNION = "reunion", _l("Réunion")
    NOUVELLE_CALEDONIE = "nouvellecaledonie", _l("New Caledonia")
    POLYNESIE = "polynesie", _l("French Polynesia")
    SAINT_PIERRE = "saintpierre", _l("Saint Pierre and Miquelon")
    WALLIS = "wallis", _l("Wallis and Futuna")


class BadHolidaysFile(DomainError):
    """The file lacks columns, or a line is no school holiday."""

    message = _l("Line %(line)s: %(reason)s")


@dataclass(frozen=True)
class Imported:
    """What an import did: holidays kept, lines left out because they are nobody's or without a return."""

    holidays: int
    left_out: int


@lru_cache(maxsize=64)
def public_holidays(region: Region, year: int) -> Mapping[date, str]:
    """The public holidays of a year, with their French names. Source: the `holidays` library."""
    place = None if region is Region.METROPOLE else region.value
    found = computed.country_holidays("FR", subdiv=place, years=year, language="fr")
    return {day: name.replace("'", "’").replace("; ", ", ") for day, name in found.items() if day.year == year}


def import_school_holidays(session: Session, path: Path) -> Imported:
    """Add or replace the school holidays of a CSV file; doing it twice is doing it once.

    Of each zone and day the file speaks of, it is believed: what overlaps its holidays goes. Raises BadHolidaysFile
    for the first line that is wrong; nothing is then written.
    Source: columns of the dataset `fr-en-calendrier-scolaire`, data.education.gouv.fr.
    """
    left_out = 0
    found: dict[tuple[str, date], SchoolHoliday] = {}
    for holiday in _read(path):
        if holiday is None:
            left_out += 1
            continue
        known = found.setdefault((holiday.zone, holiday.first_day), holiday)
        known.last_day = max(known.last_day, holiday.last_day)  # of one zone, places may differ by a day
    for holiday in found.values():
        session.execute(
            delete(SchoolHoliday).where(
                SchoolHoliday.zone == holiday.zone,
                SchoolHoliday.first_day <= holiday.last_day,
                SchoolHoliday.last_day >= holiday.first_day,
            )
        )
    session.add_all(found.values())
    session.flush()
    return Imported(len(found), left_out)


def school_holidays(session: Session, zone: SchoolZone, first: date, last: date) -> list[SchoolHoliday]:
    """The school holidays of a zone that touch a period, both days included; none for no zone."""
    if zone is SchoolZone.NONE:
        return []
    query = select(SchoolHoliday).where(
        SchoolHoliday.zone == zone.value, SchoolHoliday.first_day <= last, SchoolHoliday.last_day >= first
    )
    return list(session.scalars(query.order_by(SchoolHoliday.first_day)))


def _read(path: Path) -> Iterator[SchoolHoliday | None]:
    line = 1
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file, delimiter=";")
            names = _columns(rows.fieldnames or ())
            for row in rows:
                line = rows.line_num
                yield _holiday({key: (row[name] or "").strip() for key, name in names.items()}, line)
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadHolidaysFile(line=line, reason=str(error)) from None


def _columns(there: object) -> dict[str, str]:
    names = [str(name) for name in there]  # type: ignore[attr-defined]
    found = {key: next((n for n in wanted if n in names), "") for key, wanted in COLUMNS.items()}
    if missing := [COLUMNS[key][0] for key, name in found.items() if not name]:
        reason = _("these columns are missing: %(names)s", names=", ".join(missing))
        raise BadHolidaysFile(line=1, reason=reason)
    return found


def _holiday(row: dict[str, str], line: int) -> SchoolHoliday | None:
    """The holiday of a line; None for teachers' own, and for one whose return is not published yet."""
    zone = _zone(row["zone"])
    if zone is None:
        raise BadHolidaysFile(line=line, reason=_("“%(typed)s” is not a zone", typed=row["zone"]))
    if not row["description"]:
        raise BadHolidaysFile(line=line, reason=_("the description is missing"))
    starts = _day(row["start"], line)
    if row["population"].casefold() == TEACHERS or not row["end"]:
        return None
    first, last = _first_day(row["description"], starts), _day(row["end"], line) - timedelta(days=1)
    if last < starts - timedelta(days=1):
        raise BadHolidaysFile(line=line, reason=_("it ends before it begins"))
    if last < first:
        return None
    return SchoolHoliday(zone=zone.value, name=row["description"][:80], first_day=first, last_day=last)


def _first_day(description: str, published: date) -> date:
    """Published is the day after whose lessons pupils leave; most have none on a Saturday."""
    leaves_after_class = published.weekday() < SATURDAY and not description.casefold().startswith(BRIDGE)
    return published + timedelta(days=1) if leaves_after_class else published


def _day(text: str, line: int) -> date:
    """The civil day in Paris: the file writes midnight there, as an instant in UTC, overseas zones included."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise BadHolidaysFile(line=line, reason=_("“%(typed)s” is not a date", typed=text)) from None
    return (read.astimezone(PARIS) if read.tzinfo else read).date()


def _zone(text: str) -> SchoolZone | None:
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    letters = "".join(filter(str.isalnum, plain))
    if letters in ("zonea", "zoneb", "zonec"):
        return SchoolZone(letters[-1].upper())
    return next((z for z in SchoolZone if len(z.value) > 1 and letters.removeprefix("la").startswith(z.value)), None)
