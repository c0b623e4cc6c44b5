"""Rules of places: where they are, and when they are no longer used."""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt

from sqlalchemy.orm import Session

from jalon.clock import now
from jalon.db import explains
from jalon.errors import DomainError
from jalon.i18n import _l
from jalon.models import Commune, Place, PlaceKind

FAR_KM = 30.0
EARTH_KM = 6371.0
# south, north, west, east in degrees, with their waters left out. Source: IGN, extreme points of each territory
FRANCE = {
    "mainland and Corsica": (41.3, 51.2, -5.2, 9.7),
    "Guadeloupe, Martinique, Saint-Martin, Saint-Barthélemy": (14.3, 18.2, -63.2, -60.7),
    "Guyane": (2.1, 5.8, -54.7, -51.5),
    "La Réunion": (-21.5, -20.8, 55.1, 55.9),
    "Mayotte": (-13.1, -12.5, 44.9, 45.4),
    "Saint-Pierre-et-Miquelon": (46.7, 47.2, -56.5, -56.1),
    "Nouvelle-Calédonie": (-22.8, -19.4, 163.5, 168.2),
    "Polynésie française": (-27.7, -7.8, -154.8, -134.4),
    "Wallis-et-Futuna": (-14.4, -13.1, -178.3, -176.1),
}


class PlaceNameNeeded(DomainError):
    """A place nobody could name."""

    field = "name"
    message = _l("Give the name people use for this place.")


class CommuneNeeded(DomainError):
    """A place is somewhere."""

    field = "commune"
    message = _l("Say in which commune.")


@explains("uq_jalon_place_structure_id_name")
class PlaceTaken(DomainError):
    """Two places of one name."""

    field = "name"
    message = _l("Another place of the structure already has this name.")


@explains("ck_jalon_place_both_coordinates")
class HalfCoordinates(DomainError):
    """A latitude without longitude, or the reverse."""

    field = "longitude"
    message = _l("Give both latitude and longitude, or neither.")


class OutsideFrance(DomainError):
    """Degrees typed the wrong way round, most often."""

    field = "latitude"
    message = _l("This point is not in France: latitude first (48.43), then longitude (2.16).")


class PlaceArchived(DomainError):
    """The place is already out of use."""

    message = _l("This place is archived already.")


def add(
    session: Session,
    *,
    name: str,
    kind: PlaceKind,
    commune: Commune | None,
    street: str | None = None,
    latitude: float | None = None,
    longitude: float | None = None,
) -> Place:
    """Take a place into use.

    latitude, longitude: degrees. Raises PlaceNameNeeded, CommuneNeeded, PlaceTaken, HalfCoordinates, OutsideFrance.
    """
    place = Place()
    _describe(place, name, kind, commune, street, latitude, longitude)
    session.add(place)
    session.flush()
    return place


def change(
    session: Session,
    place: Place,
    *,
    name: str,
    kind: PlaceKind,
    commune: Commune | None,
    street: str | None = None,
    latitude: float | None = None,
    longitude: float | None = None,
) -> None:
    """Correct a place. Raises as `add` does."""
    _describe(place, name, kind, commune, street, latitude, longitude)
    session.flush()


def _describe(
    place: Place,
    name: str,
    kind: PlaceKind,
    commune: Commune | None,
    street: str | None,
    latitude: float | None,
    longitude: float | None,
) -> None:
    if not name.strip():
        raise PlaceNameNeeded
    if commune is None:
        raise CommuneNeeded
    check_point(latitude, longitude)
    place.name, place.kind, place.commune, place.street = name.strip(), kind, commune, (street or "").strip() or None
    place.latitude, place.longitude = latitude, longitude


def check_point(latitude: float | None, longitude: float | None) -> None:
    """Both or none, in France or one of its territories. Raises HalfCoordinates, OutsideFrance."""
    if latitude is None and longitude is None:
        return
    if latitude is None or longitude is None:
        raise HalfCoordinates
    within = (s <= latitude <= n and w <= longitude <= e for s, n, w, e in FRANCE.values())
    if not any(within):
        raise OutsideFrance


def far_from_commune_km(place: Place) -> float | None:
    """How far a place is from its commune's point, when that is more than 30 km: a wrong digit, or a wrong commune."""
    if place.latitude is None or place.longitude is None:
        return None
    commune = place.commune
    distance = distance_km(place.latitude, place.longitude, commune.latitude, commune.longitude)
    return distance if distance > FAR_KM else None


def distance_km(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """As the crow flies between two points in degrees. Source: haversine formula."""
    north, south = radians(latitude), radians(other_latitude)
    half = sin((south - north) / 2) ** 2
    half += cos(north) * cos(south) * sin(radians(other_longitude - longitude) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(half))


def archive(session: Session, place: Place) -> None:
    """Take a place out of use; what points at it stays. Raises PlaceArchived."""
    if place.archived_at is not None:
        raise PlaceArchived
    place.archived_at = now()
    session.flush()


def bring_back(session: Session, place: Place) -> None:
    """Use an archived place again."""
    place.archived_at = None
    session.flush()
