"""Persons as a list. No social and no health data: a whole list of these leaves and enters by nobody's hand."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload, selectinload

from jalon import beneficiaries, communes, duplicates, erasures, holdings, identities, person_files, phones
from jalon.clock import today
from jalon.duplicates import LooksKnown, traits
from jalon.errors import DomainError
from jalon.hooks import Hooks
from jalon.i18n import _, _l
from jalon.importable import AddedSince, CellKind, Column, Double, Importable, Values
from jalon.models import Beneficiary, Cause, Channel, File, FileState, Title
from jalon.scope import lifted, scope_of, structure_of

NAMES = ("title", "usage_name", "birth_name", "first_name", "single_name", "birth_date")
REACHED = (
    "phone",
    "second_phone",
    "no_phone",
    "email",
    "channel",
    "street",
    "address_extra",
    "commune",
    "out_of_territory_reason",
)
WHOLE = (joinedload(Beneficiary.identity), joinedload(Beneficiary.file).joinedload(File.commune))
_SCHEMA = "jalon_schema"
TITLES = {"M": Title.SIR, "Mr": Title.SIR, "Mme": Title.MADAM, "Mlle": Title.MADAM, "H": Title.SIR, "F": Title.MADAM}
COLUMNS = (
    Column("code", _l("Code"), synonyms=("Code bénéficiaire", "N° dossier"), longest=20, only_told=True),
    Column(
        "title",
        _l("Title"),
        CellKind.CHOICE,
        synonyms=("Civilité", "Civ", "Sexe", "Genre"),
        choices=Title.labels(),
        aliases=TITLES,
        example="Mme",
    ),
    Column(
        "usage_name",
        _l("Family name"),
        synonyms=("Nom", "Nom d'usage", "Nom usuel", "Nom de famille"),
        required=True,
        longest=80,
        example="Lefèvre",
    ),
    Column("birth_name", _l("Birth name"), synonyms=("Nom de naissance", "Nom de jeune fille"), longest=80),
    Column("first_name", _l("First name"), synonyms=("Prénom", "Prenoms"), longest=80, example="Hélène"),
    Column("single_name", _l("Single name"), CellKind.YES_NO, synonyms=("Nom unique",)),
    Column(
        "birth_date",
        _l("Date of birth"),
        CellKind.DAY,
        synonyms=("Date de naissance", "Né le", "Née le", "Né(e) le", "Naissance", "DDN"),
        example="12/03/1985",
    ),
    Column("age_confirmed", _l("The age is right"), CellKind.YES_NO, synonyms=("Âge vérifié",)),
    Column(
        "phone",
        _l("Telephone"),
        CellKind.PHONE,
        synonyms=("Téléphone", "Tél", "Tel", "Portable", "Mobile", "Téléphone 1", "Numéro de téléphone"),
        longest=40,
        example="06 39 98 01 02",
    ),
    Column(
        "second_phone",
        _l("Other telephone"),
        CellKind.PHONE,
        synonyms=("Téléphone 2", "Fixe", "Autre téléphone", "Tél 2"),
        longest=40,
    ),
    Column("no_phone", _l("No telephone"), CellKind.YES_NO, synonyms=("Sans téléphone",), for_all=True),
    Column(
        "email",
        _l("E-mail"),
        synonyms=("Courriel", "E-mail", "Email", "Mail", "Adresse électronique", "Adresse mail"),
        longest=254,
    ),
    Column(
        "channel",
        _l("Preferred channel"),
        CellKind.CHOICE,
        synonyms=("Canal préféré", "Canal"),
        choices=Channel.labels(),
    ),
    Column("street", _l("Address"), synonyms=("Adresse", "Rue", "Voie", "Adresse postale"), longest=120),
    Column("address_extra", _l("Address, more"), synonyms=("Complément", "Complément d'adresse"), longest=120),
    Column("postcode", _l("Postcode"), CellKind.POSTCODE, synonyms=("Code postal", "CP"), longest=5, only_told=True),
    Column(
        "commune",
        _l("Commune"),
        CellKind.COMMUNE,
        synonyms=("Commune", "Ville", "Localité", "Code INSEE", "INSEE"),
        example="Étampes",
    ),
    Column(
        "out_of_territory_reason",
        _l("Lives outside the territory"),
        synonyms=("Hors territoire", "Commune hors territoire"),
        longest=200,
    ),
    Column(
        "reason",
        _l("Why the file is opened"),
        synonyms=("Motif", "Motif d'ouverture", "Raison"),
        required=True,
        longest=120,
        for_all=True,
        example="Orientation de la mission locale",
    ),
)


def _split(values: Values) -> tuple[Values, Values]:
    """Values of the identity and of the file."""
    named = {name: values.get(name) for name in NAMES}
    named["title"] = named["title"] or Title.NEUTRAL
    return named, {name: values.get(name) for name in REACHED}


def add(session: Session, values: Values, apart: Collection[int]) -> Beneficiary:
    """Raises AddedSince, and what `beneficiaries.create` raises."""
    named, reached = _split(values)
    sure = bool(values.get("age_confirmed"))
    try:
        return beneficiaries.create(
            session, named, reached, reason=values.get("reason") or "", apart=apart, age_confirmed=sure
        )
    except LooksKnown:
        raise AddedSince from None


def check(session: Session, values: Values) -> None:
    """Raises what `beneficiaries.create` raises before it looks for others and writes."""
    named, reached = _split(values)
    sure = bool(values.get("age_confirmed"))
    identities.checked(named, day=today(scope_of(session).zone), age_confirmed=sure)
    person_files.checked(reached)
    if not (values.get("reason") or "").strip():
        raise beneficiaries.ReasonNeeded


def find(session: Session, values: Values) -> Sequence[Double]:
    """The same code is the same person; else those who look the same. Nobody, for what the rules refuse anyway."""
    if code := values.get("code"):
        known = session.scalar(select(Beneficiary.id).where(Beneficiary.code == code))
        if known is not None:
            return [Double(known, _("The same code"), hard=True, certain=True)]
    named, reached = _split(values)
    try:
        named = identities.checked(named, day=today(scope_of(session).zone), age_confirmed=True)
        reached = person_files.checked(reached)
    except DomainError:
        return []
    return [Double(m.person.id, str(m.why), m.hard) for m in duplicates.find(session, named, reached)]


def keys(values: Values) -> Iterable[Hashable]:
    """The pairs that are surely one person's, as `duplicates.compare` says."""
    named, reached = _split(values)
    told = traits(named, reached)
    if told.born is not None:
        yield from ((family, told.first, told.born) for family in told.families)
    if told.first:
        yield from ((told.first, phone.replace(" ", "")) for phone in told.phones)
        yield from ((told.first, email) for email in [told.email] if email)


