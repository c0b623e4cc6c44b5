"""What the working screens of rental are asked."""

from __future__ import annotations

from wtforms.validators import InputRequired

from jalon.forms import EnumField, InstantField, JalonForm
from jalon_fleet.models import Category
from jalon_rental.i18n import _l


class FreeForm(JalonForm):
    """From when to when, and which kind."""

    starts_at = InstantField(_l("From"), [InputRequired(_l("Say from when."))])
    ends_at = InstantField(_l("Until"), [InputRequired(_l("Say until when."))])
    category = EnumField(_l("Category"), enum_class=Category, allow_blank=True, blank_text=_l("All"))
