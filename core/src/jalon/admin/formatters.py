"""How values read in lists: dates and times of the structure, yes and no, enums by their label."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Any

from jalon.clock import now
from jalon.db.current import session
from jalon.i18n import _
from jalon.localtime import ago, in_words
from jalon.scope import PARIS, current_scope


def instant(value: datetime) -> str:
    """An instant in words, by the clock of the structure."""
    scope = current_scope(session())
    return in_words(value, scope.zone if scope else PARIS)


def since(value: datetime) -> str:
    """How long ago an instant was."""
    return ago(value, now())


def label_of(member: enum.Enum) -> str:
    """The text of an enum's member; an enum gives its texts with a class method `labels`."""
    labels: dict[enum.Enum, Any] = getattr(type(member), "labels", dict)()
    return str(labels.get(member, member.name))


FORMATTERS: dict[type, Any] = {
    type(None): lambda view, value, name: "",
    bool: lambda view, value, name: _("Yes") if value else _("No"),
    datetime: lambda view, value, name: instant(value),
    date: lambda view, value, name: value.strftime("%d/%m/%Y"),
    enum.Enum: lambda view, value, name: label_of(value),
}
