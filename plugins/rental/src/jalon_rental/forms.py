"""What the working screens of rental are asked."""

from __future__ import annotations

from wtforms import SelectMultipleField
from wtforms.validators import InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from jalon.forms import DayField, EnumField, InstantField, JalonForm, LineField
from jalon.named import Named
from jalon_fleet.models import Category
from jalon_rental.i18n import _l
from jalon_rental.licences import CATEGORIES
from jalon_rental.models import CheckMode, LicenceState

DRAFT = "jalon_rental_draft"  # in the browser's signed session: what was typed before a person was added


class FreeForm(JalonForm):
    """From when to when, and which kind."""

    starts_at = InstantField(_l("From"), [InputRequired(_l("Say from when."))])
    ends_at = InstantField(_l("Until"), [InputRequired(_l("Say until when."))])
    category = EnumField(_l("Category"), enum_class=Category, allow_blank=True, blank_text=_l("All"))


class Keep(Named):
    """How far a new booking goes at once."""

    BOOKED = "booked", _l("Booked: the vehicle is promised")
    OPTION = "option", _l("Option: the vehicle is kept for some time")
    REQUEST = "request", _l("Request: waiting list, no vehicle is promised")


class TicksField(SelectMultipleField):  # type: ignore[misc]
    """Several choices, a box for each."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class LicenceForm(JalonForm):
    """That a licence was verified; what is on it, never a copy."""

    mode = EnumField(_l("How it was verified"), enum_class=CheckMode)
    adcs_number = LineField(
        _l("Number of the certificate"),
        [Length(max=40)],
        description=_l("Of the ADCS the person downloads from the Permis à points site; no copy is kept"),
    )
    verified_on = DayField(_l("Verified on"), [InputRequired(_l("Say on which day."))])
    licence_state = EnumField(_l("State"), enum_class=LicenceState)
    categories = TicksField(_l("Valid categories"), choices=lambda: [(k, str(v)) for k, v in CATEGORIES.items()])
    obtained_on = DayField(_l("Obtained on"), description=_l("For vehicles that ask for some years of licence"))
    valid_until = DayField(_l("Valid until"), description=_l("Of the right to drive, not of the plastic card"))
