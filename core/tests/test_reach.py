"""How far a structure reaches into what is known of a person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session, aliased, joinedload

from jalon.clock import today
from jalon.errors import ScopeViolation
from jalon.models import (
    Agreement,
    Beneficiary,
    BeneficiaryReader,
    BeneficiaryStructure,
    Consent,
    File,
    Identity,
    Note,
    Proof,
    Purpose,
    Referral,
    Situation,
    TimelineEntry,
    User,
)
from jalon.scope import PARIS, Actor, structure_of
from jalon.testing.world import World

pytestmark = pytest.mark.both_databases
YESTERDAY, TOMORROW = timedelta(days=-1), timedelta(days=1)


@pytest.fixture
def people(world: World) -> World:
    """`mine` and `theirs`; adviser is a named reader at mine, colleague is not."""
    for slug in ("mine", "theirs"):
        world.structure(slug)
    world.user("adviser", mine=["conseiller"])
    world.user("colleague", mine=["conseiller"])
    return world


def day(shift: timedelta = timedelta()) -> date:
    return today(PARIS) + shift


def person(
    session: Session, code: str, *, until: date | None = None, restricted: bool = False, name: str = "Lefèvre"
) -> Beneficiary:
    """A person with identity, file and note, linked to the session's structure."""
    made = Beneficiary(code=code)
    made.identity = Identity(usage_name=name, first_name="Hélène", folded=f"{name} helene".lower())
    made.file = File(phone="+33199001000")
    since = day(timedelta(days=-9))
    session.add(BeneficiaryStructure(beneficiary=made, reason="test", since=since, until=until, restricted=restricted))
    session.flush()
    about = {"subject_table": "jalon_beneficiary", "subject_id": made.id, "beneficiary_id": made.id}
    session.add(Note(shareable="A note", author_name="Test", **about))
    session.commit()
    return made


def acting(world: World, name: str) -> Actor:
    with world.across() as session:
        user = session.scalars(select(User).where(User.email == f"{name}@test.example")).one()
        return Actor(user.name, user.id)


def seen(session: Session) -> dict[str, int]:
    """How many rows of each kind a session sees."""
    kinds = (Beneficiary, Identity, File, Note)
    return {kind.__name__: session.scalar(select(func.count()).select_from(kind)) or 0 for kind in kinds}


ALL = {"Beneficiary": 1, "Identity": 1, "File": 1, "Note": 1}
NAME_ONLY = {"Beneficiary": 1, "Identity": 1, "File": 0, "Note": 0}
ROW_ONLY = {"Beneficiary": 1, "Identity": 0, "File": 0, "Note": 0}
NOTHING = {"Beneficiary": 0, "Identity": 0, "File": 0, "Note": 0}


@pytest.mark.parametrize(
    ("link", "reader", "expected"),
    [
        ({}, "colleague", ALL),
        ({"until": TOMORROW}, "colleague", ALL),
        ({"until": timedelta()}, "colleague", ALL),
        ({"until": YESTERDAY}, "colleague", NAME_ONLY),
        ({"restricted": True}, "colleague", ROW_ONLY),
        ({"restricted": True}, "adviser", ALL),
        ({"restricted": True, "until": YESTERDAY}, "adviser", NAME_ONLY),
        ({"restricted": True, "until": YESTERDAY}, "colleague", ROW_ONLY),
    ],
)
def test_the_link_decides_what_is_seen(people: World, link: dict[str, Any], reader: str, expected: Any) -> None:
    until = day(link["until"]) if "until" in link else None
    adviser = acting(people, "adviser")
    with people.inside("mine", actor=adviser) as session:
        made = person(session, "B-1", until=until, restricted=link.get("restricted", False))
        session.add(BeneficiaryReader(beneficiary_id=made.id, user_id=adviser.user_id))
        session.commit()

    actor = acting(people, reader)
    with people.inside("mine", actor=actor) as session:
        assert seen(session) == expected
    with people.inside("theirs", actor=actor) as session:
        assert seen(session) == NOTHING


def test_structures_take_turns_without_mixing_what_they_see(people: World) -> None:
    for slug in ("mine", "theirs"):
        with people.inside(slug) as session:
            person(session, f"B-{slug}", name=slug)

    for slug in ("mine", "theirs", "mine"):
        with people.inside(slug) as session:
            assert session.scalars(select(Identity.usage_name)).all() == [slug]


READS: dict[str, Callable[[Session], list[Any]]] = {
    "select": lambda s: s.scalars(select(Identity)).all(),
    "column": lambda s: s.scalars(select(Identity.usage_name)).all(),
    "alias": lambda s: s.scalars(select(aliased(Identity))).all(),
    "query": lambda s: s.query(Identity).all(),
    "joined": lambda s: [b.identity for b in s.scalars(select(Beneficiary).options(joinedload(Beneficiary.identity)))],
    "lazy": lambda s: [b.identity for b in s.scalars(select(Beneficiary))],
    "in": lambda s: s.scalars(
        select(Beneficiary.code).where(Beneficiary.id.in_(select(Identity.beneficiary_id)))
    ).all(),
    "exists": lambda s: s.scalars(select(Beneficiary.code).where(Beneficiary.identity.has(usage_name="Lefèvre"))).all(),
    "join": lambda s: s.scalars(select(Beneficiary.code).join(Beneficiary.identity)).all(),
    "get": lambda s: [s.get(Identity, n) for n in range(1, 9)],
    "from a file": lambda s: s.scalars(
        select(File.phone).join(Identity, Identity.beneficiary_id == File.beneficiary_id)
    ).all(),
}


