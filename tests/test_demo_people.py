"""The demo's people are those of the domain model, figure by figure, counted in the database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from itertools import combinations

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from jalon import days, duplicates, phones, referrers
from jalon.demo import cohort, persons, territory
from jalon.demo.somebody import Exit, Somebody
from jalon.models import (
    Agreement,
    Beneficiary,
    BeneficiaryStructure,
    Consent,
    Diploma,
    DisabledWorker,
    Employment,
    File,
    Housing,
    Identity,
    Moment,
    Organisation,
    OrganisationKind,
    OwnVehicle,
    PriorityDistrict,
    Purpose,
    Referrer,
    Situation,
    Structure,
    Title,
)
from jalon.referrers import ReferrerState
from jalon.testing.world import World

TODAY = date(2027, 1, 3)
YEAR = 2026
BRACKETS = ((16, 17), (18, 25), (26, 29), (30, 44), (45, 54), (55, 99))


@pytest.fixture
def session(shown: World) -> Iterable[Session]:
    with shown.across() as opened:
        yield opened


def entries(session: Session) -> dict[int, Situation]:
    """The first validated situation on entry in the closed year, by person."""
    found = session.scalars(
        select(Situation)
        .where(
            Situation.moment == Moment.ENTRY,
            Situation.locked_at.is_not(None),
            Situation.on_day.between(date(YEAR, 1, 1), date(YEAR, 12, 31)),
        )
        .order_by(Situation.on_day.desc())
        .options(selectinload(Situation.items))
    )
    return {situation.beneficiary_id: situation for situation in found}


def of_the_year(session: Session, column: object) -> Counter[object]:
    """How often each value of a column of the file or the identity is found among the 280."""
    cls = column.class_  # type: ignore[attr-defined]
    rows = session.execute(select(cls.beneficiary_id, column).where(cls.beneficiary_id.in_(entries(session))))
    return Counter(value for _person, value in rows)


def age_on(born: date, day: date) -> tuple[int, int]:
    years = days.age(born, day)
    return next(bracket for bracket in BRACKETS if bracket[0] <= years <= bracket[1])


def test_the_year_has_280_people_who_entered_in_it(session: Session) -> None:
    assert len(entries(session)) == 280


@pytest.mark.parametrize("day", [date(YEAR, 1, 1), date(YEAR, 12, 31)], ids=["on its first day", "on its last day"])
def test_ages(session: Session, day: date) -> None:
    births = of_the_year(session, Identity.birth_date)

    ages = Counter(age_on(born, day) for born in births.elements())  # type: ignore[arg-type]

    assert [ages[bracket] for bracket in BRACKETS] == [8, 110, 34, 78, 36, 14]


def test_thirds_are_exclusive_by_priority_and_their_raw_counts_overlap(session: Session) -> None:
    """Social tenants first, then who is under 26, then everybody else. Source: domain model 0.2 and A3."""
    rows = session.execute(
        select(File.housing, Identity.birth_date)
        .join(Identity, Identity.beneficiary_id == File.beneficiary_id)
        .where(File.beneficiary_id.in_(entries(session)))
    ).all()

    tenants = [housing is Housing.SOCIAL_TENANT for housing, _born in rows]
    young = [born is not None and days.age(born, date(YEAR, 12, 31)) < 26 for _housing, born in rows]

    both = list(zip(tenants, young, strict=True))
    assert (sum(tenants), sum(young), both.count((True, True))) == (93, 118, 24)
    assert (sum(tenants), both.count((False, True)), both.count((False, False))) == (93, 94, 93)


def test_sex(session: Session) -> None:
    assert of_the_year(session, Identity.title) == {Title.MADAM: 150, Title.SIR: 130}


def test_housing(session: Session) -> None:
    homes = of_the_year(session, File.housing)

    assert homes.pop(Housing.WITH_PARENTS) + homes.pop(Housing.WITH_OTHERS) == 96
    assert homes == {
        Housing.SOCIAL_TENANT: 93,
        Housing.PRIVATE_TENANT: 61,
        Housing.OWNER: 14,
        Housing.HOSTEL: 12,
        Housing.HOMELESS: 4,
    }


def test_status_towards_work(session: Session) -> None:
    statuses = Counter(situation.employment for situation in entries(session).values())

    seeking = [statuses.pop(Employment.SEEKER_UNDER_12), statuses.pop(Employment.SEEKER_OVER_12)]
    assert [*seeking, statuses.pop(Employment.INACTIVE), statuses.pop(Employment.STUDYING)] == [112, 74, 40, 14]
    assert statuses.total() == 40, "in work"


def test_resources_and_handicap(session: Session) -> None:
    lives_on = {person: {i.value for i in s.items if i.kind == "resource"} for person, s in entries(session).items()}
    recognised = set(session.scalars(select(DisabledWorker.beneficiary_id).where(DisabledWorker.recognised)))

    allowance = {person for person, resources in lives_on.items() if "aah" in resources}

    assert sum("rsa" in resources for resources in lives_on.values()) == 96
    assert len(allowance | recognised) == 28
    assert all(resources for resources in lives_on.values())


def test_diplomas(session: Session) -> None:
    levels = Counter(situation.diploma for situation in entries(session).values())

    bands = [levels[Diploma.BELOW_3], levels[Diploma.LEVEL_3] + levels[Diploma.LEVEL_4], levels[Diploma.LEVEL_5]]
    assert bands == [128, 124, 28]


def test_licences_on_entry(session: Session) -> None:
    held: Counter[str] = Counter()
    for situation in entries(session).values():
        (licence,) = [i.value for i in situation.items if i.kind == "licence"]
        if licence == "b" and situation.vehicle is OwnVehicle.CAR_OFF_ROAD:
            licence = "b, car off the road"
        held["lost" if licence in ("suspended", "cancelled") else licence] += 1

    assert held == {
        "none": 104,
        "learning": 32,
        "code": 18,
        "b": 74,
        "b, car off the road": 28,
        "am": 14,
        "lost": 6,
        "foreign": 4,
    }


def test_who_referred_is_told_by_the_reason_of_the_link(session: Session) -> None:
    """Until the parcours module has a referral of its own to hold it."""
    kinds = dict(session.execute(select(Organisation.name, Organisation.kind)).all())
    reasons = session.scalars(
        select(BeneficiaryStructure.reason)
        .join(Structure, Structure.id == BeneficiaryStructure.structure_id)
        .where(Structure.slug == "plateforme", BeneficiaryStructure.beneficiary_id.in_(entries(session)))
    ).all()

    sent = Counter(kinds.get(reason.removeprefix(persons.SENT)) for reason in reasons)

    assert len(reasons) == 280
    assert sent.pop(None) + sent.pop(OrganisationKind.SECOND_CHANCE) == 6, "alone, and others"
    assert sent.pop(OrganisationKind.CCAS) + sent.pop(OrganisationKind.TOWN_HALL) == 18
    assert sent == {
        OrganisationKind.FRANCE_TRAVAIL: 84,
        OrganisationKind.MISSION_LOCALE: 76,
        OrganisationKind.DEPARTMENT: 48,
        OrganisationKind.SIAE: 26,
        OrganisationKind.TRAINING: 10,
        OrganisationKind.SOCIAL_LANDLORD: 6,
        OrganisationKind.CAP_EMPLOI: 6,
    }


def test_communes(session: Session) -> None:
    homes = of_the_year(session, File.commune_insee)
    districts = session.execute(
        select(File.commune_insee).where(File.priority_district == PriorityDistrict.YES)
    ).scalars()

    assert homes[territory.CENTRE] == 78
    assert list(districts) == [territory.CENTRE] * 41
    assert len(territory.towns()) - len(homes) >= 38
    assert homes == {insee: n for insee, n in territory.inhabitants(280).items() if n}


def test_far_and_small_communes_weigh_more_than_their_size() -> None:
    zones = territory.zones()

    assert Counter(zones.values()) == {1: 33, 2: 33, 3: 33, 4: 33}
    assert zones[territory.CENTRE] == 1


def test_exits(session: Session) -> None:
    files = session.execute(
        select(BeneficiaryStructure.beneficiary_id, BeneficiaryStructure.until)
        .join(Structure, Structure.id == BeneficiaryStructure.structure_id)
        .where(Structure.slug == "plateforme", BeneficiaryStructure.beneficiary_id.in_(entries(session)))
    ).all()
    closed = {person for person, until in files if until is not None}

    assert (len(closed), len(files) - len(closed)) == (176, 104)
    assert all(until is None or until.year == YEAR for _person, until in files)


def test_positive_exits_are_read_from_the_status_towards_work(session: Session) -> None:
    """Lasting job 22, short one 30, training 20, job kept 12: 84 of 176. Who was never seen again has no exit."""
    closed = set(
        session.scalars(select(BeneficiaryStructure.beneficiary_id).where(BeneficiaryStructure.until.is_not(None)))
    )
    before = entries(session)
    exits = session.scalars(
        select(Situation).where(Situation.moment == Moment.EXIT, Situation.beneficiary_id.in_(closed))
    ).all()

    outcomes = Counter(_outcome(before[s.beneficiary_id].employment, s.employment) for s in exits)

    assert outcomes == {"lasting job": 22, "short job": 30, "training": 20, "job kept": 12, "none of these": 57}
    assert outcomes.total() == 176 - 34 - 1, "34 were not seen again and one had died"


def _outcome(before: Employment | None, after: Employment | None) -> str:
    at_work = set(Employment) - {
        Employment.SEEKER_UNDER_12,
        Employment.SEEKER_OVER_12,
        Employment.INACTIVE,
        Employment.STUDYING,
    }
    if after in at_work:
        lasting = after in (Employment.PERMANENT, Employment.FIXED_6_MONTHS)
        return "job kept" if before in at_work else "lasting job" if lasting else "short job"
    return "training" if after is Employment.STUDYING and before is not Employment.STUDYING else "none of these"


def test_how_it_ended_by_the_table_of_the_demo() -> None:
    ends = Counter(somebody.exit for somebody in cohort.people(YEAR))

    assert ends == {
        Exit.LASTING_JOB: 22,
        Exit.SHORT_JOB: 30,
        Exit.TRAINING: 20,
        Exit.JOB_KEPT: 12,
        Exit.AUTONOMY: 36,
        Exit.LOST_TOUCH: 34,
        Exit.MOVED: 10,
        Exit.OTHER: 12,
        None: 104,
    }


def test_services_are_exclusive_and_add_up_by_module() -> None:
    def letters(somebody: Somebody) -> str:
        slugs = {"R": "rental", "T": "transport", "W": "training", "P": "permis"}
        return "".join(letter for letter, slug in slugs.items() if slug in somebody.services)

    combined = Counter(map(letters, cohort.people(YEAR)))

    assert combined == {
        "R": 58,
        "T": 36,
        "W": 74,
        "P": 8,
        "RW": 20,
        "TW": 14,
        "RT": 8,
        "WP": 10,
        "TP": 4,
        "RP": 2,
        "RTW": 2,
        "TWP": 2,
        "": 42,
    }
    assert [sum(n for key, n in combined.items() if letter in key) for letter in "RTWP"] == [90, 66, 122, 26]


@pytest.mark.parametrize(
    ("structure", "module", "count"),
    [
        ("plateforme", "rental", 39),
        ("relais", "rental", 51),
        ("tremplin", "transport", 66),
        ("scop", "training", 122),
        ("scop", "permis", 26),
        ("potager", "rental", 0),
    ],
)
def test_a_structure_sees_those_it_helps(shown: World, structure: str, module: str, count: int) -> None:
    with shown.inside(structure) as session:
        helped = cohort.helped_by(session, module)

        assert len({person.id for person in helped}) == len(helped) == count


def test_who_is_helped_by_another_structure_agrees_that_structures_share(session: Session) -> None:
    several = (
        select(BeneficiaryStructure.beneficiary_id)
        .group_by(BeneficiaryStructure.beneficiary_id)
        .having(func.count() > 1)
    )
    answers = session.scalars(
        select(Consent.agreement).where(
            Consent.beneficiary_id.in_(several), Consent.purpose == Purpose.SHARE_WITH_STRUCTURES
        )
    ).all()

    assert set(answers) == {Agreement.GIVEN}


def test_nobody_is_taken_for_another(session: Session) -> None:
    people = session.scalars(
        select(Beneficiary)
        .where(Beneficiary.id.in_(entries(session)))
        .options(joinedload(Beneficiary.identity), joinedload(Beneficiary.file))
    ).all()
    traits = [duplicates.traits_of(person) for person in people]

    alike = [(a, b) for a, b in combinations(traits, 2) if duplicates.compare(a, b) is not None]

    assert alike == []
    assert len({str(person) for person in people}) == 280


def test_every_number_and_address_is_of_those_kept_for_fiction(session: Session) -> None:
    numbers = [*session.scalars(select(File.phone)), *session.scalars(select(Referrer.phone))]
    numbers += session.scalars(select(Organisation.phone)).all()
    addresses = [*session.scalars(select(File.email)), *session.scalars(select(Referrer.email))]
    addresses += session.scalars(select(Organisation.email)).all()

    assert {phones.shown(number)[:8] for number in numbers if number} == {"06 39 98", "01 99 00"}
    assert all(address.endswith(".example") for address in addresses if address)


def test_the_directory_has_38_organisations_and_100_people_who_refer(session: Session) -> None:
    everybody = session.scalars(select(Referrer).options(selectinload(Referrer.posts))).all()
    kinds = dict(session.execute(select(Organisation.id, Organisation.kind)).all())

    refer = Counter(kinds[somebody.posts[0].organisation_id] for somebody in everybody)
    states = Counter(referrers.state(somebody, TODAY) for somebody in everybody)
    moved = [somebody for somebody in everybody if len(somebody.posts) > 1]

    assert (len(kinds), len(everybody)) == (38, 100)
    assert refer.pop(OrganisationKind.CCAS) + refer.pop(OrganisationKind.TOWN_HALL) == 14
    others = (OrganisationKind.SECOND_CHANCE, OrganisationKind.JUSTICE, OrganisationKind.CHARITY)
    assert sum(refer.pop(kind) for kind in others) == 3
    assert refer == {
        OrganisationKind.FRANCE_TRAVAIL: 22,
        OrganisationKind.MISSION_LOCALE: 20,
        OrganisationKind.DEPARTMENT: 18,
        OrganisationKind.SIAE: 10,
        OrganisationKind.TRAINING: 6,
        OrganisationKind.SOCIAL_LANDLORD: 4,
        OrganisationKind.CAP_EMPLOI: 3,
    }
    assert states == {ReferrerState.ACTIVE: 71, ReferrerState.DORMANT: 20, ReferrerState.GONE: 9}
    assert len(moved) == 3
    assert all(referrers.state(somebody, TODAY) is ReferrerState.GONE for somebody in moved)
    assert all(former.last_day.month == 6 for former in (s.posts[1] for s in moved) if former.last_day)


def test_any_year_can_be_the_closed_one() -> None:
    cases = {(year, s.planted) for year in range(2024, 2034) for s in cohort.people(year) if s.planted}
    figures = {year: Counter((s.exit, s.insee, s.services) for s in cohort.people(year)) for year in range(2024, 2034)}

    assert len(cases) == 10 * 8
    assert len({counted.total() for counted in figures.values()}) == 1
    assert all(
        s.entered.year == year and (s.left is None or s.entered <= s.left)
        for year in figures
        for s in cohort.people(year)
    )
