"""What notes, tasks and documents are about: a record is a subject for who may see it, and for nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from jalon import documents, notes, subjects, tasks
from jalon.clock import today
from jalon.declarations import Subject
from jalon.i18n import _l
from jalon.models import (
    Beneficiary,
    BeneficiaryReader,
    BeneficiaryStructure,
    DocumentKind,
    File,
    Identity,
    Organisation,
    OrganisationKind,
    Place,
    PlaceKind,
    Resource,
    User,
)
from jalon.scope import PARIS, Actor
from jalon.testing.world import World

pytestmark = pytest.mark.both_databases
READS = {
    "jalon.beneficiaries.read",
    "jalon.organisations.read",
    "jalon.places.read",
    "jalon.notes.internal",
}
YESTERDAY = timedelta(days=-1)


@pytest.fixture
def mine(world: World) -> World:
    """`mine` and `theirs`; adviser is a named reader of what is restricted, colleague is not."""
    world.structure("mine")
    world.structure("theirs")
    for name in ("adviser", "colleague"):
        world.user(name, mine=["conseiller"])
    return world


def actor(world: World, name: str) -> Actor:
    with world.across() as session:
        user = session.query(User).filter_by(email=f"{name}@test.example").one()
        return Actor(user.name, user.id)


def person(session: Session, *, until: date | None = None, restricted: bool = False, reader: int | None = None) -> int:
    made = Beneficiary(code="B-1")
    made.identity = Identity(usage_name="Aubry", first_name="Lou", folded="aubry lou")
    made.file = File(phone="+33199001000")
    since = today(PARIS) - timedelta(days=9)
    session.add(BeneficiaryStructure(beneficiary=made, reason="test", since=since, restricted=restricted, until=until))
    session.flush()
    if reader is not None:
        session.add(BeneficiaryReader(beneficiary_id=made.id, user_id=reader))
    session.commit()
    return made.id


def attach(session: Session, table: str, id: int) -> None:
    """One note, one task and one document."""
    subject = subjects.find(session, table, id)
    notes.write(session, subject, shareable="Said")
    tasks.add(session, subject, title="To do", due_on=today(PARIS))
    documents.add(session, subject, kind=DocumentKind.OTHER, seen_on=today(PARIS))
    session.commit()


def seen(session: Session) -> int:
    """How many notes, tasks and documents are seen, each in its own way."""
    found = [notes.find(session, 1), *tasks.listed(session, limit=9), *documents.listed(session, limit=9)]
    return sum(row is not None for row in found)


@contextmanager
def at(world: World, slug: str, name: str, rights: set[str] = READS) -> Iterator[Session]:
    with world.inside(slug, permissions=rights, actor=actor(world, name)) as session:
        yield session


@pytest.mark.parametrize(
    ("link", "slug", "name", "rights", "expected"),
    [
        ({}, "mine", "colleague", READS, 3),
        ({}, "mine", "colleague", READS - {"jalon.beneficiaries.read"}, 0),
        ({}, "theirs", "colleague", READS, 0),
        ({"restricted": True}, "mine", "adviser", READS, 3),
        ({"restricted": True}, "mine", "colleague", READS, 0),
        ({"until": today(PARIS)}, "mine", "colleague", READS, 3),
    ],
)
def test_what_is_attached_to_a_person_is_seen_exactly_when_the_file_is(
    mine: World, link: dict[str, Any], slug: str, name: str, rights: set[str], expected: int
) -> None:
    reader = actor(mine, "adviser").user_id
    with at(mine, "mine", "adviser") as session:
        id = person(session, reader=reader, **link)
        attach(session, "jalon_beneficiary", id)

    with at(mine, slug, name, rights) as session:
        assert seen(session) == expected
        found = subjects.describe(session, [("jalon_beneficiary", id)])
        assert bool(found) is bool(expected)


def test_a_closed_link_hides_what_was_attached_while_it_was_open(mine: World) -> None:
    with at(mine, "mine", "adviser") as session:
        id = person(session)
        attach(session, "jalon_beneficiary", id)
        session.query(BeneficiaryStructure).one().until = today(PARIS) + YESTERDAY
        session.commit()

        assert seen(session) == 0
        with pytest.raises(subjects.NoSuchSubject):
            subjects.find(session, "jalon_beneficiary", id)


def test_what_is_attached_to_the_shared_directory_is_the_structures_own(mine: World) -> None:
    with mine.across() as session:
        session.add(Organisation(name="Mission locale", kind=OrganisationKind.MISSION_LOCALE, folded="mission locale"))
        session.commit()
    with at(mine, "mine", "adviser") as session:
        attach(session, "jalon_organisation", 1)

        assert seen(session) == 3
    with at(mine, "theirs", "adviser") as session:
        assert subjects.find(session, "jalon_organisation", 1).label == "Mission locale"
        assert seen(session) == 0


def test_a_record_of_another_structure_is_no_subject(mine: World, commune: None) -> None:
    with at(mine, "theirs", "adviser") as session:
        session.add(Place(name="Gare", kind=PlaceKind.PICK_UP, commune_insee="91223"))
        session.commit()

    with at(mine, "mine", "adviser") as session, pytest.raises(subjects.NoSuchSubject):
        subjects.find(session, "jalon_place", 1)


def test_what_a_module_declares_is_a_subject_where_it_is_enabled_only(mine: World) -> None:
    subjects.declare("absent", [Subject(Resource, _l("Place"), "jalon.places.read", "nowhere")])
    with at(mine, "mine", "adviser") as session:
        session.add(Resource(module="core", kind="room", name="Room"))
        session.commit()

        assert not subjects.is_one(session, "jalon_resource")
        assert subjects.describe(session, [("jalon_resource", 1)]) == {}
    subjects._declared.pop("jalon_resource")


@pytest.mark.parametrize("table", ["jalon_user", "nowhere", "", "jalon_member"])
def test_what_nobody_declared_is_no_subject(mine: World, table: str) -> None:
    with at(mine, "mine", "adviser") as session, pytest.raises(subjects.NoSuchSubject):
        subjects.find(session, table, 1)


@pytest.fixture
def commune(mine: World) -> None:
    from jalon.models import Commune

    with mine.across() as session:
        session.add(
            Commune(
                insee="91223",
                name="Étampes",
                postcodes="91150",
                population=26000,
                epci="CAESE",
                longitude=2.1622,
                latitude=48.4347,
            )
        )
        session.commit()
