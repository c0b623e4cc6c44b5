"""The demo's persons in the tables: identity, file, link, situation on entry, consents; a few besides the 280."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy.orm import Session

from jalon import beneficiaries, identities, person_files
from jalon.demo import cohort, planted, territory
from jalon.demo.organisations import referring
from jalon.demo.somebody import EMPLOYED, SEEKING, Licence, Somebody
from jalon.localtime import to_instant
from jalon.models import (
    Agreement,
    Beneficiary,
    BeneficiaryStructure,
    Channel,
    Consent,
    DisabledWorker,
    Employment,
    File,
    Housing,
    Identity,
    Moment,
    OwnVehicle,
    PriorityDistrict,
    Proof,
    Purpose,
    Situation,
    SituationItem,
)
from jalon.scope import PARIS, structure_of

AT_ONCE = 40  # persons: the guard compares each row about one with all that is written with it
ADVISERS = ("Idriss Valette", "Maud Fleury", "Solène Brault")
LICENCES = {
    Licence.NONE: "none",
    Licence.LEARNING: "learning",
    Licence.CODE: "code",
    Licence.B: "b",
    Licence.B_OFF_ROAD: "b",
    Licence.AM: "am",
    Licence.FOREIGN: "foreign",
}
RURAL = 2_000  # inhabitants; a demo's measure
CAME_ALONE = "Venue spontanée"
SENT = "Orientation : "


def load(session: Session) -> None:
    """The 280 as the session's structure meets them, one after the other."""
    everybody = cohort.people(cohort.closed_year(session))
    senders = referring(everybody)
    for first in range(0, len(everybody), AT_ONCE):
        some = everybody[first : first + AT_ONCE]
        persons = _meet(session, some, senders)
        for somebody, person in zip(some, persons, strict=True):
            session.add_all(_said_on_entry(session, somebody, person))
        session.flush()
    _meet_others(session, planted.beside(everybody, cohort.closed_year(session)))


def _meet_others(session: Session, others: Sequence[Somebody]) -> None:
    """Of the second file of one person nothing is known but what was said on the telephone."""
    for somebody, person in zip(others, _meet(session, others, {}), strict=True):
        if somebody.planted == planted.SILENT:
            session.add_all(_said_on_entry(session, somebody, person))
    session.flush()


def _meet(session: Session, some: Sequence[Somebody], senders: dict[int, str]) -> list[Beneficiary]:
    """Add persons whose files are opened on the day of their entry."""
    persons = []
    for somebody in some:
        person = Beneficiary(
            code=f"demo-{somebody.number}",
            identity=Identity(**identities.checked(identity_of(somebody), day=somebody.entered)),
            file=File(**person_files.checked(file_of(somebody))),
            created_at=at(somebody.entered),
        )
        sender = senders.get(somebody.number)
        reason = f"{SENT}{sender}" if sender else CAME_ALONE
        session.add(BeneficiaryStructure(beneficiary=person, reason=reason, since=somebody.entered))
        persons.append(person)
    session.flush()
    for somebody, person in zip(some, persons, strict=True):
        person.code = beneficiaries.code_of(person.id, somebody.entered)
    session.flush()
    return persons


def identity_of(somebody: Somebody) -> dict[str, Any]:
    """What a form would say of somebody's identity."""
    return {
        "title": somebody.title,
        "usage_name": somebody.usage_name,
        "first_name": somebody.first_name,
        "single_name": somebody.first_name is None,
        "birth_date": somebody.birth_date,
    }


def file_of(somebody: Somebody) -> dict[str, Any]:
    """What a form would say of somebody's contacts, address and housing on entry."""
    homeless = somebody.housing is Housing.HOMELESS
    return {
        "phone": somebody.phone,
        "no_phone": somebody.phone is None,
        "email": somebody.email,
        "channel": _channel(somebody),
        "street": "CCAS, 1 place de la Mairie" if homeless else somebody.street,
        "postal_only": homeless,
        "commune_insee": somebody.came_from or somebody.insee,
        "priority_district": PriorityDistrict.YES if somebody.in_priority_district else PriorityDistrict.NO,
        "district_checked_on": somebody.entered,
        "housing": somebody.housing,
        "landlord": "Logis des Trois Vallées" if somebody.housing is Housing.SOCIAL_TENANT else None,
        "reading_difficulty": True if somebody.number % 19 == 0 else None,
        "needs_interpreter": True if somebody.licence is Licence.FOREIGN else None,
    }