@pytest.mark.parametrize("way", READS)
def test_no_way_of_reading_names_a_protected_person(people: World, way: str) -> None:
    with people.inside("mine") as session:
        person(session, "B-1", restricted=True)

    with people.inside("mine", actor=acting(people, "colleague")) as session:
        assert [found for found in READS[way](session) if found is not None] == []


@pytest.mark.parametrize(
    "statement",
    [text("SELECT usage_name FROM jalon_identity"), select(Identity.__table__.c.usage_name)],
    ids=["text", "core"],
)
def test_reading_under_the_guard_is_refused(people: World, statement: Any) -> None:
    with people.inside("mine") as session, pytest.raises(ScopeViolation):
        session.execute(statement)


def test_a_protected_person_is_called_by_the_code(people: World) -> None:
    with people.inside("mine") as session:
        person(session, "B-2031-00001", restricted=True)

    with people.inside("mine", actor=acting(people, "colleague")) as session:
        assert "B-2031-00001" in str(session.scalars(select(Beneficiary)).one())
        assert "Lef" not in str(session.scalars(select(Beneficiary)).one())


def test_a_structure_writes_nothing_about_a_person_it_does_not_reach(people: World) -> None:
    with people.inside("theirs") as session:
        stranger = person(session, "B-1").id

    with people.inside("mine") as session:
        session.add(Situation(beneficiary_id=stranger, structure_id=1, moment="entry", on_day=day()))
        with pytest.raises(ScopeViolation):
            session.flush()


def test_a_bulk_update_reaches_only_whom_the_structure_reaches(people: World) -> None:
    for slug in ("mine", "theirs"):
        with people.inside(slug) as session:
            person(session, f"B-{slug}")

    with people.inside("mine") as session:
        changed = session.execute(update(File).values(language="fr")).rowcount  # type: ignore[attr-defined]
        session.commit()

    assert changed == 1


def test_what_is_known_of_a_person_is_never_deleted(people: World) -> None:
    with people.inside("mine") as session:
        made = person(session, "B-1")
        session.delete(made.identity)
        with pytest.raises(ScopeViolation):
            session.flush()


# --- what is published ---


def shared_by_mine(people: World, *, agreements: list[Agreement], shared: bool = True, linked: bool = True) -> None:
    """A person of mine with one entry on the timeline; theirs is linked to the same person."""
    with people.inside("mine") as session:
        made = person(session, "B-1")
        for agreement in agreements:
            session.add(
                Consent(
                    beneficiary_id=made.id,
                    structure_id=1,
                    purpose=Purpose.SHARE_WITH_STRUCTURES,
                    agreement=agreement,
                    collected_by="Test",
                    proof=Proof.ORAL,
                )
            )
            session.flush()
        session.add(
            TimelineEntry(
                beneficiary_id=made.id,
                structure_id=structure_of(session).id,
                module="core",
                kind="test",
                text="Came",
                shared=shared,
            )
        )
        session.commit()
        known = made.id
    if linked:
        with people.inside("theirs") as session:
            session.add(BeneficiaryStructure(beneficiary_id=known, reason="test", since=day()))
            session.commit()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"agreements": [Agreement.GIVEN]}, 1),
        ({"agreements": []}, 0),
        ({"agreements": [Agreement.REFUSED]}, 0),
        ({"agreements": [Agreement.GIVEN, Agreement.WITHDRAWN]}, 0),
        ({"agreements": [Agreement.WITHDRAWN, Agreement.GIVEN]}, 1),
        ({"agreements": [Agreement.GIVEN], "shared": False}, 0),
        ({"agreements": [Agreement.GIVEN], "linked": False}, 0),
    ],
)
def test_a_fact_crosses_only_if_shared_and_agreed_to_now(people: World, given: dict[str, Any], expected: int) -> None:
    shared_by_mine(people, **given)

    with people.inside("theirs") as session:
        assert len(session.scalars(select(TimelineEntry)).all()) == expected
    with people.inside("mine") as session:
        assert len(session.scalars(select(TimelineEntry)).all()) == 1


def a_referral(people: World) -> int:
    with people.inside("mine") as session:
        made = person(session, "B-1")
        session.add(
            Consent(
                beneficiary_id=made.id,
                structure_id=1,
                purpose=Purpose.SHARE_WITH_STRUCTURES,
                agreement=Agreement.GIVEN,
                collected_by="Test",
                proof=Proof.ORAL,
            )
        )
        session.add(
            Referral(
                beneficiary_id=made.id,
                person_name="Lefèvre Hélène",
                service="rental",
                message="A car for Monday",
                sent_by="Test",
                from_structure_id=1,
                to_structure_id=2,
            )
        )
        session.commit()
        return made.id


def test_a_referral_is_read_at_both_ends_and_at_no_other(people: World) -> None:
    people.structure("third")
    a_referral(people)

    readers = {}
    for slug in ("mine", "theirs", "third"):
        with people.inside(slug) as session:
            readers[slug] = len(session.scalars(select(Referral)).all())

    assert readers == {"mine": 1, "theirs": 1, "third": 0}


def test_nobody_refers_in_anothers_name(people: World) -> None:
    known = a_referral(people)

    with people.inside("theirs") as session:
        session.add(
            Referral(
                beneficiary_id=known,
                person_name="x",
                service="x",
                message="x",
                sent_by="x",
                from_structure_id=1,
                to_structure_id=2,
            )
        )
        with pytest.raises(ScopeViolation):
            session.flush()
