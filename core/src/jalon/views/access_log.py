"""Who read what is confidential, for the structure's direction."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from jalon import accounts, history
from jalon.access import requires
from jalon.db.current import session
from jalon.models import AccessEntry
from jalon.views.traces import PAGE, TracesForm, asked_before, bounded_count, links, page_of

blueprint = Blueprint("jalon_access_log", "jalon", template_folder="templates")


@blueprint.get("/access-log/")
@requires("jalon.access_log.read")
def index() -> ResponseReturnValue:
    """Everything that was read, newest first."""
    form = TracesForm(request.args)
    good, before = form.validate(), asked_before()
    conditions = form.conditions(AccessEntry) if good else []
    query = select(AccessEntry).where(*conditions, *history.older_than(session(), AccessEntry, before))
    query = query.order_by(AccessEntry.at.desc(), AccessEntry.id.desc()).limit(PAGE + 1)
    page = page_of(session().scalars(query).all() if good else [], before)
    shown = render_template(
        "jalon/access_log.html",
        form=form,
        page=page,
        total=bounded_count(AccessEntry, conditions) if good and form.countable else "",
        asked=form.asked(),
        links=links((entry.id, entry.subject_table, entry.subject_id) for entry in page.rows),
        kind_of=history.kind_of,
        right_called=partial(accounts.label_of, current_app.extensions["jalon"].registry),
    )
    return (shown, 200) if good else (shown, 422)
