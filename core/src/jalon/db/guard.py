"""The law of tenancy: a session that sees and writes one structure's rows only, and fails closed.

It leans on private names of SQLAlchemy, there being no public ones: `_values` of an UPDATE, `_raw_columns` of a SELECT,
`_annotations` of any element, and `omit_attrs` of `get_children`. core/tests/test_guard.py fails when a release drops
one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, Table, TextClause, event, inspect
from sqlalchemy.orm import Mapper, ORMExecuteState, Session, UOWTransaction, with_loader_criteria
from sqlalchemy.orm.context import FromStatement
from sqlalchemy.sql import ClauseElement, Delete, Insert, Update
from sqlalchemy.sql.elements import ColumnClause

from jalon.db.base import Base, Owned, Platform
from jalon.db.person import BothEnds, PersonRow
from jalon.db.reach import check_crossing, check_person_write, confined_tables, leads_to_persons, reach_of_persons
from jalon.errors import ScopeViolation
from jalon.scope import Scope, current_scope

NOBODY = -1  # the structure of a session without scope: no row has it


class GuardedSession(Session):
    """Mixed into the session class of whoever owns the database handle; see docs/decisions/0003."""

    def bulk_save_objects(self, objects: Iterable[object], *args: Any, **kwargs: Any) -> None:
        kept = list(objects)
        if any(isinstance(instance, Base) for instance in kept):
            raise ScopeViolation("bulk_save_objects passes under the guard: use add_all")
        super().bulk_save_objects(kept, *args, **kwargs)

    def bulk_insert_mappings(self, mapper: Any, *args: Any, **kwargs: Any) -> None:
        if _is_ours(mapper):
            raise ScopeViolation("bulk_insert_mappings passes under the guard: use add_all")
        super().bulk_insert_mappings(mapper, *args, **kwargs)

    def bulk_update_mappings(self, mapper: Any, *args: Any, **kwargs: Any) -> None:
        if _is_ours(mapper):
            raise ScopeViolation("bulk_update_mappings passes under the guard: use update().where()")
        super().bulk_update_mappings(mapper, *args, **kwargs)

    def connection(self, *args: Any, **kwargs: Any) -> Any:
        """The bare connection, for a session that works across structures only."""
        if not _sees_all(current_scope(self)):
            raise ScopeViolation("session.connection() passes under the guard")
        return super().connection(*args, **kwargs)


def _is_ours(mapper: Any) -> bool:
    """Whether a class or mapper is Jalon's; a host's own tables are not the guard's business."""
    return issubclass(inspect(mapper).class_, Base)


def _sees_all(scope: Scope | None) -> bool:
    return bool(scope and scope.across)


def _structure_id(scope: Scope | None) -> int:
    return scope.structure.id if scope and scope.structure else NOBODY


@event.listens_for(GuardedSession, "do_orm_execute", propagate=True)
def _confine(state: ORMExecuteState) -> None:
    scope = current_scope(state.session)
    if state.is_column_load or _sees_all(scope):
        return
    met = {*_refuse_what_hides_tables(state), *state.all_mappers}
    if not state.is_orm_statement:
        return
    structure_id = _structure_id(scope)
    owned = with_loader_criteria(
        Owned,
        lambda cls: cls.structure_id == structure_id,
        include_aliases=True,
        propagate_to_loaders=True,
    )
    persons = reach_of_persons(scope, structure_id) if any(map(leads_to_persons, met)) else []
    state.statement = state.statement.options(owned, *persons)


def _refuse_what_hides_tables(state: ORMExecuteState) -> set[Mapper[Any]]:
    """What the loader criteria cannot reach is refused when it names a structure's table; the mapped classes met."""
    statement = state.statement
    met: set[Mapper[Any]] = set()
    if state.is_relationship_load:
        return met
    if isinstance(statement, FromStatement) and (state.bind_mapper is None or _is_ours(state.bind_mapper)):
        raise ScopeViolation("from_statement passes under the guard: write an ORM select")
    if state.is_orm_statement and isinstance(statement, (Insert, Update, Delete)):
        _refuse_bulk(state, statement)
    if isinstance(statement, (Insert, Update, Delete)) and not state.is_orm_statement:
        _refuse_tables([statement.table, *_bare_tables(statement, met)], writing=True)
    else:
        _refuse_tables(_bare_tables(statement, met))
    return met


def _refuse_bulk(state: ORMExecuteState, statement: Insert | Update | Delete) -> None:
    mapper = state.bind_mapper
    if mapper is None or not issubclass(mapper.class_, Base):
        return
    if isinstance(statement, Insert):
        raise ScopeViolation("a bulk INSERT passes under the guard: use add_all")
    if not issubclass(mapper.class_, (Owned, PersonRow, BothEnds)):
        _check_platform_write(mapper.class_, current_scope(state.session))
    if isinstance(state.parameters, (list, tuple)):
        raise ScopeViolation("a bulk UPDATE by primary key passes under the guard: use update().where()")
    if isinstance(statement, Update) and _sets_structure(statement):
        raise ScopeViolation("an UPDATE may not move rows to another structure")


