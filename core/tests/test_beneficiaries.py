"""Persons: what is accepted, who reads, how it ends."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from jalon import beneficiaries, communes, consents, emails, identities, person_files, situations
from jalon.clock import today
from jalon.errors import DomainError
from jalon.models import (
    Agreement,
    Beneficiary,
    Employment,
    FileState,
    Moment,
    Proof,
    Purpose,
    SituationItem,
    Title,
    User,
)
from jalon.names import BadName
from jalon.scope import PARIS, Actor
from jalon.testing.world import World

DAY = date(2026, 11, 24)
NAMED: dict[str, Any] = {"title": Title.MADAM, "usage_name": "Lefèvre", "first_name": "Hélène", "single_name": False}
CALLED: dict[str, Any] = {"phone": "06 12 34 56 78", "no_phone": False}


@pytest.fixture
def mine(world: World) -> World:
    world.structure("mine")
    world.user("adviser", mine=["conseiller"])
    world.user("colleague", mine=["conseiller"])
    return world


def acting(world: World, name: str) -> Actor:
    with world.across() as session:
        user = session.scalars(select(User).where(User.email == f"{name}@test.example")).one()
        return Actor(user.name, user.id)


def somebody(session: Session, **identity: Any) -> Beneficiary:
    return beneficiaries.create(session, {**NAMED, **identity}, CALLED, reason="Came in")


@pytest.mark.parametrize(
    ("typed", "refusal", "field"),
    [
        ({"usage_name": ""}, identities.NameNeeded, "usage_name"),
        ({"usage_name": "R2D2"}, BadName, "usage_name"),
        ({"first_name": None}, identities.FirstNameNeeded, "first_name"),
        ({"single_name": True}, identities.TwoNames, "single_name"),
        ({"birth_date": date(2027, 1, 2)}, identities.BirthImpossible, "birth_date"),
        ({"birth_date": date(1899, 12, 31)}, identities.BirthImpossible, "birth_date"),
        ({"birth_date": date(2012, 11, 25)}, identities.TooYoung, "birth_date"),
        ({"birth_date": date(2012, 11, 24)}, identities.UnusualAge, "birth_date"),
        ({"birth_date": date(2010, 11, 25)}, identities.UnusualAge, "birth_date"),
        ({"birth_date": date(1925, 11, 24)}, identities.UnusualAge, "birth_date"),
    ],
)
def test_an_identity_is_refused_at_the_field(typed: dict[str, Any], refusal: type[DomainError], field: str) -> None:
    with pytest.raises(refusal) as refused:
        identities.checked({**NAMED, **typed}, day=DAY)

    assert refused.value.field == field


@pytest.mark.parametrize(
    ("typed", "confirmed"),
    [
        ({"birth_date": date(2010, 11, 24)}, False),
        ({"birth_date": date(1925, 11, 25)}, False),
        ({"birth_date": date(2012, 11, 24)}, True),
        ({"birth_date": date(1900, 1, 1)}, True),
        ({"birth_date": None}, False),
        ({"first_name": None, "single_name": True}, False),
    ],
)
def test_an_identity_is_accepted(typed: dict[str, Any], confirmed: bool) -> None:
    assert identities.checked({**NAMED, **typed}, day=DAY, age_confirmed=confirmed)["usage_name"] == "Lefèvre"


@pytest.mark.parametrize(("born", "presumed"), [(date(1985, 1, 1), True), (date(1985, 1, 2), False), (None, False)])
def test_a_birth_on_the_first_of_january_is_presumed(born: date | None, presumed: bool) -> None:
    assert identities.checked({**NAMED, "birth_date": born}, day=DAY)["birth_date_presumed"] is presumed


@pytest.mark.parametrize(
    ("typed", "refusal", "field"),
    [
        ({"phone": ""}, person_files.PhoneNeeded, "phone"),
        ({"phone": "0600000000"}, person_files.BadPhoneHere, "phone"),
        ({"second_phone": "12"}, person_files.BadPhoneHere, "second_phone"),
        ({"emergency_phone": "12"}, person_files.BadPhoneHere, "emergency_phone"),
        ({"no_phone": True}, person_files.PhoneDenied, "no_phone"),
        ({"email": "helene@"}, emails.BadEmail, "email"),
        ({"email": "a b@c.fr"}, emails.BadEmail, "email"),
        (
            {"commune": object(), "out_of_territory_reason": "x"},
            person_files.ReasonWithoutNeed,
            "out_of_territory_reason",
        ),
    ],
)
def test_a_file_is_refused_at_the_field(typed: dict[str, Any], refusal: type[DomainError], field: str) -> None:
    with pytest.raises(refusal) as refused:
        person_files.checked({**CALLED, **typed})

    assert refused.value.field == field


def test_numbers_and_the_domain_of_an_address_are_stored_in_one_way() -> None:
    stored = person_files.checked({**CALLED, "email": " Helene.L@Exemple.FR ", "street": "  "})

    assert (stored["phone"], stored["email"], stored["street"]) == ("+33612345678", "Helene.L@exemple.fr", None)


@pytest.mark.both_databases
def test_a_person_has_a_code_of_the_year_and_the_id(mine: World) -> None:
    with mine.inside("mine") as session:
        made = somebody(session)

        assert made.code == f"B-{today(PARIS).year}-{made.id:05}"
        assert made.identity is not None
        assert made.identity.folded == "lefevre helene"


@pytest.mark.both_databases
def test_closing_hides_the_file_and_reopening_shows_it(mine: World) -> None:
    with mine.inside("mine") as session:
        made = somebody(session)
        beneficiaries.link_of(session, made).since = today(PARIS) - timedelta(days=9)
        beneficiaries.close(session, made, until=today(PARIS) - timedelta(days=1))
        session.commit()

    with mine.inside("mine") as session:
        person = session.scalars(select(Beneficiary)).one()
        assert (person.identity is None, person.file is None) == (False, True)
        with pytest.raises(beneficiaries.FileHidden):
            beneficiaries.change(session, person, NAMED, CALLED)
        beneficiaries.reopen(session, person, reason="Back again")
        assert person.file is not None


def test_a_file_does_not_close_before_it_opens(mine: World) -> None:
    with mine.inside("mine") as session:
        made = somebody(session)

        with pytest.raises(beneficiaries.EndsBeforeStart):
            beneficiaries.close(session, made, until=today(PARIS) - timedelta(days=1))


@pytest.mark.both_databases
def test_a_protected_file_is_read_by_its_readers_only(mine: World) -> None:
    adviser, colleague = acting(mine, "adviser"), acting(mine, "colleague")
    with mine.inside("mine", actor=adviser) as session:
        made = somebody(session)
        with pytest.raises(beneficiaries.ReadersNeeded):
            beneficiaries.restrict(session, made, readers=[])
        beneficiaries.restrict(session, made, readers=[adviser.user_id or 0])
        session.commit()

    with mine.inside("mine", actor=colleague) as session:
        person = session.scalars(select(Beneficiary)).one()
        assert "Lef" not in str(person)
        with pytest.raises(beneficiaries.FileHidden):  # nobody makes themselves a reader
            beneficiaries.restrict(session, person, readers=[colleague.user_id or 0])
        with pytest.raises(beneficiaries.FileHidden):
            beneficiaries.unrestrict(session, person)
    with mine.inside("mine", actor=adviser) as session:
        person = session.scalars(select(Beneficiary)).one()
        assert "LEFÈVRE" in str(person)
        beneficiaries.unrestrict(session, person)
        session.commit()
    with mine.inside("mine", actor=colleague) as session:
        assert "LEFÈVRE" in str(session.scalars(select(Beneficiary)).one())


def test_whom_to_call_in_an_emergency_is_forgotten_when_the_file_is_archived(mine: World) -> None:
    with mine.inside("mine") as session:
        made = somebody(session)
        assert made.file is not None
        made.file.emergency_name = "Paul"

        beneficiaries.set_state(session, made, FileState.ARCHIVED)

        assert made.file.emergency_name is None
        with pytest.raises(beneficiaries.StepRefused):
            beneficiaries.set_state(session, made, FileState.MERGED)


@pytest.mark.parametrize(
    ("said", "agrees"),
    [
        ([], False),
        ([Agreement.GIVEN], True),
        ([Agreement.GIVEN, Agreement.WITHDRAWN], False),
        ([Agreement.REFUSED, Agreement.GIVEN], True),
        ([Agreement.NOT_APPLICABLE], False),
    ],
)
def test_the_latest_answer_holds(mine: World, said: list[Agreement], agrees: bool) -> None:
    with mine.inside("mine") as session:
        made = somebody(session)
        for agreement in said:
            consents.record(session, made.id, purpose=Purpose.SMS, agreement=agreement, proof=Proof.ORAL)

        assert consents.agrees(session, made.id, Purpose.SMS) is agrees
        assert consents.agrees(session, made.id, Purpose.PHOTO) is False


SITUATION: dict[str, Any] = {"moment": Moment.ENTRY, "on_day": DAY, "employment": Employment.INACTIVE}


@pytest.mark.parametrize(
    ("typed", "answers", "refusal"),
    [
        ({"on_day": date(2099, 1, 1)}, {}, situations.DayToCome),
        ({"on_day": date(2020, 1, 1), "registered_on": date(2020, 1, 2)}, {}, situations.RegisteredLater),
        ({"on_day": date(2020, 1, 1), "children": 16}, {}, situations.ChildrenUnlikely),
        ({"on_day": date(2020, 1, 1)}, {"resources": ["none", "rsa"]}, situations.NothingAndSomething),
    ],
)
def test_a_situation_is_refused(mine: World, typed: dict[str, Any], answers: Any, refusal: type[DomainError]) -> None:
    with mine.inside("mine") as session:
        made = somebody(session)

        with pytest.raises(refusal):
            situations.note(session, made.id, {**SITUATION, **typed}, **answers)


@pytest.mark.both_databases
def test_a_validated_situation_is_corrected_by_another_version(mine: World) -> None:
    values = {**SITUATION, "on_day": date(2020, 1, 1)}
    with mine.inside("mine") as session:
        made = somebody(session)
        first = situations.note(session, made.id, values, resources=["rsa", "wage"])
        situations.change(session, first, values, resources=["rsa"])
        with pytest.raises(situations.NotLocked):
            situations.correct(session, first, values, reason="x")
        situations.validate(session, first)
        with pytest.raises(situations.SituationLocked):
            situations.change(session, first, values)
        with pytest.raises(situations.CorrectionReasonNeeded):
            situations.correct(session, first, values, reason=" ")
        second = situations.correct(session, first, values, reason="Forgot the ARE", resources=["are", "rsa"])
        with pytest.raises(situations.AlreadyCorrected):
            situations.correct(session, first, values, reason="Again")

        assert situations.of_person(session, made.id) == [second]
        assert session.scalars(select(SituationItem.value).where(SituationItem.situation_id == first.id)).all() == [
            "rsa"
        ]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("Étampes", "Étampes"),
        ("etampes (91150)", "Étampes"),
        ("ETAMPES", "Étampes"),
        ("", None),
        ("91150", communes.CommuneAmbiguous),
        ("Etanpes", communes.CommuneAmbiguous),
        ("Rambouillet", communes.CommuneUnknown),
        ("Étampes 75001", communes.CommuneAmbiguous),
    ],
)
def test_a_commune_is_chosen_by_its_name(mine: World, typed: str, found: Any) -> None:
    with mine.across() as session:
        communes.import_communes(session, communes.demo_territory())
        if isinstance(found, type):
            with pytest.raises(found):
                communes.chosen(session, typed)
        else:
            chosen = communes.chosen(session, typed)
            assert (chosen.name if chosen else None) == found
