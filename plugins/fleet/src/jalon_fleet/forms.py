"""What a vehicle's page asks beside its form."""

from __future__ import annotations

from wtforms.validators import InputRequired

from jalon.forms import DayField, EnumField, JalonForm
from jalon_fleet.i18n import _l
from jalon_fleet.models import PaperKind


class PaperForm(JalonForm):
    """An inspection or an insurance somebody saw."""

    kind = EnumField(_l("Paper"), enum_class=PaperKind)
    valid_until = DayField(_l("Valid until"), [InputRequired(_l("Say until which day it is valid."))])
    seen_on = DayField(_l("Seen on"), description=_l("Today, when left empty"))
