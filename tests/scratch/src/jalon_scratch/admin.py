"""The generated screens of things."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import joinedload

from jalon.admin import AdminScreen
from jalon_scratch.i18n import _l
from jalon_scratch.models import Thing


class ThingScreen(AdminScreen):
    """List, creation, correction, deletion and export of things."""

    model = Thing
    module = "scratch"
    read_permission = "scratch.read"
    write_permission = "scratch.write"
    title = _l("Things")
    record_title = _l("Thing")
    can_delete = True
    can_export = True
    column_list = ("name", "box", "done")
    column_default_sort = [("name", False), ("id", False)]
    list_filters = ("done", "box")
    few_rows = "nobody has a million things"
    column_select_related_list = ()
    form_columns = ("name", "box", "done")
    form_ajax_refs = {"box": {"fields": ("name",), "page_size": 10}}

    def get_query(self) -> Any:
        return super().get_query().options(joinedload(Thing.box))
