"""The roles of a member in a form: a box for each, and the days it begins and ends when it does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import current_app, render_template
from markupsafe import Markup
from wtforms import Field
from wtforms.validators import ValidationError

from jalon import accounts, core_rights
from jalon.app_of import mount
from jalon.db.current import session
from jalon.i18n import _
from jalon.scope import scope_of
from jalon.tenures import Held


@dataclass
class Row:
    """One role as it stands in the form, with the days as they were typed."""

    role: str
    label: str
    chosen: bool = False
    first_day: str = ""
    last_day: str = ""


class _Boxes:
    """Draws the rows; a group of fields has a legend, not a label."""

    input_type = "group"

    def __call__(self, field: RolesField, **marks: Any) -> Markup:
        return Markup(render_template("jalon/roles_field.html", field=field, marks=marks, _=_))  # noqa: S704 - escaped there


class RolesField(Field):  # type: ignore[misc]
    """Its data is a list of `Held`. What is posted for a role that is not offered is an error."""

    widget = _Boxes()

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        self.process_errors: list[str] = []
        self.strangers: set[str] = set()
        self.object_data = self.data = [Held(h.role, h.first_day, h.last_day) for h in data or ()]
        self.rows = _rows(self.data)
        if formdata is not None and formdata:
            self._read(formdata)

    def _read(self, formdata: Any) -> None:
        known = {f"{self.name}-{row.role}{part}" for row in self.rows for part in ("", "-from", "-until")}
        self.strangers = {key for key in formdata if key.startswith(f"{self.name}-")} - known
        for row in self.rows:
            key = f"{self.name}-{row.role}"
            row.chosen = key in formdata
            row.first_day, row.last_day = (str(formdata.get(f"{key}{part}") or "") for part in ("-from", "-until"))

    def pre_validate(self, form: Any) -> None:
        if self.strangers:
            raise ValidationError(_("This role does not exist, or no longer."))
        self.data = [
            Held(row.role, _day(row, row.first_day), _day(row, row.last_day)) for row in self.rows if row.chosen
        ]


def _rows(held: Iterable[Held]) -> list[Row]:
    """The roles one can give here, and those the member has all the same."""
    registry = mount(current_app).registry
    enabled = scope_of(session()).enabled
    offered = [r.slug for r in core_rights.ROLES]
    offered += [r.slug for m in registry.loaded() if m.slug in enabled for r in m.plugin.roles]
    has = {h.role: h for h in held}
    slugs = list(dict.fromkeys([*offered, *has]))
    return [
        Row(
            slug,
            accounts.role_label(registry, slug),
            slug in has,
            _typed(has[slug].first_day) if slug in has else "",
            _typed(has[slug].last_day) if slug in has else "",
        )
        for slug in slugs
    ]


def _typed(day: date | None) -> str:
    return day.isoformat() if day else ""


def _day(row: Row, typed: str) -> date | None:
    """Raises ValidationError for what is no date of four-digit year."""
    if not typed.strip():
        return None
    try:
        day = date.fromisoformat(typed.strip())
    except ValueError:
        raise ValidationError(_("%(role)s: “%(typed)s” is no date.", role=row.label, typed=typed)) from None
    if not 1900 <= day.year <= 2999:
        raise ValidationError(_("The year must have four digits."))
    return day
