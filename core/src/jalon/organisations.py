"""Rules of organisations: how they are known, and what a structure keeps for itself about them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon import emails, phones, registrations
from jalon.clock import today
from jalon.db import explains
from jalon.errors import DomainError
from jalon.i18n import _l
from jalon.models import Commune, Member, Organisation, OrganisationKind, OrganisationRemark
from jalon.names import fold
from jalon.scope import scope_of

LONGEST_REMARK = 5_000
NORMAL = {
    "siret": registrations.normal_siret,
    "rna": registrations.normal_rna,
    "phone": phones.normal_phone,
    "email": emails.normal_email,
    "website": registrations.normal_website,
}


class NameNeeded(DomainError):
    """Letters or digits are missing."""

    field = "name"
    message = _l("Give the organisation's name.")


@explains("uq_jalon_organisation_siret")
class SiretTaken(DomainError):
    """The directory has it already."""

    field = "siret"
    message = _l("An organisation of the directory already has this SIRET.")


@explains("uq_jalon_organisation_rna")
class RnaTaken(DomainError):
    """The directory has it already."""

    field = "rna"
    message = _l("An organisation of the directory already has this number.")


class ContactToCome(DomainError):
    """A first contact that has not taken place."""

    field = "first_contact_on"
    message = _l("The first contact cannot be in the future.")


class RemarkTooLong(DomainError):
    """More than anybody would read."""

    field = "text"
    message = _l("This remark is too long: 5,000 characters at most.")


def add(session: Session, *, name: str, kind: OrganisationKind, **values: Any) -> Organisation:
    """Write an organisation into the directory of all structures.

    values: any other column of Organisation, and `territory`, a list of communes. Raises NameNeeded, ContactToCome,
    SiretTaken, RnaTaken, and what phones, emails and registrations raise.
    """
    organisation = Organisation(active=True)
    _describe(session, organisation, {"name": name, "kind": kind, **values})
    session.add(organisation)
    session.flush()
    return organisation


def change(session: Session, organisation: Organisation, **values: Any) -> None:
    """Correct what the directory says. Raises as `add` does."""
    _describe(session, organisation, values)
    session.flush()


def _describe(session: Session, organisation: Organisation, values: dict[str, Any]) -> None:
    for column, normal in NORMAL.items():
        if column in values:
            values[column] = normal(values[column]) if (values[column] or "").strip() else None
    if "name" in values:
        values["name"] = (values["name"] or "").strip()
        if not fold(values["name"]):
            raise NameNeeded
    met = values.get("first_contact_on")
    if met and met > today(scope_of(session).zone):
        raise ContactToCome
    _refuse_twins(session, organisation, values)
    for column, value in values.items():
        setattr(organisation, column, value)
    organisation.folded = fold(f"{organisation.name} {organisation.acronym or ''}")[:160]


def _refuse_twins(session: Session, organisation: Organisation, values: dict[str, Any]) -> None:
    for column, refusal in ((Organisation.siret, SiretTaken), (Organisation.rna, RnaTaken)):
        value = values.get(column.key)
        with session.no_autoflush:
            other = session.scalar(select(Organisation.id).where(column == value)) if value else None
        if other is not None and other != organisation.id:
            raise refusal


def alike(session: Session, organisation: Organisation) -> list[Organisation]:
    """Others of the directory with the same name in the same commune: perhaps the same one, perhaps not."""
    return list(
        session.scalars(
            select(Organisation).where(
                Organisation.folded == organisation.folded,
                Organisation.commune_insee == organisation.commune_insee,
                Organisation.id != organisation.id,
            )
        )
    )


def label(organisation: Organisation, commune: Commune | None) -> str:
    """Its name with its commune's, by which people tell two offices of one network apart."""
    return f"{organisation} – {commune.name}" if commune else str(organisation)


def remark(session: Session, organisation_id: int) -> OrganisationRemark | None:
    """The session's structure's own words about an organisation."""
    return session.scalar(select(OrganisationRemark).where(OrganisationRemark.organisation_id == organisation_id))


def write_remark(session: Session, organisation: Organisation, *, text: str, member: Member | None) -> None:
    """Keep what the structure says for itself, and who follows the organisation there. Raises RemarkTooLong."""
    words = text.strip()
    if len(words) > LONGEST_REMARK:
        raise RemarkTooLong
    kept = remark(session, organisation.id)
    if kept is None:
        kept = OrganisationRemark(organisation_id=organisation.id)
        session.add(kept)
    kept.text, kept.member_id = words or None, member.id if member else None
    session.flush()
