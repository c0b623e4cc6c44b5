"""What the forms about persons ask: shapes of data only."""

from __future__ import annotations

from datetime import date
from typing import Any

from wtforms import BooleanField, IntegerField, SelectField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from jalon import days, situations
from jalon.errors import DomainError
from jalon.forms import EnumField, JalonForm, VersionField
from jalon.i18n import _l
from jalon.models import (
    Agreement,
    Channel,
    Diploma,
    Employment,
    Housing,
    LegalProtection,
    Moment,
    NationalityGroup,
    OwnVehicle,
    PriorityDistrict,
    Proof,
    Purpose,
    Title,
)

IDENTITY = ("title", "usage_name", "first_name", "single_name", "birth_name", "birth_date")
CONTACT = ("phone", "no_phone", "second_phone", "email", "channel")
ADDRESS = (
    "street",
    "address_extra",
    "hamlet",
    "commune",
    "out_of_territory_reason",
    "postal_only",
    "priority_district",
    "district_code",
    "district_checked_on",
)
EMERGENCY = ("emergency_name", "emergency_phone")
SOCIAL = (
    "housing",
    "landlord",
    "legal_protection",
    "legal_contact",
    "language",
    "needs_interpreter",
    "reading_difficulty",
    "nationality_group",
)
HEALTH = ("recognised", "seen_on")
OFF = {"autocomplete": "off"}
CHOSEN = InputRequired(_l("Choose one."))
TO_CHOOSE: dict[str, Any] = {"allow_blank": True, "blank_text": _l("Choose…")}  # nothing is chosen for who looks away


class DayField(StringField):  # type: ignore[misc]
    """A day typed as people write it; what was typed stays when it is none."""

    data: Any

    def __init__(self, label: Any = None, validators: Any = None, **options: Any) -> None:
        marks = {"inputmode": "numeric", "placeholder": _l("dd/mm/yyyy"), "maxlength": 20, **OFF}
        super().__init__(label, validators or [Optional()], render_kw=marks, **options)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return days.shown(self.data) if isinstance(self.data, date) else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        if not valuelist:
            return
        self.data = None
        if valuelist[0].strip():
            try:
                self.data = days.read(valuelist[0])
            except DomainError as error:
                raise ValueError(str(error)) from None


class YesNoField(SelectField):  # type: ignore[misc]
    """Yes, no, or nobody said: three answers, and the third is not a no."""

    def __init__(self, label: Any = None, validators: Any = None, **options: Any) -> None:
        super().__init__(label, validators, coerce=str, choices=self._texts, **options)

    def _texts(self) -> list[tuple[str, str]]:
        return [("", str(_l("Not said"))), ("yes", str(_l("Yes"))), ("no", str(_l("No")))]

    def process_data(self, value: bool | None) -> None:
        self.data = "" if value is None else "yes" if value else "no"

    @property
    def value(self) -> bool | None:
        return {"yes": True, "no": False}.get(self.data)


