"""Structures: founding one, renaming its address."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon.db import explains
from jalon.errors import DomainError
from jalon.i18n import _l
from jalon.models import Structure, StructureAlias
from jalon.scope import StructureRef
from jalon.texts import tidy

SLUG = re.compile(r"[a-z][a-z0-9-]{1,30}")
PHONE = re.compile(r"\+?[0-9][0-9 .()/-]{2,30}")
ZONES = {  # where France is, by its clock
    "Europe/Paris": _l("Metropolitan France"),
    "America/Guadeloupe": _l("Guadeloupe"),
    "America/Martinique": _l("Martinique"),
    "America/Cayenne": _l("French Guiana"),
    "America/St_Barthelemy": _l("Saint Barthélemy"),
    "America/Marigot": _l("Saint Martin"),
    "America/Miquelon": _l("Saint Pierre and Miquelon"),
    "Indian/Reunion": _l("Réunion"),
    "Indian/Mayotte": _l("Mayotte"),
    "Pacific/Noumea": _l("New Caledonia"),
    "Pacific/Tahiti": _l("Society Islands, Tuamotu"),
    "Pacific/Gambier": _l("Gambier Islands"),
    "Pacific/Marquesas": _l("Marquesas Islands"),
    "Pacific/Wallis": _l("Wallis and Futuna"),
}
LONGEST = 31  # characters of an address
LONGEST_NAME = 120


class BadSlug(DomainError):
    """The address is not one."""

    field = "slug"
    message = _l("An address is 2 to 31 lower-case letters, digits and hyphens, and begins with a letter.")


class SlugReserved(DomainError):
    """The address begins a page of the site itself."""

    field = "slug"
    message = _l("The address “%(slug)s” is a page of the site.")


@explains("uq_jalon_structure_slug")
class SlugTaken(DomainError):
    """The address is, or once was, another structure's."""

    field = "slug"
    message = _l("This address is taken, or was once another structure's.")


class SlugUnchanged(DomainError):
    """The new address is the one it has."""

    field = "slug"
    message = _l("“%(slug)s” is already the address of this structure.")


class BadName(DomainError):
    """The structure is not named, or at too great a length."""

    field = "name"
    message = _l("Say the name of the structure, in at most 120 characters.")


class NotAPhoneNumber(DomainError):
    """Letters, or next to nothing."""

    field = "phone"
    message = _l("A telephone number is made of digits and spaces, for instance 01 99 00 10 00.")


class UnknownZone(DomainError):
    """No clock of France."""

    field = "zone"
    message = _l("Choose one of these.")


class StructureChanged(DomainError):
    """Somebody else described the structure since it was shown."""

    message = _l("Somebody else changed this meanwhile: nothing was saved. Reload the page to see what it is now.")


def name_of(typed: str) -> str:
    """A structure's name as it is kept. Raises BadName."""
    name = " ".join(tidy(typed).split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise BadName
    return name


def found(
    session: Session,
    slug: str,
    *,
    name: str,
    reserved: Collection[str] = (),
    is_demo: bool = False,
    phone: str | None = None,
) -> Structure:
    """Create a structure. Raises BadSlug, SlugReserved, SlugTaken, BadName."""
    _check_slug(session, slug, reserved)
    structure = Structure(slug=slug, name=name_of(name), is_demo=is_demo, phone=phone)
    session.add(structure)
    session.flush()
    return structure


def rename(session: Session, structure: Structure, slug: str, *, reserved: Collection[str] = ()) -> None:
    """Give a structure another address; the old one redirects for ever.

    Raises BadSlug, SlugReserved, SlugTaken, SlugUnchanged.
    """
    if slug == structure.slug:
        raise SlugUnchanged(slug=slug)
    if not SLUG.fullmatch(slug):  # before it is looked up: PostgreSQL takes no NUL
        raise BadSlug(slug=slug)
    former = session.get(StructureAlias, slug)
    if former is not None and former.structure_id == structure.id:
        session.delete(former)  # back to an address it once had
        session.flush()
    _check_slug(session, slug, reserved)
    session.add(StructureAlias(slug=structure.slug, structure_id=structure.id))
    structure.slug = slug
    session.flush()


def describe(session: Session, structure: Structure, *, name: str, phone: str, zone: str, seen: str) -> None:
    """Say what a structure is called, its telephone and its clock; `seen` is the version that was shown.

    Raises StructureChanged, BadName, NotAPhoneNumber, UnknownZone.
    """
    session.refresh(structure, with_for_update={"key_share": True})
    if str(structure.version) != seen:
        raise StructureChanged
    name, phone = name_of(name), phone.strip()
    if phone and not PHONE.fullmatch(phone):
        raise NotAPhoneNumber
    if zone not in ZONES and zone != structure.zone:
        raise UnknownZone
    structure.name, structure.phone, structure.zone = name, phone or None, zone
    session.flush()


def _check_slug(session: Session, slug: str, reserved: Collection[str]) -> None:
    if not SLUG.fullmatch(slug):
        raise BadSlug(slug=slug)
    if slug in reserved:
        raise SlugReserved(slug=slug)
    used = session.scalar(select(Structure.id).where(Structure.slug == slug))
    if used is not None or session.get(StructureAlias, slug) is not None:
        raise SlugTaken(slug=slug)


def proposed_slug(name: str) -> str:
    """An address made of a name: “Garage d'Étampes” -> “garage-d-etampes”; empty when none can be."""
    spelled = unicodedata.normalize("NFKD", name.lower().replace("œ", "oe").replace("æ", "ae"))
    plain = "".join(letter for letter in spelled if not unicodedata.combining(letter))
    slug = re.sub(r"[^a-z0-9]+", "-", plain).lstrip("-0123456789")[:LONGEST].strip("-")
    return slug if SLUG.match(slug) else ""


def at(session: Session, slug: str) -> Structure | None:
    """The open structure of that address."""
    return session.scalar(select(Structure).where(Structure.slug == slug, Structure.closed_at.is_(None)))


def formerly_at(session: Session, slug: str) -> Structure | None:
    """The open structure that once had that address."""
    return session.scalar(
        select(Structure)
        .join(StructureAlias, StructureAlias.structure_id == Structure.id)
        .where(StructureAlias.slug == slug, Structure.closed_at.is_(None))
    )


def ref(structure: Structure) -> StructureRef:
    return StructureRef(structure.id, structure.slug, structure.name)
