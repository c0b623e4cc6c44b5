"""Fields that not everybody may read: what a screen leaves out for whoever lacks their right."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, TypeVar

from flask import current_app, request

from jalon.app_of import mount
from jalon.db.current import session
from jalon.errors import DomainError
from jalon.i18n import _l
from jalon.scope import current_scope

T = TypeVar("T")


class HiddenFieldSent(DomainError):
    """A form came back with a field that was not in it."""

    message = _l("What was sent holds a field that you may not fill in: nothing was saved.")


class AboutHiddenField(DomainError):
    """A rule refuses because of a field that one may not read; its sentence would tell what is in it."""

    message = _l("This could not be saved, for a reason that your rights do not let you see.")


def field_permission(model: type[Any], field: str) -> str | None:
    """The right that reading a field of a model needs, as the mounted screen of that model says."""
    screens = mount(current_app).screens.values()
    return next(
        (s.field_permissions[field] for s in screens if s.model is model and field in s.field_permissions), None
    )


def _kept(attribute: str, of: Callable[[Any, Any], Any]) -> Any:
    """A property over what Flask-Admin computes once, that gives each request its part."""

    def read(self: Any) -> Any:
        whole = self.__dict__[attribute]
        return whole if not whole or not self.hidden_fields() else of(self, whole)

    def write(self: Any, whole: Any) -> None:
        self.__dict__[attribute] = whole

    return property(read, write)


def _columns(self: Any, whole: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [column for column in whole if not self.hides(column[0])]


def _by_name(self: Any, whole: Mapping[str, T]) -> dict[str, T]:
    return {name: value for name, value in whole.items() if not self.hides(name)}


class FieldRights:
    """Mixed into a screen: `field_permissions` says which right each of these fields needs.

    Flask-Admin keeps columns, filters and searched fields from its start; here they are read anew for each
    request, without what the session may not read.
    """

    field_permissions: ClassVar[Mapping[str, str]] = {}

    _filter_joins: dict[Any, Any]

    _list_columns = _kept("_list_columns", _columns)
    _details_columns = _kept("_details_columns", _columns)
    _export_columns = _kept("_export_columns", _columns)
    _sortable_columns = _kept("_sortable_columns", _by_name)
    _search_fields = _kept("_search_fields", lambda self, whole: [f for f in whole if not self.hides(_named(f))])
    _filter_args = _kept(
        "_filter_args", lambda self, whole: {k: v for k, v in whole.items() if not self.hides_filter(v[1])}
    )
    _filter_groups = _kept(
        "_filter_groups",
        lambda self, whole: {
            name: group
            for name, group in whole.items()
            if not any(self.hides_filter(self._filters[item["index"]]) for item in group)
        },
    )

    def hidden_fields(self) -> frozenset[str]:
        """Names of the fields that must not appear in this request; none outside of one, while screens are made."""
        scope = current_scope(session()) if request else None
        return frozenset(n for n, right in self.field_permissions.items() if scope and not scope.may(right))

    def hides(self, name: str) -> bool:
        """Whether a column, or a path that begins with it, is hidden."""
        return str(name).partition(".")[0] in self.hidden_fields()

    def hides_filter(self, chosen: Any) -> bool:
        """Whether a filter reads a hidden field, or reaches its own by a hidden relation."""
        column = getattr(chosen, "column", None)
        joins = self._filter_joins
        path = joins.get(getattr(chosen, "key_name", None)) or joins.get(column) or [column]
        return self.hides(getattr(path[0], "key", ""))

    def _get_default_order(self) -> Any:
        """What is hidden puts nothing in order."""
        return (o for o in super()._get_default_order() if not self.hides(o[0].key))  # type: ignore[misc]

    def create_form(self, obj: Any = None) -> Any:
        return self._stripped(super().create_form(obj))  # type: ignore[misc]

    def edit_form(self, obj: Any = None) -> Any:
        return self._stripped(super().edit_form(obj))  # type: ignore[misc]

    def list_form(self, obj: Any = None) -> Any:
        return self._stripped(super().list_form(obj))  # type: ignore[misc]

    def validate_form(self, form: Any) -> bool:
        return bool(super().validate_form(form)) and not form.form_errors  # type: ignore[misc]

    def _stripped(self, form: Any) -> Any:
        """The form without its hidden fields; one that was sent all the same refuses the whole."""
        form.left_out = self.hidden_fields() & set(form._fields)
        if form.left_out & set(request.form):
            form.form_errors = [*form.form_errors, str(HiddenFieldSent())]
        for name in form.left_out:
            del form[name]
        return form


def _named(searched: Any) -> str:
    """The first step of a searched attribute: its own name, or the relation it is reached by."""
    attribute, path = searched
    return str(getattr(path[0], "key", "")) if path else str(attribute.key)
