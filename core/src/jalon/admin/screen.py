"""The base of every screen that Flask-Admin generates: thin, above the session guard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from flask import request, url_for

from jalon import history
from jalon.admin import confidential, past
from jalon.admin.converter import Converter
from jalon.admin.formatters import FORMATTERS
from jalon.admin.records import Records
from jalon.db.current import session
from jalon.scope import scope_of

READING = frozenset(
    {
        *("index_view", "details_view", "history_view", "export", "ajax_lookup"),
        *("filter_view", "search_view", "glance_view", "views_view", "columns_view", "neighbour_view"),
    }
)


class AdminScreen(Records):
    """A table's list, form and details, gated and confined.

    A subclass names its `model`, `module`, `read_permission` and `write_permission`, and overrides `add`
    and `change` to call its rules.
    """

    model: ClassVar[Any]
    module: ClassVar[str] = "core"
    read_permission: ClassVar[str]
    write_permission: ClassVar[str]
    title: ClassVar[Any] = ""
    record_title: ClassVar[Any] = ""
    new_title: ClassVar[Any] = ""  # what the page that makes one calls it, where that is not `record_title`

    list_template = "jalon/list.html"
    create_template = "jalon/form.html"
    edit_template = "jalon/form.html"
    details_template = "jalon/details.html"
    history_template = "jalon/record_history.html"
    model_form_converter = Converter
    column_type_formatters = FORMATTERS
    column_type_formatters_detail = FORMATTERS
    can_delete = False
    can_view_details = True
    column_display_pk = False
    form_template_above: ClassVar[str] = ""  # included above the form of an existing record
    form_template_extra: ClassVar[str] = ""  # included below it
    record_template_acts: ClassVar[str] = ""  # included among the buttons beside a record's name
    list_template_above: ClassVar[str] = ""  # included above the list
    list_template_acts: ClassVar[str] = ""  # included in place of its button to add
    panels: ClassVar[Sequence[str]] = ()  # included below it and below a record's details
    empty_advice: ClassVar[Any] = ""
    search_advice: ClassVar[Any] = ""  # what can be typed in the search
    named_filter_urls = True

    def __init__(self, db: Any) -> None:
        table = self.model.__tablename__
        short = table.removeprefix("jalon_")
        super().__init__(self.model, db, name=str(self.title), endpoint=f"jalon_admin_{short}", url=short)
        history.register(type(self))

    # --- the gate asks ---

    def permission_for(self, view_name: str) -> str:
        """The right that a generated page needs."""
        return self.read_permission if view_name in READING else self.write_permission

    def offers(self, view_name: str) -> bool:
        """Whether this screen has that page at all; Flask-Admin registers the routes of all of them."""
        offered = {
            "index_view": True,
            "create_view": self.can_create,
            "edit_view": self.can_edit,
            "details_view": self.can_view_details,
            "neighbour_view": self.can_edit or self.can_view_details,
            "delete_view": self.can_delete,
            "action_view": bool(self._actions),
            "export": self.can_export,
            "ajax_lookup": bool(self._form_ajax_refs),
            "ajax_update": bool(self.column_editable_list),
            "filter_view": bool(self.list_filters),
            "search_view": bool(self._search_fields),
            **dict.fromkeys(("bulk_view", "bulk_changes_view", "bulk_undo_view"), self.has_bulk()),
        }
        return bool(offered.get(view_name, True))

    def is_action_allowed(self, name: str) -> bool:
        return (name != "delete" or bool(self.can_delete)) and bool(super().is_action_allowed(name))

    def _run_view(self, fn: Any, *args: Any, **kwargs: Any) -> Any:
        """The base retries on any TypeError and hides where it came from."""
        return fn(self, *args, **kwargs)

    # --- the page ---

    def record_url(self, id: int, *, may_edit: bool) -> str:
        """Where a record of this screen is read, or changed by whoever may."""
        return url_for(f"{self.endpoint}.{'edit_view' if may_edit else 'details_view'}", id=id)

    def beside(self, record: Any) -> dict[str, Any]:
        """What the templates of `panels` show of a record, by name."""
        return {}

    def render(self, template: str, **kwargs: Any) -> Any:
        """A page rendered in answer to a POST is a refused form: 422, with what was typed."""
        may_write = scope_of(session()).may(self.write_permission)
        if template in (self.edit_template, self.details_template) and kwargs.get("model") is not None:
            kwargs["past"] = past.recent(self, kwargs["model"])
        if template == self.list_template:
            kwargs["list_columns"] = self.shown_columns()
            kwargs["groups"] = self.groups(kwargs.get("search"), kwargs.get("active_filters"))
        confidential.note_page(self, kwargs)
        if kwargs.get("model") is not None:
            kwargs = {**self.beside(kwargs["model"]), **kwargs}
        body = super().render(
            template, may_create=self.can_create and may_write, may_edit=self.can_edit and may_write, **kwargs
        )
        return (body, 422) if request.method == "POST" else body

    def create_blueprint(self, admin: Any) -> Any:
        from jalon.pages import give_error_pages

        blueprint = super().create_blueprint(admin)
        blueprint.template_folder = None  # Flask-Admin's admin/*.html would shadow a host's
        give_error_pages(blueprint)
        return blueprint
