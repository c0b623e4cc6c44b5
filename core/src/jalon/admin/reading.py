"""The half of a screen that reads: which record an id means, and a list as its address asks for it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, ClassVar

import sqlalchemy as sa
from flask import abort, request
from flask_admin import expose
from flask_admin.contrib.sqla import ModelView
from flask_admin.contrib.sqla.tools import get_field_with_path
from flask_admin.model.filters import BaseIntFilter, BaseIntListFilter
from sqlalchemy.orm import Query

from jalon.admin import confidential, past
from jalon.admin.fields import FieldRights
from jalon.admin.keys import row_of
from jalon.admin.presets import Preset
from jalon.admin.relations import Lookup
from jalon.db.current import session

CAP = 10_000  # rows counted at most; a list says “more than” beyond, docs/decisions/0007
LARGEST = 2**31 - 1  # of an integer column on PostgreSQL
LONGEST_SEARCH = 100  # characters; each word is one condition per searched column


class BoundedCount(Query[Any]):
    """A count that stops at CAP; Flask-Admin adds joins, search and filters, then calls `scalar`."""

    def scalar(self) -> int:
        some = self.with_entities(sa.literal(1)).order_by(None).limit(CAP + 1).subquery()
        return self.session.scalar(sa.select(sa.func.count()).select_from(some)) or 0


class Reading(FieldRights, ModelView):  # type: ignore[misc]
    """Records read through the session guard, lists bounded in what they count, search and show."""

    model: ClassVar[Any]
    presets: ClassVar[Sequence[Preset]] = ()
    cap: ClassVar[int] = CAP
    page_size = 50

    def get_one(self, id: Any) -> Any:
        """The record of that id as the session may see it; 404 for any other, and for what is no id."""
        found = row_of(self.model, id)
        return found if found is not None else abort(404)

    def _create_ajax_loader(self, name: str, options: dict[str, Any]) -> Lookup:
        return Lookup(name, self.session, self.model, name, options)

    @expose("/ajax/lookup/")  # type: ignore[untyped-decorator]
    def ajax_lookup(self) -> Any:
        """Choices of a field while one types, for whoever may read that field."""
        if self.hides(request.args.get("name", "").partition("-")[0]):
            abort(404)
        return super().ajax_lookup()

    @expose("/export/<export_type>/")  # type: ignore[untyped-decorator]
    def export(self, export_type: str) -> Any:
        """A file, written while the request lives: what is streamed outlives the scope its rows are read in."""
        answer = super().export(export_type)
        answer.make_sequence()
        return answer

    def _export_data(self) -> Any:
        count, data = super()._export_data()
        confidential.note(self, [key for key, _ in self._export_columns], rows=len(data))
        return count, data

    @expose("/history/")  # type: ignore[untyped-decorator]
    def history_view(self) -> Any:
        """Everything that happened to a record."""
        return past.page(self, self.get_one(request.args.get("id")))

    def told_under(self, record: Any) -> list[tuple[str, int]]:
        """Table and id of each record whose history is this one's: a vehicle's resource is the vehicle."""
        return [(self.model.__tablename__, int(self.get_pk_value(record)))]

    def get_details_columns(self) -> Any:
        return self.get_column_names(self.column_details_list or self.column_list, None)

    def preset(self) -> Preset | None:
        """The part of the list that the address asks for, None for all of it."""
        return next((p for p in self.offered_presets() if p.slug == request.args.get("show")), None)

    def offered_presets(self) -> list[Preset]:
        """The parts of the list that tell nothing one may not read."""
        return [p for p in self.presets if not any(self.hides(name) for name in p.fields)]

    def get_query(self) -> Any:
        return self._within_preset(super().get_query())

    def get_count_query(self) -> Any:
        return self._within_preset(BoundedCount([sa.func.count("*")], session=session()).select_from(self.model))

    def _within_preset(self, query: Any) -> Any:
        chosen = self.preset()
        if chosen is None:
            return query
        try:
            return query.filter(chosen.where(session(), *chosen.given(request.args)))
        except ValueError:
            abort(404)

    def scaffold_filters(self, name: Any) -> Any:
        """Filter mapped attributes: the base takes bare columns and tables, which the session guard refuses."""
        attribute, _path = get_field_with_path(self.model, name)
        filters = super().scaffold_filters(name) or []
        for each in filters:
            column = each.column
            if isinstance(column, sa.Column):
                key = each.key_name = each.key_name or str(column)
                path = self._filter_joins.pop(column, None) or self._filter_joins.get(key) or []
                self._filter_joins[key] = [attribute if isinstance(step, sa.Table) else step for step in path]
                each.column = _mapped(attribute, column)
        return filters

    def _refresh_filters_cache(self) -> None:
        """Choices given as a callable are asked when they are shown; the base asks once, at start, for everybody."""
        asking = [f for f in self.column_filters or () if callable(getattr(f, "options", None))]
        questions = [f.options for f in asking]
        for each in asking:
            each.options = None
        try:
            super()._refresh_filters_cache()
        finally:
            for each, question in zip(asking, questions, strict=True):
                each.options = question

    def get_sortable_columns(self) -> Any:
        """Flask-Admin names a column that is sorted by another of its table after that other: here by its own."""
        found = super().get_sortable_columns()
        for said in self.column_sortable_list or ():
            if isinstance(said, tuple) and said[0] not in found and said[1] in found:
                found[said[0]] = found.pop(said[1])
        return found

    def init_search(self) -> bool:
        """Search mapped attributes: the base takes bare columns, which the session guard refuses."""
        found = [get_field_with_path(self.model, name) for name in self.column_searchable_list or ()]
        self._search_fields = found
        return bool(found)

    def _get_list_extra_args(self) -> Any:
        """What the address asks of the list, clamped; of other names only the preset's is kept in its links."""
        arguments = super()._get_list_extra_args()
        chosen = self.preset()
        kept = ["show", chosen.argument] if chosen else []
        arguments.extra_args = {name: request.args[name] for name in kept if name in request.args}
        arguments.search = (arguments.search or "").replace("\0", "").strip()[:LONGEST_SEARCH] or None
        if not self._search_fields:
            arguments.search = None
        arguments.filters = [(n, name, _asked(self._filters[n], v)) for n, name, v in arguments.filters or ()]
        last = CAP // (self.get_safe_page_size(arguments.page_size) or self.page_size)
        arguments.page = min(max(arguments.page, 0), last)
        if arguments.sort is not None and not 0 <= arguments.sort < len(self._list_columns):
            arguments.sort = None
        return arguments


def _asked(asked: Any, value: str) -> str:
    """A filter's value as the databases take it: no NUL, and no whole number that fits no column."""
    if isinstance(asked, (BaseIntFilter, BaseIntListFilter)):
        return re.sub(r"[0-9]+", lambda digits: str(min(int(digits[0][:11]), LARGEST)), value)
    return value.replace("\0", "")


def _mapped(attribute: Any, column: Any) -> Any:
    """The attribute of a column, on the class that `attribute` is of, or leads to."""
    cls = attribute.property.mapper.class_ if hasattr(attribute.property, "mapper") else attribute.class_
    return sa.inspect(cls).get_property_by_column(column).class_attribute