class ManyField(SelectMultipleField):  # type: ignore[misc]
    """Several answers, a tick each."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


def line(
    label: Any, longest: int, *validators: Any, marks: dict[str, str] | None = None, **options: Any
) -> StringField:
    """A line of text, not longer than its column; browsers on shared desks do not remember it."""
    shown = {"maxlength": longest, **OFF, **(marks or {})}
    return StringField(label, [*validators, Length(max=longest)], render_kw=shown, **options)


class PersonForm(JalonForm):
    """Identity and file on one page."""

    version = VersionField()
    base = VersionField()
    title = EnumField(_l("Title"), [CHOSEN], enum_class=Title, **TO_CHOOSE)
    usage_name = line(_l("Family name (in use)"), 80, InputRequired(_l("Type the family name.")))
    first_name = line(_l("First name"), 80)
    single_name = BooleanField(_l("Single name: this person has no first name"))
    birth_name = line(_l("Birth name"), 80, description=_l("If it is another one"))
    birth_date = DayField(_l("Date of birth"), description=_l("Only the year is known? Type 01/01 and the year."))
    age_confirmed = BooleanField(_l("The age is right"))
    phone = line(_l("Telephone"), 30)
    no_phone = BooleanField(_l("No telephone"))
    second_phone = line(_l("Second telephone"), 30)
    email = line(_l("E-mail"), 254)
    channel = EnumField(_l("Prefers to be reached by"), enum_class=Channel, allow_blank=True)
    street = line(_l("Number and street"), 120)
    address_extra = line(_l("Building, floor"), 120)
    hamlet = line(_l("Hamlet"), 80)
    commune = line(
        _l("Commune"), 120, description=_l("Type its name: several share a postcode."), marks={"list": "communes"}
    )
    out_of_territory_reason = line(
        _l("Outside the territory: where, and why the platform helps"), 200, description=_l("Only if no commune fits")
    )
    postal_only = BooleanField(_l("Address for letters only (domiciliation): nobody drives there"))
    priority_district = EnumField(_l("Quartier prioritaire (QPV)"), enum_class=PriorityDistrict, allow_blank=True)
    district_code = line(_l("QPV code"), 12)
    district_checked_on = DayField(_l("Checked on"))
    emergency_name = line(_l("Whom to call in an emergency"), 120)
    emergency_phone = line(_l("Their telephone"), 30)
    housing = EnumField(_l("Housing"), enum_class=Housing, allow_blank=True)
    landlord = line(_l("Landlord"), 80, description=_l("For social housing"))
    legal_protection = EnumField(_l("Legal protection"), enum_class=LegalProtection, allow_blank=True)
    legal_contact = line(_l("Who signs beside the person"), 200)
    language = line(_l("Language"), 40)
    needs_interpreter = YesNoField(_l("Needs an interpreter"))
    reading_difficulty = YesNoField(_l("Has difficulty reading"))
    nationality_group = EnumField(
        _l("Nationality"), enum_class=NationalityGroup, allow_blank=True, description=_l("Only if a funder asks for it")
    )
    recognised = YesNoField(_l("Recognised as a disabled worker (RQTH)"))
    seen_on = DayField(_l("Paper seen on"))
    reason = line(_l("Why your structure opens this file"), 120, description=_l("For instance: sent by France Travail"))

    def without(self, *names: str) -> PersonForm:
        """The form without fields that are not this reader's, or not of this page."""
        for name in names:
            del self[name]
        return self

    def values(self, names: tuple[str, ...]) -> dict[str, Any]:
        """What is typed in those of these fields that are there."""
        return {name: value_of(self[name]) for name in names if name in self}


def value_of(field: Any) -> Any:
    """A field's value as the model keeps it: no NUL, nothing for an empty line."""
    if isinstance(field, (EnumField, YesNoField)):
        return field.value
    if isinstance(field.data, str):
        return field.data.replace("\0", "").strip() or None
    return field.data


class SituationForm(JalonForm):
    """A person's situation on a day."""

    version = VersionField()
    base = VersionField()
    moment = EnumField(_l("Moment"), enum_class=Moment)
    on_day = DayField(_l("Day"), [InputRequired(_l("Say which day."))])
    employment = EnumField(_l("Work"), enum_class=Employment, allow_blank=True)
    registered = YesNoField(_l("Registered at France Travail"))
    registered_on = DayField(_l("Registered on"))
    diploma = EnumField(_l("Highest diploma"), enum_class=Diploma, allow_blank=True)
    income_band = line(_l("Income band"), 20)
    vehicle = EnumField(_l("Vehicle"), enum_class=OwnVehicle, allow_blank=True)
    children = IntegerField(_l("Dependent children"), [Optional(), NumberRange(0, 15)])
    single_parent = YesNoField(_l("Single parent"))
    rural_area = YesNoField(_l("Lives in a rural area"))
    precarious_housing = YesNoField(_l("Precarious housing"))
    jobless_household = YesNoField(_l("Household without work"))
    resources = ManyField(_l("Resources"), choices=lambda: [(k, str(v)) for k, v in situations.RESOURCES.items()])
    licences = ManyField(_l("Licences"), choices=lambda: [(k, str(v)) for k, v in situations.LICENCES.items()])
    correction_reason = line(_l("Why it is corrected"), 200)


class ConsentForm(JalonForm):
    """What a person answers."""

    purpose = EnumField(_l("Purpose"), [CHOSEN], enum_class=Purpose, **TO_CHOOSE)
    agreement = EnumField(_l("Answer"), [CHOSEN], enum_class=Agreement, **TO_CHOOSE)
    proof = EnumField(_l("How it is known"), [CHOSEN], enum_class=Proof, **TO_CHOOSE)
