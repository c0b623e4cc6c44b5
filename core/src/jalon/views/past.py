"""The history of a structure: who changed what, in every module, those that are gone included."""

from __future__ import annotations

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement
from wtforms import SelectField

from jalon import access, history
from jalon.access import requires
from jalon.admin.confidential import note_past
from jalon.db.current import session
from jalon.i18n import _, _l
from jalon.models import HistoryEntry
from jalon.views.traces import PAGE, TracesForm, asked_before, bounded_count, links, page_of

blueprint = Blueprint("jalon_history", "jalon", template_folder="templates")
ORIGINS = (
    ("", _l("All")),
    ("form", _l("On a page")),
    ("import", _l("By an import")),
    ("job", _l("By an automatic task")),
    ("command", _l("By a command")),
    ("demo", _l("Demonstration")),
)


class HistoryForm(TracesForm):
    """Which records, changed by whom, how and when."""

    what = SelectField(_l("Records"), default="")
    origin = SelectField(_l("How"), choices=lambda: [(value, str(text)) for value, text in ORIGINS], default="")

    @property
    def countable(self) -> bool:
        return super().countable and not self.origin.data

    def conditions_here(self) -> list[ColumnElement[bool]]:
        found = self.conditions(HistoryEntry)
        table = HistoryEntry.subject_table
        if self.what.data:
            whole = self.what.data.endswith("_")
            found.append(table.startswith(self.what.data, autoescape=True) if whole else table == self.what.data)
        if self.origin.data:
            found.append(HistoryEntry.origin == self.origin.data)
        return found


@blueprint.get("/history/")
@requires("jalon.history.read")
def index() -> ResponseReturnValue:
    """Everything that was changed, newest first."""
    form = HistoryForm(request.args)
    form.what.choices = _kinds(history.tables(session()))
    good, before = form.validate(), asked_before()
    conditions = form.conditions_here() if good else []
    page = page_of(history.entries(session(), conditions, limit=PAGE + 1, before=before) if good else [], before)
    access.note("jalon.history.read", "jalon_history", rows=len(page.rows))
    note_past(page.rows, "jalon_history")
    shown = render_template(
        "jalon/history.html",
        form=form,
        page=page,
        total=bounded_count(HistoryEntry, conditions) if good and form.countable else "",
        asked=form.asked(),
        links=links((line.id, line.table, line.subject_id) for line in page.rows),
    )
    return (shown, 200) if good else (shown, 422)


def _kinds(tables: list[str]) -> dict[str, list[tuple[str, str]]]:
    """The choices of the filter: each module as a whole, then its tables, under its name."""
    registry = current_app.extensions["jalon"].registry
    found: dict[str, list[tuple[str, str]]] = {"": [("", _("All"))]}
    for table in tables:
        slug = table.partition("_")[0]
        module = registry.get(slug)
        name = _("Structure and team") if slug == "jalon" else module.name if module else slug
        found.setdefault(name, [(f"{slug}_", _("%(module)s: everything", module=name))])
        found[name].append((table, history.kind_of(table)))
    return found
