"""Form fields every module needs: French messages, times in the structure's zone, enums, strict choices."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from flask_admin.contrib.sqla.fields import QuerySelectField
from wtforms import DateField, Form, HiddenField, SelectField, StringField, TextAreaField
from wtforms.fields import DateTimeLocalField
from wtforms.validators import ValidationError

from jalon import localtime
from jalon.db.current import session
from jalon.errors import DomainError
from jalon.i18n import _
from jalon.scope import PARIS, current_scope
from jalon.texts import tidy

E = TypeVar("E", bound=enum.Enum)
LOCAL_FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]


class JalonForm(Form):  # type: ignore[misc]
    """A form whose own messages are French."""

    class Meta:
        locales = ("fr",)


def refuse(form: Any, refusal: DomainError) -> None:
    """Say what a rule refused: at its field when the form has it, above the form otherwise."""
    field = form._fields.get(refusal.field or "")
    if field is None:
        form.form_errors = [*form.form_errors, str(refusal)]
    else:
        field.errors = [*field.errors, str(refusal)]


class _Tidy:
    """What was typed without what nobody sees, before any validator looks at it: blanks are nothing typed."""

    raw_data: list[str] | None

    def process_formdata(self, valuelist: list[str]) -> None:
        self.raw_data = [tidy(value) for value in valuelist]
        super().process_formdata(self.raw_data)  # type: ignore[misc]


class LineField(_Tidy, StringField):  # type: ignore[misc]
    """A line of text."""


class ParagraphField(_Tidy, TextAreaField):  # type: ignore[misc]
    """Some lines of text."""


class DayField(DateField):  # type: ignore[misc]
    """A day; a year of two digits is an error, for nobody means the first century."""

    data: date | None
    raw_data: list[str] | None

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = valuelist[0].strip() if valuelist else ""
        if not typed:  # a browser sends an empty day, which is nothing typed
            self.data, self.raw_data = None, []
            return
        super().process_formdata([typed])
        if self.data is not None and not 1900 <= self.data.year <= 2999:
            self.data = None
            raise ValueError(_("The year must have four digits."))


class DegreesField(StringField):  # type: ignore[misc]
    """A latitude or a longitude, with a comma or a point as people copy it; None when nothing was typed."""

    raw_data: list[str] | None

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = valuelist[0].strip().replace(",", ".") if valuelist else ""
        self.data = None
        if not typed:
            return
        try:
            self.data = float(typed)
        except ValueError:
            raise ValueError(_("This is not a number of degrees.")) from None

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else f"{self.data:.6f}".rstrip("0").rstrip(".")


class InstantField(DateTimeLocalField):  # type: ignore[misc]
    """A wall clock time in the structure's zone; its data is an instant in UTC."""

    data: datetime | None
    raw_data: list[str] | None

    def __init__(self, label: Any = None, validators: Any = None, **options: Any) -> None:
        options.setdefault("format", LOCAL_FORMATS)
        super().__init__(label, validators, **options)

    def process_data(self, value: datetime | None) -> None:
        self.data = value

    def _value(self) -> str:
        if self.raw_data:
            return " ".join(self.raw_data)
        return localtime.to_local(self.data, _zone()).strftime("%Y-%m-%dT%H:%M") if self.data else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        if not valuelist or not valuelist[0].strip():
            self.data, self.raw_data = None, []  # blanks are nothing typed, for InputRequired too
            return
        try:
            super().process_formdata(valuelist)
        except ValueError:
            self.data = None
            raise ValueError(_("This is not a date and time.")) from None
        if self.data is not None and not 1900 <= self.data.year <= 2999:
            self.data = None
            raise ValueError(_("The year must have four digits."))
        shown = localtime.to_local(self.object_data, _zone()) if self.object_data else None
        if shown and shown.replace(second=0, microsecond=0) == self.data:
            self.data = self.object_data  # untouched: its seconds, and its place in the repeated hour, stay
            return
        try:
            self.data = localtime.to_instant(self.data, _zone()) if self.data else None
        except DomainError as error:
            self.data = None
            raise ValueError(str(error)) from None


def _zone() -> Any:
    scope = current_scope(session())
    return scope.zone if scope else PARIS


class EnumField(SelectField, Generic[E]):  # type: ignore[misc]
    """A choice among an enum's members; `labels` maps each to its text."""

    def __init__(
        self,
        label: Any = None,
        validators: Any = None,
        *,
        enum_class: type[E],
        labels: Any = None,
        allow_blank: bool = False,
        blank_text: Any = "—",
        **options: Any,
    ) -> None:
        self.enum_class = enum_class
        self.blank_text = blank_text
        self.labels = labels or getattr(enum_class, "labels", dict)()
        self.allow_blank = allow_blank
        super().__init__(label, validators, coerce=str, choices=self._texts, **options)

    def _texts(self) -> Sequence[tuple[str, str]]:
        blank = [("", str(self.blank_text))] if self.allow_blank else []
        return [*blank, *((member.name, str(self.labels.get(member, member.name))) for member in self.enum_class)]

    def process_data(self, value: Any) -> None:
        self.data = getattr(value, "name", value) or ""

    def populate_obj(self, obj: Any, name: str) -> None:
        setattr(obj, name, self.value)

    @property
    def value(self) -> E | None:
        return self.enum_class[self.data] if self.data else None


class RelationField(QuerySelectField):  # type: ignore[misc]
    """A choice among the rows the session may see; anything else posted is an error, never silently dropped."""

    def pre_validate(self, form: Any) -> None:
        posted = self.raw_data[0] if self.raw_data else ""
        if posted in ("", "__None"):
            if self.flags.required:
                raise ValidationError(_("Choose one."))
            return
        if posted not in {key for key, _row in self._get_object_list()}:
            raise ValidationError(_("This choice does not exist, or no longer."))

    def forget_rows(self) -> None:
        """After a rollback the rows are stale: read them again at once, not one by one."""
        self._object_list = None


class VersionField(HiddenField):  # type: ignore[misc]
    """The version of the record that was shown, so that nobody overwrites another's change."""

    def populate_obj(self, obj: Any, name: str) -> None:
        """The mapper counts versions; the form only compares."""


class OpenedField(VersionField):
    """What the form showed when it was opened, so that it is known which of two changed a field."""
