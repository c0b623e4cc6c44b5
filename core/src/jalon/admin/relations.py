"""Choices among many rows: several at once, or looked up while typing; never another structure's."""

from __future__ import annotations

from typing import Any

from flask_admin.contrib.sqla.ajax import QueryAjaxModelLoader
from flask_admin.contrib.sqla.fields import QuerySelectMultipleField
from flask_admin.contrib.sqla.tools import get_primary_key
from flask_admin.model.fields import AjaxSelectField, AjaxSelectMultipleField
from wtforms.validators import ValidationError

from jalon.admin.keys import row_of
from jalon.i18n import _
from jalon.texts import tidy

LONGEST_TERM = 100  # characters
MOST_OFFERED = 50  # rows in one answer
LAST_OFFERED = 10_000  # rows into the list; whoever looks further has not typed enough


class Lookup(QueryAjaxModelLoader):  # type: ignore[misc]
    """Answers a lookup; `options` as Flask-Admin's `form_ajax_refs`, `fields` at least."""

    def __init__(self, name: str, db: Any, model: type[Any], relation: str, options: dict[str, Any]) -> None:
        super().__init__(name, db, getattr(model, relation).prop.mapper.class_, **options)
        self.pk = get_primary_key(self.model)

    def get_one(self, pk: Any) -> Any:
        return row_of(self.model, pk)

    def get_list(self, term: str | None, offset: int | None = 0, limit: int | None = 10) -> Any:
        first = min(max(offset or 0, 0), LAST_OFFERED)
        return super().get_list(tidy(term or "")[:LONGEST_TERM], first, min(max(limit or 1, 1), MOST_OFFERED))


class _Strict:
    """What was posted and cannot be chosen is an error, where Flask-Admin drops it without a word."""

    raw_data: list[str] | None
    data: Any
    flags: Any
    _invalid_formdata = False

    def pre_validate(self, form: Any) -> None:
        posted = {value for value in self.raw_data or () if value not in ("", "__None")}
        chosen = self.data  # reading it looks the rows up
        if posted and (self._invalid_formdata or not chosen):
            raise ValidationError(_("This choice does not exist, or no longer."))
        if not chosen and self.flags.required:
            raise ValidationError(_("Choose one."))


class LookupField(_Strict, AjaxSelectField):  # type: ignore[misc]
    """One row, looked up."""


class LookupManyField(_Strict, AjaxSelectMultipleField):  # type: ignore[misc]
    """Several rows, looked up."""


class RelationsField(_Strict, QuerySelectMultipleField):  # type: ignore[misc]
    """Several rows of those the session may see."""

    def forget_rows(self) -> None:
        """After a rollback the rows are stale: read them again at once, not one by one."""
        self._object_list = None
