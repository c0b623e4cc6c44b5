"""The directory of prescripteurs."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import request
from markupsafe import Markup
from sqlalchemy.orm import selectinload
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from jalon import referrers
from jalon.admin.organisations import shown_phone, with_shown_phone
from jalon.admin.posts import MoveForm
from jalon.admin.presets import Preset
from jalon.admin.screen import AdminScreen
from jalon.choices import OrganisationField
from jalon.clock import today
from jalon.db.current import session
from jalon.forms import DayField
from jalon.i18n import _l
from jalon.models import Referrer, ReferrerPost
from jalon.referrers import ReferrerState
from jalon.scope import scope_of

TONES = {ReferrerState.ACTIVE: "ok", ReferrerState.DORMANT: "warn", ReferrerState.GONE: ""}
FIRST_POST = ("organisation", "job_title", "since")


def _day() -> date:
    return today(scope_of(session()).zone)


def state_pill(view: Any, context: Any, row: Referrer, name: str) -> Markup:
    """Active, dormant or gone, in colour."""
    state = referrers.state(row, _day())
    return Markup('<span class="pill {}">{}</span>').format(TONES[state], ReferrerState.labels()[state])


def where_now(view: Any, context: Any, row: Referrer, name: str) -> str:
    held = referrers.post(row, _day())
    return str(held.organisation) if held else ""


def as_what(view: Any, context: Any, row: Referrer, name: str) -> str:
    held = referrers.post(row, _day())
    return (held.job_title or "") if held else ""


def _in(state: ReferrerState) -> Preset:
    return Preset(
        state.value,
        ReferrerState.labels()[state],
        lambda session: referrers.in_state(state, today(scope_of(session).zone)),
    )


class ReferrerScreen(AdminScreen):
    """List, creation and correction of prescripteurs; where they work is changed in the panel below."""

    model = Referrer
    read_permission = "jalon.organisations.read"
    write_permission = "jalon.organisations.write"
    title = _l("Prescripteurs")
    record_title = _l("Prescripteur")
    column_list = ("last_name", "organisation", "job_title", "phone", "email", "state")
    column_details_list = ("organisation", "job_title", "state", "phone", "email", "authorised", "charter_signed_on")
    column_labels = {
        "last_name": _l("Name"),
        "first_name": _l("First name"),
        "organisation": _l("Organisation"),
        "job_title": _l("Job"),
        "phone": _l("Phone"),
        "email": _l("E-mail"),
        "state": _l("State"),
        "authorised": _l("May refer people"),
        "charter_signed_on": _l("Charter signed on"),
    }
    column_sortable_list = (("last_name", "folded"), "email")
    column_default_sort = [("folded", False), ("id", False)]
    column_searchable_list = ("last_name", "first_name", "email", "folded")
    search_advice = _l("Name or e-mail")
    list_filters = ("authorised", "charter_signed_on")
    few_rows = "some hundreds of people refer to a platform"
    presets = tuple(map(_in, ReferrerState))
    column_formatters = {
        "last_name": lambda view, context, row, name: str(row),
        "organisation": where_now,
        "job_title": as_what,
        "phone": shown_phone,
        "state": state_pill,
    }
    column_formatters_detail = column_formatters
    form_columns = (
        "last_name",
        "first_name",
        *FIRST_POST,
        "phone",
        "email",
        "charter_signed_on",
        "authorised",
    )
    form_sections = (
        (_l("Who"), ("last_name", "first_name", "phone", "email")),
        (_l("Where the person works"), FIRST_POST),
        (_l("Referrals"), ("authorised", "charter_signed_on")),
    )
    not_copied = ("last_name", "first_name", "email", "charter_signed_on")
    form_extra_fields = {
        "organisation": OrganisationField(
            _l("Organisation"), [InputRequired(_l("Say for which organisation."))], description=_l("Type its name")
        ),
        "phone": StringField(_l("Phone"), [Length(max=40)]),
        "job_title": StringField(_l("Job"), [Length(max=80)]),
        "since": DayField(_l("There since"), [InputRequired(_l("Say since when."))]),
    }
    form_args = {
        "last_name": {"label": _l("Last name")},
        "charter_signed_on": {"description": _l("Empty as long as it is not signed")},
        "authorised": {"description": _l("Untick to keep the person in the directory without taking referrals")},
    }
    panels = ("jalon/referrer_posts.html",)
    empty_advice = _l("Add the first person who refers people to you.")

    def get_query(self) -> Any:
        return super().get_query().options(selectinload(Referrer.posts).joinedload(ReferrerPost.organisation))

    def create_form(self, obj: Any = None) -> Any:
        form = super().create_form(obj)
        if request.method == "GET" and form.since.data is None and not form.since.raw_data:
            form.since.data = _day()
        return form

    def edit_form(self, obj: Any = None) -> Any:
        form = super().edit_form(obj)
        for name in FIRST_POST:
            del form[name]
        return with_shown_phone(form, obj)

    def beside(self, record: Referrer) -> dict[str, Any]:
        """Where somebody worked when, and the form of a move."""
        return {"day": _day(), "move": MoveForm(since=_day()), "gone": record.left_on}

    def add(self, values: dict[str, Any]) -> Referrer:
        return referrers.add(session(), **values)

    def change(self, record: Referrer, values: dict[str, Any]) -> None:
        referrers.change(session(), record, **values)
