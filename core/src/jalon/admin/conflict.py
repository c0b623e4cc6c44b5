"""Two members who save one record at once: what each of them wrote, side by side, and nothing lost.

A form carries what it showed when it was opened, so that it is known which of the two changed a field.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, DateTimeField, DecimalField, FloatField, IntegerField, SelectField, StringField

from jalon.choices import NamedField
from jalon.clock import now
from jalon.db.current import session
from jalon.forms import EnumField, RelationField
from jalon.i18n import _
from jalon.models import HistoryEntry
from jalon.person_field import PersonField
from jalon.phones import BadPhone, normal_phone

OWN = ("version", "base", "age_confirmed")  # fields that say nothing of the record
COMPARED = (
    StringField,
    IntegerField,
    DecimalField,
    FloatField,
    DateTimeField,
    SelectField,
    RelationField,
    BooleanField,
    PersonField,
)
MINE, THEIRS = "mine", "theirs"


@dataclass(frozen=True)
class Meeting:
    """A field of which two values are there, as people read them. `proposed` is None when both were changed."""

    name: str
    label: str
    mine: str
    theirs: str
    proposed: str | None


def opened(form: Any) -> None:
    """Let a form that is shown carry what it shows, and since when."""
    form.base.data = json.dumps({"at": now().timestamp(), "shown": {f.name: typed(f) for f in _told(form)}})


def settled(stored: Any) -> MultiDict[str, str]:
    """What was sent, with the saved value wherever that one was chosen. stored: a form of the record as it is now."""
    sent = request.form.copy()
    for field in _told(stored):
        if request.form.get(f"take-{field.name}") == THEIRS:
            sent.setlist(field.name, typed(field))
    return sent


def settle(form: Any, stored: Any) -> None:
    """Put the saved value into each field of a form for which that one was chosen."""
    for field in _told(stored):
        if request.form.get(f"take-{field.name}") == THEIRS:
            form[field.name].process(MultiDict([(field.name, value) for value in typed(field)]), field.data)


def can_compare(form: Any) -> bool:
    """Whether each of a form's fields can be told in one line and sent again."""
    return all(isinstance(field, COMPARED) for field in _told(form))


def undecided() -> bool:
    """Whether both values of a field were shown and none was chosen."""
    return any(f"take-{name}" not in request.form for name in request.form.getlist("asked"))


def page(
    form: Any, stored: Any, *, version: str, subject: tuple[str, int], title: str, back: str
) -> ResponseReturnValue:
    """The page that asks of each field which value holds; all that was typed is sent along with the answer."""
    at, shown = _base(form)
    meetings = list(_meetings(form, stored, shown))
    carried = [(f.name, value) for f in _told(form) for value in typed(f)]
    carried += [
        (name, value) for name in ("age_confirmed", "apart", "validate") for value in request.form.getlist(name)
    ]
    content = render_template(
        "jalon/conflict.html",
        title=title,
        back=back,
        who=_who(subject, at),
        meetings=meetings,
        undecided=undecided(),
        carried=[*carried, ("version", version), ("base", form.base.data or "")],
    )
    return content, 409


def typed(field: Any) -> list[str]:
    """A field's value as its input sends it."""
    if isinstance(field, BooleanField):
        return ["y"] if field.data else []
    if isinstance(field, RelationField):
        return [str(choice[0]) for choice in field.iter_choices() if choice[2]]
    if isinstance(field, PersonField):
        return [str(field.data.id)] if field.data is not None else []
    if isinstance(field, NamedField) and field.data is not None:
        return [field.label_of(field.data)]
    if isinstance(field.data, list) and hasattr(field, "iter_choices"):
        return [str(value) for value in field.data]
    if isinstance(field.data, str):
        return [field.data]
    return [str(field._value())]


def said(field: Any) -> str:
    """A field's value as people read it."""
    if isinstance(field, EnumField):
        return str(field.labels.get(field.value, "")) if field.data in field.enum_class.__members__ else ""
    if isinstance(field, BooleanField):
        return _("Yes") if field.data else _("No")
    if isinstance(field, RelationField):
        return ", ".join(str(choice[1]) for choice in field.iter_choices() if choice[2])
    if isinstance(field, PersonField):
        return str(field.data or "")
    if hasattr(field, "iter_choices"):
        chosen = field.data if isinstance(field.data, list) else [field.data]
        return ", ".join(str(choice[1]) for choice in field.iter_choices() if choice[0] in chosen)
    return str(field._value() or "")


def _told(form: Any) -> Iterator[Any]:
    return (field for field in form if field.name not in OWN)


def _base(form: Any) -> tuple[datetime | None, dict[str, list[str]]]:
    """When the form was opened and what it showed; nothing of a form that says neither, or says nonsense."""
    try:
        base = json.loads(form.base.data or "{}")
        shown = {str(name): list(map(str, values)) for name, values in dict(base["shown"]).items()}
        return datetime.fromtimestamp(float(base["at"]), UTC), shown
    except (ValueError, KeyError, TypeError, OverflowError, OSError):
        return None, {}


def _meetings(form: Any, stored: Any, shown: dict[str, list[str]]) -> Iterator[Meeting]:
    for field in _told(form):
        other = stored[field.name]
        mine, theirs, before = typed(field), typed(other), shown.get(field.name)
        if not _same(mine, theirs):
            proposed = THEIRS if _same(mine, before) else MINE if _same(theirs, before) else None
            yield Meeting(field.name, field.label.text, said(field), said(other), proposed)


def _same(one: list[str], other: list[str] | None) -> bool:
    """Whether two values say the same, however they are spaced and whoever formatted a telephone number."""
    return other is not None and sorted(map(_plain, one)) == sorted(map(_plain, other))


def _plain(value: str) -> str:
    try:
        return normal_phone(value)
    except BadPhone:
        return " ".join(value.split())


def _who(subject: tuple[str, int], since: datetime | None) -> list[str]:
    """Who changed the record in this structure since the form was opened; another structure's names are its own."""
    if since is None:
        return []
    here = HistoryEntry.subject_table == subject[0], HistoryEntry.subject_id == subject[1], HistoryEntry.at >= since
    names = session().scalars(select(HistoryEntry.actor_name).where(*here).order_by(HistoryEntry.id))
    return list(dict.fromkeys(names))
