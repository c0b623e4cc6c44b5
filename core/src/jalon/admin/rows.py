"""Rows that belong to a record and are typed in its form: lines to correct, to strike out, and one to add."""

from __future__ import annotations

from typing import Any

from flask import render_template
from flask_admin.contrib.sqla.fields import InlineModelFormList
from flask_admin.contrib.sqla.form import InlineModelConverter
from markupsafe import Markup
from wtforms.utils import unset_value

from jalon.admin.relations import Lookup


class RowsField(InlineModelFormList):  # type: ignore[misc]
    """The rows of one relation; the empty line at the end is nothing when nothing was typed in it."""

    entries: list[Any]

    def widget(self, field: Any, **options: Any) -> Markup:
        return Markup(render_template("jalon/rows.html", field=self))  # noqa: S704 - our own template escapes

    def __call__(self, **options: Any) -> Any:
        return self.widget(self, **options)

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        super().process(formdata, data)
        if formdata:
            self.entries = [entry for entry in self.entries if not _is_empty(entry)]
        else:
            self.append_entry()


def _is_empty(entry: Any) -> bool:
    return not any(value.strip() for field in entry.form for value in field.raw_data or () if value != "__None")


class RowsConverter(InlineModelConverter):  # type: ignore[misc]
    """Makes the fields of `inline_models`; lookups inside them are ours, as confined as the others."""

    inline_field_list_type = RowsField

    def process_ajax_refs(self, info: Any) -> dict[Any, Any]:
        asked = getattr(info, "form_ajax_refs", None) or {}
        info.form_ajax_refs = {
            name: Lookup(name, self.session, info.model, name, options) if isinstance(options, dict) else options
            for name, options in asked.items()
        }
        try:
            refs: dict[Any, Any] = super().process_ajax_refs(info)
        finally:
            info.form_ajax_refs = asked  # the same rows are declared to every application of the process
        return refs
