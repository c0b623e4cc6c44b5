"""The half of a screen that is one record: its form in parts, its neighbours in the list, a copy of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

import sqlalchemy as sa
from flask import flash, redirect, request
from flask_admin import expose

from jalon.admin import confidential, conflict, neighbours
from jalon.admin.keys import row_of
from jalon.admin.rows import RowsField
from jalon.admin.sections import MANY, Declared, Section, sections
from jalon.admin.writing import Writing
from jalon.db.current import session
from jalon.forms import VersionField
from jalon.i18n import _
from jalon.scope import scope_of

LIKE = "like"  # in the address of a new record: the id of the one it is filled from
STEPS = ("previous", "next")
OF_THE_PAGE = ("id", "step", "page")  # names in an address that say nothing of the list


class Records(Writing):
    """One record at a time.

    `form_sections` puts the form's fields under headings. `can_duplicate` offers a new form filled like a record,
    without what is unique and without `not_copied`.
    """

    form_sections: ClassVar[Declared] = ()
    can_duplicate: ClassVar[bool] = True
    not_copied: ClassVar[Sequence[str]] = ()

    # --- the form ---

    def form_parts(self, form: Any) -> list[Section]:
        """The form's fields under their headings."""
        return sections(form, self.form_sections)

    def has_jumps(self, parts: Sequence[Section]) -> bool:
        """Whether the form is so long that its parts are listed above it."""
        return len(parts) >= MANY

    # --- changed by two ---

    def meeting(self, form: Any, record: Any) -> Any:
        """What somebody else saved since the form was opened, beside what is typed here; None while nobody did."""
        if "base" not in form or not conflict.can_compare(form):
            return None
        if request.method == "GET":
            conflict.opened(form)
            return None
        stored = self._as_stored(form, record)
        conflict.settle(form, stored)
        version = str(record.version)
        if not form.base.data or (form.version.data == version and not conflict.undecided()):
            return None
        confidential.note_page(self, {"model": record, "form": stored})
        subject = (self.model.__tablename__, int(self.get_pk_value(record)))
        return conflict.page(form, stored, version=version, subject=subject, title=str(record), back=request.full_path)

    def _as_stored(self, form: Any, record: Any) -> Any:
        """A form of the same fields, with what is saved."""
        stored = self._edit_form_class(None, obj=record)
        for name in set(stored._fields) - set(form._fields):
            del stored[name]
        return stored

    # --- the next one ---

    @expose("/neighbour/")  # type: ignore[untyped-decorator]
    def neighbour_view(self) -> Any:
        """Lead to the record before or after one in the list that the rest of the address says."""
        record = self.get_one(request.args.get("id"))
        step = request.args.get("step")
        found = self._beside(record, after=step != STEPS[0])
        if found is None:
            flash(_("That was the last of the list.") if step != STEPS[0] else _("That was the first of the list."))
        shown = self.get_pk_value(record) if found is None else found
        may_edit = self.can_edit and scope_of(session()).may(self.write_permission)
        page = ".edit_view" if may_edit else ".details_view"
        return redirect(self.get_url(page, id=shown, url=self.get_url(".index_view", **_state(request.query_string))))

    def neighbour_url(self, record: Any, step: str, list_url: str) -> str:
        """Where the record before (`previous`) or after (`next`) is found, in the list of that address.

        Empty when the address is no list of this screen's. Nothing is asked of the database before somebody goes there.
        """
        if urlsplit(list_url).path != urlsplit(self.get_url(".index_view")).path:
            return ""
        state = _state(urlsplit(list_url).query)
        return str(self.get_url(".neighbour_view", **state, id=self.get_pk_value(record), step=step))

    def _beside(self, record: Any, *, after: bool) -> Any | None:
        asked = self._get_list_extra_args()
        sort = self._get_column_by_idx(asked.sort)
        # past what a screen adds to the rows it shows: this query is never read whole
        _count, query = super().get_list(
            None, sort and sort[0], asked.sort_desc, asked.search, asked.filters, execute=False, page_size=0
        )
        mapper = sa.inspect(self.model)
        key = mapper.get_property_by_column(mapper.primary_key[0]).class_attribute
        return neighbours.beside(query, key, getattr(record, key.key), after=after)

    # --- another like it ---

    def duplicate_url(self, record: Any) -> str:
        """The form of a new record filled like this one; empty where there is none."""
        if not (self.can_duplicate and self.can_create):
            return ""
        return str(self.get_url(".create_view", **{LIKE: self.get_pk_value(record)}))

    def create_form(self, obj: Any = None) -> Any:
        """The empty form; or that of a record like another one."""
        asked = request.args.get(LIKE) if request.method == "GET" and self.can_duplicate else None
        pattern = row_of(self.model, asked) if asked is not None and obj is None else None
        if pattern is None:
            return super().create_form(obj)
        form = super().create_form(pattern)
        for field in form:
            if isinstance(field, (VersionField, RowsField)) or field.name in self._own(pattern):
                field.process(None)
        return form

    def _own(self, record: Any) -> set[str]:
        """Fields that a copy does not take over: those the screen names, and what no two records may share."""
        table = sa.inspect(type(record)).local_table
        groups = [{c.name for c in one.columns} for one in table.constraints if isinstance(one, sa.UniqueConstraint)]
        groups += [{getattr(c, "name", "") for c in one.expressions} for one in table.indexes if one.unique]
        alone = [group - {"structure_id"} for group in groups]
        return {*self.not_copied, *(name for group in alone if len(group) == 1 for name in group)}


def _state(query: str | bytes) -> dict[str, Any]:
    """What an address asks of a list, but its page."""
    text = query.decode("utf-8", "replace") if isinstance(query, bytes) else query
    return {name: value for name, value in parse_qsl(text) if name not in OF_THE_PAGE}
