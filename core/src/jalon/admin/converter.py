"""From a model's columns to form fields, mending what Flask-Admin's own converter gets wrong."""

from __future__ import annotations

from typing import Any

from flask_admin.contrib.sqla.form import AdminModelConverter
from flask_admin.model.form import converts

from jalon.admin.relations import LookupField, LookupManyField, RelationsField
from jalon.db.current import session
from jalon.forms import DayField, EnumField, InstantField, LineField, ParagraphField, RelationField
from jalon.i18n import _l


class Converter(AdminModelConverter):  # type: ignore[misc]
    """The method names are the base's: converters are found by name, and another name would lose."""

    @converts("String")  # type: ignore[untyped-decorator]
    def conv_String(self, column: Any, field_args: dict[str, Any], **extra: Any) -> LineField:
        self._string_common(column=column, field_args=field_args, **extra)
        return LineField(**field_args)

    @converts("Text")  # type: ignore[untyped-decorator]
    def conv_Text(self, field_args: dict[str, Any], **extra: Any) -> ParagraphField:
        self._string_common(field_args=field_args, **extra)
        return ParagraphField(**field_args)

    @converts("Date")  # type: ignore[untyped-decorator]
    def convert_date(self, field_args: dict[str, Any], **extra: Any) -> DayField:
        return DayField(**field_args)

    @converts("DateTime", "jalon.db.types.UtcDateTime", "UtcDateTime")  # type: ignore[untyped-decorator]
    def convert_datetime(self, field_args: dict[str, Any], **extra: Any) -> InstantField:
        return InstantField(**field_args)

    @converts("sqlalchemy.sql.sqltypes.Enum")  # type: ignore[untyped-decorator]
    def convert_enum(self, column: Any, field_args: dict[str, Any], **extra: Any) -> EnumField[Any]:
        return EnumField(enum_class=column.type.enum_class, allow_blank=column.nullable, **field_args)

    def _model_select_field(self, prop: Any, multiple: Any, remote_model: type[Any], **kwargs: Any) -> Any:
        if loader := getattr(self.view, "_form_ajax_refs", {}).get(prop.key):
            return LookupManyField(loader, **kwargs) if multiple else LookupField(loader, **kwargs)
        kwargs.setdefault("query_factory", lambda: session().query(remote_model))
        if multiple:
            return RelationsField(**kwargs)
        kwargs.setdefault("blank_text", "—" if kwargs.get("allow_blank") else _l("Choose…"))
        return RelationField(**{**kwargs, "allow_blank": True})  # else the first row is chosen for whoever looks away
