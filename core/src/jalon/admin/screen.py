"""The base of every screen that Flask-Admin generates: thin, above the session guard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import sqlalchemy as sa
from flask import abort, flash, redirect, request
from flask_admin import expose
from flask_admin.contrib.sqla import ModelView
from flask_admin.contrib.sqla.tools import get_field_with_path
from flask_admin.helpers import get_redirect_target
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Query
from sqlalchemy.orm.exc import StaleDataError

from jalon.admin.converter import Converter
from jalon.admin.formatters import FORMATTERS
from jalon.admin.presets import Preset
from jalon.db import refusal_of
from jalon.db.current import session
from jalon.errors import DomainError
from jalon.forms import EnumField, RelationField, VersionField
from jalon.i18n import _, _l
from jalon.scope import scope_of

CAP = 10_000  # rows counted at most; a list says “more than” beyond, docs/decisions/0007
LONGEST_SEARCH = 100  # characters; each word is one condition per searched column
READING = frozenset({"index_view", "details_view", "export", "ajax_lookup"})


class StaleRecord(DomainError):
    """Somebody else saved the record between its display and this save."""

    message = _l("This record was changed meanwhile by somebody else. Reload it to see the change; nothing was saved.")


class NotSaved(DomainError):
    """The database refused for a reason nobody gave a sentence to."""

    message = _l("This could not be saved: it contradicts other records.")


class BoundedCount(Query[Any]):
    """A count that stops at CAP; Flask-Admin adds joins, search and filters, then calls `scalar`."""

    def scalar(self) -> int:
        some = self.with_entities(sa.literal(1)).order_by(None).limit(CAP + 1).subquery()
        return self.session.scalar(sa.select(sa.func.count()).select_from(some)) or 0


class AdminScreen(ModelView):  # type: ignore[misc]
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

    list_template = "jalon/list.html"
    create_template = "jalon/form.html"
    edit_template = "jalon/form.html"
    details_template = "jalon/details.html"
    model_form_converter = Converter
    column_type_formatters = FORMATTERS
    column_type_formatters_detail = FORMATTERS
    can_delete = False
    can_view_details = True
    column_display_pk = False
    page_size = 50
    cap: ClassVar[int] = CAP
    form_template_above: ClassVar[str] = ""  # included above the form of an existing record
    form_template_extra: ClassVar[str] = ""  # included below it
    panels: ClassVar[Sequence[str]] = ()  # included below it and below a record's details
    presets: ClassVar[Sequence[Preset]] = ()
    empty_advice: ClassVar[Any] = ""
    search_advice: ClassVar[Any] = ""  # what can be typed in the search
    named_filter_urls = True

    def __init__(self, db: Any) -> None:
        table = self.model.__tablename__
        short = table.removeprefix("jalon_")
        super().__init__(self.model, db, name=str(self.title), endpoint=f"jalon_admin_{short}", url=short)

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
            "delete_view": self.can_delete,
            "action_view": bool(self._actions),
            "export": self.can_export,
            "ajax_lookup": bool(self._form_ajax_refs),
            "ajax_update": bool(self.column_editable_list),
        }
        return bool(offered.get(view_name, True))

    def is_action_allowed(self, name: str) -> bool:
        return (name != "delete" or bool(self.can_delete)) and bool(super().is_action_allowed(name))

    def _run_view(self, fn: Any, *args: Any, **kwargs: Any) -> Any:
        """The base retries on any TypeError and hides where it came from."""
        return fn(self, *args, **kwargs)

    # --- reading ---

    def get_one(self, id: Any) -> Any:
        """The record of that id as the session may see it; 404 for any other, and for what is no id."""
        key = sa.inspect(self.model).primary_key[0]
        try:
            value = key.type.python_type(str(id))
        except ValueError:
            abort(404)
        if isinstance(value, int) and not -(2**31) <= value < 2**31:
            abort(404)
        attribute = sa.inspect(self.model).get_property_by_column(key).class_attribute
        found = session().scalar(sa.select(self.model).where(attribute == value))
        return found if found is not None else abort(404)

    @expose("/export/<export_type>/")  # type: ignore[untyped-decorator]
    def export(self, export_type: str) -> Any:
        """A file, written while the request lives: what is streamed outlives the scope its rows are read in."""
        answer = super().export(export_type)
        answer.make_sequence()
        return answer

    def get_details_columns(self) -> Any:
        return self.get_column_names(self.column_details_list or self.column_list, None)

    def preset(self) -> Preset | None:
        """The part of the list that the address asks for, None for all of it."""
        return next((p for p in self.presets if p.slug == request.args.get("show")), None)

    def get_query(self) -> Any:
        return self._within_preset(super().get_query())

    def get_count_query(self) -> Any:
        return self._within_preset(BoundedCount([sa.func.count("*")], session=session()).select_from(self.model))

    def _within_preset(self, query: Any) -> Any:
        chosen = self.preset()
        return query if chosen is None else query.filter(chosen.where(session()))

    def init_search(self) -> bool:
        """Search mapped attributes: the base takes bare columns, which the session guard refuses."""
        found = [get_field_with_path(self.model, name) for name in self.column_searchable_list or ()]
        self._search_fields = found
        return bool(found)

    def _get_list_extra_args(self) -> Any:
        """What the address asks of the list, clamped; of other names only the preset's is kept in its links."""
        arguments = super()._get_list_extra_args()
        chosen = self.preset()
        arguments.extra_args = {} if chosen is None else {"show": chosen.slug}
        arguments.search = (arguments.search or "").replace("\0", "").strip()[:LONGEST_SEARCH] or None
        last = CAP // (self.get_safe_page_size(arguments.page_size) or self.page_size)
        arguments.page = min(max(arguments.page, 0), last)
        if arguments.sort is not None and not 0 <= arguments.sort < len(self._list_columns):
            arguments.sort = None
        return arguments

    # --- writing ---

    @expose("/new/", methods=("GET", "POST"))  # type: ignore[untyped-decorator]
    def create_view(self) -> Any:
        """The empty form, and what becomes of it: saved in our words, where Flask-Admin's own are poor French."""
        back, form = self._back(), self.create_form()
        if self.validate_form(form) and (made := self.create_model(form)):
            flash(_("It is saved."), "success")
            again = "_add_another" in request.form
            target = self.get_url(".create_view", url=back) if again else self._address_of(made, back)
            return redirect(target)
        return self.render(self.create_template, form=form, return_url=back)

    @expose("/edit/", methods=("GET", "POST"))  # type: ignore[untyped-decorator]
    def edit_view(self) -> Any:
        """A record's form, and what becomes of it."""
        back, record = self._back(), self.get_one(request.args.get("id"))
        form = self.edit_form(obj=record)
        if self.validate_form(form) and self.update_model(form, record):
            flash(_("The change is saved."), "success")
            return redirect(self._address_of(record, back))
        return self.render(self.edit_template, model=record, form=form, return_url=back)

    def _back(self) -> str:
        """Where somebody came from: the list as they left it."""
        return str(get_redirect_target() or self.get_url(".index_view"))

    def _address_of(self, record: Any, back: str) -> str:
        return str(self.get_url(".edit_view", id=self.get_pk_value(record), url=back))

    def create_form(self, obj: Any = None) -> Any:
        """An empty form; a link may propose values for its fields."""
        proposed = request.method == "GET" and set(request.args) & set(self._create_form_class()._fields)
        return self._create_form_class(request.args) if proposed else super().create_form(obj)

    def edit_form(self, obj: Any = None) -> Any:
        form = super().edit_form(obj)
        if hasattr(form, "version") and request.method == "GET":
            form.version.data = str(obj.version)
        return form

    def scaffold_form(self) -> Any:
        form_class = super().scaffold_form()
        if hasattr(self.model, "version"):
            form_class.version = VersionField()
        return form_class

    def add(self, values: dict[str, Any]) -> Any:
        """Create a record from typed values; a subclass calls its rule. Flushes, never commits."""
        record = self.model(**values)
        session().add(record)
        session().flush()
        return record

    def change(self, record: Any, values: dict[str, Any]) -> None:
        """Change a record to these values; a subclass calls its rule. Flushes, never commits."""
        for name, value in values.items():
            setattr(record, name, value)
        session().flush()

    def create_model(self, form: Any) -> Any:
        return self._saved(form, lambda: self.add(typed_values(form)))

    def update_model(self, form: Any, model: Any) -> bool:
        def save() -> bool:
            shown = getattr(getattr(form, "version", None), "data", None)
            if shown is not None and shown != str(model.version):
                raise StaleRecord
            self.change(model, typed_values(form))
            return True

        return bool(self._saved(form, save))

    def _saved(self, form: Any, save: Any) -> Any:
        """Run a save and commit; a refusal goes to its field and keeps what was typed."""
        try:
            result = save()
            session().commit()
            return result
        except DomainError as refusal:
            self._refuse(form, refusal)
        except StaleDataError:
            self._refuse(form, StaleRecord())
        except IntegrityError as error:
            self._refuse(form, refusal_of(error) or NotSaved())
        return False

    def _refuse(self, form: Any, refusal: DomainError) -> None:
        session().rollback()
        for choice in form._fields.values():
            if isinstance(choice, RelationField):
                choice.forget_rows()
        field = form._fields.get(refusal.field) if refusal.field else None
        if field is None:
            form.form_errors = [*form.form_errors, str(refusal)]
        else:
            field.errors = [*field.errors, str(refusal)]

    def beside(self, record: Any) -> dict[str, Any]:
        """What the templates of `panels` show of a record, by name."""
        return {}

    def render(self, template: str, **kwargs: Any) -> Any:
        """A page rendered in answer to a POST is a refused form: 422, with what was typed."""
        may_write = scope_of(session()).may(self.write_permission)
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


def typed_values(form: Any) -> dict[str, Any]:
    """What a valid form holds, by field name: enums as enums, relations as rows."""
    return {
        name: field.value if isinstance(field, EnumField) else _storable(field.data)
        for name, field in form._fields.items()
        if not isinstance(field, VersionField)
    }


def _storable(value: Any) -> Any:
    """PostgreSQL stores no NUL in a text, and nobody types one on purpose."""
    return value.replace("\0", "") if isinstance(value, str) else value
