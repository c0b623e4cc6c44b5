"""The generated screens of a structure's own closures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import current_app, url_for
from werkzeug.routing import BuildError
from wtforms.validators import InputRequired

from jalon import calendar
from jalon.admin.screen import AdminScreen
from jalon.app_of import mount
from jalon.db.current import session
from jalon.declarations import Owned
from jalon.i18n import _l
from jalon.models import Closure


class ClosureScreen(AdminScreen):
    """List, creation, correction and removal of the days on which nobody is there."""

    model = Closure
    read_permission = "jalon.settings.read"
    write_permission = "jalon.settings.write"
    title = _l("Closures")
    record_title = _l("Closure")
    can_delete = True
    column_list = ("name", "first_day", "last_day")
    column_labels = {"name": _l("Reason"), "first_day": _l("First day"), "last_day": _l("Last day")}
    column_sortable_list = ("first_day", "last_day")
    column_default_sort = [("first_day", True), ("id", True)]
    column_searchable_list = ("name",)
    list_filters = ("first_day", "last_day")
    few_rows = "a structure closes some days a year"
    form_columns = ("name", "first_day", "last_day")
    form_args = {
        "name": {
            "description": _l("What people are told, for instance: summer closure"),
            "validators": [InputRequired(_l("Say why."))],
        },
        "first_day": {"validators": [InputRequired(_l("Say which day."))]},
        "last_day": {"description": _l("Included"), "validators": [InputRequired(_l("Say which day."))]},
    }
    form_template_above = "jalon/closure_items.html"
    empty_advice = _l("Public holidays are known already: type only your own days off.")

    def add(self, values: dict[str, Any]) -> Closure:
        calendar.check_closure(values["first_day"], values["last_day"])
        made: Closure = super().add(values)
        return made

    def change(self, record: Closure, values: dict[str, Any]) -> None:
        calendar.check_closure(values["first_day"], values["last_day"])
        super().change(record, values)

    def render(self, template: str, **kwargs: Any) -> Any:
        """A closure that is saved is shown with what falls on it."""
        if template == self.edit_template and kwargs.get("model") is not None:
            hooks, closure = mount(current_app).hooks, kwargs["model"]
            kwargs["falls"] = hooks.show(session(), "closure_items", prepare=_with_address, closure_id=closure.id)
        return super().render(template, **kwargs)


def _with_address(items: Sequence[Owned]) -> list[tuple[str, str]]:
    """Label and address of what there is; a wrong endpoint is that module's failure."""
    try:
        return [(str(item.label), url_for(item.endpoint, **item.values)) for item in items if item.count]
    except BuildError as error:
        raise LookupError(str(error)) from None
