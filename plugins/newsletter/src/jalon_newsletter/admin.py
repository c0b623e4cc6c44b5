"""The generated screens: subscribers with their proofs, and issues."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from jalon.admin import AdminScreen, Preset
from jalon.db.current import session
from jalon.forms import DayField, EnumField
from jalon_newsletter import issues, subscribers
from jalon_newsletter.i18n import _l
from jalon_newsletter.models import STATED, Fact, Issue, IssueState, State, Subscriber, Way

PILL = Markup('<span class="pill {}">{}</span>')
TONES = {
    State.WAITING: "warn",
    State.SUBSCRIBED: "ok",
    State.STOPPED: "bad",
    IssueState.DRAFT: "warn",
    IssueState.SENDING: "info",
    IssueState.SENT: "ok",
    IssueState.STOPPED: "bad",
}


def state_pill(view: Any, context: Any, row: Any, name: str) -> Markup:
    """In colour, and in words."""
    return PILL.format(TONES.get(row.state, ""), type(row.state).labels()[row.state])


class StatedField(EnumField[Way]):
    """The ways that somebody of ours may state."""

    def _texts(self) -> Any:
        return [("", "—"), *((way.name, str(Way.labels()[way])) for way in STATED)]


class SubscriberScreen(AdminScreen):
    """Addresses; one is entered with the way in which its reader agreed, and never corrected into another one."""

    model = Subscriber
    module = "newsletter"
    read_permission = "newsletter.read"
    write_permission = "newsletter.write"
    title = _l("Subscribers")
    record_title = _l("Subscriber")
    can_edit = False
    column_list = ("email", "name", "state", "last_word_at")
    column_details_list = ("email", "name", "state", "last_word_at", "left_at")
    column_labels = {
        "email": _l("E-mail address"),
        "name": _l("Name"),
        "state": _l("State"),
        "last_word_at": _l("Last word"),
        "left_at": _l("Left on"),
        "asked_at": _l("Asked on"),
        "digest": _l("Digest"),
        "way": _l("How they agreed"),
        "source": _l("Where that is written"),
        "given_on": _l("On which day"),
    }
    column_sortable_list = ("email", "state", "last_word_at")
    column_default_sort = [("last_word_at", True), ("id", True)]
    column_searchable_list = ("email", "name")
    search_advice = _l("Address or name")
    column_formatters = {"state": state_pill}
    presets = (
        Preset("in", _l("Subscribed"), subscribers.subscribed),
        Preset("waiting", _l("To confirm"), subscribers.waiting),
        Preset("out", _l("Gone"), subscribers.gone),
    )
    form_columns = ("email", "name", "way", "source", "given_on")
    form_extra_fields = {
        "email": StringField(_l("E-mail address"), [InputRequired(_l("Write the e-mail address.")), Length(max=254)]),
        "way": StatedField(
            _l("How they agreed"),
            [InputRequired(_l("Say how this person agreed, and on which day."))],
            enum_class=Way,
            allow_blank=True,
        ),
        "source": StringField(
            _l("Where that is written"),
            [Length(max=160)],
            description=_l("The folder with the forms, who was told what: it is what proves it later"),
        ),
        "given_on": DayField(_l("On which day"), [InputRequired(_l("Say on which day they agreed."))]),
    }
    panels = ("jalon_newsletter/proofs.html",)
    empty_advice = _l("Put the address of the public page on your leaflets: people subscribe there by themselves.")

    def beside(self, record: Subscriber) -> dict[str, Any]:
        return {"proofs": record.proofs, "facts": Fact.labels(), "ways": Way.labels(), "gone": record.email is None}

    def add(self, values: dict[str, Any]) -> Subscriber:
        return subscribers.enter(session(), **values)


class IssueScreen(AdminScreen):
    """Issues; they are written on a screen of their own."""

    model = Issue
    module = "newsletter"
    read_permission = "newsletter.read"
    write_permission = "newsletter.write"
    title = _l("Issues of the letter")
    record_title = _l("Issue")
    can_edit = False
    can_create = False
    column_list = ("title", "state", "sent_at", "recipients")
    column_details_list = ("title", "state", "approved_by", "approved_at", "sent_by", "sent_at", "recipients")
    column_labels = {
        "title": _l("Subject"),
        "state": _l("State"),
        "approved_by": _l("Approved by"),
        "approved_at": _l("Approved on"),
        "sent_by": _l("Sent by"),
        "sent_at": _l("Sent on"),
        "recipients": _l("Recipients"),
        "approved_by_id": _l("Approved by"),
        "job_id": _l("Task"),
    }
    column_sortable_list = ("title", "state", "sent_at", "recipients")
    few_rows = "a letter comes out some dozens of times a year"
    column_default_sort = [("sent_at", True), ("id", True)]
    column_searchable_list = ("title",)
    search_advice = _l("Subject")
    column_formatters = {"state": state_pill}
    presets = (Preset("drafts", _l("Drafts"), issues.drafts), Preset("sent", _l("Sent"), issues.published))
    panels = ("jalon_newsletter/issue_panel.html",)
    empty_advice = _l("Write the first one: “Newsletter” in the menu.")
