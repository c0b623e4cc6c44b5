"""Planning tasks, doing them, and what is to do in the structure."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import IntegerField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from jalon import subjects, tasks
from jalon.access import requires
from jalon.admin import Preset
from jalon.clock import today
from jalon.db.current import session
from jalon.errors import DomainError
from jalon.forms import DayField, JalonForm, RelationField
from jalon.i18n import _, _l
from jalon.models import Member, Task
from jalon.once import sent_once
from jalon.scope import scope_of
from jalon.views import about

blueprint = Blueprint("jalon_tasks", "jalon", template_folder="templates")
SHOWN = 200
PRESETS = (
    Preset("mine", _l("Mine"), tasks.mine),
    Preset("due", _l("Mine, today and late"), tasks.due),
    Preset("nobodys", _l("Nobody's"), tasks.nobodys),
    Preset("late", _l("Late"), tasks.late),
    Preset("all", _l("All of the structure"), tasks.to_do),
    Preset("done", _l("Done ones"), tasks.done),
)


def _members() -> Any:
    return session().query(Member).where(Member.left_at.is_(None)).order_by(Member.in_order, Member.id)


class TaskForm(JalonForm):
    """What, when, who, and what comes after."""

    title = StringField(_l("What is to do"), [InputRequired(_l("Say what is to do.")), Length(max=120)])
    due_on = DayField(_l("By"), [InputRequired(_l("Say by which day."))])
    member = RelationField(_l("Who"), query_factory=_members, allow_blank=True, blank_text=_l("Nobody yet"))
    next_title = StringField(_l("Then"), [Length(max=120)], description=_l("Planned when this one is done"))
    next_in_days = IntegerField(
        _l("In how many days"),
        [Optional(), NumberRange(1, tasks.LONGEST_WAIT_DAYS, _l("Say in how many days: from 1 to 1,098."))],
    )


def _typed(form: Any) -> dict[str, Any]:
    values = {name: field.data for name, field in form._fields.items()}
    return {**values, **{n: (values[n] or "").replace("\0", "") for n in ("title", "next_title")}}


@blueprint.get("/tasks/")
@requires("jalon.tasks.read")
def index() -> str:
    """What is to do, the most urgent first: mine unless another part is asked for."""
    chosen = next((p for p in PRESETS if p.slug == request.args.get("show")), PRESETS[0])
    found = tasks.listed(session(), chosen.where(session()), limit=SHOWN + 1)
    return render_template(
        "jalon/tasks.html",
        presets=PRESETS,
        chosen=chosen,
        tasks=found[:SHOWN],
        more=len(found) > SHOWN,
        shown=subjects.describe(session(), [(t.subject_table, t.subject_id) for t in found]),
        names={m.id: m.name for m in tasks.members(session())},
        day=today(scope_of(session()).zone),
    )


@blueprint.post("/tasks/")
@requires("jalon.tasks.write")
@sent_once
def plan() -> ResponseReturnValue:
    """Plan something about the record that the form names."""
    subject = about.sent()
    if subject is None:
        return about.incomplete()
    form = TaskForm(request.form)
    if form.validate():
        try:
            tasks.add(session(), subject, **_typed(form))
            session().commit()
            flash(_("The task is planned."), "success")
            return redirect(about.back(subject))
        except about.REFUSED as error:
            about.refuse(form, error)
    return about.page(form, subject, title=_("New task")), 422


@blueprint.get("/tasks/<int(max=2147483647):task_id>/")
@requires("jalon.tasks.write")
def open_task(task_id: int) -> ResponseReturnValue:
    """The task in its form."""
    task = _task(task_id)
    member = session().get(Member, task.member_id) if task.member_id else None
    return _page(TaskForm(obj=task, data={"member": member}), task)


@blueprint.post("/tasks/<int(max=2147483647):task_id>/")
@requires("jalon.tasks.write")
def change(task_id: int) -> ResponseReturnValue:
    """Plan it anew."""
    task = _task(task_id)
    subject = about.the(task.subject_table, task.subject_id)
    form = TaskForm(request.form)
    if form.validate():
        try:
            about.check_version(task)
            tasks.change(session(), task, **_typed(form))
            session().commit()
            flash(_("The change is saved."), "success")
            return redirect(about.back(subject))
        except about.REFUSED as error:
            about.refuse(form, error)
    return _page(form, task), 422


@blueprint.post("/tasks/<int(max=2147483647):task_id>/done")
@requires("jalon.tasks.write")
def done(task_id: int) -> ResponseReturnValue:
    """It is done; what comes next is planned when its box is ticked."""
    task = _task(task_id)
    try:
        following = tasks.do(session(), task, then="then" in request.form)
        session().commit()
        flash(_("Done: %(task)s.", task=task), "success")
        if following is not None:
            when = following.due_on.strftime("%d/%m/%Y")
            flash(_("Next: %(task)s, by %(day)s.", task=following, day=when), "success")
    except DomainError as refusal:
        session().rollback()
        flash(str(refusal), "error")
    return redirect(_where_from())


@blueprint.post("/tasks/<int(max=2147483647):task_id>/undone")
@requires("jalon.tasks.write")
def undone(task_id: int) -> ResponseReturnValue:
    """It was not done after all."""
    task = _task(task_id)
    tasks.undo(session(), task)
    session().commit()
    flash(_("To do again: %(task)s.", task=task), "success")
    return redirect(_where_from())


def _where_from() -> str:
    return about.inside(request.form.get("back")) or url_for(".index")


def _task(task_id: int) -> Task:
    return tasks.find(session(), task_id) or abort(404)


def _page(form: Any, task: Task) -> str:
    subject = about.the(task.subject_table, task.subject_id)
    return about.page(form, subject, title=str(task), version=request.form.get("version", task.version))
