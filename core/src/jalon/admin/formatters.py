"""How values read in lists: dates and times of the structure, yes and no, enums by their label."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Any

from babel.dates import format_datetime

from jalon.db.current import session
from jalon.i18n import _, current_locale
from jalon.localtime import to_local
from jalon.scope import PARIS, current_scope


def instant(value: datetime) -> str:
    """An instant as “mar. 24/11/2026 08:30” in the structure's zone: people agree on a day of the week."""
    scope = current_scope(session())
    local = to_local(value, scope.zone if scope else PARIS)
    return str(format_datetime(local, "EEE dd/MM/yyyy HH:mm", locale=current_locale()))


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
