"""Values as people read them, in French, on the day they are written."""

from __future__ import annotations

import enum
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from jalon.db import Owned, PersonRow
from jalon.history import subjects
from jalon.history.change import Change
from jalon.history.fields import Field, has_personal_fields
from jalon.i18n import _
from jalon.localtime import in_words
from jalon.models import Beneficiary, Member, Structure, User
from jalon.scope import PARIS, current_scope

STAFF = (Member, User)  # who worked on what stays readable, as the author of a change does


class Wording:
    """The texts of these changes; what they point at is read at once, one query for each class."""

    def __init__(self, session: Session, changes: Iterable[Change]) -> None:
        self._session = session
        wanted: dict[type[Any], set[int]] = defaultdict(set)
        abroad = set()
        for change in changes:
            for field, before, after in change.values:
                if field.target is not None and _is_named(field.target):
                    wanted[field.target].update(id for id in (before, after) if id is not None)
                if isinstance(before, datetime) or isinstance(after, datetime):
                    abroad.add(change.structure_id)
        self._found = {cls: _read(session, cls, ids) for cls, ids in wanted.items()}
        self._zones = _zones(session, abroad)

    def text(self, change: Change, field: Field, value: Any) -> str | None:
        """What people read for a value of a field; None for nothing."""
        if value is None or value == "":
            return None
        if field.target is not None:
            return self._called(field.target, value, change.structure_id)
        if isinstance(value, enum.Enum):
            return _label(value)
        if isinstance(value, bool):
            return _("Yes") if value else _("No")
        if isinstance(value, datetime):
            return in_words(value, self._zones.get(change.structure_id, PARIS))
        if isinstance(value, date):
            return f"{value:%d/%m/%Y}"
        return subjects.value_called(change.cls.__tablename__, field.key, str(value), change.row)

    def _called(self, target: type[Any], id: Any, structure_id: int) -> str:
        """The record's own text, unless it is another structure's or says a person's name, which must go with them.

        An account is its address: its name is what other structures, or its host, call its owner.
        """
        found = self._found.get(target, {}).get(id)
        foreign = isinstance(found, Owned) and found.structure_id != structure_id
        if found is None or foreign:
            return _("%(what)s no. %(number)s", what=subjects.kind_of(target.__tablename__), number=id)
        if isinstance(found, Beneficiary):
            return found.code
        return (found.email or found.name) if isinstance(found, User) else str(found)


def _is_named(target: type[Any]) -> bool:
    """Whether its rows may be told by their own text; a person is told by the code, whatever names the person."""
    if issubclass(target, PersonRow):
        return target is Beneficiary
    return target in STAFF or not has_personal_fields(target)


def _read(session: Session, cls: type[Any], ids: set[int]) -> dict[Any, Any]:
    """Those of these rows that the session may see, by id; what it holds already is not read again."""
    key = inspect(cls).primary_key[0]
    held = {id: session.identity_map.get(inspect(cls).identity_key_from_primary_key((id,))) for id in ids}
    known = {id: row for id, row in held.items() if row is not None and not inspect(row).expired_attributes}
    if missing := ids - set(known):
        attribute = inspect(cls).get_property_by_column(key).class_attribute
        rows = session.scalars(select(cls).where(attribute.in_(missing)))
        known.update((inspect(row).identity[0], row) for row in rows)
    return known


def _zones(session: Session, structure_ids: set[int]) -> dict[int, ZoneInfo]:
    scope = current_scope(session)
    if scope is not None and scope.structure is not None:
        return {scope.structure.id: scope.zone}
    if not structure_ids:
        return {}
    rows = session.execute(select(Structure.id, Structure.zone).where(Structure.id.in_(structure_ids)))
    return {id: ZoneInfo(zone) for id, zone in rows}


def _label(member: enum.Enum) -> str:
    labels: dict[enum.Enum, Any] = getattr(type(member), "labels", dict)()
    return str(labels.get(member, member.name))