def _channel(somebody: Somebody) -> Channel:
    if somebody.phone is None:
        return Channel.MAIL if somebody.email else Channel.REFERRER
    return Channel.SMS if somebody.young or somebody.number % 3 else Channel.CALL


def _said_on_entry(session: Session, somebody: Somebody, person: Beneficiary) -> Iterable[object]:
    """The validated situation on entry, what was agreed to, and a recognised handicap."""
    yield from situation(session, somebody, person, Moment.ENTRY, somebody.entered, somebody.employment)
    yield from _consents(session, somebody, person)
    if somebody.recognised:
        yield DisabledWorker(beneficiary_id=person.id, recognised=True, seen_on=somebody.entered)


def situation(
    session: Session, somebody: Somebody, person: Beneficiary, moment: Moment, day: date, employment: Employment
) -> Iterable[object]:
    """A validated situation and its answers."""
    seeking = employment in SEEKING
    noted = Situation(
        beneficiary_id=person.id,
        structure_id=structure_of(session).id,
        moment=moment,
        on_day=day,
        employment=employment,
        registered=seeking,
        registered_on=day - timedelta(days=_registered_for(somebody, employment)) if seeking else None,
        diploma=somebody.diploma,
        vehicle=_vehicle(somebody),
        children=0 if somebody.young else somebody.number % 4,
        single_parent=not somebody.young and somebody.number % 7 == 1,
        rural_area=territory.towns()[somebody.insee].population < RURAL,
        precarious_housing=somebody.housing in (Housing.HOMELESS, Housing.HOSTEL, Housing.WITH_OTHERS),
        locked_at=at(day),
    )
    yield noted
    answers = [("resource", value) for value in resources(somebody, employment)]
    for kind, value in [*answers, ("licence", licence_of(somebody))]:
        yield SituationItem(situation=noted, beneficiary_id=person.id, kind=kind, value=value)


def _registered_for(somebody: Somebody, employment: Employment) -> int:
    """Days since the registration at France Travail."""
    return 30 + somebody.number % 300 if employment is Employment.SEEKER_UNDER_12 else 400 + 3 * somebody.number


def resources(somebody: Somebody, employment: Employment) -> Iterable[str]:
    """What somebody lives on; a wage beside the RSA is usual."""
    earns = employment in EMPLOYED
    if earns:
        yield "wage"
    if somebody.income not in ("none", "wage"):
        yield somebody.income
    elif not earns:
        yield "none"


def licence_of(somebody: Somebody) -> str:
    """The answer of `situations.LICENCES`."""
    if somebody.licence is Licence.LOST:
        return "cancelled" if somebody.number % 3 == 0 else "suspended"
    return LICENCES[somebody.licence]


def _vehicle(somebody: Somebody) -> OwnVehicle:
    if somebody.licence is Licence.B_OFF_ROAD:
        return OwnVehicle.CAR_OFF_ROAD
    may_cycle = somebody.licence in (Licence.NONE, Licence.LEARNING, Licence.CODE)
    return OwnVehicle.BIKE if may_cycle and somebody.number % 6 == 0 else OwnVehicle.NONE


def _consents(session: Session, somebody: Somebody, person: Beneficiary) -> Iterable[Consent]:
    """Most agree to most things; nobody is asked again here."""
    number, given, refused = somebody.number, Agreement.GIVEN, Agreement.REFUSED
    asked = {
        Purpose.ACCOMPANIMENT: given,
        Purpose.SHARE_WITH_REFERRER: refused if number % 20 == 7 else given,
        Purpose.SHARE_WITH_STRUCTURES: refused if number % 25 == 11 and not somebody.services else given,
        Purpose.SMS: given if somebody.phone and number % 11 else refused,
        Purpose.NEWSLETTER: given if somebody.email and number % 2 else refused,
    }
    for purpose, agreement in asked.items():
        yield Consent(
            beneficiary_id=person.id,
            structure_id=structure_of(session).id,
            purpose=purpose,
            agreement=agreement,
            at=at(somebody.entered),
            collected_by=ADVISERS[number % len(ADVISERS)],
            proof=Proof.PAPER,
        )


def at(day: date) -> datetime:
    """Ten in the morning of a day, as an instant."""
    return to_instant(datetime.combine(day, time(10)), PARIS)
