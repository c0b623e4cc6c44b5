"""History: each write path is recorded in its own transaction, in words, for its own structure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Integer, delete, event, insert, inspect, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from jalon import history
from jalon.db import open_session
from jalon.db.base import guarded_classes
from jalon.errors import ScopeViolation
from jalon.history import bulk
from jalon.history.fields import is_recorded, recorded_in
from jalon.models import Closure, HistoryEntry, HistoryValue, Member, MemberRole, Resource, Structure, User
from jalon.scope import Actor, Scope
from jalon.testing.world import World

pytestmark = pytest.mark.both_databases
Told = tuple[str, str, list[tuple[str, str | None, str | None]]]
SUMMER = {"name": "Été", "first_day": date(2031, 8, 1), "last_day": date(2031, 8, 15)}
NOON = datetime(2031, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def relais(world: World) -> World:
    world.structure("relais")
    forget(world)
    return world


def forget(world: World) -> None:
    """So that a test reads what it did alone."""
    with world.across() as session:
        session.execute(delete(HistoryValue))
        session.execute(delete(HistoryEntry))
        session.commit()


def told(world: World, slug: str = "relais", permissions: tuple[str, ...] = ()) -> list[Told]:
    """What the history tells, oldest first: (action, kind, [(label, before, after)])."""
    with world.inside(slug, permissions=permissions) as session:
        lines = history.entries(session, [], limit=1000)
        return [(x.action, x.kind, [(v.label, v.before, v.after) for v in x.values]) for x in reversed(lines)]


def closure(session: Session) -> Closure:
    found = Closure(**SUMMER)
    session.add(found)
    session.commit()
    return found


def change_read(session: Session) -> None:
    closure(session).name = "Congés"


def change_unread(session: Session) -> None:
    made = closure(session)
    session.expire(made)
    made.name = "Congés"


def change_many(session: Session) -> None:
    closure(session)
    session.execute(update(Closure).where(Closure.name == "Été").values(name="Congés"))


def change_by_name(session: Session) -> None:
    closure(session)
    session.execute(update(Closure).where(Closure.name == "Été"), {"name": "Congés"})


def change_computed(session: Session) -> None:
    closure(session).name = "Con"
    session.commit()
    with_suffix = update(Closure).values(name=Closure.name + "gés")
    session.execute(with_suffix, execution_options={"synchronize_session": False})


CHANGES: dict[str, tuple[Callable[[Session], None], tuple[str, str]]] = {
    "read before": (change_read, ("Été", "Congés")),
    "set without having been read": (change_unread, ("Été", "Congés")),
    "bulk": (change_many, ("Été", "Congés")),
    "bulk with named values": (change_by_name, ("Été", "Congés")),
    "bulk with an expression": (change_computed, ("Con", "Congés")),
}


@pytest.mark.parametrize(("change", "expected"), CHANGES.values(), ids=CHANGES.keys())
def test_a_change_is_told_with_what_was_before(
    relais: World, change: Callable[[Session], None], expected: tuple[str, str]
) -> None:
    with relais.inside("relais") as session:
        change(session)
        session.commit()

    assert told(relais)[-1] == ("changed", "Jours de fermeture", [("Motif", *expected)])


def delete_one(session: Session) -> None:
    session.delete(closure(session))


def delete_unread(session: Session) -> None:
    made = closure(session)
    session.expire(made)
    session.delete(made)


def delete_many(session: Session) -> None:
    closure(session)
    session.execute(delete(Closure).where(Closure.first_day > date(2031, 7, 1)))


@pytest.mark.parametrize("remove", [delete_one, delete_unread, delete_many])
def test_what_is_created_and_deleted_is_told_whole(relais: World, remove: Callable[[Session], None]) -> None:
    with relais.inside("relais") as session:
        remove(session)
        session.commit()

    kind, days = (
        "Jours de fermeture",
        [("Motif", "Été"), ("Premier jour", "01/08/2031"), ("Dernier jour", "15/08/2031")],
    )
    assert told(relais) == [
        ("created", kind, [(label, None, value) for label, value in days]),
        ("deleted", kind, [(label, value, None) for label, value in days]),
    ]


def test_roles_are_told_of_their_member_by_their_names(relais: World) -> None:
    with relais.inside("relais") as session:
        member = Member(name="Ada", roles=[MemberRole(role="direction")])
        session.add(member)
        session.commit()
        member.roles[0].last_day = date(2031, 1, 31)
        session.commit()
        member.roles.clear()
        session.commit()

    day = "31/01/2031"
    assert told(relais) == [
        ("created", "Membre", [("Nom", None, "Ada"), ("Rôle", None, "Direction")]),
        ("changed", "Membre", [("Dernier jour (Direction)", None, day)]),
        ("changed", "Membre", [("Rôle", "Direction", None), ("Dernier jour (Direction)", day, None)]),
    ]


def test_roles_removed_many_at_once_are_told_of_their_members(relais: World) -> None:
    with relais.inside("relais") as session:
        session.add_all(Member(name=name, roles=[MemberRole(role="accueil")]) for name in ("Ada", "Bob"))
        session.commit()
        session.execute(delete(MemberRole).where(MemberRole.role == "accueil"))
        session.commit()

    assert told(relais)[2:] == [("changed", "Membre", [("Rôle", "Accueil", None)])] * 2


def test_instants_keys_and_figures_read_as_people_say_them(relais: World) -> None:
    with relais.across() as session:
        session.scalars(select(Structure)).one().zone = "Indian/Reunion"
        session.commit()
        structure_id = session.scalars(select(Structure.id)).one()
        member = Member(name="Ada", structure_id=structure_id)
        session.add(member)
        session.flush()
        van = {"module": "core", "kind": "room", "name": "Salle", "buffer_min": 30, "member_id": member.id}
        session.add(Resource(**van, usable_from=NOON, structure_id=structure_id))
        session.commit()

    assert told(relais)[-1][2] == [
        ("Module", None, "La structure"),
        ("Sorte", None, "room"),
        ("Nom", None, "Salle"),
        ("Membre", None, "Ada"),
        ("Utilisable à partir du", None, "mer. 01/01/2031 16:00"),
        ("Préparation (minutes)", None, "30"),
    ]


def test_a_structure_is_told_in_its_own_history(world: World) -> None:
    world.structure("relais")
    world.structure("scop")

    assert [kind for _, kind, _ in told(world, "relais")] == ["Structure"]
    assert ("Adresse du site", None, "scop") in told(world, "scop")[0][2]


def test_an_entry_says_who_and_by_which_way(relais: World) -> None:
    relais.user("zoe", relais=["direction"])
    forget(relais)
    with relais.across() as session:
        user_id = session.scalars(select(User.id)).one()
    with relais.inside("relais") as looking:
        structure = looking.info["jalon_scope"].structure
    scope = Scope(structure=structure, actor=Actor("Zoe", user_id), origin="import")
    with relais.app.app_context(), open_session(relais.jalon.db, scope) as session:
        closure(session)

    with relais.inside("relais") as session:
        entry = session.scalars(select(HistoryEntry)).one()
        assert (entry.user_id, entry.actor_name, entry.origin) == (user_id, "Zoe", "import")
        assert entry.at.tzinfo is not None


def test_what_is_rolled_back_leaves_no_entry(relais: World) -> None:
    with relais.inside("relais") as session:
        session.add(Closure(**SUMMER))
        session.flush()
        session.rollback()
        savepoint = session.begin_nested()
        session.add_all([Closure(**SUMMER), Closure(**{**SUMMER, "last_day": date(2031, 1, 1)})])
        with pytest.raises(IntegrityError):
            session.flush()
        savepoint.rollback()
        session.add(Closure(**{**SUMMER, "name": "Pont"}))
        session.commit()

    assert [values[0] for _, _, values in told(relais)] == [("Motif", None, "Pont")]


def test_a_change_to_the_same_value_tells_nothing(relais: World) -> None:
    with relais.inside("relais") as session:
        made = closure(session)
        session.expire(made)
        made.name = "Été"
        session.commit()
        session.execute(update(Closure).values(name="Été"))
        session.commit()

    assert [action for action, _, _ in told(relais)] == ["created"]


def test_a_bulk_statement_is_read_in_batches(relais: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "BATCH", 2)
    with relais.inside("relais") as session:
        session.add_all(Closure(**{**SUMMER, "name": f"Jour {n}"}) for n in range(5))
        session.commit()
        session.execute(update(Closure).values(name="Congés"))
        session.commit()

    changed = [values for action, _, values in told(relais) if action == "changed"]
    assert changed == [[("Motif", f"Jour {n}", "Congés")] for n in range(5)]


def test_two_structures_are_never_mixed(relais: World) -> None:
    relais.structure("scop")
    for slug in ("relais", "scop"):
        with relais.inside(slug) as session:
            session.add(Closure(**{**SUMMER, "name": slug}))
            session.commit()
    forget(relais)

    with relais.inside("relais") as session:
        session.execute(update(Closure).values(name="Congés"))
        session.commit()

    assert told(relais, "relais") == [("changed", "Jours de fermeture", [("Motif", "relais", "Congés")])]
    assert told(relais, "scop") == []


def test_a_record_of_another_structure_is_told_by_its_number_only(relais: World) -> None:
    relais.structure("scop")
    with relais.across() as session:
        owner, borrower = session.scalars(select(Structure.id).order_by(Structure.id))
        lent = Resource(module="core", kind="room", name="Salle d’Awa", structure_id=owner)
        session.add(lent)
        session.flush()
        session.add(Resource(module="core", kind="room", name="Prêt", lent_from_id=lent.id, structure_id=borrower))
        session.commit()

    assert ("Prêt de", None, f"Ressource n°\u00a0{lent_number(relais)}") in told(relais, "scop")[-1][2]
    assert "Awa" not in str(told(relais, "scop"))


def lent_number(world: World) -> int:
    with world.inside("relais") as session:
        return session.scalars(select(Resource.id)).one()


@pytest.mark.parametrize(
    "statement",
    [
        lambda structure_id: (insert(Closure), [{**SUMMER, "structure_id": structure_id}]),
        lambda structure_id: (update(Closure), [{"id": 1, "name": "Congés"}]),
    ],
    ids=["bulk insert", "bulk update by primary key"],
)
def test_what_could_not_be_recorded_is_refused_across_structures_too(relais: World, statement: Any) -> None:
    with relais.across() as session:
        structure_id = session.scalars(select(Structure.id)).one()

        with pytest.raises(ScopeViolation):
            session.execute(*statement(structure_id))


@contextmanager
def statements(world: World) -> Iterator[list[str]]:
    sent: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *others: Any) -> None:
        sent.append(statement)

    with world.app.app_context():
        engine = world.jalon.db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


def test_recording_costs_two_statements_however_many_rows(relais: World) -> None:
    costs = []
    for count in (2, 200):
        with relais.inside("relais") as session:
            session.add_all(Closure(**SUMMER) for _ in range(count))
            with statements(relais) as sent:
                session.commit()
        costs.append(len([s for s in sent if s.startswith("INSERT INTO jalon_history")]))

    assert costs == [2, 2]


def test_an_erasure_leaves_who_when_and_which_field(relais: World) -> None:
    with relais.inside("relais") as session:
        ada, bob = Member(name="Ada", phone="01 99 00 00 01"), Member(name="Bob")
        session.add_all([ada, bob])
        session.commit()
        with history.erasing(session):
            ada.name = "—"
            session.execute(update(Member).where(Member.id == ada.id).values(phone=None))
        history.erase(session, Member, [ada.id])
        session.commit()

    gone = [("Nom", None, None), ("Téléphone", None, None)]
    assert told(relais) == [
        ("created", "Membre", gone),
        ("created", "Membre", [("Nom", None, "Bob")]),
        ("changed", "Membre", gone[:1]),
        ("changed", "Membre", gone[1:]),
    ]


def test_an_erasure_of_some_fields_keeps_the_others(relais: World) -> None:
    with relais.inside("relais") as session:
        ada = Member(name="Ada", phone="01 99 00 00 01")
        session.add(ada)
        session.commit()
        history.erase(session, Member, [ada.id], fields=["phone"])
        session.commit()

    assert told(relais)[0][2] == [("Nom", None, "Ada"), ("Téléphone", None, None)]


def test_an_erasure_stays_in_its_structure(relais: World) -> None:
    relais.structure("scop")
    with relais.inside("scop") as session:
        session.add(Member(name="Ada"))
        session.commit()
        ids = list(session.scalars(select(Member.id)))
    with relais.inside("relais") as session:
        history.erase(session, Member, ids)
        session.commit()

    assert told(relais, "scop")[-1][2] == [("Nom", None, "Ada")]


def test_after_erasing_values_are_kept_again(relais: World) -> None:
    with relais.inside("relais") as session:
        with pytest.raises(ZeroDivisionError), history.erasing(session):
            raise ZeroDivisionError
        session.add(Member(name="Ada"))
        session.commit()

    assert told(relais)[0][2] == [("Nom", None, "Ada")]


def test_a_value_that_needs_a_right_is_absent_without_it(relais: World) -> None:
    with relais.inside("relais") as session:
        closure(session)
        session.execute(update(HistoryValue).where(HistoryValue.field == "name").values(permission="core.secret"))
        session.commit()

    assert [label for label, _, _ in told(relais)[0][2]] == ["Premier jour", "Dernier jour"]
    assert len(told(relais, permissions=("core.secret",))[0][2]) == 3


def test_every_table_of_a_structure_is_recorded_or_says_why_not() -> None:
    for cls in guarded_classes():
        if is_recorded(cls):
            key = recorded_in(cls) or ("", "id")
            assert isinstance(inspect(cls).columns[key[1]].type, Integer), cls
        else:
            assert len(cls.__unrecorded__) > 10, cls