def mark(person: Beneficiary) -> str:
    """Empty for whom one may not read."""
    if person.identity is None or person.file is None:
        return ""
    rows: list[Any] = [person, person.identity, person.file, *person.links]
    return ".".join(str(row.version) for row in rows)


def take_back(session: Session, hooks: Hooks, person: Beneficiary) -> None:
    """Erased as any person is who must be forgotten: never deleted, and closing would leave a file nobody asked for.

    Nothing points at the person and no other structure helps them, so nothing stays anywhere but the code. Raises
    StillOpen.
    """
    here = structure_of(session)
    with lifted(session, "erase whom an import made, as it is undone"):
        if _SCHEMA not in session.info:  # reading the keys of the database takes longer than erasing a person
            session.info[_SCHEMA] = holdings.read_schema(session.connection())
        schema = session.info[_SCHEMA]
        erasures.erase(session, person.id, cause=Cause.IMPORT_UNDONE, structure_id=here.id, schema=schema)
    session.expire(person)


def listed(session: Session) -> Select[Any]:
    """Persons whom the structure sees, those who were erased or merged left out."""
    there = Beneficiary.state.not_in((FileState.ANONYMISED, FileState.MERGED))
    return select(Beneficiary).where(there).order_by(Beneficiary.id).options(*WHOLE)


def shown(person: Beneficiary) -> Mapping[str, Any]:
    """Of a protected person only that there is one, and of a closed file only the name."""
    if person.identity is None:
        return {"code": person.code, "usage_name": _("Protected")}
    known: dict[str, Any] = {name: getattr(person.identity, name) for name in NAMES}
    if person.file is not None:
        known |= {name: getattr(person.file, name) for name in REACHED}
        known |= {name: phones.shown(known[name]) for name in ("phone", "second_phone")}
        known["commune"] = communes.labelled(person.file.commune) if person.file.commune else None
    return known | {"code": person.code}


PERSONS = Importable(
    name="persons",
    label=_l("Persons"),
    model=Beneficiary,
    read_permission="jalon.beneficiaries.read",
    write_permission="jalon.beneficiaries.write",
    columns=COLUMNS,
    add=add,
    check=check,
    find=find,
    keys=keys,
    mark=mark,
    take_back=take_back,
    listed=listed,
    shown=shown,
    compared=("usage_name", "first_name", "birth_date", "phone", "commune"),
    load=(*WHOLE, selectinload(Beneficiary.links)),
    parts={"jalon_identity": 1, "jalon_person_file": 1, "jalon_beneficiary_structure": 1, "jalon_timeline": 1},
    advice=_l("One person a line: name, first name, date of birth, telephone, commune…"),
    undo_advice=_l("Their names and contacts are erased for good; their codes stay, and are given to nobody else."),
)
