"""From a settings dataclass to the form in which it is typed."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Mapping
from datetime import date, time
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from wtforms import BooleanField, DateField, HiddenField, SelectField, StringField, TextAreaField, TimeField
from wtforms.validators import InputRequired

from jalon.errors import DomainError
from jalon.forms import EnumField, JalonForm
from jalon.i18n import _l
from jalon.opening_hours import OpeningHours, parse, say
from jalon.setting_types import SettingType, settings_in, weekdays

SPACES = str.maketrans("", "", " \u00a0\u202f")
GIVEN = (InputRequired(_l("This cannot be left empty.")),)


class TypedField(StringField):  # type: ignore[misc]
    """A text that `read` turns into a value and `write` back; what was typed stays as it was typed."""

    def __init__(
        self,
        label: Any = None,
        validators: Any = None,
        *,
        read: Callable[[str], Any],
        write: Callable[[Any], str],
        **options: Any,
    ) -> None:
        super().__init__(label, validators, **options)
        self.read, self.write = read, write

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else self.write(self.data)

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        try:
            self.data = self.read(valuelist[0].strip() if valuelist else "")
        except DomainError as error:
            raise ValueError(str(error)) from None


class SettingsForm(JalonForm):
    """The settings of one class, from when they hold, and what the person had before their eyes."""

    settings: tuple[SettingType, ...] = ()
    valid_from = DateField(
        _l("Valid from"),
        GIVEN,
        description=_l("Today, or a later day: until then nothing changes."),
    )
    shown_on = HiddenField()
    seen = HiddenField()

    def validate(self, extra_validators: Any = None) -> bool:
        fine = bool(super().validate(extra_validators))
        for kind in self.settings:
            names = names_of(kind)
            if not any(self[name].errors for name in names):
                try:
                    kind.check(self.value_of(kind))
                except DomainError as refusal:
                    fine = False
                    self[names[0]].errors = [str(refusal)]
        return fine

    def value_of(self, kind: SettingType) -> Any:
        if kind.kind is OpeningHours:
            return OpeningHours(tuple(self[name].data for name in names_of(kind)))
        field = self[kind.name]
        if isinstance(field, EnumField):
            return field.value
        if kind.kind is str:
            return (field.data or "").replace("\0", "").replace("\r\n", "\n").strip()
        return field.data

    def fields_of(self, kind: SettingType) -> list[str]:
        return names_of(kind)

    def values(self) -> dict[str, Any]:
        return {kind.name: self.value_of(kind) for kind in self.settings}

    def shows(self, settings: object) -> Iterator[tuple[str, Any]]:
        """The fields' values for an instance of the class."""
        for kind in self.settings:
            value = getattr(settings, kind.name)
            yield from zip(names_of(kind), value.days if isinstance(value, OpeningHours) else [value], strict=True)


def names_of(kind: SettingType) -> list[str]:
    """The names of a setting's fields: opening hours have one for each day."""
    return [f"{kind.name}_{day}" for day in range(7)] if kind.kind is OpeningHours else [kind.name]


def form_for(cls: type) -> type[SettingsForm]:
    """The form of a settings class."""
    return _form_for(cls)


@lru_cache(maxsize=64)
def _form_for(cls: type) -> type[SettingsForm]:
    fields = {name: field for kind in settings_in(cls) for name, field in _fields(kind).items()}
    return type(f"{cls.__name__}Form", (SettingsForm,), {"settings": tuple(settings_in(cls)), **fields})


def _fields(kind: SettingType) -> dict[str, Any]:
    if kind.kind is OpeningHours:
        return {name: _day_field(number) for number, name in enumerate(names_of(kind))}
    return {kind.name: _field(kind)}


def _day_field(number: int) -> Any:
    return TypedField(_Weekday(number), read=parse, write=lambda day: say(day) if day else "")


class _Weekday:
    """The name of a day, in the reader's language at each showing."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __str__(self) -> str:
        return weekdays()[self.number]

    __html__ = __str__


def _field(kind: SettingType) -> Any:
    label = f"{kind.label} ({kind.said.unit})" if kind.said.unit else kind.said.label
    about: dict[str, Any] = {"description": kind.said.help}
    if kind.said.choices is not None:
        choices = [(str(value), str(text)) for value, text in kind.said.choices.items()]
        return SelectField(label, choices=choices, coerce=kind.kind, **about)
    if issubclass(kind.kind, enum.Enum):
        return EnumField(label, enum_class=kind.kind, **about)
    if kind.kind in _PLAIN:
        return _PLAIN[kind.kind](label, GIVEN if kind.kind is not bool else (), **about)
    if kind.kind is str:
        return (TextAreaField if kind.said.lines > 1 else StringField)(
            label, render_kw={"rows": kind.said.lines} if kind.said.lines > 1 else {}, **about
        )
    read, write = _NUMBERS["cents" if kind.in_cents else kind.kind.__name__]
    return TypedField(label, GIVEN, read=read, write=write, render_kw={"inputmode": "decimal"}, **about)


class NotAWholeNumber(DomainError):
    """Letters, a fraction, or more figures than any setting has."""

    message = _l("Type a whole number.")


class NotANumber(DomainError):
    """Letters, or more figures than any setting has."""

    message = _l("Type a number, for instance 12,5.")


class NotAnAmount(DomainError):
    """Letters, or less than a cent."""

    message = _l("Type an amount in euros, for instance 12,50.")


def _whole(typed: str) -> int:
    plain = typed.translate(SPACES)
    if not plain.removeprefix("-").isdecimal() or len(plain) > 10:
        raise NotAWholeNumber
    return int(plain)


def _decimal(typed: str) -> Decimal:
    plain = typed.translate(SPACES).replace(",", ".")
    try:
        value = Decimal(plain)
    except InvalidOperation:
        raise NotANumber from None
    if not value.is_finite() or len(plain) > 20 or "e" in plain.lower():
        raise NotANumber
    return value


def _cents(typed: str) -> int:
    try:
        cents = _decimal(typed.removesuffix("€")) * 100
    except NotANumber:
        raise NotAnAmount from None
    if cents != cents.to_integral_value() or abs(cents) > 10**11:
        raise NotAnAmount
    return int(cents)


_PLAIN: Mapping[type, Any] = {bool: BooleanField, date: DateField, time: TimeField}
_NUMBERS: Mapping[str, tuple[Callable[[str], Any], Callable[[Any], str]]] = {
    "int": (_whole, str),
    "Decimal": (_decimal, lambda value: str(value).replace(".", ",")),
    "cents": (_cents, lambda cents: f"{cents // 100},{cents % 100:02d}"),
}


def confirmed_fields(posted: Any) -> list[tuple[str, str]]:
    """What was typed, to be sent again from the page that asks to confirm it."""
    return [(name, value) for name, value in posted.items(multi=True) if name not in ("csrf_token", "step")]


def default_day(text: str | None, otherwise: date) -> date:
    """A day of an address or a hidden field; another when it says none."""
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return otherwise
