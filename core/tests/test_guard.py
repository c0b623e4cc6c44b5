"""Attacks on the session guard: every way a rule, a job or a screen could reach another structure's rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Select, and_, delete, exists, func, insert, literal_column, select, text, union_all, update
from sqlalchemy.exc import IntegrityError, InvalidRequestError
from sqlalchemy.orm import (
    Mapped,
    Mapper,
    Session,
    aliased,
    configure_mappers,
    joinedload,
    mapped_column,
    relationship,
    selectinload,
    subqueryload,
)

from jalon.db import Base
from jalon.errors import ScopeViolation
from jalon.models import Commune, Member, MemberRole, Structure
from jalon.registry import _forget_classes
from jalon.scope import Scope, scope_of
from jalon.testing.world import World

pytestmark = pytest.mark.both_databases


@pytest.fixture
def two(world: World) -> dict[str, int]:
    """Structures `mine` and `theirs`, with a member each who has a role; the ids of both members."""
    ids = {}
    for slug in ("mine", "theirs"):
        world.structure(slug)
        with world.inside(slug) as session:
            member = Member(name=f"Somebody of {slug}")
            session.add(member)
            session.flush()
            session.add(MemberRole(member_id=member.id, role="accueil"))
            session.commit()
            ids[slug] = member.id
    return ids


def _names(rows: Any) -> set[str]:
    return {str(getattr(row, "name", row)) for row in rows}


READS: dict[str, Callable[[Session, int], Any]] = {
    "select": lambda s, i: s.scalars(select(Member)).all(),
    "select where id": lambda s, i: s.scalars(select(Member).where(Member.id == i)).all(),
    "query": lambda s, i: s.query(Member).all(),
    "query filter_by": lambda s, i: s.query(Member).filter_by(id=i).all(),
    "columns only": lambda s, i: s.scalars(select(Member.name)).all(),
    "alias": lambda s, i: s.scalars(select(aliased(Member))).all(),
    "alias joined to itself": lambda s, i: s.scalars(_self_join()).all(),
    "join": lambda s, i: s.scalars(select(Member).join(MemberRole, MemberRole.member_id == Member.id)).all(),
    "joined from the child": lambda s, i: s.scalars(
        select(Member).select_from(MemberRole).join(MemberRole.member)
    ).all(),
    "outer join from a platform table": lambda s, i: [
        m
        for m in s.scalars(select(Member).select_from(Structure).outerjoin(Member, Member.structure_id == Structure.id))
        if m
    ],
    "exists": lambda s, i: s.scalars(
        select(Structure.name).where(exists().where(Member.structure_id == Structure.id))
    ).all(),
    "any": lambda s, i: s.scalars(select(Member).where(Member.roles.any(MemberRole.role == "accueil"))).all(),
    "in a subquery": lambda s, i: s.scalars(
        select(Structure.name).where(Structure.id.in_(select(Member.structure_id)))
    ).all(),
    "scalar subquery": lambda s, i: [
        n for n in s.scalars(select(select(Member.name).where(Member.id == i).scalar_subquery())) if n
    ],
    "common table expression": lambda s, i: s.scalars(select(select(Member.name).cte().c.name)).all(),
    "subquery": lambda s, i: s.scalars(select(select(Member.name).subquery().c.name)).all(),
    "union": lambda s, i: s.scalars(union_all(select(Member.name), select(Member.name))).all(),
    "selectin load": lambda s, i: s.scalars(select(Member).options(selectinload(Member.roles))).all(),
    "joined load": lambda s, i: s.scalars(select(Member).options(joinedload(Member.roles))).unique().all(),
    "subquery load": lambda s, i: s.scalars(select(Member).options(subqueryload(Member.roles))).all(),
    "get": lambda s, i: [m for m in [s.get(Member, i)] if m],
    "get by key": lambda s, i: [m for m in [s.get(MemberRole, (i, "accueil"))] if m],
    "yield per": lambda s, i: list(s.scalars(select(Member).execution_options(yield_per=1))),
}


def _self_join() -> Any:
    other = aliased(Member)
    return select(other).join(Member, and_(Member.id == other.id))


@pytest.mark.parametrize("read", READS.values(), ids=READS.keys())
def test_a_read_never_returns_another_structures_rows(
    world: World, two: dict[str, int], read: Callable[..., Any]
) -> None:
    with world.inside("mine") as session:
        found = _names(read(session, two["theirs"]))

    assert not any("theirs" in name.lower() for name in found)


@pytest.mark.parametrize(
    "count",
    [
        lambda s: s.scalar(select(func.count()).select_from(Member)),
        lambda s: s.scalar(select(func.count(Member.id))),
        lambda s: s.query(Member).count(),
        lambda s: s.query(func.count("*")).select_from(Member).scalar(),
        lambda s: len(s.execute(select(Member.structure_id, func.count()).group_by(Member.structure_id)).all()),
    ],
)
def test_a_count_counts_ones_own_rows_only(world: World, two: dict[str, int], count: Callable[..., Any]) -> None:
    with world.inside("mine") as session:
        assert count(session) == 1


CLOSED: dict[str, Callable[[Session, int], Any]] = {
    "the table itself": lambda s, i: s.execute(select(Member.__table__)).all(),
    "a column of the table": lambda s, i: s.execute(select(Member.__table__.c.name)).all(),
    "the table beside a class": lambda s, i: s.execute(select(Structure.name, Member.__table__.c.name)).all(),
    "the table in a subquery": lambda s, i: s.scalars(
        select(Structure).where(Structure.id.in_(select(Member.__table__.c.structure_id)))
    ).all(),
    "the table in an exists": lambda s, i: s.scalars(
        select(Structure).where(exists(select(Member.__table__.c.id)))
    ).all(),
    "the table of a join": lambda s, i: s.execute(
        select(Structure.name).join(Member.__table__, Member.__table__.c.structure_id == Structure.id)
    ).all(),
    "text": lambda s, i: s.execute(text("SELECT * FROM jalon_member")).all(),
    "text in capitals": lambda s, i: s.execute(text('SELECT * FROM "JALON_MEMBER"')).all(),
    "text in a where": lambda s, i: s.scalars(
        select(Structure).where(text("id IN (SELECT structure_id FROM jalon_member)"))
    ).all(),
    "literal column": lambda s, i: s.execute(select(literal_column("(SELECT max(name) FROM jalon_member)"))).all(),
    "from_statement of text": lambda s, i: s.scalars(
        select(Member).from_statement(text("SELECT * FROM jalon_member"))
    ).all(),
    "from_statement of a select": lambda s, i: s.scalars(select(Member).from_statement(select(Member))).all(),
    "bulk INSERT": lambda s, i: s.execute(insert(Member), [{"name": "x", "structure_id": 1}]),
    "INSERT of the table": lambda s, i: s.execute(insert(Member.__table__).values(name="x", structure_id=1)),
    "INSERT from SELECT": lambda s, i: s.execute(insert(Member).from_select(["name"], select(Structure.name))),
    "UPDATE by primary key": lambda s, i: s.execute(update(Member), [{"id": i, "name": "x"}]),
    "UPDATE of the table": lambda s, i: s.execute(update(Member.__table__).values(name="x")),
    "DELETE of the table": lambda s, i: s.execute(delete(Member.__table__)),
    "UPDATE of the structure": lambda s, i: s.execute(update(Member).values(structure_id=i)),
    "UPDATE of the structure by name": lambda s, i: s.execute(update(Member).values({"structure_id": i})),
    "bulk_save_objects": lambda s, i: s.bulk_save_objects([Member(name="x")]),
    "bulk_insert_mappings": lambda s, i: s.bulk_insert_mappings(Member, [{"name": "x"}]),
    "bulk_update_mappings": lambda s, i: s.bulk_update_mappings(Member, [{"id": i, "name": "x"}]),
    "the bare connection": lambda s, i: s.connection(),
    "a platform table without the right": lambda s, i: _flush(s, Commune(**COMMUNE)),
    "UPDATE of a platform table": lambda s, i: s.execute(update(Structure).values(name="x")),
    "DELETE of a platform table": lambda s, i: s.execute(delete(Structure)),
}
COMMUNE = {
    "insee": "91001",
    "name": "x",
    "postcodes": "91150",
    "population": 1,
    "epci": "x",
    "longitude": 2.0,
    "latitude": 48.0,
}


def _flush(session: Session, row: object) -> None:
    session.add(row)
    session.flush()


@pytest.mark.parametrize("attack", CLOSED.values(), ids=CLOSED.keys())
def test_what_the_guard_cannot_confine_is_refused(
    world: World, two: dict[str, int], attack: Callable[..., Any]
) -> None:
    with world.inside("mine") as session, pytest.raises(ScopeViolation):
        attack(session, two["theirs"])


def test_an_update_and_a_delete_touch_ones_own_rows_only(world: World, two: dict[str, int]) -> None:
    with world.inside("mine") as session:
        session.execute(delete(MemberRole))
        session.execute(update(Member).values(name="Touched"))
        session.query(Member).filter(Member.id == two["theirs"]).update({"name": "Hacked"})
        session.query(Member).filter(Member.id == two["theirs"]).delete()
        session.commit()

    with world.across() as session:
        assert set(session.scalars(select(Member.name))) == {"Touched", "Somebody of theirs"}
        assert session.scalars(select(MemberRole.member_id)).all() == [two["theirs"]]


def test_a_row_written_without_structure_is_stamped_with_ones_own(world: World, two: dict[str, int]) -> None:
    with world.inside("mine") as session:
        member = Member(name="New")
        session.add(member)
        session.commit()

        assert member.structure_id == session.scalar(select(Structure.id).where(Structure.slug == "mine"))


def test_a_row_written_for_another_structure_is_refused(world: World, two: dict[str, int]) -> None:
    with world.across() as looking:
        theirs = looking.scalar(select(Structure.id).where(Structure.slug == "theirs"))

    with world.inside("mine") as session, pytest.raises(ScopeViolation):
        session.add(Member(name="Smuggled", structure_id=theirs))


def test_moving_a_row_to_another_structure_is_refused(world: World, two: dict[str, int]) -> None:
    with world.across() as looking:
        theirs = looking.scalar(select(Structure.id).where(Structure.slug == "theirs"))

    with world.inside("mine") as session:
        session.get_one(Member, two["mine"]).structure_id = theirs
        with pytest.raises(ScopeViolation):
            session.flush()


def test_a_foreign_object_read_elsewhere_cannot_be_attached(world: World, two: dict[str, int]) -> None:
    with world.inside("theirs") as reading:
        foreign = reading.get_one(Member, two["theirs"])

    with world.inside("mine") as session, pytest.raises(ScopeViolation):
        session.add(foreign)


def test_a_foreign_object_cannot_be_merged(world: World, two: dict[str, int]) -> None:
    with world.inside("theirs") as reading:
        foreign = reading.get_one(Member, two["theirs"])

    with world.inside("mine") as session:
        session.merge(foreign)
        with pytest.raises((ScopeViolation, IntegrityError)):
            session.flush()


def test_a_foreign_object_cannot_be_deleted(world: World, two: dict[str, int]) -> None:
    with world.inside("theirs") as reading:
        foreign = reading.get_one(Member, two["theirs"])

    with world.inside("mine") as session, pytest.raises(ScopeViolation):
        session.delete(foreign)


def test_the_database_refuses_a_key_to_another_structures_row(world: World, two: dict[str, int]) -> None:
    with world.inside("mine") as session:
        session.add(MemberRole(member_id=two["theirs"], role="direction"))
        with pytest.raises(IntegrityError):
            session.flush()


def test_a_lazy_relation_never_loads_another_structures_row(world: World, two: dict[str, int]) -> None:
    with world.inside("mine") as session:
        role = session.scalars(select(MemberRole)).one()

        assert role.member.id == two["mine"]
        assert [r.role for r in role.member.roles] == ["accueil"]


def test_a_refreshed_object_stays_ones_own(world: World, two: dict[str, int]) -> None:
    with world.inside("mine") as session:
        member = session.get_one(Member, two["mine"])
        session.expire_all()
        session.refresh(member)

        assert member.name == "Somebody of mine"


def test_a_compiled_statement_is_not_shared_between_structures(world: World, two: dict[str, int]) -> None:
    statement = select(Member.name)
    seen = []
    for slug in ("mine", "theirs", "mine"):
        with world.inside(slug) as session:
            seen.append(session.scalars(statement).all())

    assert seen == [["Somebody of mine"], ["Somebody of theirs"], ["Somebody of mine"]]


def test_without_a_scope_nothing_is_seen_and_nothing_written(world: World, two: dict[str, int]) -> None:
    with world.app.app_context():
        session = world.jalon.db.session()

        assert session.scalars(select(Member)).all() == []
        assert session.get(Member, two["mine"]) is None
        session.add(Member(name="Nobody's"))
        with pytest.raises(ScopeViolation):
            session.flush()


def test_objects_are_forgotten_when_a_scope_is_left(world: World, two: dict[str, int]) -> None:
    with world.app.app_context():
        session = world.jalon.db.session()
        with Scope(across="a test reads everything").enter(session):
            session.scalars(select(Member)).all()

        assert session.get(Member, two["theirs"]) is None


def test_a_second_scope_in_one_session_is_refused(world: World, two: dict[str, int]) -> None:
    with world.inside("mine") as session, pytest.raises(ScopeViolation), Scope().enter(session):
        pass


def test_the_raw_engine_is_the_one_way_around_and_is_known_to_be(world: World, two: dict[str, int]) -> None:
    """docs/decisions/0003: modules are searched for it by the conformance kit."""
    with world.app.app_context(), world.jalon.db.engine.connect() as connection:
        assert len(connection.execute(text("SELECT name FROM jalon_member")).all()) == 2


def test_a_lazy_relation_is_not_answered_from_what_the_session_held_before(world: World, two: dict[str, int]) -> None:
    """What was read under one scope is forgotten in the next, so that no key finds it in the identity map."""
    mine = _scope_inside(world, "mine")
    with world.app.app_context():
        session = world.jalon.db.session()
        with Scope(across="a test reads everything").enter(session):
            assert len(session.scalars(select(Member)).all()) == 2
        with mine.enter(session), session.no_autoflush:
            role = session.scalars(select(MemberRole)).one()
            role.member_id = two["theirs"]

            assert role.member is None
            session.rollback()


def test_a_key_set_by_hand_to_a_held_foreign_row_is_refused_by_the_database(world: World, two: dict[str, int]) -> None:
    with world.inside("mine") as session:
        role = session.scalars(select(MemberRole)).one()
        session.execute(select(Member)).all()
        role.member_id = two["theirs"]

        with pytest.raises(IntegrityError):
            session.flush()


def test_a_get_of_an_id_already_held_in_the_same_session_is_ones_own(world: World, two: dict[str, int]) -> None:
    with world.inside("mine") as session:
        mine = session.get(Member, two["mine"])

        assert session.get(Member, two["mine"]) is mine
        assert session.get(Member, two["theirs"]) is None
        assert session.get_one(MemberRole, (two["mine"], "accueil")).member is mine


def test_a_get_answers_nothing_held_under_a_former_scope_of_the_session(world: World, two: dict[str, int]) -> None:
    mine, theirs = _scope_inside(world, "mine"), _scope_inside(world, "theirs")
    with world.app.app_context():
        session = world.jalon.db.session()
        with theirs.enter(session):
            assert session.get(Member, two["theirs"]) is not None
        with mine.enter(session):
            assert session.get(Member, two["theirs"]) is None
            assert session.get(MemberRole, (two["theirs"], "accueil")) is None


def _scope_inside(world: World, slug: str) -> Scope:
    with world.inside(slug) as session:
        return scope_of(session)


PRIVATE = {
    "Update._values": lambda: update(Member).values(name="x")._values,
    "Select._raw_columns": lambda: select(Member)._raw_columns,
    "ClauseElement._annotations": lambda: select(Member)._raw_columns[0]._annotations["parententity"],
    "Mapper._set_dispose_flags": lambda: Mapper._set_dispose_flags,
}


@pytest.mark.parametrize("name", PRIVATE.values(), ids=PRIVATE.keys())
def test_the_private_names_of_sqlalchemy_that_we_lean_on_are_still_there(name: Callable[[], Any]) -> None:
    """`db/guard.py` and `registry.py` say which: a release without them must fail here, not at a structure's page."""
    assert name()


def test_an_element_of_a_statement_still_leaves_out_what_it_is_asked_to() -> None:
    correlated = select(Member.name).correlate(Structure)

    inside = super(Select, correlated).get_children(omit_attrs=("_correlate", "_correlate_except"))

    assert not any(getattr(child, "name", "") == "jalon_structure" for child in inside)


def test_a_class_that_cannot_be_configured_is_forgotten_and_the_others_go_on() -> None:
    """`_configure_failed` is how SQLAlchemy remembers it."""

    class Broken(Base):
        __tablename__ = "broken_thing"
        id: Mapped[int] = mapped_column(primary_key=True)
        nothing: Mapped[Any] = relationship("NoSuchClassAnywhere")

    Broken.__module__ = "jalon_broken.models"
    with pytest.raises(InvalidRequestError):
        configure_mappers()
    failed = [m for m in Base.registry.mappers if "_configure_failed" in m.__dict__]

    _forget_classes("jalon_broken")

    assert failed
    configure_mappers()
    Base.metadata.remove(Base.metadata.tables["broken_thing"])