def _sets_structure(statement: Update) -> bool:
    return any(getattr(key, "key", key) == "structure_id" for key in statement._values or ())


def _refuse_tables(tables: Any, *, writing: bool = False) -> None:
    guarded = confined_tables()
    for table in tables:
        name = table if isinstance(table, str) else getattr(table, "name", "")
        ours = isinstance(table, str) or getattr(table, "metadata", None) is Base.metadata
        if ours and (name in guarded or writing):
            raise ScopeViolation(
                f"{name} is read here by its table and not by its class: the guard cannot confine that"
            )


def _bare_tables(
    element: Any, met: set[Mapper[Any]], mapped_here: frozenset[str] = frozenset()
) -> Iterator[Table | str]:
    """Tables in a statement that carry no mapped class, and guarded names inside textual SQL; `met` gets the others.

    A column of a table is innocent where the statement selects that table's class (`mapped_here`): it adds no
    FROM of its own. SQLAlchemy itself writes `get` and `refresh` that way.
    """
    if not isinstance(element, ClauseElement):
        return
    if (mapper := _mapper_of(element)) is not None:
        met.add(mapper)
        return
    if isinstance(element, Table):
        yield element
        return
    if isinstance(element, (Select, Update, Delete)):
        mapped_here = _mapped_in(element)
    if isinstance(element, TextClause):
        yield from _named_in(element.text)
    elif isinstance(element, ColumnClause):
        if element.is_literal:
            yield from _named_in(element.name)
        if isinstance(element.table, Table) and element.table.name not in mapped_here:
            yield element.table
    for child in _children(element):
        yield from _bare_tables(child, met, mapped_here)


def _mapper_of(element: ClauseElement) -> Mapper[Any] | None:
    """The mapper of the class that an element of a statement belongs to, when it belongs to one."""
    marks = element._annotations
    found = marks.get("parententity") or marks.get("parentmapper")
    return getattr(found, "mapper", None)


def _mapped_in(statement: Select[Any] | Update | Delete) -> frozenset[str]:
    """Names of the tables whose class a statement selects or changes."""
    named = statement._raw_columns if isinstance(statement, Select) else [statement.table]
    entities = (element._annotations.get("parententity") for element in named)
    return frozenset(e.local_table.name for e in entities if isinstance(e, Mapper) and isinstance(e.local_table, Table))


def _children(element: ClauseElement) -> Any:
    """What was written in a statement; a SELECT's own answer adds tables derived from its mapped columns."""
    if isinstance(element, Select):
        return super(Select, element).get_children(omit_attrs=("_correlate", "_correlate_except"))
    return element.get_children()


def _named_in(sql: str) -> list[str]:
    return _names_pattern(confined_tables()).findall(sql.lower())


@lru_cache(maxsize=8)
def _names_pattern(names: frozenset[str]) -> re.Pattern[str]:
    either = "|".join(sorted(names, key=len, reverse=True) or [r"(?!x)x"])
    return re.compile(rf"\b(?:{either})\b")


@event.listens_for(GuardedSession, "before_attach", propagate=True)
def _refuse_foreign_object(session: Session, instance: object) -> None:
    scope = current_scope(session)
    if not isinstance(instance, Owned) or _sees_all(scope):
        return
    owner = instance.__dict__.get("structure_id")
    if owner is not None and owner != _structure_id(scope):
        raise ScopeViolation(f"{type(instance).__name__} belongs to another structure")


@event.listens_for(GuardedSession, "before_flush", propagate=True)
def _check_writes(session: Session, context: UOWTransaction, instances: Any) -> None:
    scope = current_scope(session)
    for instance in [*session.new, *session.dirty, *session.deleted]:
        if isinstance(instance, Owned):
            _check_owned(instance, scope, new=instance in session.new)
        elif isinstance(instance, PersonRow):
            check_person_write(session, instance, scope)
        elif isinstance(instance, BothEnds):
            check_crossing(session, instance, scope)
        elif isinstance(instance, Platform) and (instance not in session.dirty or session.is_modified(instance)):
            _check_platform_write(type(instance), scope)


def _check_owned(instance: Owned, scope: Scope | None, *, new: bool) -> None:
    if _sees_all(scope):
        return
    if new and instance.structure_id is None:
        instance.structure_id = _structure_id(scope)
    history = inspect(instance).attrs.structure_id.history
    if _structure_id(scope) == NOBODY or instance.structure_id != _structure_id(scope) or (history.deleted and not new):
        raise ScopeViolation(f"{type(instance).__name__} would be written for another structure")


def _check_platform_write(cls: type[Any], scope: Scope | None) -> None:
    if _sees_all(scope) or (scope and scope.may(cls.__write_permission__)):
        return
    raise ScopeViolation(f"{cls.__name__} is written with the right {cls.__write_permission__} only")
