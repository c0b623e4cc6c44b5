"""The directory of organisations as a list."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session, joinedload

from jalon import communes, organisations, phones, registrations
from jalon.errors import DomainError
from jalon.hooks import Hooks
from jalon.i18n import _, _l
from jalon.importable import AddedSince, CellKind, Column, Double, Importable, Values
from jalon.models import Organisation, OrganisationKind
from jalon.names import fold

KINDS = {
    "Département": OrganisationKind.DEPARTMENT,
    "MDS": OrganisationKind.DEPARTMENT,
    "CCAS": OrganisationKind.CCAS,
    "CIAS": OrganisationKind.CCAS,
    "Mairie": OrganisationKind.TOWN_HALL,
    "Pôle emploi": OrganisationKind.FRANCE_TRAVAIL,
    "ACI": OrganisationKind.SIAE,
    "EI": OrganisationKind.SIAE,
    "AI": OrganisationKind.SIAE,
    "ETTI": OrganisationKind.SIAE,
    "SIAE": OrganisationKind.SIAE,
    "Association": OrganisationKind.CHARITY,
}
WRITTEN = ("name", "acronym", "kind", "siret", "rna", "street", "commune", "phone", "email", "website", "source")
COLUMNS = (
    Column(
        "name",
        _l("Name"),
        synonyms=("Nom", "Organisation", "Structure", "Raison sociale", "Dénomination"),
        required=True,
        longest=120,
        example="Mission locale des 3 Vallées",
    ),
    Column("acronym", _l("Acronym"), synonyms=("Sigle",), longest=20),
    Column(
        "kind",
        _l("Kind"),
        CellKind.CHOICE,
        synonyms=("Type", "Typologie", "Nature"),
        required=True,
        choices=OrganisationKind.labels(),
        aliases=KINDS,
        example="Mission locale",
        for_all=True,
    ),
    Column("siret", _l("SIRET"), synonyms=("SIRET", "N° SIRET"), longest=40),
    Column("rna", _l("RNA"), synonyms=("RNA", "N° RNA"), longest=40),
    Column("street", _l("Address"), synonyms=("Adresse", "Rue", "Voie"), longest=120),
    Column("postcode", _l("Postcode"), CellKind.POSTCODE, synonyms=("Code postal", "CP"), longest=5, only_told=True),
    Column("commune", _l("Commune"), CellKind.COMMUNE, synonyms=("Ville", "Localité", "Code INSEE"), example="Étampes"),
    Column("phone", _l("Phone"), CellKind.PHONE, synonyms=("Téléphone", "Tél", "Tel"), longest=40),
    Column("email", _l("E-mail"), synonyms=("Courriel", "E-mail", "Email", "Mail"), longest=254),
    Column("website", _l("Web site"), synonyms=("Site", "Site web", "Site internet"), longest=200),
    Column("source", _l("How we met"), synonyms=("Source",), longest=60, for_all=True),
)


def add(session: Session, values: Values, apart: Collection[int]) -> Organisation:
    """Raises AddedSince, and what `organisations.add` raises."""
    if any(not known.certain and known.id not in apart for known in find(session, values)):
        raise AddedSince
    told: dict[str, Any] = {name: values.get(name) for name in WRITTEN}
    return organisations.add(session, **told)


def find(session: Session, values: Values) -> Sequence[Double]:
    """The same SIRET or RNA is the same organisation; the same name in the same commune may be another office."""
    try:
        siret = registrations.normal_siret(values["siret"]) if values.get("siret") else None
        rna = registrations.normal_rna(values["rna"]) if values.get("rna") else None
    except DomainError:
        return []
    commune = values.get("commune")
    folded = fold(f"{values.get('name') or ''} {values.get('acronym') or ''}")[:160]
    here = Organisation.commune_insee == (commune.insee if commune else None)
    alike: list[ColumnElement[bool]] = [(Organisation.folded == folded) & here]
    alike += [Organisation.siret == siret] if siret else []
    alike += [Organisation.rna == rna] if rna else []
    found = session.scalars(select(Organisation).where(or_(*alike)).order_by(Organisation.id)).all()
    return [_double(known, siret, rna) for known in found]


def _double(known: Organisation, siret: str | None, rna: str | None) -> Double:
    if siret and known.siret == siret:
        return Double(known.id, _("The same SIRET"), hard=True, certain=True)
    if rna and known.rna == rna:
        return Double(known.id, _("The same RNA"), hard=True, certain=True)
    return Double(known.id, _("The same name in the same commune"), hard=True)


def keys(values: Values) -> Iterable[Hashable]:
    """The number, and the name in its commune."""
    if values.get("siret"):
        yield "siret", "".join(str(values["siret"]).split())
    commune = values.get("commune")
    yield fold(values.get("name") or ""), commune.insee if commune else None


def take_back(session: Session, hooks: Hooks, organisation: Organisation) -> None:
    """Removed: nothing points at it, in any structure, and inactive it would keep its SIRET from being typed again."""
    session.delete(organisation)
    session.flush()


def listed(session: Session) -> Select[Any]:
    """The whole directory, those that are no longer active left out."""
    query = select(Organisation).where(Organisation.active).options(joinedload(Organisation.commune))
    return query.order_by(Organisation.name, Organisation.id)


def shown(organisation: Organisation) -> Mapping[str, Any]:
    known = {name: getattr(organisation, name) for name in WRITTEN}
    known["commune"] = communes.labelled(organisation.commune) if organisation.commune else None
    known["siret"] = registrations.shown_siret(organisation.siret) if organisation.siret else None
    return known | {"phone": phones.shown(organisation.phone)}


ORGANISATIONS = Importable(
    name="organisations",
    label=_l("Organisations"),
    model=Organisation,
    read_permission="jalon.organisations.read",
    write_permission="jalon.organisations.write",
    columns=COLUMNS,
    add=add,
    find=find,
    keys=keys,
    mark=lambda organisation: str(organisation.version),
    take_back=take_back,
    listed=listed,
    shown=shown,
    load=(joinedload(Organisation.commune),),
    compared=("name", "kind", "commune", "phone", "siret"),
    advice=_l("One partner a line: name, kind, SIRET, commune, telephone…"),
    undo_advice=_l("They are removed from the directory that all structures share."),
)
