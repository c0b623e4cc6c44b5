"""What became of the demo's persons: a move, a second period, a death, and 176 accompaniments that ended."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon import beneficiaries
from jalon.demo import cohort, persons, planting
from jalon.demo.somebody import Exit, Somebody
from jalon.models import Beneficiary, BeneficiaryStructure, Employment, FileState, Moment
from jalon.scope import structure_of

AFTER = {
    Exit.LASTING_JOB: (Employment.PERMANENT, Employment.FIXED_6_MONTHS),
    Exit.SHORT_JOB: (Employment.SHORT, Employment.SHORT, Employment.INSERTION),
    Exit.TRAINING: (Employment.STUDYING,),
}


def load(session: Session) -> None:
    """For the session's structure, once its modules have told their year: a closed file is no longer read."""
    year = cohort.closed_year(session)
    known = cohort.known(session, year)
    here = [(s, known[s.number]) for s in cohort.people(year) if s.number in known]
    if structure_of(session).slug == "plateforme":
        for somebody, person in here:
            session.add_all(_on_the_way(session, somebody, person))
        session.flush()
    links = {link.beneficiary_id: link for link in session.scalars(select(BeneficiaryStructure))}
    for somebody, person in here:
        links[person.id].until = somebody.left
    session.flush()


def _on_the_way(session: Session, somebody: Somebody, person: Beneficiary) -> Iterable[object]:
    """What happened between entry and exit, and the situation on exit of who was seen again."""
    if somebody.moved_on is not None:
        beneficiaries.change(
            session,
            person,
            persons.identity_of(somebody),
            {**persons.file_of(somebody), "commune_insee": somebody.insee, "street": "4 place de l’Église"},
        )
    if somebody.away is not None:
        left, back = somebody.away
        reason = beneficiaries.link_of(session, person).reason
        beneficiaries.close(session, person, until=left)
        beneficiaries.reopen(session, person, reason=reason)
        yield from persons.situation(session, somebody, person, Moment.EXIT, left, somebody.employment)
        yield from persons.situation(session, somebody, person, Moment.ENTRY, back, somebody.employment)
    if somebody.planted == planting.DECEASED:
        beneficiaries.set_state(session, person, FileState.DECEASED)
    elif somebody.left is not None and somebody.exit is not Exit.LOST_TOUCH:
        employment = employment_after(somebody)
        yield from persons.situation(session, somebody, person, Moment.EXIT, somebody.left, employment)


def employment_after(somebody: Somebody) -> Employment:
    """The status towards work on exit."""
    choices = AFTER.get(somebody.exit, ()) if somebody.exit else ()
    return choices[somebody.number % len(choices)] if choices else somebody.employment
