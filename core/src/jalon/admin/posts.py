"""What is asked when a prescripteur changes posts."""

from __future__ import annotations

from wtforms import StringField
from wtforms.validators import InputRequired, Length

from jalon.choices import OrganisationField
from jalon.forms import DayField, JalonForm
from jalon.i18n import _l


class MoveForm(JalonForm):
    """Where to, as what, since when."""

    organisation = OrganisationField(
        _l("Organisation"), [InputRequired(_l("Say for which organisation."))], description=_l("Type its name")
    )
    job_title = StringField(_l("Job"), [Length(max=80)])
    since = DayField(_l("There since"), [InputRequired(_l("Say since when."))])


class LeaveForm(JalonForm):
    """The last day."""

    left_on = DayField(_l("Last day"), [InputRequired(_l("Say which day was the last."))])
