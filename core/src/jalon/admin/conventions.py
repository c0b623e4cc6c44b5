"""The conventions of a structure with its partners."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup
from sqlalchemy.orm import joinedload
from wtforms.validators import InputRequired

from jalon import conventions
from jalon.admin.filter_kinds import FilterBy
from jalon.admin.presets import Preset
from jalon.admin.screen import AdminScreen
from jalon.choices import OrganisationField
from jalon.clock import today
from jalon.db.current import session
from jalon.i18n import _, _l
from jalon.models import PartnerConvention
from jalon.scope import scope_of


def state_pill(view: Any, context: Any, row: PartnerConvention, name: str) -> Markup:
    """To come, in force, about to end or over, in colour."""
    day, last = today(scope_of(session()).zone), row.last_day
    if last is not None and last < day:
        return _pill("bad", _("Over"))
    if row.first_day > day:
        return _pill("", _("To come"))
    if last is not None and last <= day + conventions.SOON:
        return _pill("warn", _("Ends soon"))
    return _pill("ok", _("In force"))


def _pill(tone: str, text: str) -> Markup:
    return Markup('<span class="pill {}">{}</span>').format(tone, text)


class ConventionScreen(AdminScreen):
    """List, creation and correction of conventions."""

    model = PartnerConvention
    read_permission = "jalon.organisations.read"
    write_permission = "jalon.conventions.write"
    title = _l("Conventions")
    record_title = _l("Convention")
    column_list = ("reference", "organisation", "first_day", "last_day", "state")
    column_details_list = ("organisation", "reference", "signed_on", "first_day", "last_day", "state")
    column_labels = {
        "organisation": _l("Organisation"),
        "reference": _l("Reference"),
        "signed_on": _l("Signed on"),
        "first_day": _l("First day"),
        "last_day": _l("Last day"),
        "state": _l("State"),
    }
    column_sortable_list = ("reference", "first_day", "last_day")
    column_default_sort = [("last_day", False), ("id", False)]
    column_searchable_list = ("reference", "organisation.name", "organisation.folded")
    search_advice = _l("Reference or organisation")
    list_filters = (FilterBy("organisation", looks_in=("name", "acronym")), "first_day", "last_day", "signed_on")
    list_groups = ("organisation", "last_day")
    few_rows = "a structure has some dozens of conventions"
    presets = (
        Preset("running", _l("In force"), conventions.running),
        Preset("soon", _l("Ending within 60 days"), conventions.ending_soon),
        Preset("over", _l("Over"), conventions.over),
    )
    column_formatters = {"state": state_pill}
    column_formatters_detail = column_formatters
    form_columns = ("organisation", "reference", "first_day", "last_day", "signed_on")
    form_extra_fields = {
        "organisation": OrganisationField(
            _l("Organisation"), [InputRequired(_l("Say with which organisation."))], description=_l("Type its name")
        )
    }
    form_args = {
        "reference": {"description": _l("Its number, or the name people use for it")},
        "last_day": {"description": _l("Included; empty when it has no end")},
    }
    empty_advice = _l("Record the first convention: you are told when it comes to its end.")

    def get_query(self) -> Any:
        return super().get_query().options(joinedload(PartnerConvention.organisation))

    def add(self, values: dict[str, Any]) -> PartnerConvention:
        return conventions.sign(session(), **values)

    def change(self, record: PartnerConvention, values: dict[str, Any]) -> None:
        conventions.change(session(), record, **values)
