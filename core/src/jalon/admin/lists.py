"""The half of a list that its address says: filters, order, columns; and what is written above its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode

import sqlalchemy as sa
from babel.numbers import format_currency, format_decimal
from flask import g, redirect, request
from flask import session as browser
from flask_admin import expose
from sqlalchemy.orm import RelationshipProperty, joinedload

from jalon import saved_views
from jalon.access import posts_to_read
from jalon.admin import filters
from jalon.admin.filter_kinds import Filter, FilterBy
from jalon.admin.grouping import GROUPS_BY, Group, groups
from jalon.admin.reading import LONGEST_SEARCH, Reading
from jalon.db.current import session
from jalon.errors import DomainError
from jalon.i18n import _, current_locale
from jalon.models import SavedView
from jalon.scope import scope_of
from jalon.texts import tidy

PREFIX = "f."  # of a filter's name in the address
KEPT = ("show", "order", "group", "search", "searched", "page_size")
SEARCHES = "jalon_searches"  # in the browser's session: what was typed about persons, by list
PAGE_SIZES = (20, 50, 100)
PART = "X-Jalon-Part"  # header of a script that asks for a piece of a page


@dataclass(frozen=True)
class Asked:
    """A filter that the address asks for, as it stands there."""

    filter: Filter
    text: str
    condition: Any

    @property
    def parameter(self) -> str:
        return PREFIX + self.filter.name


@dataclass(frozen=True)
class Heading:
    """The head of a column: where a click leads and how it is sorted now (`ascending`, `descending` or empty)."""

    key: str
    name: str
    address: str
    sorted: str


class Lists(Reading):
    """A list as its address asks for it: filtered, sorted, a page of it; bookmarks and links to colleagues hold.

    `list_filters` names what it can be narrowed by. `few_rows` says why a structure never has so many of these records
    that a filter or an order without an index would be felt; else the kit asks for the index of each.
    """

    list_filters: ClassVar[Sequence[str | FilterBy]] = ()
    few_rows: ClassVar[str] = ""
    can_set_page_size = True
    page_size_options = PAGE_SIZES
    list_groups: ClassVar[Sequence[str]] = ()  # filters by which it can be told in groups
    list_sums: ClassVar[Sequence[str]] = ()  # columns of whole numbers that are summed in each group
    list_more_columns: ClassVar[Sequence[str]] = ()  # that one may add to `column_list`
    glance_template = "jalon/glance.html"
    views_template = "jalon/views.html"
    columns_template = "jalon/columns.html"
    filter_template = "jalon/filter.html"

    @cached_property
    def filters(self) -> dict[str, Filter]:
        """The filters of this screen by name."""
        made = [filters.make(self, said) for said in self.list_filters]
        return {each.name: each for each in made}

    def offered_filters(self) -> list[Filter]:
        """Those that tell nothing one may not read."""
        may = scope_of(session()).may
        return [
            f for f in self.filters.values() if not self.hides(f.name) and (f.permission is None or may(f.permission))
        ]

    # --- what the address says ---

    def asked(self) -> list[Asked]:
        """The filters that the address asks for, in the order of the screen."""
        return self._read_address()[0]

    def unread(self) -> list[str]:
        """What the address asks for and cannot be understood: said above the list, which is shown without it."""
        return self._read_address()[1]

    def _read_address(self) -> tuple[list[Asked], list[str]]:
        known: dict[Any, Any] = g.setdefault("jalon_list_filters", {})
        if self.endpoint not in known:
            known[self.endpoint] = self._understood(request.args)
        found: tuple[list[Asked], list[str]] = known[self.endpoint]
        return found

    def _understood(self, arguments: Mapping[str, str]) -> tuple[list[Asked], list[str]]:
        asked, unread = [], []
        offered = {PREFIX + f.name: f for f in self.offered_filters()}
        for name in [n for n in offered if arguments.get(n)]:
            try:
                asked.append(Asked(offered[name], arguments[name], offered[name].condition(arguments[name])))
            except DomainError:
                unread.append(offered[name].label)
        strange = [n for n in arguments if n.startswith(PREFIX) and n not in offered]
        return asked, unread + [name.removeprefix(PREFIX)[:40] for name in strange]

    def state(self) -> dict[str, str]:
        """What the address asks of the list, but its page."""
        chosen = self.preset()
        kept = [*KEPT, *([chosen.argument] if chosen and chosen.argument else ())]
        said = {name: request.args[name] for name in kept if request.args.get(name)}
        if chosen is None and said.get("show") != "all":  # a part that is not, or not for the reader
            said.pop("show", None)
        return said | {each.parameter: each.text for each in self.asked()}

    def list_url(self, **changes: Any) -> str:
        """The list with something else asked of it; None leaves it out. Whole, it says so: it may open otherwise."""
        values = {n: v for n, v in {**self.state(), **changes}.items() if v not in (None, "")}
        return self.get_url(".index_view", **(values or {"show": "all"}))

    def get_url(self, endpoint: str, **values: Any) -> str:
        """An address of this screen's, from wherever it is asked."""
        return str(super().get_url(f"{self.endpoint}{endpoint}" if endpoint.startswith(".") else endpoint, **values))

    def filter_url(self, each: Filter) -> str:
        """The page that asks what a filter shall hold."""
        return self.get_url(".filter_view", name=each.name, **self.state())

    def without(self, each: Asked) -> str:
        return self.list_url(**{each.parameter: None})

    def cleared_url(self) -> str:
        """The whole list, in the order it is in."""
        return self.get_url(".index_view", show="all", **{k: v for k, v in self.state().items() if k == "order"})

    def in_words(self) -> list[str]:
        """What the list is narrowed to, for paper."""
        chosen, sought = self.preset(), self.sought()
        said = [str(chosen.label)] if chosen else []
        said += [each.filter.words(each.text) for each in self.asked()]
        said += [_("search: “%(text)s”", text=sought)] if sought else []
        return [*said, _("by %(field)s", field=by.label.lower())] if (by := self.grouping()) else said

    # --- groups ---

    def offered_groups(self) -> list[Filter]:
        return [f for f in self.offered_filters() if f.name in self.list_groups and isinstance(f, GROUPS_BY)]

    def grouping(self) -> Filter | None:
        """What the address groups the list by."""
        return next((f for f in self.offered_groups() if f.name == request.args.get("group")), None)

    def sum_columns(self) -> list[tuple[str, str]]:
        """Key and name of the columns that are summed, those that one may read."""
        return [(name, str(self.get_column_name(name))) for name in self.list_sums if not self.hides(name)]

    def groups(self, search: str | None, filters: Any) -> list[Group]:
        """The groups of what the list shows."""
        by = self.grouping()
        if by is None:
            return []
        _count, query = self._ordered(None, None, search, filters)
        query._with_options = ()
        sums = [getattr(self.model, name) for name, _label in self.sum_columns()]
        return groups(self, query.order_by(None), by, sums)

    def sum_shown(self, name: str, total: int) -> str:
        """A sum as people read it; of cents, in euros."""
        if name.endswith("_cents"):
            return str(format_currency(Decimal(total) / 100, "EUR", locale=current_locale()))
        return str(format_decimal(total, locale=current_locale()))

    def group_url(self, group: Group) -> str:
        """The list of just these records."""
        by = self.grouping()
        return self.list_url(group=None, **({PREFIX + by.name: group.asked} if by else {}))

    # --- search ---

    @cached_property
    def searches_persons(self) -> bool:
        """Whether what is typed in the search may name somebody: then it stands in no address."""
        found = self.__dict__["_search_fields"] or ()
        return any("personal" in attribute.property.columns[0].info for attribute, _path in found)

    def sought(self) -> str | None:
        """What is searched for."""
        if not self._search_fields:
            return None
        typed = request.args.get("search") or ""
        if self.searches_persons:
            typed = browser.get(SEARCHES, {}).get(self._search_key(), "") if "searched" in request.args else ""
        return tidy(typed)[:LONGEST_SEARCH] or None

    def _search_key(self) -> str:
        return f"{g.jalon_slug}:{self.endpoint}"

    @expose("/search/", methods=("POST",))  # type: ignore[untyped-decorator]
    @posts_to_read("what is typed may name somebody, and then stands in no address")
    def search_view(self) -> Any:
        """Keep what is searched for with the browser, and show the list."""
        typed = tidy(request.form.get("search", ""))[:LONGEST_SEARCH]
        kept = {k: v for k, v in browser.get(SEARCHES, {}).items() if k != self._search_key()}
        browser[SEARCHES] = {**dict(list(kept.items())[-5:]), **({self._search_key(): typed} if typed else {})}
        return redirect(self.list_url(searched="1" if typed else None))

    # --- order ---

    def order(self) -> tuple[str, bool] | None:
        """The column that the address puts the list in the order of, and whether downwards."""
        asked = request.args.get("order", "")
        name = asked.removeprefix("-")
        return (name, asked.startswith("-")) if name and name in (self._sortable_columns or {}) else None

    def headings(self) -> list[Heading]:
        """The heads of the columns shown."""
        sorted_by, downwards = self.order() or (None, False)
        found = []
        for key, name in self.shown_columns():
            here = key == sorted_by
            other = f"-{key}" if here and not downwards else key
            address = self.list_url(order=other) if self.is_sortable(key) else ""
            found.append(Heading(key, name, address, ("descending" if downwards else "ascending") if here else ""))
        return found

    # --- what is kept of it ---

    def kept(self) -> tuple[SavedView | None, list[SavedView]]:
        """How one has arranged this list, and its views by name; read once a request."""
        known: dict[Any, Any] = g.setdefault("jalon_list_views", {})
        if self.endpoint not in known:
            rows = saved_views.of(session(), self.endpoint)
            known[self.endpoint] = (next((v for v in rows if not v.name), None), [v for v in rows if v.name])
        found: tuple[SavedView | None, list[SavedView]] = known[self.endpoint]
        return found

    def saved_views(self) -> list[SavedView]:
        return self.kept()[1]

    def view_url(self, view: SavedView) -> str:
        """The list as a view shows it."""
        return self.get_url(".index_view", **{**dict(parse_qsl(view.query)), "view": view.id})

    def kept_query(self) -> str:
        """What a view keeps of the address: neither what was searched for about persons nor the page."""
        return urlencode({n: v for n, v in self.state().items() if n not in ("searched", "page_size")})

    def offered_columns(self) -> dict[str, str]:
        """Name of each column that one may show, by key, in the order of the screen."""
        names = list(dict.fromkeys([*(key for key, _name in self._list_columns), *self.list_more_columns]))
        return {str(key): str(name) for key, name in self.get_column_names(names, None) if not self.hides(key)}

    def shown_columns(self) -> list[tuple[str, str]]:
        """Key and name of the columns of the list, those that one may read, as one has arranged them."""
        own = self.kept()[0]
        offered = self.offered_columns()
        chosen = [key for key in (own.columns.split(",") if own else ()) if key in offered]
        return [(key, offered[key]) for key in chosen] if chosen else list(self._list_columns)

    def rows_a_page(self) -> int:
        """As one has arranged it, else as the screen says."""
        own = self.kept()[0]
        return own.page_size if own and own.page_size else self.page_size

    @expose("/")  # type: ignore[untyped-decorator]
    def index_view(self) -> Any:
        """The list; its bare address opens it as one wants it to."""
        own, views = self.kept()
        start = next((v for v in views if own is not None and v.id == own.opens_with_id), None)
        if start is not None and not request.args:
            return redirect(self.view_url(start))
        return super().index_view()

    @expose("/views/")  # type: ignore[untyped-decorator]
    def views_view(self) -> Any:
        """Keep this view of the list, and what is done with those kept."""
        return self.views_page()

    def views_page(self, *, typed: str = "", trouble: str = "") -> Any:
        own, views = self.kept()
        opens_with = own.opens_with_id if own else None
        return self.render(
            self.views_template, views=views, opens_with=opens_with, typed=typed, trouble=trouble, part=self._is_part()
        )

    @expose("/columns/")  # type: ignore[untyped-decorator]
    def columns_view(self) -> Any:
        """Choose the columns, their order, and how many rows a page has."""
        return self.columns_page()

    def columns_page(self, *, trouble: str = "") -> Any:
        shown = [key for key, _name in self.shown_columns()]
        offered = self.offered_columns()
        order = [*shown, *(key for key in offered if key not in shown)]
        return self.render(
            self.columns_template,
            columns=[(key, offered[key], key in shown) for key in order],
            sizes=PAGE_SIZES,
            size=self.rows_a_page(),
            trouble=trouble,
            part=self._is_part(),
        )

    # --- the query ---

    def get_query(self) -> Any:
        return self._narrowed(super().get_query())

    def get_count_query(self) -> Any:
        return self._narrowed(super().get_count_query())

    def _narrowed(self, query: Any) -> Any:
        conditions = [each.condition for each in self.asked()] if request else []
        return query.filter(*conditions) if conditions else query

    def get_list(
        self,
        page: int | None,
        sort_column: Any,
        sort_desc: Any,
        search: str | None,
        filters: Any,
        execute: bool = True,
        page_size: int | None = None,
    ) -> tuple[int | None, Any]:
        """A page of the list in an order without ties. Deep pages are found by their ids first: the rows that are
        passed over are then read in the index alone, without their relations."""
        column, downwards = self.order() or (sort_column, sort_desc)
        if execute and request and self.grouping() is not None:
            return self._count(search, filters), []
        related = [joinedload(step) for step in self._shown_relations()] if request else []
        count, query = self._ordered(column, downwards, search, filters)
        key = self._key()
        ties = key.desc() if downwards or (column is None and self._ends_downwards()) else key
        query = query.order_by(ties).options(*related)
        size = self.page_size if page_size is None else page_size
        if not page or not size:
            query = query.limit(size) if size else query
            return count, (query.all() if execute else query)
        query = query.limit(size).offset(page * size)
        return count, (self._by_ids(query, key) if execute else query)

    def _ordered(self, column: Any, downwards: Any, search: str | None, filters: Any) -> tuple[int | None, Any]:
        """The count, and the query of all rows."""
        found: tuple[int | None, Any] = super().get_list(
            None, column, downwards, search, filters, execute=False, page_size=0
        )
        return found

    def _count(self, search: str | None, filters: Any) -> int | None:
        return self._ordered(None, None, search, filters)[0]

    def _by_ids(self, query: Any, key: Any) -> list[Any]:
        """The rows of a query in its order, their ids read first."""
        bare = query.options()
        bare._with_options = ()  # what loads relations has nothing to load them of
        ids = [id for (id,) in bare.with_entities(key)]
        whole = session().query(self.model).filter(key.in_(ids)).options(*query._with_options)
        rows = {getattr(row, key.key): row for row in whole}
        return [rows[id] for id in ids if id in rows]

    def _shown_relations(self) -> list[Any]:
        """Relations to one record that a column was added of: without them each row would ask for its own."""
        attributes = [
            getattr(self.model, key, None) for key, _name in self.shown_columns() if key in self.list_more_columns
        ]
        return [a for a in attributes if isinstance(getattr(a, "property", None), RelationshipProperty)]

    def _key(self) -> Any:
        column = sa.inspect(self.model).primary_key[0]
        return sa.inspect(self.model).get_property_by_column(column).class_attribute

    def _ends_downwards(self) -> bool:
        """Whether the default order ends downwards: an index serves ties in the same direction only."""
        order = list(self._get_default_order() or ())
        return bool(order and order[-1][2])

    def _get_list_extra_args(self) -> Any:
        arguments = super()._get_list_extra_args()
        arguments.search = self.sought()
        arguments.page_size = arguments.page_size or self.rows_a_page()
        shown = {name: text for name, text in self.state().items() if name not in ("search", "page_size")}
        if request.args.get("view", "").isdecimal():
            shown["view"] = request.args["view"]
        arguments.extra_args = {**arguments.extra_args, **shown}
        return arguments

    # --- pages beside the list ---

    @expose("/filter/", methods=("GET", "POST"))  # type: ignore[untyped-decorator]
    @posts_to_read("the name of a person that is looked for stands in no address")
    def filter_view(self) -> Any:
        """Ask what a filter shall hold, and show the list so; the address carries the rest of the list's state."""
        offered = {f.name: f for f in self.offered_filters()}
        chosen = offered.get(request.args.get("name", ""))
        if chosen is None:
            return self.render(self.filter_template, filter=None, offered=list(offered.values()), part=self._is_part())
        trouble = ""
        if request.method == "POST":
            try:
                return redirect(self.list_url(**{PREFIX + chosen.name: chosen.read(request.form)}))
            except DomainError as refusal:
                trouble = str(refusal)
        now = request.args.get(PREFIX + chosen.name)
        return self.render(
            self.filter_template, filter=chosen, now=chosen.typed(now), trouble=trouble, part=self._is_part()
        )

    def _is_part(self) -> bool:
        return PART in request.headers

    @expose("/glance/")  # type: ignore[untyped-decorator]
    def glance_view(self) -> Any:
        """What matters of a record, beside the list."""
        record = self.get_one(request.args.get("id"))
        facts, shown = self.glance_columns(), self.get_detail_value if self.can_view_details else self.get_list_value
        return self.render(
            self.glance_template,
            model=record,
            facts=facts,
            details_columns=facts,
            get_value=shown,
            part=self._is_part(),
        )

    def glance_columns(self) -> list[tuple[str, str]]:
        """Key and name of what the quick view shows."""
        return list(self._details_columns if self.can_view_details else self._list_columns)
