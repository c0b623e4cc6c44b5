"""The planted cases of people (domain model 7.5): each is in the demo or typed here, and has its expected result."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from jalon import beneficiaries, duplicates, identities, notes, people, sensitive, subjects
from jalon.db import open_session
from jalon.demo import cohort, persons, planted
from jalon.demo.planted import CASES
from jalon.demo.somebody import Somebody
from jalon.duplicates import LooksKnown
from jalon.models import (
    Beneficiary,
    Commune,
    Consent,
    FileState,
    HistoryEntry,
    HistoryValue,
    Identity,
    Moment,
    Note,
    Situation,
)
from jalon.scope import scope_of
from jalon.testing.world import World

YEAR, TODAY = 2026, date(2027, 1, 3)
RIGHTS = ("jalon.beneficiaries.read", "jalon.social.read", notes.INTERNAL)


@pytest.fixture
def session(shown: World) -> Iterable[Session]:
    """At the structure that follows everybody; nothing is committed."""
    with shown.inside("plateforme", permissions=RIGHTS) as opened:
        yield opened


def of_case(number: int) -> list[Somebody]:
    everybody = cohort.people(YEAR)
    return [s for s in (*everybody, *planted.beside(everybody, YEAR)) if s.planted == number]


def person(session: Session, somebody: Somebody) -> Beneficiary:
    named = select(Identity.beneficiary_id).where(
        Identity.usage_name == somebody.usage_name, Identity.birth_date == somebody.birth_date
    )
    same = named.where(Identity.first_name == somebody.first_name) if somebody.first_name else named
    return session.scalars(select(Beneficiary).where(Beneficiary.id.in_(same))).one()


def told(session: Session, table: str, id: int, field: str) -> list[tuple[str | None, str | None]]:
    """What the history tells of a field of a record, the oldest first."""
    rows = session.execute(
        select(HistoryValue.before, HistoryValue.after)
        .join(HistoryEntry, HistoryEntry.id == HistoryValue.entry_id)
        .where(HistoryEntry.subject_table == table, HistoryEntry.subject_id == id, HistoryValue.field == field)
        .order_by(HistoryValue.id)
    )
    return [(before, after) for before, after in rows]


def test_every_case_of_people_is_planted() -> None:
    assert set(CASES) == {3, 4, 5, 6, 7, 8, 27, 29, 30, 31, 32, 33}


def test_case_3_twins_are_not_taken_for_one_person(session: Session) -> None:
    one, other = (person(session, s) for s in of_case(3))
    assert one.identity is not None
    assert other.identity is not None

    same = (one.identity.usage_name, one.identity.birth_date) == (other.identity.usage_name, other.identity.birth_date)

    assert same
    assert duplicates.compare(duplicates.traits_of(one), duplicates.traits_of(other)) is None


def test_case_4_mother_and_son_share_a_number_that_finds_both(session: Session) -> None:
    mother, son = (person(session, s) for s in of_case(4))
    assert mother.file is not None
    assert son.file is not None
    assert mother.file.email == son.file.email != None  # noqa: E711 - they have one

    found = people.search(session, str(mother.file.phone).replace("+33", "0"))

    assert {somebody.id for somebody in found} == {mother.id, son.id}
    assert duplicates.compare(duplicates.traits_of(mother), duplicates.traits_of(son)) is None


def test_case_5_a_single_name_is_enough(session: Session) -> None:
    (somebody,) = of_case(5)

    (found,) = people.search(session, "suryalaksana")

    assert str(found) == "SURYALAKSANA"
    assert found.identity is not None
    assert (found.identity.single_name, found.identity.first_name) == (True, None)
    with pytest.raises(identities.FirstNameNeeded):
        identities.checked({**persons.identity_of(somebody), "single_name": False}, day=TODAY)


@pytest.mark.parametrize("typed", ["O'Brien-d'Été-Lê", "o brien d ete le", "OBRIEN", "Maï-Lan O’Brien", "brien dete"])
def test_case_6_a_name_with_everything_in_it_is_kept_and_found(session: Session, typed: str) -> None:
    names = [str(found) for found in people.search(session, typed)]

    assert "O'BRIEN-D'ÉTÉ-LÊ Maï-Lan" in names


def test_case_7_who_is_sent_twice_the_same_day_has_one_file(session: Session) -> None:
    identity, contacts = planted.sent_twice(YEAR)
    first = beneficiaries.create(session, identity, contacts, reason="Orientation : Mission locale")

    with pytest.raises(LooksKnown) as refused:
        beneficiaries.create(session, identity, {"no_phone": True}, reason="Orientation : France Travail")

    assert [(match.person.id, match.hard) for match in refused.value.matches] == [(first.id, True)]


def test_case_8_a_social_security_number_in_a_note_is_refused(session: Session) -> None:
    somebody = person(session, cohort.people(YEAR)[-1])
    before = session.scalar(select(func.count()).select_from(Note))

    with pytest.raises(sensitive.NirFound) as refused:
        notes.write(session, subjects.find(session, "jalon_beneficiary", somebody.id), shareable=planted.NIR_NOTE)

    assert refused.value.field == "shareable"
    assert session.scalar(select(func.count()).select_from(Note)) == before


def test_case_27_who_moved_is_counted_where_they_live_and_the_history_tells_from_where(shown: World) -> None:
    (somebody,) = of_case(27)
    with shown.across() as session:
        mover = person(session, somebody)

        assert mover.file is not None
        assert mover.file.commune is not None
        assert mover.file.commune.name == "Angerville"
        moves = told(session, "jalon_beneficiary", mover.id, "commune_insee")
        assert moves == [(None, "Étampes"), ("Étampes", "Angerville")]


def test_case_29_who_comes_back_has_two_periods_in_one_file(session: Session) -> None:
    back = person(session, of_case(29)[0])

    moments = session.execute(
        select(Situation.moment, Situation.locked_at.is_not(None))
        .where(Situation.beneficiary_id == back.id)
        .order_by(Situation.on_day)
    ).all()

    assert [tuple(row) for row in moments] == [(Moment.ENTRY, True), (Moment.EXIT, True), (Moment.ENTRY, True)]
    assert beneficiaries.link_of(session, back).until is None
    assert told(session, "jalon_beneficiary", back.id, "until") == [(None, "10/07/2026"), ("10/07/2026", None)]


def test_case_30_who_died_has_a_closed_file_that_takes_no_more(shown: World) -> None:
    with shown.inside("plateforme", permissions=RIGHTS) as session:
        late = person(session, of_case(30)[0])

        assert late.state is FileState.DECEASED
        assert beneficiaries.link_of(session, late).until == of_case(30)[0].left
        assert late.file is None, "a closed file is not read"
        with pytest.raises(beneficiaries.StepRefused):
            beneficiaries.set_state(session, late, FileState.ARCHIVED)


def test_case_31_of_a_silent_file_nothing_is_younger_than_two_years(session: Session) -> None:
    silent = person(session, of_case(31)[0])
    link = beneficiaries.link_of(session, silent)

    said = session.scalars(select(Consent.at).where(Consent.beneficiary_id == silent.id)).all()
    noted = session.scalars(select(Situation.on_day).where(Situation.beneficiary_id == silent.id)).all()

    assert (silent.state, link.until) == (FileState.ACTIVE, None)
    assert max(link.since, *noted, *(at.date() for at in said)) < TODAY.replace(year=TODAY.year - 2)


def test_case_31_the_silent_file_is_the_only_one_due(shown: World) -> None:
    retention = pytest.importorskip("jalon.retention")
    if not hasattr(retention, "due"):
        pytest.skip("nothing says yet which files are due")
    with shown.across() as session:
        silent = person(session, of_case(31)[0])
        structure_id = session.scalars(select(Consent.structure_id).where(Consent.beneficiary_id == silent.id)).first()

        assert [due.person_id for due in retention.due(session, structure_id, TODAY)] == [silent.id]


def test_case_32_two_files_of_one_person_are_near_enough_to_be_compared(session: Session) -> None:
    first, second = (person(session, s) for s in of_case(32))

    verdict = duplicates.compare(duplicates.traits_of(first), duplicates.traits_of(second))

    assert verdict == (duplicates.NEARLY_NAMED, False)
    assert [beneficiaries.link_of(session, file).until for file in (first, second)] == [None, None]


def test_case_33_a_former_commune_is_the_one_it_is_a_part_of(session: Session) -> None:
    former_communes = pytest.importorskip("jalon.former_communes")

    found = former_communes.CommunesByName(session).resolve(planted.ESTOUCHES)

    assert (found.commune.insee, found.former) == (planted.LE_MEREVILLOIS, planted.ESTOUCHES)
    assert session.get(Commune, found.commune.insee) is found.commune


def test_case_32_a_merge_undone_leaves_both_files_as_they_were(shown: World) -> None:
    merges, unmerging = pytest.importorskip("jalon.merges"), pytest.importorskip("jalon.unmerging")
    with shown.inside("plateforme", permissions=RIGHTS) as session:
        scope = replace(scope_of(session), across="a test merges two files")
    with shown.app.app_context(), open_session(shown.jalon.db, scope) as session:
        first, second = (person(session, s) for s in of_case(32))
        before = [said_of(session, file.id) for file in (first, second)]
        made = merges.merge(session, first.id, second.id, choices={})
        merged = second.state

        unmerging.undo(session, made)

        assert merged is FileState.MERGED
        assert [said_of(session, file.id) for file in (first, second)] == before


def said_of(session: Session, id: int) -> list[tuple[object, ...]]:
    """Every row about a person, as the database has it."""
    tables = [t for t in Beneficiary.metadata.sorted_tables if "beneficiary_id" in t.c]
    rows = [row for table in tables for row in session.execute(select(table).where(table.c.beneficiary_id == id))]
    state = session.execute(select(Beneficiary.__table__).where(Beneficiary.__table__.c.id == id)).one()
    return [tuple(row) for row in (state, *rows)]
